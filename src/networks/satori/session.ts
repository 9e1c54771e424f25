/** One connection's life: which login the account is, what was missed, then what happens, until it breaks. */
import { z } from 'zod';
import { toError, type Clock } from '../../hub/clock.ts';
import { AccountError, DeliveryError } from '../../hub/errors.ts';
import type { User } from '../../hub/message.ts';
import type { AccountPort, Actions, Limits } from '../../hub/network.ts';
import { RoomInbox } from '../../hub/room-inbox.ts';
import { SentNotes } from '../../hub/sent-notes.ts';
import { HttpClient } from '../../wire/http/client.ts';
import { ApiClient } from '../../wire/satori/api-client.ts';
import { openEventSocket } from '../../wire/satori/event-socket.ts';
import type { SatoriEvent } from '../../wire/satori/events.ts';
import type { Method } from '../../wire/satori/methods.ts';
import { STATUS, type Login } from '../../wire/satori/resources.ts';
import type { SatoriConfig } from './config.ts';
import { LastSn, type Cursor, type Inbox } from './cursor.ts';
import { toAccountError, toDeliveryError } from './failures.ts';
import { Files } from './files.ts';
import { readMissed, readNewest } from './history.ts';
import { Incoming } from './incoming.ts';
import { People } from './people.ts';
import { Places, toDirectRoom, toPeer } from './places.ts';
import { answer, APPROVALS } from './requests.ts';
import { CARRIED, Sends, type Sent } from './sends.ts';

/** Private conversations whose history is asked for after an outage, the most recent ones. */
const UNLINKED_LIMIT = 20;
/** How many times within `aliveMs` the server is asked whether it is there. */
const PINGS_WITHIN_ALIVE = 3;
/** How much longer than its call a send may take: its files are handed over before. */
const FILES_MS = 60_000;

export interface SessionParts {
  config: SatoriConfig;
  clock: Clock;
  port: AccountPort;
  signal: AbortSignal;
}

/** Runs until the connection breaks; rejects with why. */
export async function runSession(parts: SessionParts): Promise<void> {
  const { config, clock, port, signal } = parts;
  signal.throwIfAborted();
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => {
    // It is told below, or the run has ended by something else.
  });
  let pause: ((isPaused: boolean) => void) | undefined;
  const inbox: Inbox = new RoomInbox<Cursor>({
    port,
    clock,
    timeOf: ({ at }) => at,
    isDirect: (room) => toPeer(room) !== undefined,
    pausesFor: 'reading',
    pause: (isPaused) => pause?.(isPaused),
    broken: broken.reject,
  });
  const lastSn = new LastSn(inbox);
  await using http = new HttpClient();
  const early: SatoriEvent[] = [];
  let take = (event: SatoriEvent): void => void early.push(event);
  try {
    port.state({ phase: 'connecting' });
    await inbox.open();
    await lastSn.open(port.store);
    const socket = await openEventSocket({
      url: config.url,
      token: config.token,
      sn: lastSn.value,
      pingMs: (config.aliveSeconds * 1000) / PINGS_WITHIN_ALIVE,
      after: (delayMs, fire) => clock.after(delayMs, fire),
      onEvent: (event) => {
        if (both.aborted) return;
        if (isLoginOver(event, config)) broken.reject(offline());
        take(event);
      },
      onHeard: () => {
        if (!both.aborted) port.alive();
      },
      onOdd: (error) => port.log.warn({ err: error }, 'something of the server is not understood'),
      signal: both,
    });
    pause = (isPaused) => socket.pause(isPaused);
    const ended = socket.closed.then((error) => Promise.reject(error));
    const living = begin({ ...parts, signal: both }, http, { inbox, lastSn }, socket.ready).then((taking) => {
      take = taking;
      for (const event of early.splice(0)) taking(event);
    });
    await Promise.race([living.then(() => ended), ended, broken.promise]);
  } catch (error) {
    signal.throwIfAborted();
    throw toAccountError(error);
  } finally {
    over.abort(new Error('the run is over'));
    await inbox.close();
  }
}

/** Goes online. Resolves with what takes the events. */
async function begin(
  { config, clock, port, signal }: SessionParts,
  http: HttpClient,
  { inbox, lastSn }: { inbox: Inbox; lastSn: LastSn },
  ready: { logins: Login[]; proxy_urls?: string[] | null | undefined },
): Promise<(event: SatoriEvent) => void> {
  const login = chooseLogin(ready.logins, config);
  const { platform = config.platform, features } = login;
  const id = login.user?.id ?? login.self_id ?? config.user ?? '';
  const self: User = { id, name: login.user?.nick || login.user?.name || id };
  const client = new ApiClient({
    http,
    url: config.url,
    token: config.token,
    login: { platform: platform ?? '', userId: id },
    timeoutMs: config.callSeconds * 1000,
    signal,
  });
  // Servers before 1.2 do not tell: then it is tried.
  const can = (method: Method) => !features || features.length === 0 || features.includes(method);
  const proxyUrls = ready.proxy_urls ?? [];
  const places = new Places(port, id);
  await places.open();
  const people = new People();
  const canUpload = can('upload.create');
  const files = new Files({ port, http, client, clock, signal, url: config.url, proxyUrls, canUpload });
  const notes = new SentNotes<Sent>(port);
  await notes.open();
  const sends = new Sends({ client, places, files, notes, clock });
  const now = () => clock.now();
  const incoming = new Incoming({ self, platform, port, inbox, lastSn, people, places, files, sends, now });
  signal.throwIfAborted();
  port.online({
    self,
    actions: toActions(client, { sends, people, places, selfId: id }, can),
    limits: toLimits(config),
    carries: CARRIED,
  });
  let listed: Promise<unknown> | undefined;
  const loadPeople = async (channel: string) => {
    if (!can('guild.list') || !can('channel.list') || !can('guild.member.list')) return;
    await (listed ??= people.channels(client));
    await people.load(client, channel);
  };
  const followed = new Set<string>();
  const follow = (room: string) => {
    if (followed.has(room)) return;
    followed.add(room);
    inbox.first(room, async () => {
      if (toPeer(room) === undefined) {
        await loadPeople(room).catch((error: unknown) => {
          if (!signal.aborted)
            port.log.warn({ err: toError(error), room }, 'who is in a room cannot be read');
        });
      }
      if (can('message.list')) await catchUp(room, { config, port, clock, client, inbox, incoming, places });
    });
  };
  port.watchRooms((rooms) => rooms.forEach(follow));
  inbox
    .rooms()
    .filter((room) => toPeer(room) !== undefined)
    .slice(0, UNLINKED_LIMIT)
    .forEach(follow);
  return (event) => incoming.take(event);
}

