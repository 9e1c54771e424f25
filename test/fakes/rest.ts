/**
 * The REST face on a real port: a hub over a journal in memory, the web server, and two accounts of a network that lives
 * in this process. Time is real here, since sockets are.
 */
import { once } from 'node:events';
import type { Access, Scope } from '../../src/hub/access.ts';
import { formatAddress } from '../../src/hub/address.ts';
import { createSystemClock, type Clock } from '../../src/hub/clock.ts';
import type { ConfigurationService } from '../../src/hub/configuration.ts';
import type { NetworkEvent } from '../../src/hub/event.ts';
import { DeliveryError } from '../../src/hub/errors.ts';
import { Hub, type HubSettings } from '../../src/hub/hub.ts';
import { createLink } from '../../src/hub/links.ts';
import type { Log } from '../../src/hub/log.ts';
import { noMedia, type MediaStore } from '../../src/hub/media.ts';
import { toPlainText, type AccountId, type RoomRef } from '../../src/hub/message.ts';
import type { AccountPort, LoginStep, Network, Session } from '../../src/hub/network.ts';
import { createMemoryJournal, type MemoryJournal } from '../../src/engines/sqlite/memory.ts';
import { createRestFace } from '../../src/faces/rest/rest.ts';
import type { RestSettings } from '../../src/faces/rest/host.ts';
import { createWebServer } from '../../src/http/server.ts';
import { createAuthentication } from './authentication.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** An account that is in every room, and does at once what it is told. */
export class FakeAccount implements Network {
  readonly id: AccountId;
  /** What was sent, edited, recalled, reacted, in order, as `send r: hello`. */
  readonly done: string[] = [];
  /** Sends fail for good while it is set. */
  refusal: string | undefined;
  /** Sends never end while it is set. */
  stalled = false;
  #port: AccountPort | undefined;
  #over = new AbortController().signal;
  #next = 0;

  constructor(id: AccountId) {
    this.id = id;
  }

  async run(port: AccountPort, signal: AbortSignal): Promise<void> {
    this.#port = port;
    this.#over = signal;
    port.online(this.#session());
    await once(signal, 'abort');
  }

  /** Somebody says something in one of its rooms. Resolves when it is durable. */
  say(room: string, name: string, text: string): Promise<void> {
    return this.report({ kind: 'message', room, sender: { id: name, name }, body: [{ type: 'text', text }] });
  }

  report(event: NetworkEvent): Promise<void> {
    this.#next += 1;
    if (event.kind === 'request' || event.kind === 'answer') return this.#open().receive(event);
    return this.#open().receive({ native: `in-${this.#next}`, ...event });
  }

  prompt(step: LoginStep | undefined): void {
    this.#open().prompt(step);
  }

  #open(): AccountPort {
    if (!this.#port) throw new Error(`${this.id} has not been started`);
    return this.#port;
  }

  #session(): Session {
    const receipt = () => {
      this.#next += 1;
      return { native: `out-${this.#next}` };
    };
    const note = (what: string) => void this.done.push(what);
    return {
      self: { id: `self-${this.id}`, name: this.id },
      limits: { textBytes: 10_000, sendsUnderWay: 1, sendTimeoutMs: 60_000 },
      carries: ['author', 'reply', 'image'],
      lacksRoom: (room) => (room === 'nowhere' ? 'there is no room nowhere; the only room is r' : undefined),
      actions: {
        send: async ({ room, body }) => {
          if (this.stalled) await once(this.#over, 'abort');
          if (this.refusal !== undefined)
            throw new DeliveryError('failed', this.refusal, { permanent: true });
          note(`send ${room}: ${toPlainText(body)}`);
          return receipt();
        },
        edit: async ({ room, body }) => {
          note(`edit ${room}: ${toPlainText(body)}`);
          return receipt();
        },
        recall: async ({ room }) => note(`recall ${room}`),
        react: async ({ room, emoji, added }) => note(`${added ? '+' : '-'}${emoji} ${room}`),
        typing: async (room, on) => note(`typing ${room} ${on}`),
        rooms: async () => [{ room: 'r', name: 'the room' }],
        members: () => [{ id: 'u1', name: 'Ann' }],
        direct: (user) => `@${user}`,
        answer: async ({ request, accepted, reason }) => {
          if (this.refusal !== undefined)
            throw new DeliveryError('failed', this.refusal, { permanent: true });
          note(`answer ${request}: ${accepted ? 'yes' : (reason ?? 'no')}`);
        },
      },
    };
  }
}

export interface RestWorldSetup {
  settings?: Partial<RestSettings>;
  hub?: HubSettings;
  media?: MediaStore;
  configuration?: ConfigurationService;
  log?: Log;
}

export interface RestWorld extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly hub: Hub;
  readonly journal: MemoryJournal;
  readonly clock: Clock;
  readonly access: Access;
  readonly a: FakeAccount;
  readonly b: FakeAccount;
  /** Makes a token. */
  token(name: string, scopes: Scope[], bound?: { account?: AccountId; rooms?: RoomRef[] }): Promise<string>;
  /** Asks, as whoever has the token; `body` is sent as JSON. */
  ask(token: string, method: string, path: string, body?: unknown, headers?: object): Promise<Answer>;
}

export interface Answer {
  status: number;
  headers: Headers;
  /** As JSON has it; undefined without a body. */
  // eslint-disable-next-line typescript/no-explicit-any
  body: ReturnType<typeof JSON.parse>;
}

/** Two accounts, `a` and `b`, with a room `r` each, linked. */
export async function openRest(setup: RestWorldSetup = {}): Promise<RestWorld> {
  const { log = silent } = setup;
  const clock = createSystemClock();
  const journal = createMemoryJournal({ clock, commitDelayMs: 0 });
  const hub = new Hub({ journal, clock, log, settings: setup.hub ?? {} });
  await hub.start();
  const accounts = { a: new FakeAccount('a'), b: new FakeAccount('b') };
  const { access, origins, authentication } = createAuthentication(journal, clock);
  const face = createRestFace({
    hub,
    hubId: hub.id,
    version: '1.2.3',
    clock,
    log,
    journal,
    access,
    media: setup.media ?? noMedia,
    configuration: setup.configuration ?? noConfiguration,
    authentication,
    settings: { requestsPerMinute: 100_000, ...setup.settings },
  });
  const web = await createWebServer({
    listen: { host: '127.0.0.1', port: 0 },
    origins,
    clock,
    log,
    routes: [face.routes],
  });
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
  const url = `http://${formatAddress(web.address)}`;
  return {
    url,
    port: web.address.port,
    hub,
    journal,
    clock,
    access,
    ...accounts,
    token: (name, scopes, bound = {}) =>
      access.createToken({ name, scopes, createdAt: clock.now(), ...bound }),
    ask: (token, method, path, body, headers) => ask(`${url}${path}`, token, method, body, headers),
    async [Symbol.asyncDispose]() {
      await web.close();
      await hub.stop();
      await journal.close();
    },
  };
}

async function ask(
  url: string,
  token: string,
  method: string,
  body: unknown,
  headers: object = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

const noConfiguration: ConfigurationService = {
  read: () => Promise.reject(new Error('there is no configuration here')),
  propose: () => Promise.reject(new Error('there is no configuration here')),
  apply: () => Promise.reject(new Error('there is no configuration here')),
  forms: () => ({ networks: {}, faces: {}, link: {}, http: {}, journal: {}, media: {} }),
};
