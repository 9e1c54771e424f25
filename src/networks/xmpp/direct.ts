/**
 * Messages that are not said in a room: from and to one person, or one occupant of a room. The conversation is the
 * person's bare JID, or the occupant's full one.
 */
import type { Clock } from '../../hub/clock.ts';
import type { NetworkEvent } from '../../hub/event.ts';
import type { Avatar } from '../../hub/message.ts';
import type { Receipt } from '../../hub/network.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import { readCarbon } from '../../wire/xmpp/carbon.ts';
import type { XmlElement } from '../../wire/xmpp/element.ts';
import { toJid, type Jid } from '../../wire/xmpp/jid.ts';
import type { ArchivedMessage } from '../../wire/xmpp/mam.ts';
import { readCorrection } from '../../wire/xmpp/message-acts.ts';
import { MUC_USER_NS } from '../../wire/xmpp/muc.ts';
import { readDelay, readOriginId, readStanzaId } from '../../wire/xmpp/stanza-ids.ts';
import type { Handled } from '../../wire/xmpp/inbound.ts';
import type { Avatars } from './avatars.ts';
import { toHandled, type Connection } from './connection.ts';
import { Conversations } from './conversations.ts';
import { readReferences, remember, toEvents, type Heard } from './convert.ts';
import { DirectSends } from './direct-sends.ts';
import type { OwnTokens } from './echoes.ts';
import type { MucRoom } from './room.ts';
import { OwnArchive } from './own-archive.ts';
import { orAborted } from './waiting.ts';

/** Messages of ours in the archive that are remembered. */
const ARCHIVED_LIMIT = 10_000;

export interface DirectSettings {
  /** The account's bare address. */
  account: Jid;
  /** What the account is called. */
  name: string;
  clock: Clock;
  tokens: OwnTokens;
  avatars?: Avatars;
  /** See `DirectSendsParts`. */
  unavailableLasts?: boolean;
  /** The room that we are in under this bare address. */
  roomOf(this: void, jid: string): Pick<MucRoom, 'whisperer'> | undefined;
}

export class DirectChats {
  readonly #settings: DirectSettings;
  readonly #conversations = new Conversations();
  readonly #sends: DirectSends;
  /** A component has none. */
  #archive: OwnArchive | undefined;
  /** Our resource. */
  #resource = '';
  #opening: Promise<void> | undefined;
  /**
   * Tokens found in the archive. It has what came back, too: whoever looks for the outcome of a send may take it for
   * sent, but it keeps nothing from being sent again.
   */
  readonly #archived = new RecentMap<true>(ARCHIVED_LIMIT);

  constructor(settings: DirectSettings) {
    this.#settings = settings;
    this.#sends = new DirectSends(settings);
  }

