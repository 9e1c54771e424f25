/**
 * What happens, as events of OneBot. What OneBot has no word for is not told: changed texts (`get_msg` has the new one),
 * topics, and what became of deliveries. Private mail between two people is nobody else's.
 *
 * @see https://github.com/botuniverse/onebot-11/tree/master/event
 */
import type { HubAccess } from '../../hub/face.ts';
import {
  isPrivateMessage,
  type AnswerEvent,
  type HubEvent,
  type MessageEvent,
  type ReactionEvent,
  type RecallEvent,
  type RequestEvent,
} from '../../hub/event.ts';
import { toReactionId } from '../../wire/onebot11/faces.ts';
import type { MessageFormat } from './config.ts';
import type { Messages } from './messages.ts';
import type { Numbers } from './numbers.ts';
import type { People, Self } from './people.ts';
import type { Places } from './places.ts';

/** How a self's events are made: bots that share it share the work. */
export interface View extends Self {
  format: MessageFormat;
  /** Tell what the account itself says, too. */
  ownMessages: boolean;
}

type Json = Record<string, unknown>;

export interface EventsHost {
  hub: Pick<HubAccess, 'journey'>;
  numbers: Numbers;
  people: People;
  places: Places;
  messages: Messages;
}

export class Events {
  readonly #host: EventsHost;

  constructor(host: EventsHost) {
    this.#host = host;
  }

  /** The event as JSON; undefined where it is nothing for bots. */
  async toJson(event: HubEvent, view: View): Promise<Json | undefined> {
    const made = await this.#make(event, view);
    return made && { time: Math.floor(event.at / 1000), self_id: view.selfId, ...made };
  }

  async #make(event: HubEvent, view: View): Promise<Json | undefined> {
    const { numbers, people, places } = this.#host;
    switch (event.kind) {
      case 'message':
        return this.#said(event, view);
      case 'recall':
        return this.#recalled(event, view);
      case 'reaction':
        return this.#reacted(event, view);
      case 'join':
      case 'leave': {
        const joins = event.kind === 'join';
        if (!(await places.isGroup(event.room))) return undefined;
        const user = await people.number(event.room, event.who, view);
        return {
          post_type: 'notice',
          notice_type: joins ? 'group_increase' : 'group_decrease',
          sub_type: joins ? 'approve' : 'leave',
          group_id: await numbers.group(event.room),
          operator_id: user,
          user_id: user,
        };
      }
      case 'rename':
        if (!(await places.isGroup(event.room))) return undefined;
        return {
          post_type: 'notice',
          notice_type: 'group_card',
          group_id: await numbers.group(event.room),
          user_id: await people.number(event.room, event.who, view),
          card_new: event.who.name,
          card_old: event.oldName,
        };
      case 'edit':
      case 'topic':
      case 'outcome':
        return undefined;
      case 'request':
        return this.#asked(event, view);
      case 'answer':
        return this.#answered(event, view);
    }
  }

  async #said(event: MessageEvent, view: View): Promise<Json | undefined> {
    const { people, messages } = this.#host;
    if (isPrivateMessage(event)) return undefined;
    const isOwn = people.isOwn(event);
    if (isOwn && !view.ownMessages) return undefined;
    const shown = await messages.show(event, event.room, view);
    return shown && { post_type: isOwn ? 'message_sent' : 'message', ...shown };
  }

  async #asked(event: RequestEvent, view: View): Promise<Json> {
    const { people, numbers } = this.#host;
    const { ask, room, from, comment = '', id: flag } = event;
    const common = { post_type: 'request', user_id: await people.number(room, from, view), comment, flag };
    if (ask === 'contact') return { ...common, request_type: 'friend' };
    // Some networks do not tell which group it is before one is in it.
    const group_id = event.direct ? 0 : await numbers.group(room);
    return { ...common, request_type: 'group', sub_type: ask === 'join' ? 'add' : 'invite', group_id };
  }

  /** Who was accepted is a friend; whoever comes into a group is told as such. */
  async #answered(event: AnswerEvent, view: View): Promise<Json | undefined> {
    if (event.ask !== 'contact' || event.answer !== 'accepted') return undefined;
    const user_id = await this.#host.people.number(event.room, event.from, view);
    return { post_type: 'notice', notice_type: 'friend_add', user_id };
  }

  async #recalled(event: RecallEvent, view: View): Promise<Json | undefined> {
    const { people, places, numbers, messages, hub } = this.#host;
    const messageId = await messages.idOf(event.target);
    const journey = await hub.journey(event.target);
    if (messageId === undefined || journey?.event.kind !== 'message') return undefined;
    const author = await people.number(journey.event.room, journey.event.sender, view);
    const notice = { post_type: 'notice', user_id: author, message_id: messageId };
    if (!(await places.isGroup(event.room))) return { ...notice, notice_type: 'friend_recall' };
    return {
      ...notice,
      notice_type: 'group_recall',
      group_id: await numbers.group(event.room),
      operator_id: await people.number(event.room, event.actor, view),
    };
  }

  async #reacted(event: ReactionEvent, view: View): Promise<Json | undefined> {
    const { people, places, numbers, messages } = this.#host;
    if (people.isOwn(event) || !(await places.isGroup(event.room))) return undefined;
    const messageId = await messages.idOf(event.target);
    if (messageId === undefined) return undefined;
    return {
      post_type: 'notice',
      notice_type: 'group_msg_emoji_like',
      group_id: await numbers.group(event.room),
      user_id: await people.number(event.room, event.actor, view),
      message_id: messageId,
      likes: [{ emoji_id: toReactionId(event.emoji) ?? event.emoji, count: 1 }],
      is_add: event.added,
    };
  }
}
