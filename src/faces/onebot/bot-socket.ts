/**
 * A bot at the other end of a WebSocket, whoever opened it: its calls are answered, its events told. What it has not read
 * yet stays in the journal, not in memory.
 *
 * @see https://github.com/botuniverse/onebot-11/blob/master/communication/ws.md
 */
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { toError, type Cancel, type Clock } from '../../hub/clock.ts';
import type { HubAccess } from '../../hub/face.ts';
import type { EventFilter } from '../../hub/journal.ts';
import type { Log } from '../../hub/log.ts';
import type { Position } from '../../hub/message.ts';
import type { Tail } from '../../hub/tail.ts';
import { BotPings } from '../../http/bot-pings.ts';
import { closeSoon } from '../../http/close-soon.ts';
import { parseCall, type AnswerFrame, type CallFrame } from '../../wire/onebot11/frames.ts';
import { RETCODE } from '../../wire/onebot11/retcodes.ts';
import { toFailed, type Dispatcher } from './dispatcher.ts';
import { toHeartbeat, toLifecycle } from './meta.ts';
import type { BotProgress } from '../../hub/bot-progress.ts';
import { toFilter, type Bot } from './rights.ts';
import type { Role } from './route.ts';
import type { Telling } from './teller.ts';

/** The largest frame that a bot may send: a picture as base64 fits in. */
export const frameLimitBytes = 64 * 1024 * 1024;

/** Bytes that wait for a bot that does not read. */
const bufferBytes = 256 * 1024;
/** Events taken at a time. */
const pageLimit = 100;
/** Calls of one bot under way; more are not read meanwhile. */
const callsAtOnce = 64;
/** Pings of a bot without events that may stay without an answer. */
const unansweredPings = 3;
/** @see RFC 6455 section 7.4.1, and the IANA registry of close codes */
const closeCodes = { goingAway: 1001, policy: 1008, tryAgain: 1013 } as const;

export type Connection = Pick<Duplex, 'cork' | 'uncork' | 'write' | 'writableLength'>;

export interface BotSocketOptions {
  hub: Pick<HubAccess, 'accounts'>;
  clock: Clock;
  log: Log;
  dispatcher: Dispatcher;
  tail: Tail;
  progress: BotProgress;
  bot: Bot;
  /** What the WebSocket goes over. */
  connection: Connection;
  role: Role;
  /** Under which the bot's place in the events is kept. */
  key: string;
  /** Where it begins: as it was before the connection was open, so that nothing is missed in between. */
  start: Position;
  heartbeatMs: number;
  /** We have connected to the bot: each frame of ours has a mask of its own. */
  isMasked: boolean;
  /** Makes the bot's events. */
  telling: Telling;
  /** Whether the bot may still be here. */
  readonly isAllowed: () => Promise<boolean>;
}

/** Serves an open WebSocket. Resolves when it is closed, never rejects. */
export async function serveBot(socket: WebSocket, options: BotSocketOptions): Promise<void> {
  const closed = new AbortController();
  const { clock, log, tail } = options;
  socket.on('error', () => {
    // What came was no WebSocket, or the connection broke; `ws` closes it, and `close` ends what is served.
  });
  const isOver = new Promise<void>((resolve) => {
    socket.once('close', () => {
      closed.abort();
      resolve();
    });
  });
  if (socket.readyState !== socket.OPEN) closed.abort();
  const leave = () => closeSoon(socket, clock, closeCodes.goingAway, 'the hub stops');
  tail.signal.addEventListener('abort', leave, { once: true });
  if (tail.signal.aborted) leave();
  if (options.role !== 'event') answerCalls(socket, options);
  else socket.on('message', () => {}); // Nothing is asked for on this path.
  try {
    if (options.role !== 'api') await tellEvents(socket, options, closed.signal);
    else startHeart(socket, options, closed.signal, createLookout(socket));
  } catch (error) {
    log.warn({ err: toError(error), bot: options.bot.caller.name }, 'the connection of a bot ends');
    closeSoon(socket, clock, closeCodes.tryAgain, 'the hub cannot read its journal');
  }
  if (socket.readyState !== socket.CLOSED) await isOver;
  tail.signal.removeEventListener('abort', leave);
}

