/**
 * The face for the old clients on a real port: a hub over a journal in memory, the web server, and an account that has to
 * be logged in by a QR code. The clock can be set, since what is offered depends on how old it is.
 */
import { once } from 'node:events';
import type { Scope } from '../../src/hub/access.ts';
import { formatAddress } from '../../src/hub/address.ts';
import { createSystemClock, formatId, type Clock } from '../../src/hub/clock.ts';
import { AccountError, DeliveryError, RequestError } from '../../src/hub/errors.ts';
import type { MessageReport, RequestReport } from '../../src/hub/event.ts';
import { Hub } from '../../src/hub/hub.ts';
import type { Log } from '../../src/hub/log.ts';
import { noMedia } from '../../src/hub/media.ts';
import {
  textBody,
  toPlainText,
  type AccountId,
  type RoomRef,
  type Segment,
  type User,
} from '../../src/hub/message.ts';
import type { AccountState, AccountPort, ContactDetails, Network, Session } from '../../src/hub/network.ts';
import { createMemoryJournal } from '../../src/engines/sqlite/memory.ts';
import { createWaasFace } from '../../src/faces/waas/index.ts';
import { createWebServer } from '../../src/http/server.ts';
import { createAuthentication } from './authentication.ts';

const log: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** An account of a network that wants its QR code scanned, with one room in which Ann and Bob are. */
export class ScannedAccount implements Network {
  readonly id: AccountId;
  /** What was sent, as `room: text`. */
  readonly sent: string[] = [];
  readonly rooms = new Map([['r1', { name: 'Family', members: [person('Ann'), person('Bob')] }]]);
  /** Who it is when it logs in. */
  self: User;
  /** What the network tells of people, by id. */
  readonly details = new Map<string, ContactDetails>();
  #port: AccountPort | undefined;
  #fail: (error: Error) => void = () => {};
  #next = 0;
  #waiting: { count: number; go: () => void }[] = [];

  constructor(id: AccountId) {
    this.id = id;
    this.self = { id: `self-${id}`, name: 'The Bot' };
  }

