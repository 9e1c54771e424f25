/**
 * A bot at the other end of a WebSocket: it says who it is and where it was, then it is told what has happened since and
 * what happens. What it has not read yet stays in the journal, not in memory.
 *
 * @see https://satori.chat/zh-CN/protocol/events.html
 */
import type { RawData, WebSocket } from 'ws';
import { sleep, toError, type Clock } from '../../hub/clock.ts';
import type { HubEvent } from '../../hub/event.ts';
import type { EventFilter } from '../../hub/journal.ts';
import type { Log } from '../../hub/log.ts';
import type { Position } from '../../hub/message.ts';
import type { Tail } from '../../hub/tail.ts';
import { BotPings } from '../../http/bot-pings.ts';
import { closeSoon } from '../../http/close-soon.ts';
import { BAD_TOKEN_CLOSE, clientFrameSchema, OPCODE, type ClientFrame } from '../../wire/satori/opcodes.ts';
import type { Logins, Rights, WireLogin } from './logins.ts';
import type { BotProgress } from '../../hub/bot-progress.ts';

/** Frames of bots hold a token at most. */
export const clientFrameBytes = 64 * 1024;
/** Bytes that wait for a bot that does not read. */
const bufferBytes = 256 * 1024;
const pageLimit = 200;
/** How long a bot may take to say who it is. */
const identifyMs = 10_000;
/** How often it is looked whether the token stands, and how the accounts do. */
const lookMs = 15_000;
const loginsMs = 1_000;
/** @see RFC 6455 section 7.4.1, and the IANA registry of close codes */
const closeCodes = { goingAway: 1001, policy: 1008, tryAgain: 1013 } as const;

/** Who has identified itself. */
export interface Admitted {
  rights: Rights;
  /** Under which its place in the events is kept. */
  key: string;
  filter: EventFilter;
  /** Whether it may still be here. */
  readonly isAllowed: () => Promise<boolean>;
}

export interface EventSocketOptions {
  clock: Clock;
  log: Log;
  tail: Tail;
  progress: BotProgress;
  logins: Logins;
  /** Who has this token; undefined: nobody who may read. */
  readonly admit: (token: string | undefined) => Promise<Admitted | undefined>;
  readonly toJson: (event: HubEvent) => Promise<object | undefined>;
}

/** Serves an open WebSocket. Resolves when it is closed, never rejects. */
export async function serveEvents(socket: WebSocket, options: EventSocketOptions): Promise<void> {
  const { clock, log, tail } = options;
  const closed = new AbortController();
  socket.on('error', () => {
    // What came was no WebSocket, or the connection broke; `ws` closes it, and `close` ends what is served.
  });
  const isOver = new Promise<void>((resolve) => {
    socket.once('close', () => {
      closed.abort(new Error('the connection is closed'));
      resolve();
    });
  });
  const leave = () => closeSoon(socket, clock, closeCodes.goingAway, 'the hub stops');
  tail.signal.addEventListener('abort', leave, { once: true });
  if (tail.signal.aborted) leave();
  try {
    const frame = await identified(socket, options, closed.signal);
    const admitted = await options.admit(frame.body?.token ?? undefined);
    if (!admitted) closeSoon(socket, clock, BAD_TOKEN_CLOSE, 'the token is not valid, or may not read');
    else await tell(socket, options, admitted, frame, closed.signal);
  } catch (error) {
    if (!closed.signal.aborted && !tail.signal.aborted) {
      log.warn({ err: toError(error) }, 'the connection of a bot ends');
      closeSoon(socket, clock, closeCodes.tryAgain, 'the hub cannot read its journal');
    }
  }
  if (socket.readyState !== socket.CLOSED) await isOver;
  tail.signal.removeEventListener('abort', leave);
}

/** Answers pings, and resolves with the frame by which the bot says who it is. */
function identified(
  socket: WebSocket,
  { clock }: EventSocketOptions,
  closed: AbortSignal,
): Promise<ClientFrame> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(identifyMs, () =>
      closeSoon(socket, clock, closeCodes.policy, 'it did not say who it is'),
    );
    closed.addEventListener('abort', () => {
      cancel();
      reject(toError(closed.reason));
    });
    socket.on('message', (data) => {
      const frame = readFrame(data);
      if (frame?.op === OPCODE.ping) void send(socket, { op: OPCODE.pong });
      if (frame?.op !== OPCODE.identify) return;
      cancel();
      resolve(frame);
    });
  });
}

