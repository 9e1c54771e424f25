/**
 * Who asks something of the account: to be its friend, to be let into a group that it manages, to come into a group. An
 * implementation tells of it once, under a flag by which it takes the answer (what it told nobody is in a list, see
 * `waiting-requests.ts`), and not of what somebody answers in QQ itself; that is seen when the person is in.
 */
import { DeliveryError } from '../../hub/errors.ts';
import type { AnswerReport, Ask, RequestReport } from '../../hub/event.ts';
import type { User } from '../../hub/message.ts';
import type { AccountPort, OutgoingAnswer } from '../../hub/network.ts';
import type { OneBotClient } from '../../wire/onebot11/client.ts';
import { ActionError } from '../../wire/onebot11/errors.ts';
import type { RequestEvent } from '../../wire/onebot11/events.ts';
import { toDeliveryError } from './failures.ts';
import type { People } from './people.ts';
import { toRoom } from './room-name.ts';
import type { WaitingRequest } from './waiting-requests.ts';

/** `asked/ROOM/USER`: the request of somebody who is not in yet; of the account itself, where it is invited. */
const KEY_PREFIX = 'asked/';
/** In the place of `contact` in the name of a request to be a friend that QQ holds for doubtful. */
const DOUBTFUL = 'doubtful';

export interface RequestsParts {
  port: AccountPort;
  client: OneBotClient;
  people: People;
  selfId: number;
}

export class Requests {
  readonly #parts: RequestsParts;

  constructor(parts: RequestsParts) {
    this.#parts = parts;
  }

  /** The room that a request is about. */
  roomOf(event: RequestEvent): string {
    return event.request_type === 'group'
      ? toRoom({ type: 'group', id: event.group_id })
      : toRoom({ type: 'private', id: event.user_id });
  }

  /** A request of a list; undefined where it was told already. */
  async toMissedReport({ event, nickname, isDoubtful }: WaitingRequest): Promise<RequestReport | undefined> {
    const { port, people } = this.#parts;
    const known = await port.store.get(this.#keyOf(event));
    // Lists have the number that is in an event's flag, which may have more around it. The same one is known to the hub.
    if (known?.split(/[:|]/).includes(event.flag) === true) return undefined;
    people.learn(event.user_id, nickname, undefined);
    return this.toReport(event, isDoubtful);
  }

  /** The request as the hub is told it; undefined where the implementation takes no answer to it. */
  async toReport(event: RequestEvent, isDoubtful = false): Promise<RequestReport | undefined> {
    const { port } = this.#parts;
    const { flag, user_id: user, comment, time } = event;
    if (flag === '') {
      port.log.warn({ request: event.request_type, user }, 'a request of QQ has no flag: answer it in QQ');
      return undefined;
    }
    const room = this.roomOf(event);
    const ask = toAsk(event);
    const request = `${isDoubtful ? DOUBTFUL : ask}:${flag}`;
    await port.store.set(this.#keyOf(event), request);
    const roomName = event.request_type === 'group' ? await this.#groupName(event.group_id) : undefined;
    return {
      kind: 'request',
      room,
      at: time * 1000,
      ask,
      request,
      from: await this.#toUser(user),
      ...(comment !== '' && { comment }),
      ...(roomName !== undefined && { roomName }),
    };
  }

  /** Somebody is a friend, or in a group, now: whoever asked for that has been answered. The hub knows what it knows. */
  async toAnswer(room: string, user: number, actor: User | undefined): Promise<AnswerReport | undefined> {
    const request = await this.#parts.port.store.get(toKey(room, user));
    if (request === undefined) return undefined;
    return { kind: 'answer', room, request, answer: 'accepted', ...(actor && { actor }) };
  }

  /** See `Actions.answer`. */
  async answer({ room, request, accepted: approve, reason = '' }: OutgoingAnswer): Promise<void> {
    const { client, port } = this.#parts;
    const [, ask, flag] = /^(contact|doubtful|join|invite):(.+)$/s.exec(request) ?? [];
    if (flag === undefined) {
      throw new DeliveryError('failed', `${request} is no request of QQ`, { permanent: true });
    }
    const type = ask === 'invite' ? 'invite' : 'add';
    try {
      if (ask === DOUBTFUL) {
        // QQ takes no refusal of these, and some implementations accept whatever is answered: not accepted is all there is.
        if (approve) await client.call('set_doubt_friends_add_request', { flag, approve });
      } else if (ask === 'contact') await client.call('set_friend_add_request', { flag, approve });
      else await client.call('set_group_add_request', { flag, sub_type: type, type, approve, reason });
    } catch (error) {
      const failure = toDeliveryError(error);
      if (!(error instanceof ActionError) || failure.outcome === 'unknown') throw failure;
      // What QQ has refused it refuses the next time, too: it has expired, or was answered elsewhere.
      throw new DeliveryError('failed', failure.message, { cause: error, permanent: true });
    }
    await this.#forget(room, request).catch((error: unknown) => {
      // What is kept too long is only told once more, and known.
      port.log.debug({ err: error }, 'an answered request could not be forgotten');
    });
  }

  /** Under which it is kept. */
  #keyOf(event: RequestEvent): string {
    const user = toAsk(event) === 'invite' ? this.#parts.selfId : event.user_id;
    return toKey(this.roomOf(event), user);
  }

  async #forget(room: string, request: string): Promise<void> {
    const { store } = this.#parts.port;
    for (const [key, value] of await store.list(`${KEY_PREFIX}${room}/`)) {
      if (value === request) await store.set(key, undefined);
    }
  }

  /** Who asks is often in none of our groups. */
  async #toUser(user: number): Promise<User> {
    const { people, client, port } = this.#parts;
    if (people.nameOf(user, undefined) === String(user)) {
      try {
        const { nickname } = await client.call('get_stranger_info', { user_id: user });
        people.learn(user, nickname, undefined);
      } catch (error) {
        port.log.debug({ err: error }, 'the name of who asks is not known');
      }
    }
    return people.toUser(user, undefined);
  }

  async #groupName(group: number): Promise<string | undefined> {
    try {
      const { group_name } = await this.#parts.client.call('get_group_info', { group_id: group });
      return group_name || undefined;
    } catch (error) {
      this.#parts.port.log.debug({ err: error }, 'the name of a group is not known to who is not in it');
      return undefined;
    }
  }
}

function toAsk(event: RequestEvent): Ask {
  if (event.request_type === 'friend') return 'contact';
  return event.sub_type === 'invite' ? 'invite' : 'join';
}

function toKey(room: string, user: number): string {
  return `${KEY_PREFIX}${room}/${user}`;
}
