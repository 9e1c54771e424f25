/**
 * What happens, as events of Satori. What Satori has no word for is not told: topics, what became of deliveries, and who
 * answered a request.
 * Private mail between two people of different networks is nobody else's.
 *
 * @see https://satori.chat/zh-CN/protocol/events.html
 */
import type { HubAccess } from '../../hub/face.ts';
import { isPrivateMessage, type HubEvent, type MessageEvent, type RequestEvent } from '../../hub/event.ts';
import { textBody, type Segment } from '../../hub/message.ts';
import type { Logins } from './logins.ts';
import type { Messages } from './messages.ts';
import type { Rooms } from './rooms.ts';

type Json = Readonly<Record<string, unknown>>;

export interface EventsHost {
  hub: Pick<HubAccess, 'journey'>;
  logins: Logins;
  rooms: Rooms;
  messages: Messages;
}

export class Events {
  readonly #host: EventsHost;

  constructor(host: EventsHost) {
    this.#host = host;
  }

  /**
   * The body of an event; undefined where it is nothing for bots.
   *
   * @param ownMessages tell what the account itself says and does, too
   */
  async toJson(event: HubEvent, ownMessages: boolean): Promise<Json | undefined> {
    const { logins } = this.#host;
    if (!ownMessages && logins.isOwn(event)) return undefined;
    const made = await this.#make(event);
    if (!made) return undefined;
    const login = logins.ofEvent(event.room);
    return {
      sn: event.position,
      // Clients from before 1.2 look for these.
      id: event.position,
      platform: login.platform,
      self_id: login.user.id,
      timestamp: event.at,
      login,
      ...made,
    };
  }

  async #make(event: HubEvent): Promise<Json | undefined> {
    const { rooms, messages } = this.#host;
    switch (event.kind) {
      case 'message':
        return this.#said(event);
      case 'edit': {
        const about = await this.#about(event.target);
        if (!about) return undefined;
        const shown = { ...(await messages.show(about, event.room)), content: messages.content(event.body) };
        return { ...toEvent('message-updated', shown), operator: toUser(event.actor) };
      }
      case 'recall': {
        const about = await this.#about(event.target);
        if (!about) return undefined;
        const shown = { ...(await messages.show(about, event.room)), content: '' };
        return { ...toEvent('message-deleted', shown), operator: toUser(event.actor) };
      }
      case 'reaction': {
        const about = await this.#about(event.target);
        if (!about) return undefined;
        const user = this.#host.logins.isOwn(event)
          ? this.#host.logins.ofEvent(event.room).user
          : toUser(event.actor);
        return {
          ...toEvent(
            event.added ? 'reaction-added' : 'reaction-removed',
            await messages.show(about, event.room),
          ),
          user,
          operator: user,
          emoji: { id: event.emoji, name: event.emoji },
        };
      }
      case 'join':
      case 'leave':
      case 'rename': {
        const user = toUser(event.who);
        return {
          type: types[event.kind],
          ...(await rooms.place(event.room)),
          user,
          member: { user, nick: user.name },
        };
      }
      case 'topic':
      case 'outcome':
      case 'answer':
        return undefined;
      case 'request':
        return this.#asked(event);
    }
  }

  /** A request is named by what would be its message's id, whose content is what they say to it. */
  async #asked({ ask, room, from, comment, roomName, id }: RequestEvent): Promise<Json> {
    const user = toUser(from);
    const place = await this.#host.rooms.place(room);
    // Some networks do not tell which room it is before one is in it.
    const guild = place.guild ?? { id: '', name: roomName ?? '' };
    const body: Segment[] = comment === undefined ? [] : textBody(comment);
    const message = { id, content: this.#host.messages.content(body), user };
    const common = { type: requestTypes[ask], channel: place.channel, user, message };
    if (ask === 'contact') return common;
    return {
      ...common,
      guild: roomName === undefined ? guild : { ...guild, name: roomName },
      ...(ask === 'join' && { member: { user, nick: user.name } }),
    };
  }

  async #said(event: MessageEvent): Promise<Json | undefined> {
    if (isPrivateMessage(event)) return undefined;
    return toEvent('message-created', await this.#host.messages.show(event));
  }

  async #about(target: string): Promise<MessageEvent | undefined> {
    const journey = await this.#host.hub.journey(target);
    return journey?.event.kind === 'message' && !isPrivateMessage(journey.event) ? journey.event : undefined;
  }
}

const requestTypes = {
  contact: 'friend-request',
  join: 'guild-member-request',
  invite: 'guild-request',
} as const;

const types = {
  join: 'guild-member-added',
  leave: 'guild-member-removed',
  rename: 'guild-member-updated',
} as const;

function toEvent(type: string, shown: Awaited<ReturnType<Messages['show']>>): Json {
  const { channel, guild, user, member } = shown;
  return {
    type,
    channel,
    ...(guild && { guild }),
    user,
    ...(member && { member }),
    message: shown,
  };
}

function toUser({ id, name }: { id: string; name: string }): { id: string; name: string } {
  return { id, name };
}
