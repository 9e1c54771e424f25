/**
 * One connection's life: logged in by what is kept, or by a scan; then one long poll after the other, each with the cursor
 * up to which everything is durable, until it breaks or WeChat ends the login.
 */
import type { z } from 'zod';
import { sleep, type Clock } from '../../hub/clock.ts';
import { RequestError } from '../../hub/errors.ts';
import type { AccountPort, Actions, Limits } from '../../hub/network.ts';
import { AddressGuard } from '../../wire/http/address-guard.ts';
import { HttpClient } from '../../wire/http/client.ts';
import { ApiClient, type BotClient } from '../../wire/ilink/api-client.ts';
import { IlinkError } from '../../wire/ilink/errors.ts';
import { doneSchema, updatesSchema } from '../../wire/ilink/messages.ts';
import type { IlinkConfig } from './config.ts';
import { isStale, toAccountError } from './failures.ts';
import { Files, TRANSFER_MS } from './files.ts';
import { Inbox } from './inbox.ts';
import { logIn } from './login.ts';
import { readLogin, writeLogin, type Login } from './login-book.ts';
import { forgetPeople, People, whyClosed } from './people.ts';
import { CARRIED, Sends } from './sends.ts';
import { Typing } from './typing.ts';

const CURSOR_KEY = 'cursor';
/** How long the server holds a poll where it does not say; how much later its answer may come. */
const HOLD_MS = 35_000;
const GRACE_MS = 5_000;
/** A server that has nothing and does not hold the poll is not asked more often than this. */
const POLL_EVERY_MS = 500;
/** How long the farewell may take. */
const FAREWELL_MS = 1_500;

export interface SessionParts {
  config: IlinkConfig;
  /** Who we are, for the server: `name/version`. */
  agent: string;
  clock: Clock;
  port: AccountPort;
  signal: AbortSignal;
}

/** Runs until the connection breaks; rejects with why. */
export async function runSession(parts: SessionParts): Promise<void> {
  const { config, agent, clock, port, signal } = parts;
  signal.throwIfAborted();
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  await using http = new HttpClient();
  await using fileHttp = new HttpClient({ guard: new AddressGuard({ allow: [new URL(config.files).host] }) });
  const options = { http, url: config.url, agent, timeoutMs: config.callSeconds * 1000 };
  const api = new ApiClient({ ...options, signal: both });
  let login: Login | undefined;
  let isOpen = false;
  try {
    port.state({ phase: 'connecting' });
    login = await readLogin(port.store);
    if (!login || login.staleAt !== undefined) {
      login = await keepLogin(port, await logIn({ config, api, clock, port, signal: both }, login), login);
    }
    const bot = api.as(login.token, login.url);
    await greet(bot, port);
    isOpen = true;
    await live({ ...parts, signal: both, bot, fileHttp, login });
  } catch (error) {
    if (login && isStale(error) && !signal.aborted) {
      isOpen = false;
      await writeLogin(port.store, { ...login, staleAt: clock.now() });
    }
    signal.throwIfAborted();
    throw toAccountError(error);
  } finally {
    over.abort(new Error('the run is over'));
    if (login && isOpen) {
      const bye = new ApiClient({ ...options, signal: AbortSignal.timeout(FAREWELL_MS) });
      await bye
        .as(login.token, login.url)
        .call('notifystop', {}, doneSchema)
        .catch(() => {
          // The server finds out by itself that nobody polls any more.
        });
    }
  }
}

/** Makes a new login durable. What was kept for another bot is of no use for it. */
async function keepLogin(
  { store, log }: AccountPort,
  login: Login,
  before: Login | undefined,
): Promise<Login> {
  if (before?.bot !== login.bot) {
    await forgetPeople(store);
    await store.set(CURSOR_KEY, undefined);
  }
  await writeLogin(store, login);
  log.info({ bot: login.bot }, 'logged in by a scan');
  return login;
}

/** Tells the server that somebody is there for the bot, and learns whether it still takes the token. */
async function greet(bot: BotClient, { log }: AccountPort): Promise<void> {
  try {
    await bot.call('notifystart', {}, doneSchema);
  } catch (error) {
    // A server that does not know the call works without.
    if (!(error instanceof IlinkError) || error.code !== 'ilink-refused') throw error;
    log.info({ err: error }, 'the server does not want to be told when a bot begins');
  }
}

