/** Messages as Satori has them. Their ids are the hub's: the same in every room that they went to. */
import type { HubAccess } from '../../hub/face.ts';
import { isPrivateMessage, type MessageEvent } from '../../hub/event.ts';
import type { MediaStore } from '../../hub/media.ts';
import { withMediaLinks } from '../../hub/media.ts';
import { splitRoomRef, type EventId, type RoomRef, type Segment } from '../../hub/message.ts';
import { writeContent } from '../../wire/satori/write-content.ts';
import type { Logins, WireUser } from './logins.ts';
import type { Rooms, WirePlace } from './rooms.ts';

export interface MessagesHost {
  hub: Pick<HubAccess, 'journey'>;
  media: Pick<MediaStore, 'resolve'>;
  logins: Logins;
  rooms: Rooms;
}

export interface WireMessage extends WirePlace {
  id: string;
  content: string;
  user: WireUser;
  member?: { user: WireUser; nick: string };
  created_at: number;
}

/** A message as it is now, seen in a room. */
export interface Found {
  /** With the words of its newest edit. */
  message: MessageEvent;
  recalled: boolean;
  /** Who has put which reaction on it. */
  reactions: { user: WireUser; emoji: string }[];
}

export class Messages {
  readonly #host: MessagesHost;

  constructor(host: MessagesHost) {
    this.#host = host;
  }

  /** A message that was said or delivered in the room. */
  async find(id: EventId, room: RoomRef): Promise<Found | undefined> {
    const journey = await this.#host.hub.journey(id);
    if (journey?.event.kind !== 'message' || isPrivateMessage(journey.event)) return undefined;
    const { event, acts, copies, deliveries } = journey;
    const isThere =
      event.room === room ||
      copies.some((copy) => copy.room === room) ||
      deliveries.some(({ lane }) => lane === room);
    if (!isThere) return undefined;
    const edit = acts.findLast((act) => act.kind === 'edit');
    const reactions = new Map<string, Found['reactions'][number]>();
    for (const act of acts) {
      if (act.kind !== 'reaction') continue;
      const key = JSON.stringify([act.room, act.actor.id, act.emoji]);
      reactions.delete(key);
      if (act.added) {
        const { id: user, name } = act.actor;
        reactions.set(key, { emoji: act.emoji, user: { id: user, name } });
      }
    }
    return {
      message: edit ? { ...event, body: edit.body } : event,
      recalled: acts.some(({ kind }) => kind === 'recall'),
      reactions: [...reactions.values()],
    };
  }

  /** @param room where it is seen; what it says of the place is of there */
  async show(message: MessageEvent, room: RoomRef = message.room): Promise<WireMessage> {
    const { logins, rooms } = this.#host;
    const { account } = splitRoomRef(message.room);
    const isOwn = logins.isOwn(message);
    const { id, name } = message.sender;
    const user = isOwn ? logins.selfUser(account) : { id, name };
    const place = await rooms.place(room);
    return {
      id: message.id,
      content: this.#content(message),
      ...place,
      user,
      ...(place.guild && { member: { user, nick: user.name } }),
      created_at: message.at,
    };
  }

  /** A body as content. */
  content(body: readonly Segment[]): string {
    return writeContent(withMediaLinks(body, (url) => this.#host.media.resolve(url)));
  }

  #content({ body, action, replyTo }: MessageEvent): string {
    const links = withMediaLinks(body, (url) => this.#host.media.resolve(url));
    const said = action ? [{ type: 'text' as const, text: '/me ' }, ...links] : links;
    return writeContent(said, replyTo?.id === undefined ? undefined : { id: replyTo.id, ...replyTo.quote });
  }
}
