/**
 * Events by WebSocket, with acknowledgements on the way back. A client that reads slowly is written to as fast as it
 * reads: what it has not taken yet stays in the journal, not in memory.
 *
 * @see RFC 6455
 */
import { WebSocketServer, type WebSocket } from 'ws';
import { z } from 'zod';
import { toError } from '../../../hub/clock.ts';
import type { EventReader } from '../following/reader.ts';
import { heartbeatMs, streamPageLimit } from '../following/streams.ts';
import type { Caller } from '../../../http/authentication.ts';
import { RestError, toProblem } from '../problems.ts';
import { toPoster } from '../rights.ts';
import { problemSchema } from '../schemas/problem.ts';
import { clientFrameSchema, type WireStreamFrame } from '../schemas/stream.ts';
import { waiting } from '../waiting.ts';
import { followQuery } from './query.ts';
import type { AddRoutes, RestContext } from './route.ts';

/** Bytes that wait for a client that does not read. */
const bufferBytes = 64 * 1024;
/** Clients send acknowledgements only. */
const clientFrameBytes = 4096;
/** Acknowledgements of one connection that wait to be written down and answered; more are not read meanwhile. */
const acknowledgementsAtOnce = 16;

/** Why a WebSocket is closed whose caller is nobody any more. */
const overWords = 'the token or session is over';
/** How long a client may take to say farewell when the hub stops. */
const closeLimitMs = 1_000;

/** @see RFC 6455 section 7.4.1, and the IANA registry of close codes */
const closeCodes = { goingAway: 1001, policy: 1008, tryAgain: 1013 } as const;

export const addEventSocketRoutes: AddRoutes = (server, context) => {
  const { host, follower, streams, tail, upgrades } = context;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: clientFrameBytes,
    perMessageDeflate: false,
    clientTracking: true,
  });
  tail.signal.addEventListener('abort', () => {
    for (const socket of sockets.clients) {
      socket.close(closeCodes.goingAway, 'the hub stops');
      host.clock.after(closeLimitMs, () => socket.terminate());
    }
  });
  server.get(
    '/events/ws',
    {
      config: { scope: 'read', queryToken: true },
      schema: {
        operationId: 'followEvents',
        tags: ['events'],
        summary: 'Events by WebSocket',
        description:
          'Each text frame from the server is a `StreamFrame`; a client may send `ClientFrame`s. Browsers, which cannot set headers, put the token into `access_token`.',
        querystring: z.object({ ...followQuery, access_token: z.string().exactOptional() }),
        response: { default: problemSchema },
      },
    },
    async (request, reply) => {
      const { access_token: _, ...rest } = request.query;
      const { reader, consumer } = await follower.begin(request.caller, rest);
      const upgrade = upgrades.take(request.raw);
      if (!upgrade) {
        void reply.header('upgrade', 'websocket');
        throw new RestError(
          'upgrade-required',
          'this address speaks WebSocket: connect to it with ws: or wss:',
        );
      }
      let opened: WebSocket | undefined;
      const leave = streams.enter(request.caller, () => {
        if (opened) opened.close(closeCodes.policy, overWords);
        else upgrade.socket.destroy();
      });
      reply.hijack();
      upgrade.socket.once('close', leave);
      // It may have gone while its cursor was looked up.
      if (upgrade.socket.destroyed) return leave();
      sockets.handleUpgrade(request.raw, upgrade.socket, upgrade.head, (socket) => {
        opened = socket;
        takeAcknowledgements(socket, context, request.caller, consumer?.name);
        void follow(socket, reader, context, streams.createCheck(request));
      });
    },
  );
};

async function follow(
  socket: WebSocket,
  reader: EventReader,
  { host, cursors, streams, tail }: RestContext,
  isAllowed: () => Promise<boolean>,
): Promise<void> {
  socket.on('error', () => {
    // What the client sent was no WebSocket; `ws` closes the connection, and `close` ends the loop.
  });
  try {
    await send(socket, toText({ type: 'cursor', cursor: cursors.format(reader.position) }));
    while (socket.readyState === socket.OPEN && !tail.signal.aborted) {
      using patience = waiting(host.clock, heartbeatMs, socket);
      const { events, gap } = await reader.next(streamPageLimit, patience.signal);
      if (!(await isAllowed())) return socket.close(closeCodes.policy, overWords);
      if (gap) await send(socket, toText({ type: 'gap', cursor: cursors.format(reader.position) }));
      for (const event of events) await send(socket, `{"type":"event","event":${streams.text(event)}}`);
      if (events.length === 0) {
        await send(socket, toText({ type: 'cursor', cursor: cursors.format(reader.position) }));
        if (socket.readyState === socket.OPEN) socket.ping();
      }
    }
  } catch (error) {
    host.log.warn({ err: toError(error) }, 'a WebSocket of the REST face ends: the journal cannot be read');
    socket.close(closeCodes.tryAgain, 'the hub cannot read its journal');
  }
}

/** Resolves at once while little waits to be sent, else when it has gone. A closed socket takes everything, and loses it. */
async function send(socket: WebSocket, text: string): Promise<void> {
  if (socket.readyState !== socket.OPEN) return;
  if (socket.bufferedAmount < bufferBytes) return socket.send(text);
  await new Promise<void>((resolve) => {
    // An error is told by `close` too: the loop ends there.
    socket.send(text, () => resolve());
  });
}

function takeAcknowledgements(
  socket: WebSocket,
  context: RestContext,
  caller: Caller,
  name: string | undefined,
): void {
  let underWay = 0;
  const answered = () => {
    underWay -= 1;
    if (underWay < acknowledgementsAtOnce) socket.resume();
  };
  socket.on('message', (data: Buffer, isBinary) => {
    underWay += 1;
    if (underWay === acknowledgementsAtOnce) socket.pause();
    void acknowledge(isBinary ? '' : data.toString(), context, caller, name).then((frame) => {
      if (socket.readyState === socket.OPEN) socket.send(toText(frame), answered);
      else answered();
    });
  });
}

/** Never rejects: what was wrong with it is the answer. */
async function acknowledge(
  text: string,
  { cursors, consumers }: RestContext,
  caller: Caller,
  name: string | undefined,
): Promise<WireStreamFrame> {
  try {
    if (name === undefined) throw new RestError('request-invalid', 'this connection named no consumer');
    const { cursor } = parseFrame(text);
    const position = await cursors.parseReached(cursor);
    const consumer = await consumers.acknowledge(toPoster(caller), name, position);
    return { type: 'acknowledged', cursor: cursors.format(consumer.position) };
  } catch (error) {
    const { code, detail } = toProblem(error);
    return { type: 'refused', code, detail };
  }
}

function parseFrame(text: string): z.infer<typeof clientFrameSchema> {
  const frame = clientFrameSchema.safeParse(parseJson(text));
  if (frame.success) return frame.data;
  throw new RestError('request-invalid', 'expected { "type": "ack", "cursor": … }', { cause: frame.error });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RestError('request-invalid', 'the frame is no JSON', { cause });
  }
}

function toText(frame: WireStreamFrame): string {
  return JSON.stringify(frame);
}
