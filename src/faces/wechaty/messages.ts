/** Messages as a bot has them: in the room of its own account, in parts, under the hub's ids. */
import type { HubAccess } from '../../hub/face.ts';
import { isPrivateMessage, type HubEvent, type MessageEvent, type RecallEvent } from '../../hub/event.ts';
import type { Journey } from '../../hub/journal.ts';
import { withMediaLinks, type MediaStore } from '../../hub/media.ts';
import { splitRoomRef, toPlainText, type EventId, type RoomRef } from '../../hub/message.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import { mayIn, type Visitor } from './door.ts';
import { Failure } from './failure.ts';
import { toFittingText } from './long-text.ts';
import { parsePartId, toParts, type Part } from './parts.ts';
import type { Peers } from './peers.ts';
import type { People } from './people.ts';
import { MESSAGE_TYPE, toTimestamp, type Fields } from './protobuf.ts';
import type { Rooms } from './rooms.ts';

export interface MessagesHost {
  hub: Pick<HubAccess, 'journey'>;
  media: MediaStore;
  people: People;
  peers: Peers;
  rooms: Rooms;
}

/** A message that a bot may see, and the part of it that was asked for. */
export interface Found {
  /** With the words of its newest edit. */
  message: MessageEvent;
  /** The room in which the bot has it. */
  room: RoomRef;
  part: Part;
}

const mediaTypes = {
  image: MESSAGE_TYPE.image,
  audio: MESSAGE_TYPE.audio,
  video: MESSAGE_TYPE.video,
  file: MESSAGE_TYPE.attachment,
} as const;

/** Messages that are in memory: bots ask for each as soon as they are told of it. Long ones are left in the journal. */
const rememberedMessages = 2_000;
const rememberedParts = 16;
const rememberedCharacters = 4_096;

export class Messages {
  readonly #host: MessagesHost;
  /** With the words that they have now. */
  readonly #recent = new RecentMap<MessageEvent>(rememberedMessages);

  constructor(host: MessagesHost) {
    this.#host = host;
  }

  /** Something happened: it is remembered, or what was remembered is not so any more. */
  note(event: HubEvent): void {
    if (event.kind === 'edit') this.#recent.delete(event.target);
    if (event.kind === 'message' && isShort(event)) this.#recent.set(event.id, event);
  }

  /** What `MessagePayload` answers. Rejects with a `Failure`: NOT_FOUND. */
  async payload(id: string, visitor: Visitor): Promise<Fields> {
    const { event, index } = parsePartId(id);
    const known = this.#recall(event, index, visitor);
    const journey = known ? undefined : await this.#host.hub.journey(event);
    if (journey?.event.kind === 'recall') return this.#recalled(journey.event, visitor);
    const { message, room, part } = known ?? this.#pick(id, index, journey, visitor);
    return {
      ...(await this.#where(message, room, visitor)),
      id,
      receiveTime: toTimestamp(message.at),
      ...(await this.#what(message, part)),
      mentionIdsList: part.type === 'text' && message.room === room ? part.mentions : [],
    };
  }

  /** Rejects with a `Failure`: NOT_FOUND. */
  async find(id: string, visitor: Visitor): Promise<Found> {
    const { event, index } = parsePartId(id);
    const known = this.#recall(event, index, visitor);
    if (known) return known;
    return this.#pick(id, index, await this.#host.hub.journey(event), visitor);
  }

  /** From memory, where that has it. */
  #recall(id: EventId, index: number, visitor: Visitor): Found | undefined {
    const message = this.#recent.get(id);
    if (!message || isPrivateMessage(message)) return undefined;
    const room = this.#host.rooms.hears(message, visitor.account);
    const part = toParts(message.body)[index];
    return room !== undefined && part && mayIn(visitor, 'read', room) ? { message, room, part } : undefined;
  }

  #pick(id: string, index: number, journey: Journey | undefined, visitor: Visitor): Found {
    if (journey?.event.kind === 'message' && !isPrivateMessage(journey.event)) {
      const room = roomOf(journey, visitor);
      const edit = journey.acts.findLast((act) => act.kind === 'edit');
      const message = edit ? { ...journey.event, body: edit.body } : journey.event;
      const part = toParts(message.body)[index];
      if (room !== undefined && part) return { message, room, part };
    }
    throw new Failure('NOT_FOUND', `there is no message ${id}`);
  }

  /** Clients read the id of what was taken back from the text. */
  async #recalled(recall: RecallEvent, visitor: Visitor): Promise<Fields> {
    const { message, room } = await this.find(recall.target, visitor);
    return {
      ...(await this.#where(message, room, visitor)),
      id: recall.id,
      receiveTime: toTimestamp(recall.at),
      type: MESSAGE_TYPE.recalled,
      text: recall.target,
    };
  }

  async #where(message: MessageEvent, room: RoomRef, { account }: Visitor): Promise<Fields> {
    const { people, peers, rooms } = this.#host;
    const talker = people.contactOf(message, message.sender, account);
    const self = people.selfOf(account)?.id ?? account;
    if (message.room !== room || !(await rooms.isDirect(room))) {
      return { roomId: splitRoomRef(room).room, talkerId: talker.id };
    }
    const isOwn = talker.id === self;
    const peer = isOwn ? ((await peers.ofRoom(room))?.id ?? splitRoomRef(room).room) : self;
    return { talkerId: talker.id, listenerId: peer };
  }

  async #what(message: MessageEvent, part: Part): Promise<Fields> {
    const { media } = this.#host;
    switch (part.type) {
      case 'text': {
        const text = message.action ? `/me ${part.text}` : part.text;
        return { type: MESSAGE_TYPE.text, text: await toFittingText(text, media) };
      }
      case 'media': {
        const { type, name, url, alt } = part.media;
        const [shown] = withMediaLinks([part.media], (address) => media.resolve(address));
        const link = shown && 'url' in shown ? (shown.url ?? url) : url;
        return { type: mediaTypes[type], filename: name ?? type, text: alt ?? link };
      }
      case 'url':
        return { type: MESSAGE_TYPE.url, text: part.card.url };
      case 'location': {
        const { name, latitude, longitude } = part.place;
        return { type: MESSAGE_TYPE.location, text: `${name ?? ''} ${latitude}, ${longitude}`.trim() };
      }
    }
  }
}

function isShort({ body }: MessageEvent): boolean {
  return body.length <= rememberedParts && toPlainText(body).length <= rememberedCharacters;
}

/** The room in which a bot has a message: where it was said, or where it went. */
function roomOf({ event, deliveries, copies }: Journey, visitor: Visitor): RoomRef | undefined {
  const places = [event.room, ...deliveries.map(({ lane }) => lane), ...copies.map(({ room }) => room)];
  return places.find((room) => mayIn(visitor, 'read', room));
}
