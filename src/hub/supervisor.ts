/**
 * Supervision of one account: runs its network again and again, with a backoff, and keeps what it does wrong to
 * this account. A connection that falls silent is ended; a run that does not end is abandoned, and what it still
 * calls is refused. The state shown is what was last proved.
 */
import { backoffMs, sleep, toError, type Backoff, type Cancel, type Clock } from './clock.ts';
import { AccountError } from './errors.ts';
import type { HubEvent, NetworkEvent } from './event.ts';
import type { LinkDesk } from './link-desk.ts';
import type { MediaStore } from './media.ts';
import type { AccountId } from './message.ts';
import type {
  AccountPort,
  AccountState,
  AccountStore,
  LoginStep,
  MountedRoutes,
  Neighbourhood,
  Network,
  ReturnedSend,
  Session,
} from './network.ts';
import type { TranscriptEntry } from './transcript.ts';
import type { Log } from './log.ts';

/** What an account's runs reach of the hub. */
export interface AccountHost {
  readonly clock: Clock;
  /** Names the account in every entry. */
  readonly log: Log;
  readonly store: AccountStore;
  readonly media: MediaStore;
  /** The hub's data folder. */
  readonly folder?: string;
  open(): Network;
  /** How the account does may have changed: its state, its session or its login step. */
  changed(): void;
  online(session: Session): void;
  offline(): void;
  receive(event: NetworkEvent): Promise<void>;
  returned(back: ReturnedSend): Promise<void>;
  rooms(): readonly string[];
  history(room: string, limit: number): Promise<HubEvent[]>;
  transcript(room: string, limit: number, before: string | undefined): Promise<TranscriptEntry[]>;
  neighbours(room: string): Promise<Neighbourhood[]>;
  readonly links?: LinkDesk;
}

/** Waits between runs. */
const runBackoff: Backoff = { baseMs: 500, capMs: 30_000 };
/** A run that was online for so long has worked: the next failure begins with a short wait again. */
const provenMs = 5_000;
/** A run that has not called its port for so long before it was ever online hangs. */
const startSilenceMs = 120_000;
/** How long a run may take to end after it was told to. */
const endGraceMs = 5_000;

export class Supervisor {
  readonly id: AccountId;
  readonly #host: AccountHost;
  readonly #stopping = new AbortController();
  /** Missing until it is opened, and after a run that had to be abandoned. */
  #network: Network | undefined;
  #state: AccountState = { phase: 'connecting' };
  #since: number;
  #heardAt: number | undefined;
  #session: Session | undefined;
  #prompt: LoginStep | undefined;
  #run: Run | undefined;
  #ended: Promise<void> | undefined;

  constructor(id: AccountId, host: AccountHost) {
    this.id = id;
    this.#host = host;
    this.#since = host.clock.now();
  }

  get state(): AccountState {
    return this.#state;
  }
  /** When the state last changed, milliseconds since the epoch. */
  get since(): number {
    return this.#since;
  }
  /** When the network was last heard from, milliseconds since the epoch. */
  get heardAt(): number | undefined {
    return this.#heardAt;
  }
  /** What the present connection can do; nothing while there is none. */
  get session(): Session | undefined {
    return this.#session;
  }
  get prompt(): LoginStep | undefined {
    return this.#prompt;
  }
  /** What the present run serves on the web server. */
  get mounted(): MountedRoutes | undefined {
    return this.#run?.mounted;
  }

  start(): void {
    this.#ended = this.#supervise();
  }

  /** Ends the run and resolves when it has ended or has been abandoned. */
  async stop(): Promise<void> {
    this.#stopping.abort(new AccountError('account-over', `account ${this.id} was stopped`));
    await this.#ended;
  }

