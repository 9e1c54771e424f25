/**
 * The reverse WebSocket: we connect to the bot, and connect again when it was closed.
 *
 * @see https://github.com/botuniverse/onebot-11/blob/master/communication/ws-reverse.md
 */
import { WebSocket } from 'ws';
import { backoffMs, sleep, toError } from '../../hub/clock.ts';
import { frameLimitBytes, type Connection } from './bot-socket.ts';
import type { CalledBot, CallingParts } from './called-bot.ts';

const connectTimeoutMs = 10_000;
const backoff = { baseMs: 1_000, capMs: 60_000 };
/** A connection that lasted so long was a good one: the next is tried soon again. */
const goodMs = 30_000;
const roleHeaders = { universal: 'Universal', api: 'API', event: 'Event' } as const;

/** Keeps one connection at a time until the tail stops: bots refuse a second one of the same self. Never rejects. */
export async function keepConnected(called: CalledBot, parts: CallingParts): Promise<void> {
  const { host, tail, progress, serve } = parts;
  const { clock, log } = host;
  const { target, bot, key } = called;
  const place = URL.parse(target.url)?.host;
  for (let attempt = 1; !tail.signal.aborted; attempt += 1) {
    const startedMs = clock.monotonicMs();
    try {
      const start = await progress.start(key);
      const { socket, connection } = await connect(called, parts);
      log.info({ bot: place }, 'connected to a bot');
      await serve(socket, {
        bot,
        role: target.role,
        key,
        start,
        connection,
        isAllowed: async () => true,
        isMasked: true,
      });
      log.info({ bot: place }, 'the connection to a bot was closed');
    } catch (error) {
      log.warn({ bot: place, reason: toError(error).message }, 'a bot cannot be reached; it is tried again');
    }
    if (clock.monotonicMs() - startedMs > goodMs) attempt = 1;
    await sleep(clock, backoffMs(clock, backoff, attempt), tail.signal).catch(() => {
      // The hub stops: the loop ends.
    });
  }
}

async function connect(
  { target, bot }: CalledBot,
  { host, tail }: CallingParts,
): Promise<{ socket: WebSocket; connection: Connection }> {
  const socket = new WebSocket(target.url, {
    maxPayload: frameLimitBytes,
    perMessageDeflate: false,
    handshakeTimeout: connectTimeoutMs,
    headers: {
      'x-self-id': String(bot.selfId),
      'x-client-role': roleHeaders[target.role],
      'user-agent': `OneBot/11 hutong/${host.version}`,
      ...(target.token !== undefined && { authorization: `Bearer ${target.token}` }),
    },
  });
  const abort = () => socket.terminate();
  tail.signal.addEventListener('abort', abort, { once: true });
  try {
    const connection = await new Promise<Connection>((resolve, reject) => {
      // What is open right behind it goes over this.
      socket.once('upgrade', (response) => socket.once('open', () => resolve(response.socket)));
      socket.once('error', reject);
    });
    return { socket, connection };
  } finally {
    tail.signal.removeEventListener('abort', abort);
  }
}
