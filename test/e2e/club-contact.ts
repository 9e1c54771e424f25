/** Somebody with an XMPP account who has a club among their contacts, on the stream layer alone. */
import { EventEmitter, once } from 'node:events';
import { xml, type XmlElement, type XmlNode } from '../../src/wire/xmpp/element.ts';
import { toJid } from '../../src/wire/xmpp/jid.ts';
import { toRosterRemoval, toSubscription } from '../../src/wire/xmpp/roster.ts';
import { XmppSession } from '../../src/wire/xmpp/session.ts';
import type { XmppServer } from '../servers/xmpp-server.ts';

export const PASSWORD = 'secret-of-the-tests';

const PATIENCE_MS = 90_000;
const CLIENT: { priority?: number; resource?: string; acceptsClub?: boolean } = {};

export class Contact implements AsyncDisposable {
  /** Messages of the club, oldest first; what has been read is taken out. */
  readonly unread: XmlElement[] = [];
  readonly stanzas: XmlElement[] = [];
  readonly session: XmppSession;
  readonly jid: string;
  readonly #club: string;
  readonly #changes = new EventEmitter<{ change: [] }>();
  #ids = 0;
  #questions = 0;

  private constructor(server: XmppServer, name: string, club: string, client: typeof CLIENT) {
    this.jid = `${name}@${server.domain}`;
    this.#club = club;
    this.session = new XmppSession({
      jid: this.jid,
      password: PASSWORD,
      server: { host: server.host, port: server.port, security: 'starttls' },
      ca: server.ca,
      ...(client.resource !== undefined && { resource: client.resource }),
      onStanza: (stanza) => {
        this.stanzas.push(stanza);
        const from = stanza.attr('from') ?? '';
        const isClub = from === club || from.startsWith(`${club}/`);
        if (isClub && stanza.attr('type') === 'subscribe' && client.acceptsClub !== false) {
          void this.session.send(toSubscription(club, 'subscribed'));
        }
        if (isClub && stanza.name === 'message' && stanza.childText('body') !== undefined) {
          this.unread.push(stanza);
        }
        this.#changes.emit('change');
      },
    });
  }

  /** Logs in and shows that they are there. */
  static async connect(
    server: XmppServer,
    name: string,
    club: string,
    client: typeof CLIENT = {},
  ): Promise<Contact> {
    const contact = new Contact(server, name, club, client);
    await contact.session.connect(new AbortController().signal);
    const { priority } = client;
    const shown = priority === undefined ? undefined : xml('priority', {}, String(priority));
    await contact.session.iq(xml('iq', { type: 'get' }, xml('query', { xmlns: 'jabber:iq:roster' })));
    await contact.session.send(xml('presence', {}, shown));
    return contact;
  }

  /** Adds the club to the contacts, and reads the welcome. */
  async join(nick?: string): Promise<string> {
    await this.session.send(toSubscription(this.#club, 'subscribe', nick));
    const welcome = await this.until(/^Welcome to /);
    // Shown to the club too, or it would not know when we go.
    await this.untilStanza((stanza) => stanza.attr('type') === 'subscribed');
    await this.untilStanza((stanza) => stanza.attr('type') === 'subscribe');
    return welcome;
  }

  /** Takes the club off the contacts. */
  async leave(): Promise<void> {
    await this.session.iq(toRosterRemoval(this.#club));
  }

  /** Writes to the club. Answers the message's id. */
  async say(text: string, ...more: XmlNode[]): Promise<string> {
    this.#ids += 1;
    const id = `${this.jid}-${this.#ids}-${performance.now()}`;
    await this.session.send(
      xml('message', { to: this.#club, type: 'chat', id }, xml('body', {}, text), ...more),
    );
    return id;
  }

  /** The next message of the club that has not been read. */
  async next(): Promise<string> {
    return (await this.nextStanza()).childText('body') ?? '';
  }

  async nextStanza(): Promise<XmlElement> {
    await this.#when('the next message', () => this.unread.length > 0);
    return this.unread.shift()!;
  }

  /** Reads on to the first message that fits. */
  async until(wanted: RegExp | string): Promise<string> {
    for (;;) {
      let text: string;
      try {
        text = await this.next();
      } catch (error) {
        throw new Error(`${this.jid} never saw ${String(wanted)}`, { cause: error });
      }
      if (typeof wanted === 'string' ? text === wanted : wanted.test(text)) return text;
    }
  }

  /** Types a command and reads the answer. */
  async ask(command: string): Promise<string> {
    await this.say(command);
    return this.next();
  }

  /**
   * What has come by now of the club; a question of one's own goes the whole way and back before. Each is another one: a
   * hub that was killed answers the last ones once more.
   */
  async settled(): Promise<string[]> {
    this.#questions += 1;
    const nobody = `nobody-${this.#questions}`;
    await this.say(`-whois ${nobody}`);
    const answer = `*** Nobody called ${nobody} is in this club`;
    const texts: string[] = [];
    for (let text = await this.next(); !text.startsWith(answer); text = await this.next()) texts.push(text);
    return texts;
  }

  /** How often the club has come. */
  get arrivals(): number {
    return this.stanzas.filter(
      (stanza) =>
        stanza.name === 'presence' &&
        stanza.attr('type') === undefined &&
        toJid(stanza.attr('from'))?.bare.toString() === this.#club,
    ).length;
  }

  /**
   * Resolves when the club has come once more than `before`: then the server has told it that we are here. A hub that is
   * not there yet takes whom it hears from for away, and shows them later the last of what they missed.
   */
  async returned(before: number): Promise<void> {
    await this.#when('the club', () => this.arrivals > before);
  }

  async untilStanza(found: (stanza: XmlElement) => boolean): Promise<XmlElement> {
    let stanza: XmlElement | undefined;
    await this.#when('a stanza', () => (stanza = this.stanzas.find(found)) !== undefined);
    return stanza!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
  }

  async #when(what: string, isSo: () => boolean): Promise<void> {
    const late = AbortSignal.timeout(PATIENCE_MS);
    while (!isSo()) {
      try {
        await once(this.#changes, 'change', { signal: late });
      } catch (error) {
        throw new Error(`${this.jid} waited in vain for ${what}`, { cause: error });
      }
    }
  }
}
