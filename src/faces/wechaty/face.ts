/** Puts the face together, for as long as its settings stay the same. */
import type { Metadata } from '@grpc/grpc-js';
import { BotProgress } from '../../hub/bot-progress.ts';
import { Tail } from '../../hub/tail.ts';
import type { Run } from '../../http/face-switch.ts';
import { Bots } from './bots.ts';
import { certificatePath } from './certificate-route.ts';
import type { WechatyFaceConfig } from './config.ts';
import { Door } from './door.ts';
import { Events } from './events.ts';
import { METADATA } from './gate/agreement.ts';
import type { WechatyHost } from './host.ts';
import { hasGate, listen } from './listening.ts';
import { Messages } from './messages.ts';
import { createContactHandlers } from './methods/contacts.ts';
import { createMessageHandlers } from './methods/messages.ts';
import { textOf, type Handlers } from './methods/method.ts';
import { createRequestHandlers } from './methods/requests.ts';
import { createRoomHandlers } from './methods/rooms.ts';
import { Peers } from './peers.ts';
import { People } from './people.ts';
import { grpc, puppetService } from './protobuf.ts';
import { Rooms } from './rooms.ts';
import { createService } from './service.ts';
import { sendDownload, sendMessageFile, takeMessageFile, takeUpload } from './transfers.ts';

export interface OpenFace extends Run {
  /** Where it listens. */
  address: string;
}

/** The largest message that a bot may send; files come in pieces. */
const requestLimitBytes = 4 * 1024 * 1024;
/** How often it is looked whether a bot is still there, and how long it may take to answer. The gate does so itself. */
const keepaliveMs = 10_000;
const keepaliveTimeoutMs = 5_000;

/** How long calls that are under way may take when the face stops. */
const farewellMs = 500;

/** Rejects with a `ListenError`. */
export async function openFace(config: WechatyFaceConfig, host: WechatyHost): Promise<OpenFace> {
  const { hub, clock, log, journal, media, version } = host;
  const isBehindGate = hasGate(config, host);
  const rooms = new Rooms(hub, clock);
  const people = await People.open({ hub, journal, log, rooms });
  const peers = new Peers(journal);
  const messages = new Messages({ hub, media, people, peers, rooms });
  const parts = { hub, media, people, peers, rooms, messages };
  const events = new Events({ hub, people, peers, rooms });
  const door = new Door({ host, account: config.account, isBehindGate });
  const tail = new Tail({ hub, clock, log, head: await journal.head() });
  tail.watch((happened) => {
    for (const event of happened) messages.note(event);
  });
  const replayMs = config.replayMinutes * 60_000;
  const progress = new BotProgress(host, { prefix: 'wechaty/at/', replayMs: () => replayMs });
  const heartbeatMs = config.heartbeatSeconds * 1000;
  const bots = new Bots({ host, people, tail, progress, events, heartbeatMs, door });
  const said = createMessageHandlers(parts);
  const unary: Handlers = {
    ...createContactHandlers(parts),
    ...createRoomHandlers(parts),
    ...createRequestHandlers(parts),
    ...said,
    ...bots.handlers,
    version: async () => ({ version }),
    async messagePayload(request, visitor) {
      bots.asked(textOf(request, 'id'), visitor);
      return said['messagePayload']!(request, visitor);
    },
  };
  const service = createService({
    door,
    log,
    unary,
    writing: {
      async event(call, visitor) {
        await bots.serve(call, visitor);
        return tail.signal.aborted ? toHold() : undefined;
      },
      download: (call) => sendDownload(call, textOf(call.request.toObject(), 'id'), media),
      messageFileStream: (call, visitor) =>
        sendMessageFile(call, parts, visitor, 'MessageFileStreamResponse'),
      messageImageStream: (call, visitor) =>
        sendMessageFile(call, parts, visitor, 'MessageImageStreamResponse'),
    },
    reading: {
      upload: (call, visitor) => takeUpload(call, visitor, media),
      messageSendFileStream: (call, visitor) => takeMessageFile(call, visitor, parts),
    },
  });
  const server = new grpc.Server({
    'grpc.max_receive_message_length': requestLimitBytes,
    'grpc.max_send_message_length': -1,
    ...(!isBehindGate && {
      'grpc.keepalive_time_ms': keepaliveMs,
      'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
    }),
  });
  server.addService(puppetService, service);
  const listening = await listen(server, config, host).catch((error: unknown) => {
    tail.stop();
    server.forceShutdown();
    throw error;
  });
  const { address, lingerSeconds } = listening;
  log.info({}, `Wechaty bots: ${address}${describeTls()}`);
  return {
    address,
    async stop() {
      if (lingerSeconds > 0 && bots.count > 0 && host.isEnding()) {
        log.info({}, `Wechaty bots stay connected for ${lingerSeconds} s, for a hub that starts meanwhile`);
      }
      tail.stop();
      await listening.leave();
      await bots.ended();
      await shutDown();
      await listening.end();
      await progress.write();
    },
  };

  /** What is under way may end. */
  async function shutDown(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = clock.after(farewellMs, resolve);
    server.tryShutdown(() => resolve());
    await promise;
    cancel();
    server.forceShutdown();
  }

  function describeTls(): string {
    if (config.tls === false) return ', without TLS';
    return config.tls ? '' : `; the certificate to trust is at ${certificatePath} of the web server`;
  }
}

/** Tells the gate that not the bot's time is over, but the hub's. */
function toHold(): Metadata {
  const metadata = new grpc.Metadata();
  metadata.set(METADATA.hold, '1');
  return metadata;
}
