/** Puts the face together, for as long as its settings stay the same. */
import { readFile } from 'node:fs/promises';
import type { ServerCredentials } from '@grpc/grpc-js';
import { formatAddress, isLoopback } from '../../hub/address.ts';
import { BotProgress } from '../../hub/bot-progress.ts';
import { toError } from '../../hub/clock.ts';
import { ListenError } from '../../hub/errors.ts';
import { Tail } from '../../hub/tail.ts';
import type { Run } from '../../http/face-switch.ts';
import { Bots } from './bots.ts';
import { certificatePath } from './certificate-route.ts';
import type { WechatyFaceConfig } from './config.ts';
import { Door } from './door.ts';
import { Events } from './events.ts';
import type { WechatyHost } from './host.ts';
import { Messages } from './messages.ts';
import { createContactHandlers } from './methods/contacts.ts';
import { createMessageHandlers } from './methods/messages.ts';
import { textOf, type Handlers } from './methods/method.ts';
import { createRequestHandlers } from './methods/requests.ts';
import { createRoomHandlers } from './methods/rooms.ts';
import { findOwnCertificate, type Pair } from './own-certificate.ts';
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
/** How often it is looked whether a bot is still there, and how long it may take to answer. */
const keepaliveMs = 10_000;
const keepaliveTimeoutMs = 5_000;

/** How long calls that are under way may take when the face stops. */
const farewellMs = 500;

/** Rejects with a `ListenError`. */
export async function openFace(config: WechatyFaceConfig, host: WechatyHost): Promise<OpenFace> {
  const { hub, clock, log, journal, media, version } = host;
  const people = await People.open(host);
  const peers = new Peers(journal);
  const rooms = new Rooms(hub, clock);
  const messages = new Messages({ hub, media, people, peers, rooms });
  const parts = { hub, media, people, peers, rooms, messages };
  const events = new Events({ hub, people, peers, rooms });
  const door = new Door({ host, account: config.account });
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
      event: (call, visitor) => bots.serve(call, visitor),
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
    'grpc.keepalive_time_ms': keepaliveMs,
    'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
  });
  server.addService(puppetService, service);
  const address = await listen();
  log.info({}, `Wechaty bots: ${address}${describeTls()}`);
  return {
    address,
    async stop() {
      tail.stop();
      await bots.ended();
      await shutDown();
      await progress.write();
    },
  };

  async function listen(): Promise<string> {
    const { host: name } = config.listen;
    try {
      const credentials = await createCredentials();
      const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync(formatAddress(config.listen), credentials, (error, bound) => {
          if (error) reject(error);
          else resolve(bound);
        });
      });
      return formatAddress({ host: name, port });
    } catch (error) {
      tail.stop();
      server.forceShutdown();
      if (error instanceof ListenError) throw error;
      const where = formatAddress(config.listen);
      throw new ListenError(`${where} (faces.wechaty.listen): ${toError(error).message}`, { cause: error });
    }
  }

  /** What is under way may end. */
  async function shutDown(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = clock.after(farewellMs, resolve);
    server.tryShutdown(() => resolve());
    await promise;
    cancel();
    server.forceShutdown();
  }

  async function createCredentials(): Promise<ServerCredentials> {
    if (config.tls === false) {
      if (!isLoopback(config.listen.host))
        throw new ListenError('without TLS it listens on this machine only');
      return grpc.ServerCredentials.createInsecure();
    }
    const pair = config.tls ? await readPair(config.tls) : await findOwnCertificate(journal, clock.now());
    const [cert_chain, private_key] = [Buffer.from(pair.cert), Buffer.from(pair.key)];
    return grpc.ServerCredentials.createSsl(null, [{ cert_chain, private_key }]);
  }

  function describeTls(): string {
    if (config.tls === false) return ', without TLS';
    return config.tls ? '' : `; the certificate to trust is at ${certificatePath} of the web server`;
  }
}

async function readPair({ cert, key }: Pair): Promise<Pair> {
  return { cert: await readPem(cert, 'cert'), key: await readPem(key, 'key') };
}

async function readPem(file: string, setting: keyof Pair): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const message = `${file} (faces.wechaty.tls.${setting}) cannot be read: ${toError(cause).message}`;
    throw new ListenError(message, { cause });
  }
}