  async run(port: AccountPort, signal: AbortSignal): Promise<void> {
    this.#port = port;
    port.state({ phase: 'login' });
    const failed = new Promise<never>((_, reject) => (this.#fail = reject));
    await Promise.race([once(signal, 'abort'), failed]);
  }

  showCode(data: string, expiresAt?: number): void {
    this.#open().prompt({ type: 'qr', data, ...(expiresAt !== undefined && { expiresAt }) });
  }

  /** It is logged in by what it kept, but the network does not answer yet. */
  connect(): void {
    this.#open().state({ phase: 'connecting' });
  }

  /** Somebody has scanned the code. */
  login(): void {
    this.#open().prompt(undefined);
    this.#open().online(this.#session());
  }

  /** The network has ended the login. */
  logout(): void {
    this.#fail(new AccountError('account-auth', 'logged out by the phone'));
  }

  /** What is behind it has died. */
  crash(): void {
    this.#fail(new AccountError('account-unreachable', 'the puppet has crashed'));
  }

  /** Resolves when it is durable. */
  say(
    room: string,
    name: string,
    text: string,
    more: Partial<Omit<MessageReport, 'kind'>> = {},
  ): Promise<void> {
    this.#next += 1;
    const direct = !this.rooms.has(room);
    const said = { room, direct, sender: person(name), body: textBody(text), native: `in-${this.#next}` };
    return this.#open().receive({ kind: 'message', ...said, ...more });
  }

  /** Ann edits or takes back what she said in the room `r1`. */
  act(
    act: { kind: 'edit'; target: string; body: Segment[] } | { kind: 'recall'; target: string },
  ): Promise<void> {
    this.#next += 1;
    return this.#open().receive({ room: 'r1', actor: person('Ann'), native: `in-${this.#next}`, ...act });
  }

  /** Somebody asks something of the account. */
  ask(request: Omit<RequestReport, 'kind'>): Promise<void> {
    return this.#open().receive({ kind: 'request', ...request });
  }

  /** Resolves when so many messages have been sent. */
  async hasSent(count: number): Promise<void> {
    if (this.sent.length >= count) return;
    await new Promise<void>((go) => this.#waiting.push({ count, go }));
  }

  #open(): AccountPort {
    if (!this.#port) throw new Error(`${this.id} has not been started`);
    return this.#port;
  }

  #session(): Session {
    return {
      self: this.self,
      limits: { textBytes: 10_000, sendsUnderWay: 1, sendTimeoutMs: 60_000 },
      carries: [],
      actions: {
        send: async ({ room, body }) => {
          this.sent.push(`${room}: ${toPlainText(body)}`);
          for (const { count, go } of this.#waiting) if (this.sent.length >= count) go();
          return { native: `out-${this.sent.length}` };
        },
        direct: (user) => {
          const known = [...this.rooms.values()].some(({ members }) => members.some(({ id }) => id === user));
          if (!known) throw new RequestError('person-away', 'they are in no room');
          return `dm-${user}`;
        },
        rooms: async () => [...this.rooms].map(([room, { name }]) => ({ room, name })),
        members: (room) => this.rooms.get(room)?.members ?? [],
        contact: async (user) => {
          const details = this.details.get(user);
          if (!details) throw new DeliveryError('failed', 'the network knows nobody of that id');
          return details;
        },
        answer: async ({ request, accepted, reason }) => {
          this.sent.push(`answer ${request}: ${accepted ? 'yes' : (reason ?? 'no')}`);
          for (const { count, go } of this.#waiting) if (this.sent.length >= count) go();
        },
      },
    };
  }
}

export function person(name: string): User {
  return { id: `id-${name.toLowerCase()}`, name };
}

/** The real clock, set forward by `ahead`. */
export class SettableClock implements Clock {
  readonly #real = createSystemClock();
  aheadMs = 0;
  #counter = 0;

  now(): number {
    return this.#real.now() + this.aheadMs;
  }
  monotonicMs(): number {
    return this.#real.monotonicMs();
  }
  after(delayMs: number, fire: () => void): () => void {
    return this.#real.after(delayMs, fire);
  }
  random(): number {
    return this.#real.random();
  }
  id(): string {
    this.#counter += 1;
    return formatId(this.now(), this.#counter, 'settable0');
  }
}

export interface WaasSetup {
  settings?: object | undefined;
  requestsPerMinute?: number;
  /** Whether the web server is taken to be on loopback. */
  onLoopback?: boolean;
  url?: string;
}

export interface WaasWorld extends AsyncDisposable {
  readonly url: string;
  readonly hub: Hub;
  readonly clock: SettableClock;
  readonly wx: ScannedAccount;
  readonly qq: ScannedAccount;
  /** What the configuration says of the face now. */
  settings: object | undefined;
  /** Resolves when the account `wx` is in this phase. */
  reaches(phase: AccountState['phase']): Promise<void>;
  token(name: string, scopes?: Scope[], bound?: { account?: AccountId; rooms?: RoomRef[] }): Promise<string>;
  get(path: string, headers?: Record<string, string>): Promise<WaasAnswer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<WaasAnswer>;
}

export interface WaasAnswer {
  status: number;
  headers: Headers;
  // eslint-disable-next-line typescript/no-explicit-any
  body: ReturnType<typeof JSON.parse>;
}

/** Two accounts, `wx` and `qq`; the face serves `wx` to anybody on this machine, if the setup says nothing else. */
export async function openWaas(setup: WaasSetup = {}): Promise<WaasWorld> {
  const clock = new SettableClock();
  const journal = createMemoryJournal({ clock, commitDelayMs: 0 });
  const hub = new Hub({ journal, clock, log });
  await hub.start();
  const accounts = { wx: new ScannedAccount('wx'), qq: new ScannedAccount('qq') };
  const { access, origins, authentication } = createAuthentication(journal, clock);
  const face = createWaasFace();
  const world = { settings: 'settings' in setup ? setup.settings : { account: 'wx', anonymous: true } };
  const routes = face.open({
    hub,
    clock,
    log,
    journal,
    media: noMedia,
    authentication,
    origins,
    onLoopback: setup.onLoopback ?? true,
    requestsPerMinute: setup.requestsPerMinute ?? 100_000,
    noteListening: () => {},
    settings: () => world.settings && face.config.parse(world.settings),
    ...(setup.url !== undefined && { url: setup.url }),
  });
  await hub.apply({
    links: [],
    accounts: Object.values(accounts).map((account) => ({
      id: account.id,
      kind: 'fake',
      fingerprint: '',
      open: () => account,
      whenUnknown: 'resend',
    })),
  });
  const listen = { host: '127.0.0.1', port: 0 };
  const web = await createWebServer({ listen, origins, clock, log, routes: [routes] });
  const url = `http://${formatAddress(web.address)}`;
  return Object.assign(world, {
    url,
    hub,
    clock,
    ...accounts,
    reaches: (phase: AccountState['phase']) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (!hub.accounts().some(({ id, state }) => id === 'wx' && state.phase === phase)) return;
          end();
          resolve();
        };
        const end = hub.watchAccounts(look);
        look();
      }),
    token: (name: string, scopes: Scope[] = ['read', 'send'], bound = {}) =>
      access.createToken({ name, scopes, createdAt: clock.now(), ...bound }),
    get: (path: string, headers: Record<string, string> = {}) => toAnswer(fetch(url + path, { headers })),
    post: (path: string, body: unknown, headers: Record<string, string> = {}) =>
      toAnswer(
        fetch(url + path, {
          method: 'POST',
          headers,
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      ),
    async [Symbol.asyncDispose]() {
      await web.close();
      await hub.stop();
      await journal.close();
    },
  });
}

async function toAnswer(asked: Promise<Response>): Promise<WaasAnswer> {
  const response = await asked;
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
}
