/**
 * A room's message stanzas: the echo of what we sent, a refusal of it, a new subject, or something for the hub, live
 * or from the archive.
 */
import type { Clock } from '../../hub/clock.ts';
import type { NetworkEvent } from '../../hub/event.ts';
import type { User } from '../../hub/message.ts';
import type { XmlElement } from '../../wire/xmpp/element.ts';
import { toJid } from '../../wire/xmpp/jid.ts';
import type { ArchivedMessage } from '../../wire/xmpp/mam.ts';
import { readCorrection } from '../../wire/xmpp/message-acts.ts';
import { readDelay, readOccupantId, readOriginId, readStanzaId } from '../../wire/xmpp/stanza-ids.ts';
import type { Avatars } from './avatars.ts';
import type { Connection } from './connection.ts';
import { remember, toEvents, type Heard, type Memory } from './convert.ts';
import type { Cursor } from './cursor.ts';
import type { Echoes, OwnTokens } from './echoes.ts';
import { toBounce } from './failures.ts';
import type { Inbox } from './inbox.ts';
import type { Occupants } from './occupants.ts';

/** What the room knows of itself and its messages have to know. */
export interface RoomView {
  readonly jid: string;
  /** Our own nick in it. */
  readonly nick: string;
  /** Whether who has this nick now is ours. */
  hasOwn(nick: string): boolean;
  /** Whether the occupant with this id is ours; undefined where the room has not told us our own. */
  isOwnId(occupantId: string): boolean | undefined;
  /** What is said can be read again from the archive. */
  readonly archived: boolean;
  /** The room gives every message an id of its own. */
  readonly stanzaIds: boolean;
  /** We have just entered: history and the subject as it is are being told. */
  entering: boolean;
  /** A sign that the room does not know us any more. */
  suspect(): void;
}

export interface RoomParts {
  clock: Clock;
  tokens: OwnTokens;
  echoes: Echoes;
  memory: Memory;
  occupants: Occupants;
  inbox: Inbox;
  avatars?: Avatars;
}

export class RoomMessages {
  readonly #room: RoomView;
  readonly #parts: RoomParts;
  #topic: string | undefined;

  constructor(room: RoomView, parts: RoomParts) {
    this.#room = room;
    this.#parts = parts;
  }

  /** A live stanza. Resolves when the server may be told that it arrived; undefined: at once. */
  handle(message: XmlElement, connection: Connection): Promise<void> | undefined {
    const { inbox } = this.#parts;
    switch (message.attr('type')) {
      case 'error':
        return this.#handleBounce(message, connection);
      case 'groupchat':
        break;
      default:
        return undefined; // Invitations and notices of the room, not anybody's words.
    }
    const heard = this.#toLive(message, connection);
    if (!heard) return undefined;
    const cursor = this.#toCursor(heard.native);
    if (heard.own && this.#takeEcho(heard)) {
      return inbox.live({ convert: () => [], ...(cursor && { cursor }) });
    }
    const convert = isSubject(message)
      ? this.#subjectConverter(heard)
      : () => this.#toEvents(heard, connection);
    return inbox.live({ convert, ...(cursor && { cursor }) });
  }

