/** Somebody in an XMPP room, on the stream layer alone: says what it is told, and keeps what it hears. */
import { EventEmitter, once } from 'node:events';
import { xml, type XmlElement } from '../../src/wire/xmpp/element.ts';
import { readArchive } from '../../src/wire/xmpp/mam.ts';
import { toJoin } from '../../src/wire/xmpp/muc.ts';
import { XmppSession } from '../../src/wire/xmpp/session.ts';
import type { XmppServer } from '../servers/xmpp-server.ts';

export const PASSWORD = 'secret-of-the-tests';
export const USERS = ['bridge', 'bea', 'owner'].map((name) => [name, PASSWORD] as const);

const OWNER_NS = 'http://jabber.org/protocol/muc#owner';
const ARCHIVE_PAGE = 50;

/** What others said in a room. */
export interface Heard {
  room: string;
  nick: string;
  text: string;
  /** By `performance.now()`. */
  atMs: number;
}

export class Guest implements AsyncDisposable {
  readonly heard: Heard[] = [];
  /** Comings and goings of others in rooms, as `+room/nick` and `-room/nick`. */
  readonly moves: string[] = [];
  readonly session: XmppSession;
  readonly #name: string;
  readonly #changes = new EventEmitter<{ change: [] }>();
  readonly #inside = new Set<string>();

  private constructor(server: XmppServer, name: string) {
    this.#name = name;
    this.session = new XmppSession({
      jid: `${name}@${server.domain}`,
      password: PASSWORD,
      server: { host: server.host, port: server.port, security: 'starttls' },
      ca: server.ca,
      onStanza: (stanza) => this.#take(stanza),
    });
  }

  /** Logs in and enters rooms, with its name as its nick. */
  static async connect(server: XmppServer, name: string, ...rooms: string[]): Promise<Guest> {
    const guest = new Guest(server, name);
    await guest.session.connect(new AbortController().signal);
    await guest.session.send(xml('presence'));
    for (const room of rooms) await guest.join(room);
    return guest;
  }

  async join(room: string): Promise<void> {
    await this.session.send(toJoin(room, this.#name, `join-${room}`, 'none'));
    await this.until(() => this.#inside.has(room));
  }

  /** Has another nick in a room. */
  async rename(room: string, nick: string): Promise<void> {
    await this.session.send(xml('presence', { to: `${room}/${nick}` }));
  }

  /** Sets options of a room that this one owns, by the names of its form. */
  async configure(room: string, options: Readonly<Record<string, string>>): Promise<void> {
    const fields = Object.entries({ FORM_TYPE: 'http://jabber.org/protocol/muc#roomconfig', ...options }).map(
      ([name, value]) => xml('field', { var: name }, xml('value', {}, value)),
    );
    const form = xml('x', { xmlns: 'jabber:x:data', type: 'submit' }, ...fields);
    await this.session.iq(xml('iq', { to: room, type: 'set' }, xml('query', { xmlns: OWNER_NS }, form)));
  }

  /** Resolves when the stream has taken it. */
  async say(room: string, text: string): Promise<void> {
    await this.session.send(xml('message', { to: room, type: 'groupchat' }, xml('body', {}, text)));
  }

  /** What others said in a room. */
  texts(room: string): string[] {
    return this.heard.flatMap((message) => (message.room === room ? message.text : []));
  }

  /** Waits until something is so; looks at each stanza that comes. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await once(this.#changes, 'change');
  }

  /** All that the room's archive holds, from its beginning. */
  async archive(room: string): Promise<{ nick: string; text: string }[]> {
    const said: { nick: string; text: string }[] = [];
    let after: string | undefined;
    for (;;) {
      const query = { max: ARCHIVE_PAGE, ...(after !== undefined && { after }) };
      const page = await readArchive(this.session, room, query, { timeoutMs: 10_000 });
      for (const { message } of page.items) {
        const text = message.childText('body');
        const nick = (message.attr('from') ?? '').slice(room.length + 1);
        if (text !== undefined) said.push({ nick, text });
      }
      if (page.complete || page.last === undefined) return said;
      after = page.last;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
  }

  #take(stanza: XmlElement): void {
    const [room = '', nick = ''] = (stanza.attr('from') ?? '').split('/');
    if (stanza.name === 'presence') this.#move(room, nick, stanza.attr('type'));
    const text = stanza.name === 'message' ? stanza.childText('body') : undefined;
    if (text !== undefined && nick !== '' && nick !== this.#name) {
      this.heard.push({ room, nick, text, atMs: performance.now() });
    }
    this.#changes.emit('change');
  }

  #move(room: string, nick: string, type: string | undefined): void {
    if (nick === this.#name) {
      if (type === undefined) this.#inside.add(room);
    } else if (type === undefined) this.moves.push(`+${room}/${nick}`);
    else if (type === 'unavailable') this.moves.push(`-${room}/${nick}`);
  }
}
