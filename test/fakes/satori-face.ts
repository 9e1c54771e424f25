/**
 * The Satori face on a real port: a hub over a journal in memory, the web server, two accounts that are logged in, and
 * bots at their WebSocket.
 */
import { EventEmitter, once } from 'node:events';
import { WebSocket } from 'ws';
import type { Scope } from '../../src/hub/access.ts';
import { formatAddress } from '../../src/hub/address.ts';
import { Hub } from '../../src/hub/hub.ts';
import type { Log } from '../../src/hub/log.ts';
import type { MediaStore } from '../../src/hub/media.ts';
import { noMedia } from '../../src/hub/media.ts';
import type { AccountId, RoomRef } from '../../src/hub/message.ts';
import type { Journal } from '../../src/hub/journal.ts';
import { createMemoryJournal } from '../../src/engines/sqlite/memory.ts';
import { createSatoriFace } from '../../src/faces/satori/index.ts';
import { createWebServer } from '../../src/http/server.ts';
import { createAuthentication } from './authentication.ts';
import { ScannedAccount, SettableClock } from './waas.ts';

const log: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface SatoriSetup {
  settings?: object;
  media?: MediaStore;
  requestsPerMinute?: number;
  /** Of a hub that was there before. */
  journal?: Journal;
}

export interface SatoriAnswer {
  status: number;
  headers: Headers;
  text: string;
  // eslint-disable-next-line typescript/no-explicit-any
  body: ReturnType<typeof JSON.parse>;
}

export type SatoriWorld = Awaited<ReturnType<typeof openSatoriFace>>;

/** Two accounts, `wx` and `qq`, of the platforms `weixin` and `fake`. */
export async function openSatoriFace(setup: SatoriSetup = {}) {
  const clock = new SettableClock();
  const journal = setup.journal ?? createMemoryJournal({ clock, commitDelayMs: 0 });
  const hub = new Hub({ journal, clock, log });
  await hub.start();
  const accounts = { wx: new ScannedAccount('wx'), qq: new ScannedAccount('qq') };
  const { access, origins, authentication } = createAuthentication(journal, clock);
  const face = createSatoriFace();
  const world = { settings: (setup.settings ?? {}) as object | undefined };
  const routes = face.open({
    hub,
    clock,
    log,
    journal,
    media: setup.media ?? noMedia,
    authentication,
    origins,
    onLoopback: true,
    requestsPerMinute: setup.requestsPerMinute ?? 100_000,
    noteListening: () => {},
    settings: () => world.settings && face.config.parse(world.settings),
  });
  await hub.apply({
    links: [],
    accounts: Object.values(accounts).map((account) => ({
      id: account.id,
      kind: account.id === 'wx' ? 'weixin' : 'fake',
      fingerprint: '',
      open: () => account,
      whenUnknown: 'resend',
    })),
  });
  for (const account of Object.values(accounts)) account.login();
  const listen = { host: '127.0.0.1', port: 0 };
  const web = await createWebServer({ listen, origins, clock, log, routes: [routes] });
  const url = `http://${formatAddress(web.address)}/satori`;
  let isStopped = false;
  return Object.assign(world, {
    url,
    hub,
    clock,
    journal,
    ...accounts,
    token: (
      name: string,
      scopes: Scope[] = ['read', 'send'],
      bound: { account?: AccountId; rooms?: RoomRef[] } = {},
    ) => access.createToken({ name, scopes, createdAt: clock.now(), ...bound }),
    revoke: (name: string) => access.revokeToken(name),
    /** Calls a method as an account's login. */
    call: async (token: string, method: string, params?: unknown, more: Record<string, string> = {}) => {
      const response = await fetch(`${url}/v1/${method}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'satori-platform': 'weixin',
          'satori-user-id': 'self-wx',
          ...more,
        },
        ...(params !== undefined && { body: JSON.stringify(params) }),
      });
      return toAnswer(response);
    },
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
  });
}

async function toAnswer(response: Response): Promise<SatoriAnswer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : undefined,
  };
}

export interface Frame {
  op: number;
  // eslint-disable-next-line typescript/no-explicit-any
  body: ReturnType<typeof JSON.parse>;
}

/** A bot with the habits of Koishi's adapter: it keeps the last `sn` in memory and says it when it comes back. */
export class SatoriBot implements AsyncDisposable {
  readonly frames: Frame[] = [];
  readonly #socket: WebSocket;
  readonly #changes = new EventEmitter<{ change: [] }>();
  closeCode: number | undefined;
  sn: number | undefined;

  private constructor(url: string) {
    this.#socket = new WebSocket(`${url.replace('http', 'ws')}/v1/events`);
    this.#socket.on('error', () => {});
    this.#socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Frame;
      this.frames.push(frame);
      if (frame.op === 0) this.sn = frame.body.sn;
      this.#changes.emit('change');
    });
    this.#socket.on('close', (code) => {
      this.closeCode = code;
      this.#changes.emit('change');
    });
  }

  /** Connects and says who it is. */
  static async connect(url: string, body: object): Promise<SatoriBot> {
    const bot = new SatoriBot(url);
    await once(bot.#socket, 'open'); // Rejects where it is refused.
    bot.send({ op: 3, body });
    return bot;
  }

  send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }

  events(type?: string): Frame['body'][] {
    return this.frames
      .filter(({ op, body }) => op === 0 && (type === undefined || body.type === type))
      .map(({ body }) => body);
  }

  /** What it was told that people said. */
  said(): string[] {
    return this.events('message-created').map(({ message }) => message.content);
  }

  async until<T>(found: (bot: this) => T | undefined | false): Promise<T> {
    for (;;) {
      const value = found(this);
      if (value !== undefined && value !== false) return value;
      await once(this.#changes, 'change');
    }
  }

  /** Ends at once, as a process that is killed. */
  async kill(): Promise<void> {
    if (this.#socket.readyState === this.#socket.CLOSED) return;
    this.#socket.terminate();
    await once(this.#socket, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
