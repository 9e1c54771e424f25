/**
 * The Wechaty face on a real port: a hub over a journal in memory, two accounts, and bots that speak gRPC with it as
 * Wechaty's clients do.
 */
import { EventEmitter, once } from 'node:events';
import type { Client, ClientReadableStream, ClientWritableStream, ServiceError } from '@grpc/grpc-js';
import type { Scope } from '../../src/hub/access.ts';
import { formatAddress } from '../../src/hub/address.ts';
import type { HutongError } from '../../src/hub/errors.ts';
import { Hub } from '../../src/hub/hub.ts';
import type { Journal } from '../../src/hub/journal.ts';
import { createLink } from '../../src/hub/links.ts';
import type { Log } from '../../src/hub/log.ts';
import { noMedia, type MediaStore } from '../../src/hub/media.ts';
import type { AccountId, RoomRef } from '../../src/hub/message.ts';
import { createMemoryJournal } from '../../src/engines/sqlite/memory.ts';
import { createWechatyFace } from '../../src/faces/wechaty/index.ts';
import {
  createMessage,
  grpc,
  puppetService,
  type Fields,
  type Message,
} from '../../src/faces/wechaty/protobuf.ts';
import { createWebServer } from '../../src/http/server.ts';
import { createAuthentication } from './authentication.ts';
import { ScannedAccount, SettableClock } from './waas.ts';

export interface WechatySetup {
  settings?: object;
  /** The data folder; with one, bots are connected with a gate, unless the settings say otherwise. */
  folder?: string;
  media?: MediaStore;
  /** Of a hub that was there before. */
  journal?: Journal;
  /** Neither account has logged in yet; they connect. */
  offline?: boolean;
  /** Rooms that are linked. */
  links?: RoomRef[];
  /** The hub has no accounts before `begin`, as one that starts. */
  starting?: boolean;
}

export type WechatyWorld = Awaited<ReturnType<typeof openWechatyFace>>;

/** Two accounts, `wx` and `qq`, that are logged in. */
export async function openWechatyFace(setup: WechatySetup = {}) {
  const clock = new SettableClock();
  const journal = setup.journal ?? createMemoryJournal({ clock, commitDelayMs: 0 });
  let endpoint = '';
  const told = new EventEmitter<{ listening: []; failure: [HutongError] }>();
  const errors: unknown[] = [];
  const said: string[] = [];
  const log: Log = {
    debug() {},
    info(_, message) {
      said.push(message);
      endpoint = /^Wechaty bots: ([^\s,;]+)/.exec(message)?.[1] ?? endpoint;
    },
    warn() {},
    error(fields, message) {
      errors.push([message, fields]);
      if ('err' in fields) told.emit('failure', fields.err as HutongError);
    },
  };
  const media = setup.media ?? noMedia;
  const hub = new Hub({ journal, clock, log, media });
  await hub.start();
  const accounts = { wx: new ScannedAccount('wx'), qq: new ScannedAccount('qq') };
  const { access, origins, authentication } = createAuthentication(journal, clock);
  const face = createWechatyFace({ version: '1.2.3' });
  const begin = async () => {
    await hub.apply({
      links: setup.links ? [createLink({ name: 'all', rooms: setup.links })] : [],
      accounts: Object.values(accounts).map((account) => ({
        id: account.id,
        kind: 'fake',
        fingerprint: '',
        open: () => account,
        whenUnknown: 'resend',
      })),
    });
    for (const account of Object.values(accounts)) {
      if (setup.offline) account.connect();
      else account.login();
    }
  };
  if (!setup.starting) await begin();
  const usual = { listen: '127.0.0.1:0', tls: false, heartbeatSeconds: 0.1 };
  let settings: object | undefined = { ...usual, ...setup.settings };
  const routes = face.open({
    hub,
    ...(setup.folder !== undefined && { folder: setup.folder }),
    clock,
    log,
    journal,
    media,
    authentication,
    origins,
    onLoopback: true,
    requestsPerMinute: 100_000,
    noteListening: (listens) => {
      if (listens) told.emit('listening');
    },
    settings: () => settings && face.config.parse(settings),
  });
  const web = await createWebServer({
    listen: { host: '127.0.0.1', port: 0 },
    origins,
    clock,
    log,
    routes: [routes],
  });
  let isStopped = false;
  return {
    get endpoint() {
      return endpoint;
    },
    errors,
    /** What the log tells, other than trouble. */
    said,
    begin,
    /** Edits the configuration; the face looks at it once a second. */
    change(edited: object | undefined) {
      settings = edited && { ...usual, ...edited };
    },
    /** Resolves when the face listens anew. */
    async listening(): Promise<void> {
      await once(told, 'listening');
    },
    /** Resolves with the next error that is logged. */
    async failed(): Promise<HutongError> {
      const [error] = await once(told, 'failure');
      return error as HutongError;
    },
    web: `http://${formatAddress(web.address)}`,
    hub,
    clock,
    journal,
    ...accounts,
    token: (
      name: string,
      bound: { account?: AccountId; rooms?: RoomRef[] } = { account: 'wx' },
      scopes: Scope[] = ['read', 'send'],
    ) => access.createToken({ name, scopes, createdAt: clock.now(), ...bound }, 'wechaty'),
    revoke: (name: string) => access.revokeToken(name),
    /** Ends the hub; its journal stays. */
    async stop() {
      isStopped = true;
      await web.close();
      await hub.stop();
    },
    async [Symbol.asyncDispose]() {
      if (isStopped) return;
      await web.close();
      await hub.stop();
      await journal.close();
    },
  };
}

