/** Calls by HTTP, and events that the implementation posts: each is answered when it is durable. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { toError } from '../../hub/clock.ts';
import { isSigned } from '../../wire/onebot11/authorization.ts';
import { parseEvent } from '../../wire/onebot11/events.ts';
import { OneBotHttpApi } from '../../wire/onebot11/http-api.ts';
import { FRAME_LIMIT_BYTES } from '../../wire/onebot11/socket.ts';
import type { Transport, TransportParts } from './transport.ts';

export async function openHttp(
  parts: TransportParts,
  { url, secret }: { url: string; secret: string },
): Promise<Transport> {
  const { config, port, signal } = parts;
  // Loaded when it is needed: the client costs some 30 MiB.
  const { HttpClient } = await import('../../wire/http/client.ts');
  const http = new HttpClient();
  port.http.serve({ request: (request, response) => takePost(parts, secret, request, response) });
  return {
    client: new OneBotHttpApi({
      url,
      token: config.token,
      http,
      signal,
      callTimeoutMs: config.callSeconds * 1000,
    }),
    closed: new Promise(() => {}),
    // Whoever posts waits for the answer anyway.
    pause: () => {},
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

async function takePost(
  { port, onEvent, signal }: TransportParts,
  secret: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const answer = (status: number) => void response.writeHead(status, { 'content-length': '0' }).end();
  if (request.method !== 'POST') return answer(405);
  const signature = request.headers['x-signature'];
  // Nothing is kept for who brings none.
  const body = signature === undefined ? Buffer.alloc(0) : await readBody(request);
  if (!body) return answer(413);
  if (!isSigned(body, typeof signature === 'string' ? signature : undefined, secret)) {
    port.log.warn(
      {},
      'something was posted with a wrong signature; compare http.secret with the implementation’s',
    );
    return answer(signature === undefined ? 401 : 403);
  }
  let event;
  try {
    event = parseEvent(JSON.parse(body.toString('utf8')));
  } catch (error) {
    port.log.warn({ err: toError(error) }, 'something of the implementation is not understood');
    return answer(400);
  }
  if (signal.aborted) return answer(503);
  port.alive();
  try {
    if (event) await onEvent(event);
    answer(204);
  } catch {
    // Not kept, and the run ends for it: the implementation may post it again, the history has it in any case.
    answer(503);
  }
}

/** Undefined where there is too much. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    sizeBytes += piece.length;
    if (sizeBytes > FRAME_LIMIT_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
