/**
 * A face's settings change while the hub runs. Whoever is connected under the old ones is sent away, to come back under
 * the new ones and go on where they were.
 */
import { isDeepStrictEqual } from 'node:util';
import { toError, type Cancel, type Clock } from '../hub/clock.ts';
import type { Log } from '../hub/log.ts';

/** The face under one set of settings. */
export interface Run {
  /** Ends what it began. */
  stop(): Promise<void>;
}

export interface FaceSwitchOptions<Settings, Running> {
  /** The face's, for the log. */
  name: string;
  clock: Clock;
  log: Log;
  /** As they are now; undefined while the face is off. */
  readonly settings: () => Settings | undefined;
  readonly begin: (settings: Settings) => Promise<Running>;
}

/** How often it is looked whether they are others. */
const lookEveryMs = 1_000;

export class FaceSwitch<Settings, Running extends Run> {
  readonly #options: FaceSwitchOptions<Settings, Running>;
  #settings: Settings | undefined;
  #run: Promise<Running | undefined> = Promise.resolve(undefined);
  #cancel: Cancel | undefined;
  #stopped = false;

  constructor(options: FaceSwitchOptions<Settings, Running>) {
    this.#options = options;
    this.#look();
  }

  /** What runs under the present settings. Rejects where it could not begin. */
  current(): Promise<Running | undefined> {
    const now = this.#stopped ? undefined : this.#options.settings();
    if (isDeepStrictEqual(now, this.#settings)) return this.#run;
    this.#settings = now;
    const before = this.#run;
    const run = before
      .catch(() => undefined) // Told to who asked then.
      .then(async (running) => {
        await running?.stop();
        return now === undefined ? undefined : this.#options.begin(now);
      });
    run.catch((error: unknown) => {
      this.#options.log.error(
        { err: toError(error) },
        `the ${this.#options.name} face could not begin; it is tried again`,
      );
      // The next who looks begins it anew.
      if (this.#run === run) this.#settings = undefined;
    });
    this.#run = run;
    return run;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.current().catch(() => {
      // It could not begin, which is in the log: nothing is there to end.
    });
  }

  #look(): void {
    this.current().catch(() => {
      // It is in the log.
    });
    this.#cancel = this.#options.clock.after(lookEveryMs, () => this.#look());
  }
}
