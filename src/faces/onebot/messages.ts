/** Messages as bots see them: in the room where their account has them, under numbers. */
import type { HubAccess } from '../../hub/face.ts';
import { isPrivateMessage, type MessageEvent } from '../../hub/event.ts';
import type { Journal, Journey } from '../../hub/journal.ts';
import type { MediaStore } from '../../hub/media.ts';
import { splitRoomRef, type EventId, type Position, type RoomRef } from '../../hub/message.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import { toCqString } from '../../wire/onebot11/cq-code.ts';
import { toWireSegment, type KnownSegment } from '../../wire/onebot11/segments.ts';
import type { MessageFormat } from './config.ts';
import { toMessageId, toPosition } from './message-id.ts';
import type { Numbers } from './numbers.ts';
import type { People, Self } from './people.ts';
import type { Places } from './places.ts';
import { mayIn, seesAccount, type Bot } from './rights.ts';
import { toSegments } from './to-segments.ts';

export interface MessagesHost {
  hub: Pick<HubAccess, 'journey' | 'read'>;
  journal: Pick<Journal, 'head'>;
  media: Pick<MediaStore, 'resolve' | 'idOf'>;
  numbers: Numbers;
  people: People;
  places: Places;
}

/** A message that a bot may see. */
export interface Found {
  /** With the words of its newest edit. */
  message: MessageEvent;
  /** The room in which the bot has it. */
  room: RoomRef;
  recalled: boolean;
}

const remembered = 20_000;

export class Messages {
  readonly #host: MessagesHost;
  readonly #positions = new RecentMap<Position>(remembered);

  constructor(host: MessagesHost) {
    this.#host = host;
  }

  /** A message by its id, if the bot may see it. */
  async find(id: number, bot: Bot): Promise<Found | undefined> {
    if (!Number.isInteger(id)) return undefined;
    const { hub, journal } = this.#host;
    const position = toPosition(id, await journal.head());
    if (position <= 0) return undefined;
    const { events } = await hub.read(position - 1, {}, 1);
    const [event] = events;
    if (event?.kind !== 'message' || event.position !== position || isPrivateMessage(event)) return undefined;
    const journey = await hub.journey(event.id);
    const room = journey && roomFor(bot, journey);
    if (!journey || room === undefined) return undefined;
    const edit = journey.acts.findLast((act) => act.kind === 'edit');
    return {
      message: edit ? { ...event, body: edit.body } : event,
      room,
      recalled: journey.acts.some(({ kind }) => kind === 'recall'),
    };
  }

  /** The number of a message that something refers to; undefined where it is not known any more. */
  async idOf(event: EventId): Promise<number | undefined> {
    const known = this.#positions.get(event);
    if (known !== undefined) return toMessageId(known);
    const journey = await this.#host.hub.journey(event);
    if (journey?.event.kind !== 'message' || isPrivateMessage(journey.event)) return undefined;
    this.note(event, journey.event.position);
    return toMessageId(journey.event.position);
  }

  /** Remembers where a message is. */
  note(event: EventId, position: Position): void {
    this.#positions.set(event, position);
  }

  /**
   * A message without what makes it an event: with all that bots look for, also where hutong knows nothing of it.
   * Undefined for one of a private conversation of which the other side is not known.
   */
  async show(
    message: MessageEvent,
    room: RoomRef,
    self: Self & { format: MessageFormat },
  ): Promise<Record<string, unknown> | undefined> {
    const { people, places, numbers, media } = this.#host;
    const isOwn = people.isOwn(message) && isOf(self, message.room);
    // Whoever said it is of the network where it was said, also where it is seen elsewhere.
    const senderId = isOwn ? self.selfId : await people.number(message.room, message.sender, self);
    const segments = await this.#segments(message, self);
    const messageId = toMessageId(message.position);
    const common = {
      message_id: messageId,
      message_seq: messageId,
      real_id: messageId,
      time: Math.floor(message.at / 1000),
      message: self.format === 'array' ? segments.map(toWireSegment) : toCqString(segments),
      message_format: self.format,
      raw_message: toCqString(segments),
      font: 0,
    };
    const { name, avatar } = message.sender;
    const picture = avatar ? media.resolve(avatar.url) : '';
    const sender = { user_id: senderId, nickname: name, sex: 'unknown', age: 0, avatar: picture };
    if (await places.isGroup(room)) {
      return {
        ...common,
        message_type: 'group',
        sub_type: 'normal',
        group_id: await numbers.group(room),
        user_id: senderId,
        anonymous: null,
        sender: { ...sender, card: '', area: '', level: '0', role: 'member', title: '' },
      };
    }
    if (!isOwn) await places.notePeer(room, senderId);
    const peer = isOwn ? await places.peerOf(room) : senderId;
    if (peer === undefined) return undefined;
    const kind = { ...common, message_type: 'private', sub_type: 'friend', user_id: senderId, sender };
    return { ...kind, target_id: isOwn ? peer : self.selfId };
  }

  /** The segments of a message, its answer first. */
  async #segments(message: MessageEvent, self: Self): Promise<KnownSegment[]> {
    const { media, people } = this.#host;
    const body = await toSegments(message.body, {
      media,
      mentioned: (id, name) => people.number(message.room, { id, name }, self),
      forwardId: (index) => `${toMessageId(message.position)}-${index}`,
    });
    const said: KnownSegment[] = message.action ? [{ type: 'text', data: { text: '/me ' } }, ...body] : body;
    const answered = message.replyTo?.id === undefined ? undefined : await this.idOf(message.replyTo.id);
    return answered === undefined ? said : [{ type: 'reply', data: { id: String(answered) } }, ...said];
  }
}

function isOf({ account }: Self, room: RoomRef): boolean {
  return account === undefined || splitRoomRef(room).account === account;
}

/** Where the bot has a message: in the room where it was said, or in one to which it went. */
function roomFor(bot: Bot, { event, copies, deliveries }: Journey): RoomRef | undefined {
  const rooms = [event.room, ...copies.map(({ room }) => room), ...deliveries.map(({ lane }) => lane)];
  return rooms.find((room) => seesAccount(bot, splitRoomRef(room).account) && mayIn(bot, 'read', room));
}