  /** Hands the network to what changes its configuration while it runs, and answers whether that could. */
  update(change: (network: Network) => boolean): boolean {
    try {
      return this.#network === undefined || change(this.#network);
    } catch (error) {
      this.#host.log.error(
        { err: toError(error) },
        'a change could not be taken in; the account is opened anew',
      );
      return false;
    }
  }

  /** Links changed: the network learns its rooms. */
  relink(): void {
    this.#run?.relink();
  }

  async #supervise(): Promise<void> {
    const { clock, log } = this.#host;
    for (let failures = 0; !this.#stopping.signal.aborted;) {
      this.#setState({ phase: 'connecting' });
      const { error, onlineMs } = await this.#attempt();
      if (this.#stopping.signal.aborted) break;
      if (error instanceof AccountError && error.final) {
        this.#setState({ phase: 'failed', message: error.message });
        log.error({ err: error }, 'the account has failed and is not tried again');
        return;
      }
      failures = onlineMs >= provenMs ? 1 : failures + 1;
      const waitMs = backoffMs(clock, runBackoff, failures);
      const message = error ? error.message : 'the connection has ended';
      this.#setState({ phase: 'waiting', message });
      log.warn({ err: error, waitMs: Math.round(waitMs) }, message);
      await sleep(clock, waitMs, this.#stopping.signal).catch(() => {
        // Stopped while waiting: the loop ends.
      });
    }
    this.#setState({ phase: 'stopped' });
  }

  /** Opens the network if it has to be, and runs it until the run is over. Never rejects. */
  async #attempt(): Promise<{ error: Error | undefined; onlineMs: number }> {
    try {
      this.#network ??= this.#host.open();
    } catch (error) {
      return { error: toError(error), onlineMs: 0 };
    }
    const run = new Run(this.id, this.#host, this.#network, {
      online: (session) => this.#online(session),
      state: (state) => this.#setState(state),
      prompt: (step) => {
        this.#prompt = step;
        this.#host.changed();
      },
      heard: () => (this.#heardAt = this.#host.clock.now()),
    });
    this.#run = run;
    const error = await run.finish(this.#stopping.signal);
    this.#run = undefined;
    this.#prompt = undefined;
    this.#session = undefined;
    this.#host.offline();
    if (run.abandoned) this.#network = undefined;
    return { error, onlineMs: run.onlineMs };
  }

  #online(session: Session): void {
    this.#session = session;
    this.#setState(this.#state.phase === 'online' ? this.#state : { phase: 'online' });
    this.#host.online(session);
  }

  #setState(state: AccountState): void {
    if (state.phase !== this.#state.phase) this.#since = this.#host.clock.now();
    this.#state = state;
    this.#host.changed();
  }
}

interface RunWatcher {
  online(session: Session): void;
  state(state: AccountState): void;
  prompt(step: LoginStep | undefined): void;
  heard(): void;
}

/** One run of a network: its port, and the watch over its silence. */
class Run {
  /** It did not end when it was told to, and may still be running somewhere. */
  abandoned = false;
  /** What it serves on the web server. */
  mounted: MountedRoutes | undefined;
  readonly #id: AccountId;
  readonly #host: AccountHost;
  readonly #network: Network;
  readonly #watcher: RunWatcher;
  readonly #ending = new AbortController();
  #over = false;
  #onlineSince: number | undefined;
  #onlineUntil: number | undefined;
  #heardMs: number;
  #aliveMs = startSilenceMs;
  /** The network has said that it waits, and nothing was heard since. */
  #waits = false;
  #watch: Cancel | undefined;
  #roomWatcher: ((rooms: readonly string[]) => void) | undefined;
  #rooms: readonly string[] = [];

  constructor(id: AccountId, host: AccountHost, network: Network, watcher: RunWatcher) {
    this.#id = id;
    this.#host = host;
    this.#network = network;
    this.#watcher = watcher;
    this.#heardMs = host.clock.monotonicMs();
  }