/** Actions that change something are done one after the other, as they came; the others do not wait for them. */
function answerCalls(socket: WebSocket, { dispatcher, bot, log }: BotSocketOptions): void {
  let underWay = 0;
  let changes: Promise<unknown> = Promise.resolve();
  const done = () => {
    underWay -= 1;
    if (underWay < callsAtOnce) socket.resume();
  };
  const reply = (answer: AnswerFrame) => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(answer), done);
    else done();
  };
  const answer = async (data: RawData): Promise<AnswerFrame> => {
    const call = readCall(data);
    if ('status' in call) return call;
    if (!dispatcher.changesSomething(call)) return dispatcher.answer(call, bot);
    const answering = changes.then(() => dispatcher.answer(call, bot));
    changes = answering;
    return answering;
  };
  socket.on('message', (data) => {
    underWay += 1;
    if (underWay >= callsAtOnce) socket.pause();
    answer(data)
      .then(reply)
      .catch((error: unknown) => {
        log.warn({ err: toError(error), bot: bot.caller.name }, 'an answer could not be given');
        reply(toFailed(RETCODE.failed, 'the answer cannot be written'));
      });
  });
}

/** What was no call is answered so, with its echo where it has one: whoever waits for it is told. */
function readCall(data: RawData): CallFrame | AnswerFrame {
  let echo: object = {};
  try {
    const given: unknown = JSON.parse((data as Buffer).toString());
    if (typeof given === 'object' && given !== null && 'echo' in given) echo = { echo: given.echo };
    return parseCall(given);
  } catch {
    return { ...toFailed(RETCODE.badRequest, 'that is no call'), ...echo };
  }
}

async function tellEvents(socket: WebSocket, options: BotSocketOptions, closed: AbortSignal): Promise<void> {
  const { bot, tail, connection, start, telling, isMasked } = options;
  const filter: EventFilter = toFilter(bot);
  await send(socket, toLifecycle(options, bot, 'connect'));
  const pings = new BotPings(socket, options, start);
  closed.addEventListener('abort', () => pings.stop());
  if (closed.aborted) return;
  pings.sent(start);
  startHeart(socket, options, closed, () => {
    void send(socket, toHeartbeat(options, bot, options.heartbeatMs));
    pings.ping();
  });
  for (let position = start; !closed.aborted && !tail.signal.aborted;) {
    const page = await tail.read(position, filter, pageLimit);
    if (isMasked) await sendAll(socket, connection, await Promise.all(page.events.map(telling.json)));
    else await writeAll(socket, connection, await telling.frames(page.events));
    if (closed.aborted) return;
    position = page.next;
    pings.sent(position);
    await tail.changed(position, closed);
  }
}

/**
 * Writes whole frames beside the WebSocket, which for a server adds nothing to what it is told to send: they are made once
 * for all bots. It writes its own at once, too, so neither comes into the middle of the other's.
 */
async function writeAll(socket: WebSocket, connection: Connection, pieces: readonly Buffer[]): Promise<void> {
  for (const piece of pieces) {
    if (socket.readyState !== socket.OPEN) return;
    if (connection.writableLength < bufferBytes) connection.write(piece);
    // An error is told by `close` too, which ends the loop.
    else await new Promise<void>((resolve) => connection.write(piece, () => resolve()));
  }
}

/** Many small events are one packet: writing each by itself is what would cost most. */
async function sendAll(
  socket: WebSocket,
  connection: Connection,
  all: readonly (Buffer | undefined)[],
): Promise<void> {
  connection.cork();
  try {
    for (const bytes of all) {
      const full = bytes && send(socket, bytes);
      if (!full) continue;
      connection.uncork();
      await full;
      connection.cork();
    }
  } finally {
    connection.uncork();
  }
}

/** Nothing to wait for while little waits to be sent, else it resolves when it has gone. */
function send(socket: WebSocket, text: string | Buffer): Promise<void> | undefined {
  if (socket.readyState !== socket.OPEN) return undefined;
  if (socket.bufferedAmount < bufferBytes) {
    socket.send(text, { binary: false });
    return undefined;
  }
  return new Promise((resolve) => {
    // An error is told by `close` too, which ends the loop.
    socket.send(text, { binary: false }, () => resolve());
  });
}

/** At each beat a ping: a bot that only asks, and is not there any more, would be kept for ever. */
function createLookout(socket: WebSocket): () => void {
  let unanswered = 0;
  socket.on('pong', () => (unanswered = 0));
  return () => {
    if (unanswered >= unansweredPings) return socket.terminate();
    unanswered += 1;
    socket.ping();
  };
}

/** Looks again and again whether the token still stands, and does what is to be done at each beat. */
function startHeart(
  socket: WebSocket,
  { clock, heartbeatMs, isAllowed }: BotSocketOptions,
  closed: AbortSignal,
  beat: () => void,
): void {
  let cancel: Cancel;
  const next = () => {
    cancel = clock.after(heartbeatMs, () => void look());
  };
  const look = async () => {
    // Where the journal cannot tell, what was allowed stays so until it can.
    const allowed = await isAllowed().catch(() => true);
    if (socket.readyState !== socket.OPEN) return;
    if (!allowed) return closeSoon(socket, clock, closeCodes.policy, 'the token is over');
    beat();
    next();
  };
  next();
  closed.addEventListener('abort', () => cancel());
}
