/** One connection's life: who the account is, what was missed, then what happens, until it breaks. */
import { sleep, toError, type Clock } from '../../hub/clock.ts';
import { AccountError, DeliveryError, RequestError } from '../../hub/errors.ts';
import type { User } from '../../hub/message.ts';
import type { AccountPort, Actions, Limits, OutgoingReaction } from '../../hub/network.ts';
import { RoomInbox } from '../../hub/room-inbox.ts';
import type { OneBotClient } from '../../wire/onebot11/client.ts';
import { ActionError } from '../../wire/onebot11/errors.ts';
import type { OneBotEvent } from '../../wire/onebot11/events.ts';
import { Avatars } from './avatars.ts';
import type { OneBotConfig } from './config.ts';
import { readContact } from './contact-details.ts';
import type { Cursor } from './cursor.ts';
import { toReactionId } from '../../wire/onebot11/faces.ts';
import { toDeliveryError } from './failures.ts';
import { Files } from './files.ts';
import { readHistory, readMissed } from './history.ts';
import { Incoming } from './incoming.ts';
import { ALONE, CARRIED } from './outgoing.ts';
import { OwnMessages } from './own-messages.ts';
import { People } from './people.ts';
import { Requests } from './requests.ts';
import { toPlace, toRoom } from './room-name.ts';
import { Sends } from './sends.ts';
import type { Transport } from './transport.ts';
import { readWaitingRequests } from './waiting-requests.ts';
import { TEXT_LIMIT_BYTES } from './ways.ts';

/** Chats that no link names whose history is asked for after an outage, the most recent ones. */
const UNLINKED_LIMIT = 20;
/** How many times within `aliveMs` the implementation is asked how it does. */
const ASKS_WITHIN_ALIVE = 3;

export interface SessionParts {
  config: OneBotConfig;
  port: AccountPort;
  clock: Clock;
  signal: AbortSignal;
}

export class Session {
  readonly #parts: SessionParts;
  readonly #broken = Promise.withResolvers<never>();
  readonly #followed = new Set<string>();
  /** Events that came before it was known who the account is. */
  #early: { hand: () => void; reject: (error: Error) => void }[] | undefined = [];
  #incoming: Incoming | undefined;
  #inbox: RoomInbox<Cursor> | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#broken.promise.catch(() => {
      // `run` tells it, or is over already.
    });
  }

  /** Takes an event. Settles when it is durable, or could not be made so. */
  take(event: OneBotEvent): Promise<void> {
    if (event.post_type === 'meta_event') {
      if (event.meta_event_type === 'heartbeat') this.#judge(event.status?.online);
      return Promise.resolve();
    }
    if (!this.#early) return this.#incoming?.take(event) ?? Promise.reject(over());
    return new Promise((resolve, reject) => {
      this.#early?.push({ hand: () => void this.take(event).then(resolve, reject), reject });
    });
  }

  /** Runs until the connection breaks; rejects with why. */
  async run(transport: Transport): Promise<never> {
    const { signal } = this.#parts;
    const ended = new Promise<never>((_, reject) => {
      void transport.closed.then(reject);
      signal.addEventListener('abort', () => reject(toError(signal.reason)), { once: true });
      if (signal.aborted) reject(toError(signal.reason));
    });
    ended.catch(() => {
      // `run` tells it, or has ended by something else.
    });
    const ending = new AbortController();
    try {
      const living = this.#live(transport, AbortSignal.any([signal, ending.signal]));
      return await Promise.race([living, ended, this.#broken.promise]);
    } finally {
      ending.abort(over());
      for (const { reject } of this.#early ?? []) reject(over());
      this.#early = undefined;
      await this.#inbox?.close();
    }
  }

  async #live(transport: Transport, signal: AbortSignal): Promise<never> {
    const { config, port, clock } = this.#parts;
    const { client } = transport;
    const { user_id: selfId, nickname } = await client.call('get_login_info', {});
    if (selfId <= 0) throw notLoggedIn();
    await this.#ask(client);
    const self: User = { id: String(selfId), name: nickname || String(selfId) };
    const inbox = new RoomInbox<Cursor>({
      port,
      clock,
      timeOf: ({ time }) => time,
      isDirect: (room) => toPlace(room)?.type === 'private',
      pausesFor: 'receiving',
      pause: (isPaused) => transport.pause(isPaused),
      broken: (error) => this.#broken.reject(error),
    });
    this.#inbox = inbox;
    await inbox.open();
    const people = new People();
    const own = new OwnMessages();
    const files = new Files({ port, client, clock, signal, inlineBytes: config.inlineBytes });
    const sends = new Sends({ port, client, clock, selfId, files, people, own });
    await sends.open();
    const requests = new Requests({ port, client, people, selfId });
    signal.throwIfAborted();
    const avatars = new Avatars({ port, clock, signal, isOn: config.avatars });
    const incoming = new Incoming({
      self,
      selfId,
      port,
      client,
      clock,
      inbox,
      people,
      avatars,
      files,
      own,
      requests,
      muted: (group, until) => sends.muted(group, until),
    });
    this.#incoming = incoming;
    const follow = (room: string) => this.#follow(room, { client, inbox, incoming, people, selfId });
    port.online({
      self,
      actions: toActions(client, sends, people, requests),
      limits: this.#limits(),
      carries: CARRIED,
    });
    port.log.info({ user: selfId }, 'logged in');
    port.watchRooms((rooms) => rooms.forEach(follow));
    inbox.rooms().slice(0, UNLINKED_LIMIT).forEach(follow);
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const { hand } of early) hand();
    void this.#askForRequests(client, incoming, selfId);
    return this.#watch(client, signal);
  }

  /** A room's history first, then what is said live. */
  #follow(room: string, { client, inbox, incoming, people, selfId }: Following): void {
    if (this.#followed.has(room)) return;
    this.#followed.add(room);
    const { port, config, clock } = this.#parts;
    inbox.first(room, async () => {
      const place = toPlace(room);
      try {
        if (place?.type === 'group') await people.load(client, place.id);
      } catch (error) {
        port.log.warn({ err: toError(error), room }, 'the members of a group cannot be read');
      }
      const cursor = inbox.cursorOf(room);
      if (!cursor) {
        // What was said before it was ever followed is not fetched; from now on nothing is missed.
        const last = await readHistory(client, room, selfId, 1).catch(() => []);
        const newest = last.at(-1);
        inbox.begin(
          room,
          newest ? { id: newest.message_id, time: newest.time } : { id: 0, time: toSeconds(clock) },
        );
        return;
      }
      if (config.historyMessages === 0) return;
      const missed = await readMissed(client, room, selfId, cursor, config.historyMessages);
      if (!missed)
        return port.log.info({ room }, 'the implementation has no history: what was missed stays missed');
      if (!missed.isComplete)
        port.log.warn({ room }, 'more was missed than the history shows, or than is asked for');
      await incoming.backlog(room, missed.messages);
    });
  }

  /** Those that came while nobody was connected. Never rejects: an implementation that does not answer is found out elsewhere. */
  async #askForRequests(client: OneBotClient, incoming: Incoming, selfId: number): Promise<void> {
    const { clock, port } = this.#parts;
    try {
      const waiting = await readWaitingRequests(client, selfId, toSeconds(clock));
      await Promise.all(waiting.map((request) => incoming.missed(request)));
    } catch (error) {
      // What could not be kept has ended the run, and the next one asks again.
      port.log.warn({ err: toError(error) }, 'the requests that wait for an answer could not be read');
    }
  }

  #limits(): Limits {
    const { config } = this.#parts;
    return {
      textBytes: TEXT_LIMIT_BYTES,
      mediaAlone: ALONE,
      sendsUnderWay: 1,
      sendTimeoutMs: config.callSeconds * 1000 + 10_000,
      sendsPerSecond: config.sendsPerSecond,
      recallWindowMs: config.recallSeconds * 1000,
      aliveMs: config.aliveSeconds * 1000,
    };
  }

  /** Asks, again and again, whether the account is online: only its answers prove it. */
  async #watch(client: OneBotClient, signal: AbortSignal): Promise<never> {
    const { config, clock, port } = this.#parts;
    for (;;) {
      await sleep(clock, (config.aliveSeconds * 1000) / ASKS_WITHIN_ALIVE, signal);
      await this.#ask(client);
      signal.throwIfAborted();
      port.alive();
    }
  }

  async #ask(client: OneBotClient): Promise<void> {
    try {
      this.#judge((await client.call('get_status', {})).online);
    } catch (error) {
      // One that does not know how it does has answered all the same.
      if (!(error instanceof ActionError)) throw error;
    }
  }

  /** @param online what the implementation says of itself; only its no is believed */
  #judge(online: boolean | null | undefined): void {
    if (online === false) this.#broken.reject(notLoggedIn());
  }
}

