/**
 * What a network is handed by the hub, played by a test: it records what it is told and answers as it is told to.
 */
import { EventEmitter, once } from 'node:events';
import type { HubEvent, NetworkEvent } from '../../src/hub/event.ts';
import { noMedia, type MediaStore } from '../../src/hub/media.ts';
import type {
  AccountPort,
  AccountState,
  AccountStore,
  LoginStep,
  Mount,
  MountedRoutes,
  Neighbourhood,
  Network,
  ReturnedSend,
  Session,
} from '../../src/hub/network.ts';
import type { Log } from '../../src/hub/log.ts';
import type { TranscriptEntry } from '../../src/hub/transcript.ts';

/** A line that was logged. */
export interface Logged {
  level: keyof Log;
  fields: object;
  message: string;
}

/** How long `until` waits, on a machine that does much else. */
const PATIENCE_MS = 100_000;

/** A port whose journal keeps everything at once, unless `hold` or `refuse` say otherwise. */
export class FakePort implements AccountPort {
  readonly events: NetworkEvent[] = [];
  readonly returns: ReturnedSend[] = [];
  readonly states: AccountState[] = [];
  readonly prompts: (LoginStep | undefined)[] = [];
  readonly logged: Logged[] = [];
  /** What `history` answers, by room. */
  readonly histories = new Map<string, HubEvent[]>();
  /** What `transcript` answers, by room. */
  readonly transcripts = new Map<string, TranscriptEntry[]>();
  /** What `neighbours` answers, by room. */
  readonly neighbourhoods = new Map<string, Neighbourhood[]>();
  session: Session | undefined;
  /** A test that needs a store puts one here. */
  media: MediaStore = noMedia;
  /** A network that keeps files needs one. */
  folder?: string;
  /** What is served under `/in/ACCOUNT/`. */
  mounted: MountedRoutes | undefined;
  readonly #changes = new EventEmitter<{ change: [] }>();
  readonly #values = new Map<string, string>();
  readonly #watchers: ((rooms: readonly string[]) => void)[] = [];
  #rooms: readonly string[] = [];
  #held: (() => void)[] | undefined;
  #refusal: Error | undefined;

  readonly store: AccountStore = {
    get: async (key) => this.#values.get(key),
    set: async (key, value) => {
      if (value === undefined) this.#values.delete(key);
      else this.#values.set(key, value);
    },
    list: async (prefix) => [...this.#values].filter(([key]) => key.startsWith(prefix)),
  };

  readonly http: Mount = {
    serve: (routes) => (this.mounted = routes),
  };

  readonly log: Log = {
    debug: (fields, message) => this.#log('debug', fields, message),
    info: (fields, message) => this.#log('info', fields, message),
    warn: (fields, message) => this.#log('warn', fields, message),
    error: (fields, message) => this.#log('error', fields, message),
  };

  online(session: Session): void {
    this.session = session;
    this.#changes.emit('change');
  }

  async receive(event: NetworkEvent): Promise<void> {
    if (this.#refusal) throw this.#refusal;
    this.events.push(event);
    this.#changes.emit('change');
    const held = this.#held;
    if (held) await new Promise<void>((resolve) => held.push(resolve));
  }

  async returned(back: ReturnedSend): Promise<void> {
    this.returns.push(back);
    this.#changes.emit('change');
  }

  state(state: AccountState): void {
    this.states.push(state);
    this.#changes.emit('change');
  }

  alive(): void {}

  prompt(step: LoginStep | undefined): void {
    this.prompts.push(step);
    this.#changes.emit('change');
  }

  watchRooms(watcher: (rooms: readonly string[]) => void): void {
    this.#watchers.push(watcher);
    watcher(this.#rooms);
  }

  async history(room: string, limit: number): Promise<HubEvent[]> {
    return (this.histories.get(room) ?? []).slice(-limit);
  }

  async transcript(room: string, limit: number, before?: string): Promise<TranscriptEntry[]> {
    const entries = this.transcripts.get(room) ?? [];
    const end = before === undefined ? -1 : entries.findIndex((entry) => entry.native === before);
    return entries.slice(0, end < 0 ? undefined : end).slice(-limit);
  }

  async neighbours(room: string): Promise<Neighbourhood[]> {
    return this.neighbourhoods.get(room) ?? [];
  }

  /** Sets the rooms that links name. */
  linkRooms(rooms: readonly string[]): void {
    this.#rooms = rooms;
    for (const watcher of this.#watchers) watcher(rooms);
  }

  /** From now on nothing that is received becomes durable, until `release`. */
  hold(): void {
    this.#held ??= [];
  }

  /** What was held becomes durable, in its order, and what comes does so at once. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const resolve of held) resolve();
  }

  /** From now on what is received is refused with this error; `undefined` ends that. */
  refuse(error: Error | undefined): void {
    this.#refusal = error;
  }

  /** Resolves as soon as `found` answers something. What never comes fails the test, instead of holding it for ever. */
  async until<T>(found: (port: this) => T | undefined): Promise<T> {
    const late = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const value = found(this);
      if (value !== undefined) return value;
      await once(this.#changes, 'change', { signal: late }).catch((error: unknown) => {
        throw new Error(`waited in vain for ${found.toString()}`, { cause: error });
      });
    }
  }

  /** What was received, of one kind. */
  of<Kind extends NetworkEvent['kind']>(kind: Kind): (NetworkEvent & { kind: Kind })[] {
    return this.events.filter((event): event is NetworkEvent & { kind: Kind } => event.kind === kind);
  }

  #log(level: keyof Log, fields: object, message: string): void {
    this.logged.push({ level, fields, message });
  }
}

/** A network's run on a fake port. Disposing of it aborts the run and waits for its end. */
export interface FakeRun<Port extends AccountPort> extends AsyncDisposable {
  port: Port;
  /** Rejects if the run does. */
  over: Promise<void>;
}

/** Starts a run of a network and resolves when it is online; rejects if it ends before. */
export async function runOnline<Port extends FakePort>(network: Network, port: Port): Promise<FakeRun<Port>> {
  const controller = new AbortController();
  const over = network.run(port, controller.signal);
  await Promise.race([
    port.until(() => port.states.find((state) => state.phase === 'online')),
    over.then(() => Promise.reject(new Error('the run ended before it was online'))),
  ]);
  return {
    port,
    over,
    async [Symbol.asyncDispose]() {
      controller.abort();
      await over;
    },
  };
}