interface Living extends SessionParts {
  bot: BotClient;
  fileHttp: HttpClient;
  login: Login;
}

/** Goes online, and polls until it breaks. */
async function live({ config, clock, port, signal, bot, fileHttp, login }: Living): Promise<never> {
  const people = new People(port.store, config.names);
  await people.open();
  let cursor = (await port.store.get(CURSOR_KEY)) ?? '';
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => {
    // It is told below, or the run has ended by something else.
  });
  signal.addEventListener('abort', () => broken.reject(signal.reason), { once: true });
  const closed = new Map<string, string>();
  const showClosed = () => {
    if (signal.aborted) return;
    const [why] = closed.values();
    const message =
      closed.size > 1 ? `WeChat lets nobody write to ${closed.size} people until they write again` : why;
    port.state({ phase: 'online', ...(message !== undefined && { message }) });
  };
  const files = new Files({ port, http: fileHttp, url: config.files, bot, clock, signal });
  const sends = new Sends({
    bot,
    clock,
    files,
    people,
    closed(person, why) {
      closed.set(person, why);
      showClosed();
    },
    stale: broken.reject,
  });
  const inbox = new Inbox({
    port,
    clock,
    files,
    people,
    signal,
    opened(person) {
      if (closed.delete(person)) showClosed();
    },
  });
  const typing = new Typing(bot, people, clock);
  signal.throwIfAborted();
  port.online({
    self: { id: login.bot, name: config.name },
    actions: toActions(sends, typing, people, clock),
    limits: toLimits(config),
    carries: CARRIED,
  });
  port.log.info({ bot: login.bot }, 'online');
  let holdMs = HOLD_MS;
  for (;;) {
    const askedMs = clock.monotonicMs();
    const polling = poll(bot, cursor, holdMs + GRACE_MS, port);
    const answer = await Promise.race([polling, broken.promise]);
    signal.throwIfAborted();
    // Nothing in time says nothing: how long that may go on, `aliveMs` says.
    if (!answer) continue;
    port.alive();
    const { msgs, get_updates_buf: next, longpolling_timeout_ms: heldMs } = answer;
    if (heldMs) holdMs = Math.min(heldMs, (config.aliveSeconds * 1000) / 2);
    await Promise.race([inbox.take(msgs ?? []), broken.promise]);
    signal.throwIfAborted();
    if (next && next !== cursor) {
      await port.store.set(CURSOR_KEY, next);
      cursor = next;
    }
    if (!msgs?.length) await sleep(clock, POLL_EVERY_MS - (clock.monotonicMs() - askedMs), signal);
  }
}

/**
 * One long poll. A cursor that the server takes no more, as after a login that has made everything anew, must not keep the
 * account out for ever: where it takes none instead, that is where to go on. What it then tells twice is known by its id.
 */
async function poll(
  bot: BotClient,
  cursor: string,
  waitMs: number,
  { log }: AccountPort,
): Promise<z.output<typeof updatesSchema> | undefined> {
  try {
    return await bot.poll('getupdates', { get_updates_buf: cursor }, updatesSchema, waitMs);
  } catch (error) {
    if (cursor === '' || !(error instanceof IlinkError) || error.code !== 'ilink-refused') throw error;
    const answer = await bot.poll('getupdates', { get_updates_buf: '' }, updatesSchema, waitMs);
    log.warn({ err: error }, 'the server does not know the cursor any more: something may have been missed');
    return answer;
  }
}

function toLimits(config: IlinkConfig): Limits {
  return {
    textBytes: config.textBytes,
    mediaAlone: true,
    sendsUnderWay: 1,
    // A file is fetched, handed over and sent.
    sendTimeoutMs: 2 * TRANSFER_MS + 2 * config.callSeconds * 1000,
    sendsPerSecond: config.sendsPerSecond,
    aliveMs: config.aliveSeconds * 1000,
  };
}

function toActions(sends: Sends, typing: Typing, people: People, clock: Clock): Actions {
  return {
    send: (message) => sends.send(message),
    typing: (room, on) => typing.show(room, on),
    direct(user) {
      const why = whyClosed(people.toUser(user).name, people.get(user), clock.now());
      if (why !== undefined) throw new RequestError('person-away', why);
      return user;
    },
    rooms: async () =>
      people.all().map(({ id }) => ({ room: id, name: people.toUser(id).name, direct: true })),
    members: (room) => (people.get(room) ? [people.toUser(room)] : []),
  };
}