interface Following {
  client: OneBotClient;
  inbox: RoomInbox<Cursor>;
  incoming: Incoming;
  people: People;
  selfId: number;
}

function over(): Error {
  return new Error('the run is over');
}

function notLoggedIn(): AccountError {
  return new AccountError(
    'account-unreachable',
    'the implementation runs, but its QQ account is not logged in',
  );
}

function toSeconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}

function toActions(client: OneBotClient, sends: Sends, people: People, requests: Requests): Actions {
  return {
    send: (message) => sends.send(message),
    find: (sought) => sends.find(sought),
    async recall({ target }) {
      try {
        await client.call('delete_msg', { message_id: toMessageId(target) });
      } catch (error) {
        throw isFinal(error) ? refused(error) : toDeliveryError(error);
      }
    },
    react: (reaction) => react(client, reaction),
    answer: (answer) => requests.answer(answer),
    direct(user) {
      const room = `private:${user}`;
      if (toPlace(room)) return room;
      throw new RequestError('person-away', 'who writes anonymously on QQ cannot be written to');
    },
    async rooms() {
      try {
        const groups = await client.call('get_group_list', {});
        return groups.map(({ group_id, group_name }) => ({
          room: toRoom({ type: 'group', id: group_id }),
          name: group_name || String(group_id),
        }));
      } catch (error) {
        throw toDeliveryError(error);
      }
    },
    members(room) {
      const place = toPlace(room);
      if (!place) return [];
      return place.type === 'group' ? people.members(place.id) : [people.toUser(place.id, undefined)];
    },
    contact: (user) => readContact(client, user),
  };
}

async function react(client: OneBotClient, { target, emoji, added }: OutgoingReaction): Promise<void> {
  const emojiId = toReactionId(emoji);
  if (emojiId === undefined) {
    throw new DeliveryError('failed', 'QQ has no such reaction', { permanent: true });
  }
  try {
    await client.call('set_msg_emoji_like', {
      message_id: toMessageId(target),
      emoji_id: emojiId,
      set: added,
    });
  } catch (error) {
    throw isFinal(error) ? refused(error) : toDeliveryError(error);
  }
}

function toMessageId(native: string): number {
  const id = Number(native);
  if (Number.isSafeInteger(id)) return id;
  throw new DeliveryError('failed', 'QQ can do that to messages only', { permanent: true });
}

/** What QQ has refused to do to a message it refuses the next time, too. */
function isFinal(error: unknown): error is ActionError {
  return error instanceof ActionError;
}

function refused(error: ActionError): DeliveryError {
  return new DeliveryError('failed', error.message, { cause: error, permanent: true });
}