  /** How long it was online. */
  get onlineMs(): number {
    if (this.#onlineSince === undefined) return 0;
    return (this.#onlineUntil ?? this.#host.clock.monotonicMs()) - this.#onlineSince;
  }

  /** Runs until it is over, and answers why, if there is a reason. Never rejects. */
  async finish(stopping: AbortSignal): Promise<Error | undefined> {
    const stop = () => this.#ending.abort(toError(stopping.reason));
    stopping.addEventListener('abort', stop, { once: true });
    if (stopping.aborted) stop();
    this.#watchSilence();
    try {
      return await this.#untilOver();
    } finally {
      this.#over = true;
      this.#onlineUntil = this.#host.clock.monotonicMs();
      this.#watch?.();
      this.#ending.abort(new AccountError('account-over', 'the run is over'));
      stopping.removeEventListener('abort', stop);
    }
  }

  relink(): void {
    const rooms = this.#host.rooms();
    if (!this.#roomWatcher || sameRooms(rooms, this.#rooms)) return;
    this.#rooms = rooms;
    try {
      this.#roomWatcher(rooms);
    } catch (error) {
      // It ends this run, like any crash; the plan that is being applied has other accounts.
      this.#ending.abort(toError(error));
    }
  }

  async #untilOver(): Promise<Error | undefined> {
    const { signal } = this.#ending;
    const running = (async () => this.#network.run(this.#port(), signal))().then(
      () => undefined,
      (error: unknown) => toError(error),
    );
    const aborted = new Promise<Error>((resolve) => {
      const tell = () => resolve(toError(signal.reason));
      if (signal.aborted) tell();
      else signal.addEventListener('abort', tell, { once: true });
    });
    const first = await Promise.race([running, aborted]);
    if (!signal.aborted) return first;
    const settled = new AbortController();
    const late = sleep(this.#host.clock, endGraceMs, settled.signal).then(
      () => true,
      () => false,
    );
    this.abandoned = await Promise.race([running.then(() => false), late]);
    settled.abort();
    if (this.abandoned) this.#host.log.error({}, 'a run did not end and is abandoned');
    return toError(signal.reason);
  }

  /** How long silence may last before the run is online; then the session says it. */
  #expect(aliveMs: number): void {
    if (this.#onlineSince !== undefined) return;
    this.#aliveMs = aliveMs;
    this.#watch?.();
    this.#watchSilence();
  }

  #watchSilence(): void {
    const silentMs = this.#host.clock.monotonicMs() - this.#heardMs;
    if (silentMs >= this.#aliveMs) {
      const seconds = Math.round(silentMs / 1000);
      this.#ending.abort(
        new AccountError('account-silent', `nothing was heard from the network for ${seconds} s`),
      );
      return;
    }
    this.#watch = this.#host.clock.after(Math.min(this.#aliveMs - silentMs, startSilenceMs), () =>
      this.#watchSilence(),
    );
  }

  /** Throws when the run is over: an abandoned one must not move a cursor, nor say anything. */
  #checkLive(): void {
    if (this.#over)
      throw new AccountError('account-over', `a connection of account ${this.#id} that is over was used`);
  }

  #heard(): void {
    this.#checkLive();
    this.#heardMs = this.#host.clock.monotonicMs();
    this.#watcher.heard();
  }

  #port(): AccountPort {
    const host = this.#host;
    return {
      log: host.log,
      store: this.#store(),
      media: this.#media(),
      ...(host.folder !== undefined && { folder: host.folder }),
      http: {
        serve: (routes) => {
          this.#checkLive();
          this.mounted = routes;
        },
      },
      online: (session) => {
        this.#heard();
        this.#onlineSince ??= host.clock.monotonicMs();
        this.#aliveMs = session.limits.aliveMs ?? Number.POSITIVE_INFINITY;
        this.#watch?.();
        this.#watchSilence();
        this.#watcher.online(session);
      },
      receive: async (event) => {
        this.#heard();
        await host.receive(event);
      },
      returned: async (back) => {
        this.#heard();
        await host.returned(back);
      },
      state: (state) => {
        this.#heard();
        this.#watcher.state(state);
        // Who waits for the other side to come hears nothing until it does.
        const waits = state.phase === 'waiting';
        if (waits !== this.#waits) this.#expect(waits ? Number.POSITIVE_INFINITY : startSilenceMs);
        this.#waits = waits;
      },
      alive: () => {
        this.#heard();
        if (!this.#waits) return;
        this.#waits = false;
        this.#expect(startSilenceMs);
      },
      prompt: (step) => {
        this.#heard();
        this.#watcher.prompt(step);
        // A person may take any time to scan a code.
        this.#waits = false;
        this.#expect(step ? Number.POSITIVE_INFINITY : startSilenceMs);
      },
      watchRooms: (watcher) => {
        this.#heard();
        this.#roomWatcher = watcher;
        this.#rooms = host.rooms();
        watcher(this.#rooms);
      },
      history: async (room, limit) => {
        this.#checkLive();
        return host.history(room, limit);
      },
      transcript: async (room, limit, before) => {
        this.#checkLive();
        return host.transcript(room, limit, before);
      },
      neighbours: async (room) => {
        this.#checkLive();
        return host.neighbours(room);
      },
      ...(host.links && { links: this.#links(host.links) }),
    };
  }

  #links(desk: LinkDesk): LinkDesk {
    return {
      account: desk.account,
      links: () => desk.links(),
      accounts: () => desk.accounts(),
      rooms: () => desk.rooms(),
      join: async (room, target) => {
        this.#checkLive();
        return desk.join(room, target);
      },
      part: async (room, link) => {
        this.#checkLive();
        return desk.part(room, link);
      },
    };
  }

  #media(): MediaStore {
    const { media } = this.#host;
    return {
      limitBytes: media.limitBytes,
      save: async (content, about) => {
        this.#checkLive();
        return media.save(content, about);
      },
      fetch: async (url, about) => {
        this.#checkLive();
        return media.fetch(url, { ...about, account: this.#id });
      },
      find: (id) => media.find(id),
      open: (id, range) => media.open(id, range),
      idOf: (url) => media.idOf(url),
      resolve: (url) => media.resolve(url),
    };
  }

  #store(): AccountStore {
    const { store } = this.#host;
    return {
      get: async (key) => {
        this.#checkLive();
        return store.get(key);
      },
      set: async (key, value) => {
        this.#checkLive();
        await store.set(key, value);
      },
      list: async (prefix) => {
        this.#checkLive();
        return store.list(prefix);
      },
    };
  }
}

function sameRooms(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((room, index) => room === b[index]);
}