  /** A page of the archive, for the hub. Resolves when it is durable. */
  async takeArchived(items: readonly ArchivedMessage[], connection: Connection): Promise<void> {
    const { inbox } = this.#parts;
    await Promise.all(
      items.map((item) => {
        const cursor: Cursor = { id: item.id, at: item.atMs ?? this.#parts.clock.now() };
        return inbox.fromArchive(item.id, { convert: this.#archiveConverter(item, connection), cursor });
      }),
    );
  }

  #archiveConverter(item: ArchivedMessage, connection: Connection): () => NetworkEvent[] {
    const heard = this.#toArchived(item);
    if (!heard || (heard.own && this.#takeEcho(heard))) return () => [];
    return isSubject(item.message)
      ? () => this.#toTopic(heard, false)
      : () => this.#toEvents(heard, connection);
  }

  /** An archived message that is not for the hub: only what it is called and whether it is ours is noted. */
  note(item: ArchivedMessage): void {
    const heard = this.#toArchived(item);
    if (!heard || (heard.own && this.#takeEcho(heard))) return;
    if (readCorrection(item.message) === undefined) remember(heard, this.#parts.memory);
  }

  #handleBounce(message: XmlElement, connection: Connection): undefined {
    const id = message.attr('id');
    const { error, details } = toBounce(message);
    if (details.condition === 'not-acceptable') this.#room.suspect();
    if (id === undefined || !this.#parts.echoes.refuse(id, error)) {
      connection.port.log.debug(
        { room: this.#room.jid, condition: details.condition },
        'an error nobody waits for',
      );
    }
    return undefined;
  }

  /** Ours by its token: a receipt, nothing new for the hub. */
  #takeEcho(heard: Heard): boolean {
    const { echoes, tokens, memory } = this.#parts;
    const token = readOriginId(heard.message);
    if (token === undefined || !(echoes.awaits(token) || tokens.isOwn(token))) return false;
    if (readCorrection(heard.message) === undefined) remember(heard, memory);
    echoes.settle(token, { native: heard.native ?? token });
    return true;
  }

  #toEvents(heard: Heard, connection: Connection): NetworkEvent[] {
    const { events, dropped } = toEvents(heard, this.#parts.memory);
    if (dropped !== undefined) {
      connection.port.log.debug(
        { room: heard.room, native: heard.native, why: dropped },
        'a message is not passed on',
      );
    }
    return events;
  }

  /** The first subject after entering is what it was all along, not a change. */
  #subjectConverter(heard: Heard): () => NetworkEvent[] {
    const initial = this.#room.entering;
    this.#room.entering = false;
    return () => this.#toTopic(heard, initial);
  }

  #toTopic(heard: Heard, initial: boolean): NetworkEvent[] {
    const topic = heard.message.childText('subject') ?? '';
    const before = this.#topic;
    this.#topic = topic;
    if (topic === before || (initial && before === undefined)) return [];
    const { room, native, at, own } = heard;
    return [
      {
        kind: 'topic',
        room,
        topic,
        ...(native !== undefined && { native }),
        ...(at !== undefined && { at }),
        ...(own && { own }),
        ...(!heard.byRoom && { actor: heard.sender }),
      },
    ];
  }

  #toLive(message: XmlElement, connection: Connection): Heard | undefined {
    const room = this.#room;
    const from = toJid(message.attr('from'));
    if (!from) return undefined;
    const nick = from.resource;
    const delay = readDelay(message);
    const history = room.entering && delay !== undefined && toJid(delay.from)?.bare.toString() === room.jid;
    // A room that tells history unasked: the archive has all of it.
    if (history && room.archived) return undefined;
    // Delayed on the last stretch, while the connection was away: the account's own server says so.
    const onTheWay = delay !== undefined && delay.from === connection.domain;
    const sender = this.#toSender(nick, message, true);
    const avatar = room.hasOwn(nick) ? undefined : this.#parts.avatars?.ofOccupant(from.toString());
    return {
      room: room.jid,
      message,
      sender: avatar ? { ...sender, avatar } : sender,
      own: nick !== '' && (history ? this.#isOurs(nick, message) : room.hasOwn(nick)),
      byRoom: nick === '',
      native: room.stanzaIds ? readStanzaId(message, room.jid) : undefined,
      at: history || onTheWay ? delay.atMs : undefined,
      delayed: history,
    };
  }

  #toArchived({ id, atMs, message }: ArchivedMessage): Heard | undefined {
    const from = toJid(message.attr('from'));
    if (message.attr('type') !== 'groupchat' || from?.bare.toString() !== this.#room.jid) return undefined;
    const nick = from.resource;
    return {
      room: this.#room.jid,
      message,
      sender: this.#toSender(nick, message, false),
      own: nick !== '' && this.#isOurs(nick, message),
      byRoom: nick === '',
      native: id,
      at: atMs,
      delayed: true,
    };
  }

  #toSender(nick: string, message: XmlElement, live: boolean): User {
    const { jid } = this.#room;
    const { occupants } = this.#parts;
    if (nick === '') return { id: jid, name: toJid(jid)?.local ?? jid };
    const occupantId = readOccupantId(message);
    if (live || occupantId !== undefined) return occupants.user(nick, occupantId);
    return { id: `${jid}/${nick}`, name: nick };
  }

  /**
   * Whether something said in the past was said by us. Where the room tells occupants apart, that decides; else our
   * nick may have been somebody else's then, and a token, or the nick if there is none, has to do.
   */
  #isOurs(nick: string, message: XmlElement): boolean {
    const theirs = this.#parts.occupants.occupantIds ? readOccupantId(message) : undefined;
    const own = theirs === undefined ? undefined : this.#room.isOwnId(theirs);
    return own ?? (this.#parts.tokens.isOwn(readOriginId(message)) || nick === this.#room.nick);
  }

  #toCursor(native: string | undefined): Cursor | undefined {
    const at = this.#parts.clock.now();
    if (!this.#room.archived) return { at };
    return native === undefined ? undefined : { id: native, at };
  }
}

function isSubject(message: XmlElement): boolean {
  return message.child('subject') !== undefined && message.child('body') === undefined;
}