  /**
   * A run of a client begins: from now on the account's archive and other clients count, too.
   *
   * @param own our full address
   */
  attach(connection: Connection, own: Jid, resumed: boolean): void {
    const { account, clock } = this.#settings;
    const { port } = connection;
    this.#resource = own.resource;
    this.#archive ??= new OwnArchive({
      account,
      clock,
      reader: { toConverter: (item, current) => this.#fromArchive(item, current) },
    });
    this.#opening = this.#conversations.open(port.store, port.log).finally(() => {
      this.#opening = undefined;
    });
    this.#opening.catch((error: unknown) => connection.fail(error));
    this.#archive.attach(connection, resumed);
  }

  /** The run is over. Resolves when everything here has come to rest. */
  async detach(): Promise<void> {
    await this.#archive?.detach();
    await this.#conversations.close();
  }

  /** These rooms are linked now; persons may be among them. */
  watch(rooms: readonly string[]): void {
    this.#conversations.watch(rooms);
  }

  /** Takes a message from outside of rooms. */
  handle(stanza: XmlElement, connection: Connection): Handled | Promise<Handled> {
    const waits = [this.#opening, this.#archive?.whenKnown].filter((wait) => wait !== undefined);
    if (waits.length === 0) return this.#take(stanza, connection);
    return Promise.all(waits).then(() => this.#take(stanza, connection));
  }

  /**
   * Says something to somebody.
   *
   * @param room the hub's name of the conversation
   * @returns when the server has it and it was not refused soon
   * @throws DeliveryError
   */
  send(token: string, stanza: XmlElement, connection: Connection, room: string): Promise<Receipt> {
    if (this.#archive) {
      this.#conversations.note(room);
      this.#archive.sent(connection);
    }
    return this.#sends.send(token, stanza, connection, room);
  }

  /** Whether the token's message was sent; see the seam. */
  async find(token: string, since: number, connection: Connection): Promise<Receipt | 'absent' | 'unsure'> {
    const { clock, tokens } = this.#settings;
    const known = this.#sends.outcome(token);
    if (known) return orAborted(Promise.resolve(known), connection.signal);
    if (!this.#archive) return 'unsure';
    if (!tokens.knows(token)) await tokens.learn(token, connection.port.store);
    const whole = await this.#archive.search(connection, Math.min(since, clock.now()), ({ message }) => {
      const sent = this.#readToken(message);
      if (sent === undefined) return false;
      this.#archived.set(sent, true);
      return true;
    });
    return this.#archived.get(token) ? { native: token } : whole ? 'absent' : 'unsure';
  }

  /** The id by which a message goes over the wire: the hub may know it by the archive's. */
  toWireId(conversation: string, native: string): string {
    return this.#conversations.memory(conversation).recent.byNative(native)?.origin ?? native;
  }

  #take(outer: XmlElement, connection: Connection): Handled | Promise<Handled> {
    const { log } = connection.port;
    const copy = this.#archive && readCarbon(outer, this.#settings.account);
    if (copy === 'refused') {
      log.warn(
        { from: outer.attr('from') },
        'a message that claims to be a copy of another client’s is refused',
      );
      return undefined;
    }
    const message = copy?.message ?? outer;
    if (message.attr('type') === 'error') {
      return copy ? undefined : this.#takeBounce(message, connection);
    }
    const delay = readDelay(message);
    const heard = this.#toHeard(message, {
      id: undefined,
      atMs: delay?.atMs,
      delayed: delay !== undefined,
      isForUs: !copy || this.#isForUs(message),
    });
    if (!heard) return undefined;
    const waits = this.#recall(heard, connection);
    return waits ? waits.then(() => this.#deliver(heard, connection)) : this.#deliver(heard, connection);
  }

  #deliver(heard: Heard, connection: Connection): Handled {
    const convert = () => this.#convert(heard, connection);
    if (this.#archive) return toHandled(this.#archive.live(this.#toArchiveId(heard.message), { convert }));
    return { kept: Promise.all(convert().map((event) => connection.port.receive(event))).then(() => {}) };
  }

  async #fromArchive(item: ArchivedMessage, connection: Connection): Promise<() => NetworkEvent[]> {
    await this.#opening;
    const { id, atMs, message } = item;
    const heard = this.#toHeard(message, { id, atMs, delayed: true, isForUs: this.#isForUs(message) });
    // What the hub has said itself is nothing new.
    if (!heard || this.#readToken(message) !== undefined) return () => [];
    await this.#recall(heard, connection);
    return () => this.#convert(heard, connection);
  }

  #takeBounce(message: XmlElement, { port }: Connection): Handled {
    const bounced = this.#sends.bounce(message);
    if (bounced.outcome === 'unknown') {
      port.log.debug({ room: message.attr('from') }, 'an error nobody waits for');
      return undefined;
    }
    if (bounced.outcome === 'refused') return undefined;
    const { token, room, error } = bounced;
    return { kept: port.returned({ room, token, native: token, reason: error.message }) };
  }

  /** The token of what the hub has said itself. */
  #readToken(message: XmlElement): string | undefined {
    const { account, tokens } = this.#settings;
    const token = readOriginId(message);
    const isOwn = toJid(message.attr('from'))?.bare.equals(account) === true && tokens.isOwn(token);
    return isOwn ? token : undefined;
  }

  /** What a message says to the hub; undefined where it is not for it. */
  #toHeard(
    message: XmlElement,
    about: { id: string | undefined; atMs: number | undefined; delayed: boolean; isForUs: boolean },
  ): Heard | undefined {
    const { account, name, roomOf } = this.#settings;
    const type = message.attr('type') ?? 'normal';
    const from = toJid(message.attr('from'));
    if (!from || (type !== 'chat' && type !== 'normal')) return undefined;
    const own = from.bare.equals(account);
    const other = own ? toJid(message.attr('to')) : from;
    if (!other || other.local === '') return undefined; // From or to a server: not anybody's words.
    const muc = other.resource === '' ? undefined : roomOf(other.bare.toString());
    const inRoom = other.resource !== '' && (muc !== undefined || message.childIn(MUC_USER_NS) !== undefined);
    const conversation = inRoom ? other : other.bare;
    const room = conversation.toString();
    if ((own || !about.isForUs) && !this.#conversations.has(room)) return undefined;
    const self = { id: account.toString(), name };
    const sender = {
      ...(muc?.whisperer(other.resource, about.id === undefined ? undefined : message) ?? {
        id: room,
        name: inRoom ? other.resource : other.local,
      }),
      ...(!own && about.id === undefined && this.#findAvatar(other, inRoom)),
    };
    return {
      room,
      message,
      sender: own ? self : sender,
      own,
      byRoom: false,
      // The archive's id is never given twice; there are clients that begin to count anew each time. What the hub has
      // said it knows by the token.
      native:
        this.#readToken(message) ??
        about.id ??
        this.#toArchiveId(message) ??
        (message.attr('id') || undefined),
      at: about.atMs,
      delayed: about.delayed,
      direct: true,
      // Between two people acts name the sender's id. @see XEP-0424 §4, XEP-0444 §4, XEP-0461 §3
      parties: [sender.id, self.id],
    };
  }

  #findAvatar(who: Jid, inRoom: boolean): { avatar?: Avatar } {
    const { avatars } = this.#settings;
    const avatar = inRoom ? avatars?.ofOccupant(who.toString()) : avatars?.ofPerson(who.toString());
    return avatar ? { avatar } : {};
  }

  #convert(heard: Heard, connection: Connection): NetworkEvent[] {
    const { events, dropped } = toEvents(heard, this.#conversations.memory(heard.room));
    if (dropped !== undefined) {
      connection.port.log.debug({ room: heard.room, why: dropped }, 'a message is not passed on');
    }
    if (this.#archive && events.length > 0) this.#conversations.note(heard.room);
    return events;
  }

  /** Learns what was said before in a conversation, where a message refers to it; once for each conversation. */
  #recall(heard: Heard, connection: Connection): Promise<void> | undefined {
    const archive = this.#archive;
    const { tokens } = this.#settings;
    const memory = this.#conversations.memory(heard.room);
    const isUnknown = readReferences(heard.message).some(
      (id) =>
        !tokens.isOwn(id) &&
        !memory.recent.byNative(id) &&
        !heard.parties?.some((party) => memory.recent.byOrigin(party, id)),
    );
    if (!archive || !isUnknown) return undefined;
    return (memory.recalled ??= archive.recall(heard.room, connection).then((items) => {
      for (const item of items) {
        const { id, atMs, message } = item;
        const earlier = this.#toHeard(message, { id, atMs, delayed: true, isForUs: true });
        if (earlier?.room === heard.room && readCorrection(message) === undefined) remember(earlier, memory);
      }
    }));
  }

  /** Not another client of the account's. */
  #isForUs(message: XmlElement): boolean {
    const resource = toJid(message.attr('to'))?.resource ?? '';
    return resource === '' || resource === this.#resource;
  }

  #toArchiveId(message: XmlElement): string | undefined {
    const { account } = this.#settings;
    return this.#archive?.hasStanzaIds === true ? readStanzaId(message, account.toString()) : undefined;
  }
}