function readFrame(data: RawData): ClientFrame | undefined {
  try {
    return clientFrameSchema.parse(JSON.parse((data as Buffer).toString()));
  } catch {
    // The protocol has no answer to what is none of it.
    return undefined;
  }
}

async function tell(
  socket: WebSocket,
  options: EventSocketOptions,
  admitted: Admitted,
  { body }: ClientFrame,
  closed: AbortSignal,
): Promise<void> {
  const { clock, tail, progress, logins, toJson } = options;
  const sn = body?.sn ?? body?.sequence ?? undefined;
  let position =
    sn === undefined ? await progress.start(admitted.key) : Math.min(Math.max(0, Math.floor(sn)), tail.head);
  const known = logins.of(admitted.rights);
  await send(socket, { op: OPCODE.ready, body: { logins: known, proxy_urls: [] } });
  const pings = new BotPings(socket, { clock, progress, key: admitted.key }, position);
  closed.addEventListener('abort', () => pings.stop());
  void watchToken(socket, options, admitted, closed);
  void watchLogins(socket, options, admitted, { known, closed, at: () => position });
  while (!closed.aborted && !tail.signal.aborted) {
    const page = await tail.read(position, admitted.filter, pageLimit);
    for (const event of page.events) {
      const made = await toJson(event);
      if (closed.aborted) return;
      if (made) await send(socket, { op: OPCODE.event, body: made });
      position = event.position;
    }
    position = page.next;
    pings.sent(position);
    await tail.changed(position, closed);
  }
}

/** Resolves at once while little waits to be sent, else when it has gone. */
async function send(socket: WebSocket, frame: object): Promise<void> {
  if (socket.readyState !== socket.OPEN) return;
  const text = JSON.stringify(frame);
  if (socket.bufferedAmount < bufferBytes) return socket.send(text);
  await new Promise<void>((resolve) => {
    // An error is told by `close` too, which ends what is served.
    socket.send(text, () => resolve());
  });
}

async function watchToken(
  socket: WebSocket,
  { clock }: EventSocketOptions,
  { isAllowed }: Admitted,
  closed: AbortSignal,
): Promise<void> {
  while (await passes(clock, lookMs, closed)) {
    // Where the journal cannot tell, what was allowed stays so until it can.
    if (await isAllowed().catch(() => true)) continue;
    return closeSoon(socket, clock, closeCodes.policy, 'the token is over, or the face is off');
  }
}

interface Watching {
  known: WireLogin[];
  closed: AbortSignal;
  /** Where the bot is in the events. */
  readonly at: () => Position;
}

function toKey({ platform, user }: WireLogin): string {
  return JSON.stringify([platform, user.id]);
}

/** Tells which logins come, change and go. That is not in the journal: how an account does is told as it is now. */
async function watchLogins(
  socket: WebSocket,
  { clock, logins }: EventSocketOptions,
  { rights }: Admitted,
  { known, closed, at }: Watching,
): Promise<void> {
  let before = new Map(known.map((login) => [toKey(login), login]));
  while (await passes(clock, loginsMs, closed)) {
    const now = new Map(logins.of(rights).map((login) => [toKey(login), login]));
    for (const [key, login] of now) {
      const old = before.get(key);
      if (old && JSON.stringify(old) === JSON.stringify(login)) continue;
      await send(socket, toLoginEvent(old ? 'login-updated' : 'login-added', login, at(), clock.now()));
    }
    for (const [key, login] of before) {
      if (!now.has(key)) await send(socket, toLoginEvent('login-removed', login, at(), clock.now()));
    }
    before = now;
  }
}

function toLoginEvent(type: string, login: WireLogin, sn: Position, timestamp: number): object {
  const { platform, user } = login;
  return {
    op: OPCODE.event,
    body: { sn, id: sn, type, timestamp, platform, self_id: user.id, login },
  };
}

/** Whether the time has passed before it was over. */
async function passes(clock: Clock, delayMs: number, closed: AbortSignal): Promise<boolean> {
  return sleep(clock, delayMs, closed).then(
    () => true,
    () => false,
  );
}
