// Privileged entities: a server lets a component act for its users, as far as it says. Only the server may say so.
import { XmlElement, xml } from '../element.ts';
import { XmppError } from '../errors.ts';
import { NS } from '../namespaces.ts';
import { createMatcher } from '../matcher/matcher.ts';
import type { Jid } from '../jid.ts';
import { ROSTER_NS } from '../roster.ts';
import { Message } from '../stanza/message.ts';
import type { Stanza } from '../stanza/stanza.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { ask, type AskOptions } from './ask.ts';
import { Listeners } from './listeners.ts';

const VERSIONS = ['urn:xmpp:privilege:2', 'urn:xmpp:privilege:1'] as const;

/** What a server lets us do. @see XEP-0356 §4 */
export interface Privileges {
  readonly server: string;
  /** Read or change the rosters of its users. */
  readonly roster: 'none' | 'get' | 'set' | 'both';
  /** Send messages in the names of its users. */
  readonly message: 'none' | 'outgoing';
  /** See presences: of its users, or of their contacts too. */
  readonly presence: 'none' | 'managed_entity' | 'roster';
  /** Requests in the names of its users, by namespace. */
  readonly iq: ReadonlyMap<string, 'get' | 'set' | 'both'>;
  /** The namespace that it speaks. */
  readonly version: (typeof VERSIONS)[number];
}

const isPrivilege = (node: unknown): node is XmlElement =>
  node instanceof XmlElement && node.name === 'privilege' && VERSIONS.some((version) => version === node.ns);

function readPrivileges(element: XmlElement, server: string): Privileges {
  const perms = element.elements('perm');
  const typeOf = <T extends string>(access: string, types: readonly T[]): T | undefined => {
    const told = perms.find((perm) => perm.attr('access') === access)?.attr('type');
    return types.find((type) => type === told);
  };
  const iq = perms.find((perm) => perm.attr('access') === 'iq')?.elements('namespace') ?? [];
  return {
    server,
    roster: typeOf('roster', ['get', 'set', 'both']) ?? 'none',
    message: typeOf('message', ['outgoing']) ?? 'none',
    presence: typeOf('presence', ['managed_entity', 'roster']) ?? 'none',
    iq: new Map(
      iq.flatMap((each) => {
        const ns = each.attr('ns');
        const type = (['get', 'set', 'both'] as const).find((one) => one === each.attr('type'));
        return ns === undefined || type === undefined ? [] : [[ns, type] as const];
      }),
    ),
    version: element.ns as Privileges['version'],
  };
}

const isAdvertisement = (stanza: Stanza): boolean =>
  Message.is(stanza) && stanza.type !== 'error' && stanza.nodes.some(isPrivilege);

/** Privileged entity, for components. @see XEP-0356 */
export const Privilege = definePlugin({
  name: 'xep_0356',
  description: 'Privileged entity',
  /** `servers`: the domains that are believed. Default: those that the component's domain is below. */
  defaults: { servers: [] as readonly string[] },
  init({ client, config, log, on, onEnd }) {
    const known = new Map<string, Privileges>();
    const changes = new Listeners<Privileges>(log);
    onEnd(() => known.clear());
    on(createMatcher<Message>('privileges', isAdvertisement), async (message) => {
      const element = message.nodes.find(isPrivilege);
      const { from } = message;
      const own = client.jid?.domain ?? '';
      const isServer =
        from !== undefined &&
        from.local === '' &&
        from.resource === '' &&
        (config.servers.length === 0
          ? own.endsWith(`.${from.domain}`)
          : config.servers.includes(from.domain));
      if (!isServer || element === undefined) {
        log('warn', 'privileges-refused', { from: message.attr('from') });
        return;
      }
      const privileges = readPrivileges(element, from.domain);
      known.set(from.domain, privileges);
      await changes.tell(privileges);
    });

    const need = (user: Jid, isGranted: (privileges: Privileges) => boolean, what: string): Privileges => {
      const privileges = known.get(user.domain);
      if (privileges !== undefined && isGranted(privileges)) return privileges;
      throw new XmppError('xmpp-value-invalid', `${user.domain} does not let us ${what} (XEP-0356)`);
    };
    return {
      /** Hears of what servers allow; they say it once we are connected, and when it changes. @returns ends that */
      onPrivileges: changes.add,
      /** What a server allows; undefined where it said nothing. */
      of: (server: string): Privileges | undefined => known.get(server),
      /**
       * Sends a message in the name of a user of the server.
       *
       * @param message `from` is the user's bare address
       * @throws XmppError `xmpp-value-invalid` where that is not allowed
       */
      async sendMessage(message: Message): Promise<void> {
        const { from } = message;
        if (from === undefined)
          throw new XmppError('xmpp-value-invalid', 'the message names no user it is from');
        const { version, server } = need(from, (each) => each.message === 'outgoing', 'send messages');
        const forwarded = xml('forwarded', { xmlns: NS.forward }, message.xml);
        const outer = client.message({}, server);
        if (client.needsFrom) outer.from = client.jid;
        outer.append(xml('privilege', { xmlns: version }, forwarded));
        await outer.send();
      },
      /** The contacts of a user, as the server keeps them. @throws XmppError `xmpp-value-invalid`, IqError, IqTimeout */
      async roster(user: Jid, options: AskOptions = {}): Promise<readonly XmlElement[]> {
        need(user, ({ roster }) => roster === 'get' || roster === 'both', 'read rosters');
        const answer = await ask(client, 'get', user.bare, xml('query', { xmlns: ROSTER_NS }), options);
        return answer.xml.child('query', ROSTER_NS)?.elements('item') ?? [];
      },
      /**
       * Sends a request to a user's own account in the user's name. @returns the content of the result
       *
       * @throws XmppError `xmpp-value-invalid` where that is not allowed, or no answer was in the answer; IqError, IqTimeout
       */
      async request(
        user: Jid,
        type: 'get' | 'set',
        payload: XmlElement,
        options: AskOptions = {},
      ): Promise<XmlElement | undefined> {
        const { version } = need(
          user,
          ({ iq }) => iq.get(payload.ns) === type || iq.get(payload.ns) === 'both',
          `send requests of ${payload.ns}`,
        );
        const inner = client.iq.make({ type, from: user.bare, to: user.bare, payload });
        const wrapped = xml('privileged_iq', { xmlns: version }, inner.xml);
        const answer = await ask(client, type, user.bare, wrapped, options);
        const privilege = answer.xml.child('privilege', version);
        const result = privilege?.child('forwarded', NS.forward)?.child('iq', NS.client);
        if (result === undefined) {
          throw new XmppError('xmpp-protocol-violation', `${String(user)} answered without the answer`);
        }
        return result.elements()[0];
      },
    };
  },
});