interface CatchingUp {
  config: SatoriConfig;
  port: AccountPort;
  clock: Clock;
  client: ApiClient;
  inbox: Inbox;
  incoming: Incoming;
  places: Places;
}

/** A room's history first, then what is said live. */
async function catchUp(room: string, parts: CatchingUp): Promise<void> {
  const { config, port, clock, client, inbox, incoming, places } = parts;
  const cursor = inbox.cursorOf(room);
  if (toPeer(room) !== undefined && !cursor) return;
  const channel = await places.channelOf(room, client);
  if (!cursor) {
    // What was said before it was ever followed is not fetched; from now on nothing is missed.
    const newest = await readNewest(client, channel);
    return inbox.begin(
      room,
      newest ? { id: newest.id, at: newest.created_at ?? clock.now() } : { id: '', at: clock.now() },
    );
  }
  if (config.historyMessages === 0) return;
  const missed = await readMissed(client, channel, cursor, config.historyMessages);
  if (!missed) return port.log.info({ room }, 'the server has no history of a room');
  if (!missed.isComplete) {
    port.log.warn({ room }, 'more was missed than the history shows, or than is asked for');
  }
  await incoming.backlog(room, missed.messages);
}

/** @throws AccountError */
function chooseLogin(logins: readonly Login[], { platform, user }: SatoriConfig): Login {
  const fitting = logins.filter(
    (login) =>
      (platform === undefined || login.platform === platform) &&
      (user === undefined || (login.user?.id ?? login.self_id) === user),
  );
  const [login] = fitting;
  if (login && fitting.length > 1) {
    const all = fitting.map((each) => `${each.platform ?? '?'} ${each.user?.id ?? each.self_id ?? '?'}`);
    throw new AccountError(
      'account-setup',
      `the server has several logins: choose one by platform and user: ${all.join(', ')}`,
    );
  }
  if (!login) throw new AccountError('account-unreachable', 'the server has no such login now');
  if (login.status !== STATUS.online) throw offline();
  return login;
}

function offline(): AccountError {
  return new AccountError('account-unreachable', 'the server runs, but its login is not online');
}

/** Whether an event says that the account's login is not there any more. */
function isLoginOver({ type, login }: SatoriEvent, { platform, user }: SatoriConfig): boolean {
  if (type !== 'login-updated' && type !== 'login-removed') return false;
  const isOurs =
    (platform === undefined || login?.platform === platform) &&
    (user === undefined || (login?.user?.id ?? login?.self_id) === user);
  return isOurs && (type === 'login-removed' || login?.status !== STATUS.online);
}

function toLimits(config: SatoriConfig): Limits {
  return {
    textBytes: config.textBytes,
    sendsUnderWay: 1,
    sendTimeoutMs: config.callSeconds * 1000 + FILES_MS,
    sendsPerSecond: config.sendsPerSecond,
    aliveMs: config.aliveSeconds * 1000,
  };
}

interface Acting {
  sends: Sends;
  people: People;
  places: Places;
  selfId: string;
}

function toActions(
  client: ApiClient,
  { sends, people, places, selfId }: Acting,
  can: (method: Method) => boolean,
): Actions {
  const act = async (method: Method, room: string, params: object) => {
    try {
      const channel_id = await places.channelOf(room, client);
      await client.call(method, { channel_id, ...params }, z.unknown());
    } catch (error) {
      throw toDeliveryError(error);
    }
  };
  return {
    send: (message) => sends.send(message),
    ...(can('message.list') && { find: (sought) => sends.find(sought, selfId) }),
    ...(can('message.update') && { edit: (edit) => sends.edit(edit) }),
    ...(can('message.delete') && {
      recall: ({ room, target }) => act('message.delete', room, { message_id: target }),
    }),
    ...(can('reaction.create') &&
      can('reaction.delete') && {
        react: ({ room, target, emoji, added }) =>
          // `emoji` in earlier versions.
          act(added ? 'reaction.create' : 'reaction.delete', room, {
            message_id: target,
            emoji_id: emoji,
            emoji,
          }),
      }),
    ...(Object.values(APPROVALS).some(can) && { answer: (given) => answer(client, can, given) }),
    ...(can('user.channel.create') && { direct: (user) => toDirectRoom(user) }),
    async rooms() {
      try {
        return await people.channels(client);
      } catch (error) {
        throw error instanceof DeliveryError ? error : toDeliveryError(error);
      }
    },
    members(room) {
      const peer = toPeer(room);
      return peer === undefined ? people.members(room) : [{ id: peer, name: people.nameOf(peer, undefined) }];
    },
  };
}
