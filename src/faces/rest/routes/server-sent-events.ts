/**
 * The answer that goes on: frames of server-sent events, written as fast as the client reads, for as long as it is there
 * and may have them.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Streams } from '../following/streams.ts';

/** Bytes that wait for a client that does not read. */
const bufferBytes = 64 * 1024;
/** How long a client is told to wait before it comes back. */
export const retryMs = 2_000;

export interface StreamClient {
  /** Aborted when it has gone. */
  readonly gone: AbortSignal;
  /** Whether its token, or session, holds as it did; to be asked before anything is handed out. */
  isAllowed(this: void): Promise<boolean>;
  readonly response: ServerResponse;
}

/** What a GET would say of itself. */
export function sendHead(reply: Reply): string {
  return send(reply, '');
}

/** Answers with frames until they end. Throws `too-many`. */
export function sendStream(
  request: FastifyRequest,
  reply: Reply,
  streams: Streams,
  write: (client: StreamClient) => AsyncIterable<string>,
): string {
  const response = reply.raw;
  const leave = streams.enter(request.caller, () => response.destroy());
  const gone = new AbortController();
  const end = () => {
    leave();
    gone.abort();
  };
  response.once('close', end);
  // It may have gone while it was looked up what it asked for.
  if (response.destroyed) end();
  request.raw.socket.setNoDelay(true);
  const frames = write({ gone: gone.signal, isAllowed: streams.createCheck(request), response });
  return send(reply, Readable.from(frames, { objectMode: false, highWaterMark: bufferBytes }));
}

/** Of the answer only what is used here: its type goes with each route's schema. */
interface Reply {
  readonly raw: FastifyReply['raw'];
  type(mime: string): Reply;
  header(name: string, value: string): Reply;
  serializer(serialize: (payload: unknown) => string): Reply;
  send(payload: string): unknown;
}

/** Streams pass the serializer by; the answer is the reply itself, which Fastify waits for. */
function send(reply: Reply, stream: string | Readable): string {
  return reply
    .type('text/event-stream; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('x-accel-buffering', 'no')
    .serializer((payload: unknown) => payload as string)
    .send(stream as string) as string;
}
