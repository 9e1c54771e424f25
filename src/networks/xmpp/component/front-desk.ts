/**
 * The component's own address as people see it: they register there, run its commands by forms, or write to it as to a
 * contact. Who may do what is decided here: whoever is registered may look, the account's admins may link.
 */
import { CommandError, splitLine } from '../../../hub/commands.ts';
import { ConfigError } from '../../../hub/errors.ts';
import type { LinkDesk } from '../../../hub/link-desk.ts';
import type { Log } from '../../../hub/log.ts';
import { xml, type XmlElement } from '../../../wire/xmpp/element.ts';
import type { Jid } from '../../../wire/xmpp/jid.ts';
import { Commands } from '../../../wire/xmpp/plugins/commands.ts';
import { Disco } from '../../../wire/xmpp/plugins/disco.ts';
import { Registrations } from '../../../wire/xmpp/plugins/registration.ts';
import { toErrorElement, type StanzaErrorDetails } from '../../../wire/xmpp/stanza-error.ts';
import { readDelay } from '../../../wire/xmpp/stanza-ids.ts';
import type { Toolkit } from '../../../wire/xmpp/toolkit/toolkit.ts';
import { bridgeCommands, listOwnRooms, toCommandSet } from './bridge-commands.ts';
import { toOffered } from './command-forms.ts';
import type { Registry } from './registry.ts';

/** Typed commands at work at once; who types more is asked to wait. */
const BUSY_LIMIT = 32;

export interface FrontDeskParts {
  /** The component's domain. */
  component: string;
  admins: readonly string[];
  registry: Registry;
  links: LinkDesk;
  log: Log;
  send(this: void, stanza: XmlElement): void;
}

const memberCommands = toCommandSet(false);
const adminCommands = toCommandSet(true);

export class FrontDesk {
  readonly #parts: FrontDeskParts;
  #busy = 0;

  /** Opens it on a component's toolkit, for as long as that lives. */
  constructor(toolkit: Toolkit, parts: FrontDeskParts) {
    this.#parts = parts;
    const { component, registry, links } = parts;
    toolkit.plugins.enable(Registrations).open(registry);
    toolkit.plugins.enable(Disco).setItems({ jid: component }, ({ from }) => {
      if (!from || !this.#isKnown(from)) return [];
      return listOwnRooms(links).map((room) => ({ jid: room }));
    });
    const commands = toolkit.plugins.enable(Commands);
    for (const each of bridgeCommands) {
      const isAdmin = (from: Jid) => this.#isAdmin(from);
      const allows = each.isForAdmins ? isAdmin : (from: Jid) => this.#isKnown(from);
      commands.offer(toOffered(each, { desk: links, jid: component, allows, isAdmin }));
    }
  }

  /** Takes a message to the component's own address. Nothing is awaited: what comes of it is sent. */
  takeMessage(message: XmlElement, from: Jid): void {
    const type = message.attr('type') ?? 'normal';
    const body = message.childText('body');
    if (body === undefined || body.trim() === '' || (type !== 'chat' && type !== 'normal')) return;
    if (readDelay(message) !== undefined) return;
    // By an error, which no program answers: two that answer each other's words would never end.
    if (!this.#isKnown(from)) {
      return this.#refuse(message, {
        condition: 'registration-required',
        type: 'auth',
        text: 'Please register with this address first.',
      });
    }
    if (this.#busy >= BUSY_LIMIT) {
      return this.#refuse(message, { condition: 'resource-constraint', type: 'wait', text: 'Please wait.' });
    }
    this.#busy += 1;
    this.#run(body, from)
      .then((lines) => this.#answer(message, lines))
      .catch((error: unknown) => {
        this.#parts.log.error({ err: error }, 'a command failed');
        this.#answer(message, ['That failed; the log of the bridge says why.']);
      })
      .finally(() => {
        this.#busy -= 1;
      });
  }

  #isAdmin(from: Jid): boolean {
    return this.#parts.admins.includes(from.bare.toString());
  }

  #isKnown(from: Jid): boolean {
    return this.#isAdmin(from) || this.#parts.registry.has(from.bare.toString());
  }

  async #run(body: string, from: Jid): Promise<string[]> {
    const isAdmin = this.#isAdmin(from);
    const commands = isAdmin ? adminCommands : memberCommands;
    const { word, rest } = splitLine(body);
    const command = commands.find(word.replace(/^[-$/!]/, ''));
    if (!command) return [`There is no command ${word.slice(0, 100)}; these are:`, ...commands.usage()];
    const lines: string[] = [];
    try {
      await command.run(
        {
          desk: this.#parts.links,
          isAdmin,
          reply: (more) => void lines.push(...more),
          async change(proposal) {
            await proposal.apply(from.bare.toString());
            lines.push('Done:', ...proposal.difference);
          },
        },
        rest,
      );
    } catch (error) {
      if (!(error instanceof CommandError) && !(error instanceof ConfigError)) throw error;
      lines.push(error.message);
    }
    return lines;
  }

  #answer(message: XmlElement, lines: readonly string[]): void {
    const to = message.attr('from');
    const thread = message.childText('thread');
    this.#parts.send(
      xml(
        'message',
        { from: message.attr('to'), to, type: 'chat' },
        xml('body', {}, lines.join('\n')),
        thread === undefined ? undefined : xml('thread', {}, thread),
      ),
    );
  }

  #refuse(message: XmlElement, error: Pick<StanzaErrorDetails, 'condition' | 'type' | 'text'>): void {
    const back = {
      from: message.attr('to'),
      to: message.attr('from'),
      id: message.attr('id'),
      type: 'error',
    };
    this.#parts.send(xml('message', back, toErrorElement(error)));
  }
}
