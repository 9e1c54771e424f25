/**
 * One run of a network: from the call of its `run` until that has ended, or until it was told to end and did not. It ends by
 * itself, by silence, or because the account is stopped.
 */
import { createAccountPort, type AccountHost, type PortRun } from './account-port.ts';
import { sleep, toError } from './clock.ts';
import { AccountError } from './errors.ts';
import type { AccountId } from './message.ts';
import type { AccountState, LoginStep, MountedRoutes, Network, Session } from './network.ts';
import { SilenceWatch } from './silence-watch.ts';

/** How long a run may take to end after it was told to. */
const endGraceMs = 5_000;

/** Who is told how a run does. */
export interface RunWatcher {
  online(session: Session): void;
  state(state: AccountState): void;
  prompt(step: LoginStep | undefined): void;
  heard(): void;
}

export class Run implements PortRun {
  /** It did not end when it was told to, and may still be running somewhere. */
  abandoned = false;
  /** What it serves on the web server. */
  mounted: MountedRoutes | undefined;
  readonly #id: AccountId;
  readonly #host: AccountHost;
  readonly #network: Network;
  readonly #watcher: RunWatcher;
  readonly #ending = new AbortController();
  readonly #silence: SilenceWatch;
  #over = false;
  #onlineSince: number | undefined;
  #onlineUntil: number | undefined;
  #roomWatcher: ((rooms: readonly string[]) => void) | undefined;
  #rooms: readonly string[] = [];

  constructor(id: AccountId, host: AccountHost, network: Network, watcher: RunWatcher) {
    this.#id = id;
    this.#host = host;
    this.#network = network;
    this.#watcher = watcher;
    this.#silence = new SilenceWatch(host.clock, (silentMs) => this.#endBySilence(silentMs));
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
    this.#silence.start();
    try {
      return await this.#untilOver();
    } finally {
      this.#over = true;
      this.#onlineUntil = this.#host.clock.monotonicMs();
      this.#silence.stop();
      this.#ending.abort(new AccountError('account-over', 'the run is over'));
      stopping.removeEventListener('abort', stop);
    }
  }

  /** Links changed: the network learns its rooms. */
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

  checkLive(): void {
    if (this.#over)
      throw new AccountError('account-over', `a connection of account ${this.#id} that is over was used`);
  }

  heard(): void {
    this.checkLive();
    this.#silence.heard();
    this.#watcher.heard();
  }

  online(session: Session): void {
    this.#onlineSince ??= this.#host.clock.monotonicMs();
    this.#silence.online(session.limits.aliveMs ?? Number.POSITIVE_INFINITY);
    this.#watcher.online(session);
  }

  state(state: AccountState): void {
    this.#watcher.state(state);
    this.#silence.waiting(state.phase === 'waiting');
  }

  alive(): void {
    this.#silence.waiting(false);
  }

  prompt(step: LoginStep | undefined): void {
    this.#watcher.prompt(step);
    this.#silence.asking(step !== undefined);
  }

  serve(routes: MountedRoutes): void {
    this.mounted = routes;
  }

  watchRooms(watcher: (rooms: readonly string[]) => void): void {
    this.#roomWatcher = watcher;
    this.#rooms = this.#host.rooms();
    watcher(this.#rooms);
  }

  async #untilOver(): Promise<Error | undefined> {
    const { signal } = this.#ending;
    const run = async () => this.#network.run(createAccountPort(this.#id, this.#host, this), signal);
    const running = run().then(
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

  #endBySilence(silentMs: number): void {
    const seconds = Math.round(silentMs / 1000);
    this.#ending.abort(
      new AccountError('account-silent', `nothing was heard from the network for ${seconds} s`),
    );
  }
}

function sameRooms(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((room, index) => room === b[index]);
}