const PuppetClient = grpc.makeGenericClientConstructor(puppetService, 'Puppet');
type Callable = Client & Record<string, unknown>;
type Method = (request: Message, done: (error: ServiceError | null, answer?: Message) => void) => void;

/** Something that the face told. */
export interface Told {
  type: number;
  // eslint-disable-next-line typescript/no-explicit-any
  payload: ReturnType<typeof JSON.parse>;
}

/** A bot that asks for each message that it is told of, unless it is told not to. */
export class WechatyBot implements AsyncDisposable {
  readonly told: Told[] = [];
  /** What it got when it asked. */
  readonly messages: Fields[] = [];
  /** Why it did not get what it asked for. */
  readonly failures: unknown[] = [];
  asks = true;
  /** Called with the id of each message that it is told of. */
  onMessage: ((id: string) => void) | undefined;
  ended: ServiceError | 'ended' | undefined;
  readonly #client: Callable;
  readonly #changes = new EventEmitter<{ change: [] }>();
  #stream: ClientReadableStream<Message> | undefined;

  constructor(endpoint: string, token: string, certificate?: string) {
    const credentials =
      certificate === undefined
        ? grpc.credentials.createInsecure()
        : grpc.credentials.combineChannelCredentials(
            grpc.credentials.createSsl(Buffer.from(certificate)),
            grpc.credentials.createFromMetadataGenerator((_, done) => {
              const metadata = new grpc.Metadata();
              metadata.add('authorization', `Wechaty ${token}`);
              done(null, metadata);
            }),
          );
    const name = { 'grpc.ssl_target_name_override': 'insecure', 'grpc.default_authority': token };
    this.#client = new PuppetClient(endpoint, credentials, name);
  }

  /** Comes in, and waits until it is known who it is. */
  static async connect(endpoint: string, token: string): Promise<WechatyBot> {
    const bot = new WechatyBot(endpoint, token);
    bot.listen();
    await bot.until(() => bot.of('LOGIN').length > 0 || bot.ended !== undefined);
    return bot;
  }

  listen(): void {
    const open = this.#client['event'] as (request: Message) => ClientReadableStream<Message>;
    const stream = open.call(this.#client, createMessage('EventRequest', {}));
    this.#stream = stream;
    stream.on('data', (message: Message) => {
      const { type, payload } = message.toObject() as { type: number; payload: string };
      const told: Told = { type, payload: JSON.parse(payload) };
      this.told.push(told);
      if (type === types.MESSAGE) this.onMessage?.(told.payload.messageId);
      if (type === types.MESSAGE && this.asks) void this.#ask(told.payload.messageId);
      this.#changes.emit('change');
    });
    stream.on('error', (error: ServiceError) => this.#end(error));
    stream.on('end', () => this.#end('ended'));
  }

  /** Calls a method. Rejects with gRPC's error. */
  call(name: string, fields: Fields = {}): Promise<Fields> {
    const method = this.#client[name] as Method;
    const request = createMessage(`${name[0]!.toUpperCase()}${name.slice(1)}Request`, fields);
    return new Promise((resolve, reject) => {
      method.call(this.#client, request, (error, answer) =>
        error ? reject(error) : resolve(answer!.toObject()),
      );
    });
  }

  /** Brings bytes; answers the file's id. */
  async upload(pieces: Iterable<Uint8Array>): Promise<string> {
    const done = Promise.withResolvers<string>();
    const open = this.#client['upload'] as (
      done: (error: ServiceError | null, answer?: Message) => void,
    ) => ClientWritableStream<Message>;
    const stream = open.call(this.#client, (error, answer) =>
      error ? done.reject(error) : done.resolve(String(answer!.toObject()['id'])),
    );
    for (const chunk of pieces) {
      if (!stream.write(createMessage('UploadRequest', { chunk }))) await once(stream, 'drain');
    }
    stream.end();
    return done.promise;
  }

  async download(id: string): Promise<Buffer> {
    const open = this.#client['download'] as (request: Message) => ClientReadableStream<Message>;
    const pieces: Uint8Array[] = [];
    for await (const message of open.call(this.#client, createMessage('DownloadRequest', { id }))) {
      pieces.push((message as Message)['getChunk']!() as Uint8Array);
    }
    return Buffer.concat(pieces);
  }

  /** The payloads of events of one type. */
  of(type: keyof typeof types): Told['payload'][] {
    return this.told.filter((told) => told.type === types[type]).map(({ payload }) => payload);
  }

  texts(): unknown[] {
    return this.messages.map(({ text }) => text);
  }

  async until<T>(found: () => T | undefined | false): Promise<T> {
    for (;;) {
      const value = found();
      if (value !== undefined && value !== false) return value;
      await once(this.#changes, 'change');
    }
  }

  /** Ends at once, as a process that is killed. */
  kill(): void {
    this.#stream?.cancel();
    this.#client.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
  }

  async #ask(id: string): Promise<void> {
    try {
      this.messages.push(await this.call('messagePayload', { id }));
    } catch (error) {
      this.failures.push(error);
    }
    this.#changes.emit('change');
  }

  #end(how: ServiceError | 'ended'): void {
    this.ended ??= how;
    this.#changes.emit('change');
  }
}

const types = {
  HEARTBEAT: 1,
  MESSAGE: 2,
  DONG: 3,
  FRIENDSHIP: 17,
  ROOM_INVITE: 18,
  ROOM_JOIN: 19,
  SCAN: 22,
  READY: 23,
  LOGIN: 25,
  LOGOUT: 26,
  DIRTY: 27,
} as const;
