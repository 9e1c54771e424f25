/** The forward WebSocket: we connect to the implementation. */
import { WebSocket } from 'ws';
import { OneBotError } from './errors.ts';
import { FRAME_LIMIT_BYTES, OneBotSocket, type SocketOptions } from './socket.ts';

export interface ConnectOptions extends SocketOptions {
  /** `ws:` or `wss:`; the path `/` (or as the implementation has it) carries both calls and events. */
  readonly url: string;
  readonly token?: string | undefined;
  /** How long connecting may take. Default 10 s. */
  readonly connectTimeoutMs?: number;
  /** Aborted: connecting ends, with its reason. */
  readonly signal?: AbortSignal;
}

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Resolves when the WebSocket is open. Some implementations check the token only then, so a refusal may also come as
 * the end of the connection.
 *
 * @throws OneBotError, or the signal's reason
 */
export async function connectOneBot(options: ConnectOptions): Promise<OneBotSocket> {
  const { url, token, signal, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  signal?.throwIfAborted();
  const socket = new WebSocket(url, {
    maxPayload: FRAME_LIMIT_BYTES,
    perMessageDeflate: false,
    handshakeTimeout: connectTimeoutMs,
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
  });
  // Made before it is open, so that what is told first is not missed.
  const client = new OneBotSocket(socket, options);
  const abort = () => socket.terminate();
  signal?.addEventListener('abort', abort, { once: true });
  const opened = Promise.withResolvers<void>();
  socket.once('open', opened.resolve);
  socket.once('error', (error) => {
    const message = `cannot connect to ${toPlace(url)}: ${error.message || toCode(error)}`;
    opened.reject(new OneBotError('onebot-unreachable', message, { cause: error }));
  });
  socket.once('unexpected-response', (_, response) => {
    const { statusCode = 0 } = response;
    response.resume();
    const isRefused = statusCode === 401 || statusCode === 403;
    opened.reject(
      new OneBotError(
        isRefused ? 'onebot-authentication-failed' : 'onebot-unreachable',
        `${toPlace(url)} answered with the status ${statusCode}`,
      ),
    );
    socket.terminate();
  });
  try {
    await opened.promise;
    return client;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** An address as it may be shown: without what may be a secret in it. */
function toPlace(url: string): string {
  return URL.parse(url)?.host ?? 'the address';
}

function toCode(error: Error): string {
  return 'code' in error ? String(error.code) : 'it failed';
}
