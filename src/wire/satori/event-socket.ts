/**
 * The WebSocket of a client: it says who it is, then events come, in order. The server is asked again and again whether
 * it is there.
 *
 * @see https://satori.chat/zh-CN/protocol/events.html
 */
import { WebSocket } from 'ws';
import { SatoriError } from './errors.ts';
import type { SatoriEvent } from './events.ts';
import { BAD_TOKEN_CLOSE, OPCODE, serverFrameSchema, type ServerFrame } from './opcodes.ts';

/** The largest frame that a server may send. */
const frameLimitBytes = 16 * 1024 * 1024;
const connectTimeoutMs = 10_000;

export interface EventSocketOptions {
  /** Of the server, without `/v1`; `http:` or `https:`. */
  url: string;
  token: string | undefined;
  /** The last event that is known; missing: only what happens from now on. */
  sn: number | undefined;
  /** How often to ask whether the server is there. */
  pingMs: number;
  /** The source of timers; its answer cancels. */
  after(this: void, delayMs: number, fire: () => void): () => void;
  onEvent(this: void, event: SatoriEvent): void;
  /** Something came. */
  onHeard(this: void): void;
  /** What came is not understood, and was passed over. */
  onOdd(this: void, error: Error): void;
  signal: AbortSignal;
}

export type ReadyBody = Extract<ServerFrame, { op: typeof OPCODE.ready }>['body'];

export interface EventSocket {
  ready: ReadyBody;
  /** Resolves with why, when it is over. */
  closed: Promise<SatoriError>;
  /** Reads no more for now, or again. */
  pause(isPaused: boolean): void;
  /** Resolves when it is closed. */
  close(): Promise<void>;
}

/** Resolves when the server is ready. @throws SatoriError, or the signal's reason */
export async function openEventSocket(options: EventSocketOptions): Promise<EventSocket> {
  const { url, token, sn, pingMs, after, signal } = options;
  signal.throwIfAborted();
  const socket = new WebSocket(`${url.replace(/^http/i, 'ws')}/v1/events`, {
    maxPayload: frameLimitBytes,
    perMessageDeflate: false,
    handshakeTimeout: connectTimeoutMs,
  });
  const ready = Promise.withResolvers<ReadyBody>();
  const closed = Promise.withResolvers<SatoriError>();
  let opened = false;
  let failure: Error | undefined;
  let cancel: (() => void) | undefined;
  const terminate = () => socket.terminate();
  signal.addEventListener('abort', terminate, { once: true });
  const beat = () => {
    cancel = after(pingMs, () => {
      socket.send(JSON.stringify({ op: OPCODE.ping }));
      beat();
    });
  };
  socket.on('error', (error) => (failure ??= error));
  socket.on('open', () => {
    opened = true;
    const body = { ...(token !== undefined && { token }), ...(sn !== undefined && { sn }) };
    socket.send(JSON.stringify({ op: OPCODE.identify, body }));
    // Until it is ready the server may take its time, but not for ever.
    cancel = after(connectTimeoutMs, terminate);
  });
  socket.on('message', (data: Buffer) => {
    options.onHeard();
    const frame = readFrame(data, options.onOdd);
    if (frame?.op === OPCODE.ready) {
      cancel?.();
      beat();
      ready.resolve(frame.body);
    } else if (frame?.op === OPCODE.event) options.onEvent(frame.body);
  });
  socket.once('close', (code, reason) => {
    cancel?.();
    signal.removeEventListener('abort', terminate);
    const error = toCloseError(code, reason.toString(), opened, failure);
    ready.reject(error);
    closed.resolve(error);
  });
  try {
    const body = await ready.promise;
    return {
      ready: body,
      closed: closed.promise,
      pause: (isPaused) => (isPaused ? socket.pause() : socket.resume()),
      async close() {
        socket.terminate();
        await closed.promise;
      },
    };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

function readFrame(data: Buffer, onOdd: (error: Error) => void): ServerFrame | undefined {
  try {
    return serverFrameSchema.parse(JSON.parse(data.toString()));
  } catch (cause) {
    onOdd(new SatoriError('satori-malformed', 'a frame is not understood', { cause }));
    return undefined;
  }
}

function toCloseError(code: number, reason: string, opened: boolean, cause: Error | undefined): SatoriError {
  const options = cause && { cause };
  if (code === BAD_TOKEN_CLOSE) {
    return new SatoriError('satori-authentication-failed', reason || 'the token was refused', options);
  }
  if (!opened)
    return new SatoriError('satori-unreachable', cause?.message ?? 'it cannot be reached', options);
  return new SatoriError('satori-closed', `the server closed the connection (${code} ${reason})`, options);
}
