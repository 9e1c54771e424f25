/**
 * The OneBot face on a real port: a hub over a journal in memory, the web server, and two accounts of a network that
 * lives in this process. Bots here are raw WebSockets: what a test says goes over the wire as it stands.
 */
import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import type { Access, Scope } from '../../src/hub/access.ts';
import { createSystemClock } from '../../src/hub/clock.ts';
import { Hub } from '../../src/hub/hub.ts';
import { createLink } from '../../src/hub/links.ts';
import type { Log } from '../../src/hub/log.ts';
import { noMedia, type MediaStore } from '../../src/hub/media.ts';
import type { AccountId, RoomRef } from '../../src/hub/message.ts';
import { createMemoryJournal, type MemoryJournal } from '../../src/engines/sqlite/memory.ts';
import { oneBotFaceConfig, type OneBotFaceConfig } from '../../src/faces/onebot/config.ts';
import { createOneBotFace } from '../../src/faces/onebot/index.ts';
import { createWebServer } from '../../src/http/server.ts';
import { createAuthentication } from './authentication.ts';
import { FakeAccount } from './rest.ts';

const log: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** JSON as it came. */
export type Json = ReturnType<typeof JSON.parse>;

export interface OneBotWorld extends AsyncDisposable {
  readonly port: number;
  readonly hub: Hub;
  readonly journal: MemoryJournal;
  readonly a: FakeAccount;
  readonly b: FakeAccount;
  readonly access: Access;
  /** Other settings; without any the face is off. */
  configure(config: object | undefined): void;
  token(name: string, scopes?: Scope[], bound?: { account?: AccountId; rooms?: RoomRef[] }): Promise<string>;
  /** Connects a bot and resolves when it is open. */
  connect(path: string, token: string, options?: ClientOptions): Promise<Bot>;
  /** One request to the HTTP API. */
  ask(path: string, token: string | undefined, init?: RequestInit): Promise<{ status: number; body: Json }>;
}

export interface OneBotSetup {
  config?: object;
  media?: MediaStore;
  /** Of a hub that ran before. */
  journal?: MemoryJournal;
}

/** Two accounts, `a` and `b`, with a room `r` each, linked. */
export async function openOneBot(setup: OneBotSetup = {}): Promise<OneBotWorld> {
  const clock = createSystemClock();
  const journal = setup.journal ?? createMemoryJournal({ clock, commitDelayMs: 0 });
  const hub = new Hub({ journal, clock, log });
  await hub.start();
  const accounts = { a: new FakeAccount('a'), b: new FakeAccount('b') };
  const { access, origins, authentication } = createAuthentication(journal, clock);
  await hub.apply({
    links: [createLink({ name: 'both', rooms: ['a/r', 'b/r'] })],
    accounts: Object.values(accounts).map((account) => ({
      id: account.id,
      kind: 'fake',
      fingerprint: '',
      open: () => account,
      whenUnknown: 'resend',
    })),
  });
  let settings: OneBotFaceConfig | undefined = oneBotFaceConfig.parse(setup.config ?? {});
  const face = createOneBotFace({ version: '1.2.3' });
  const web = await createWebServer({
    listen: { host: '127.0.0.1', port: 0 },
    origins,
    clock,
    log,
    routes: [
      face.open({
        hub,
        clock,
        log,
        journal,
        media: setup.media ?? noMedia,
        authentication,
        origins,
        onLoopback: true,
        requestsPerMinute: 1000,
        noteListening: () => {},
        settings: () => settings,
      }),
    ],
  });
  const { port } = web.address;
  return {
    port,
    hub,
    journal,
    ...accounts,
    access,
    configure: (config) => (settings = config && oneBotFaceConfig.parse(config)),
    token: (name, scopes = ['read', 'send'], bound = {}) =>
      access.createToken({ name, scopes, createdAt: clock.now(), ...bound }),
    connect: async (path, token, options = {}) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, {
        ...options,
        headers: { authorization: `Bearer ${token}`, ...options.headers },
      });
      const bot = new Bot(socket);
      await once(socket, 'open');
      return bot;
    },
    ask: async (path, token, init = {}) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        ...init,
        headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...init.headers },
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
    },
    async [Symbol.asyncDispose]() {
      await web.close();
      await hub.stop();
      if (!setup.journal) await journal.close();
    },
  };
}

/** A bot: what it gets is kept in order until it is asked for. */
export class Bot implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly #got: Json[] = [];
  #look: () => void = () => {};
  #calls = 0;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      this.#got.push(JSON.parse(data.toString()));
      this.#look();
    });
    socket.on('close', () => this.#look());
    socket.on('error', () => {
      // `once(socket, 'open')` rejects with it.
    });
  }

  /** What it has got and nobody has asked for. */
  get left(): readonly Json[] {
    return this.#got;
  }

  /** The first that passes, taken out; what came before it stays. Rejects when the connection ends without it. */
  async next(passes: (frame: Json) => boolean = () => true): Promise<Json> {
    for (;;) {
      const index = this.#got.findIndex(passes);
      if (index >= 0) return this.#got.splice(index, 1)[0];
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error('the connection was closed');
      await new Promise<void>((resolve) => (this.#look = resolve));
    }
  }

  /** The next event that is no heartbeat or lifecycle. */
  event(): Promise<Json> {
    return this.next((frame) => frame.post_type !== undefined && frame.post_type !== 'meta_event');
  }

  /** Calls an action and resolves with its answer. */
  call(action: string, params: object = {}): Promise<Json> {
    this.#calls += 1;
    const echo = `call ${this.#calls}`;
    this.socket.send(JSON.stringify({ action, params, echo }));
    return this.next((frame) => frame.echo === echo);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.socket, 'close');
    this.socket.close();
    await closed;
  }
}
