/**
 * Supervision of one account: runs its network again and again, with a backoff, and keeps what it does wrong to
 * this account. A connection that falls silent is ended; a run that does not end is abandoned, and what it still
 * calls is refused. The state shown is what was last proved.
 */
import type { AccountHost } from './account-port.ts';
import { backoffMs, sleep, toError, type Backoff } from './clock.ts';
import { AccountError } from './errors.ts';
import type { AccountId } from './message.ts';
import type { AccountState, LoginStep, MountedRoutes, Network, Session } from './network.ts';
import { Run } from './run.ts';

/** Waits between runs. */
const runBackoff: Backoff = { baseMs: 500, capMs: 30_000 };
/** A run that was online for so long has worked: the next failure begins with a short wait again. */
const provenMs = 5_000;

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
