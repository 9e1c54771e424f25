// The hub as somebody runs it: `node src/main.ts start --config FILE` as a process of its own, which a test can kill as
// a power cut would, and start again on the same data.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text as readAll } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { openSqliteReader, type JournalReader } from '../../src/engines/sqlite/sqlite-reader.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** The longest that a test waits for a line of the log. */
const SAID_LIMIT_MS = 60_000;

/** A line of the log, as JSON has it. */
export interface LogEntry extends Readonly<Record<string, unknown>> {
  readonly level: string | number;
  readonly msg: string;
}

/** A folder with a hutong.yaml and the data of the hubs that run in it; `await using` ends them and removes it. */
export class HubHome implements AsyncDisposable {
  readonly folder: string;
  readonly #environment: Readonly<Record<string, string>>;
  /** All that were started here. */
  readonly hubs: HubProcess[] = [];

  private constructor(folder: string, environment: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.#environment = environment;
  }

  /** Makes the folder. `environment` is added to that of the hubs. */
  static async create(yaml: string, environment: Readonly<Record<string, string>> = {}): Promise<HubHome> {
    const home = new HubHome(await mkdtemp(join(tmpdir(), 'hutong-home-')), environment);
    await home.write(yaml);
    return home;
  }

  get config(): string {
    return join(this.folder, 'hutong.yaml');
  }

  get data(): string {
    return join(this.folder, 'data');
  }

  /** Puts another hutong.yaml in the place of the one that is there, as editors do: by renaming. */
  async write(yaml: string): Promise<void> {
    await writeFile(`${this.config}.new`, yaml);
    await rename(`${this.config}.new`, this.config);
  }

  /** Starts a hub, and waits for nothing. */
  start(): HubProcess {
    const hub = new HubProcess(this.folder, this.config, this.#environment);
    this.hubs.push(hub);
    return hub;
  }

  /** The journal, read beside whatever runs on it. `await using` it as `opened`. */
  async openJournal(): Promise<JournalReader & AsyncDisposable> {
    const journal = await openSqliteReader({ folder: this.data });
    return { ...journal, [Symbol.asyncDispose]: () => journal.close() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.hubs.map((hub) => hub.kill()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** One process of the hub. Its log is kept whole. */
export class HubProcess {
  readonly log: LogEntry[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #errors: Promise<string>;
  #logEnded = false;
  #wake = Promise.withResolvers<void>();

  constructor(folder: string, config: string, environment: Readonly<Record<string, string>>) {
    const child = spawn(process.execPath, [main, 'start', '--config', config], {
      cwd: folder,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#exited = once(child, 'exit');
    this.#errors = readAll(child.stderr);
    const reader = createInterface({ input: child.stdout });
    reader.on('line', (line) => {
      this.log.push(JSON.parse(line) as LogEntry);
      this.#tell();
    });
    reader.on('close', () => {
      this.#logEnded = true;
      this.#tell();
    });
    // Should the test itself be ended, its hub is not left behind.
    const end = () => child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /**
   * Waits for an entry of the log that the pattern finds in its message, or in its JSON, from the entry `from` on.
   *
   * @returns what the pattern's group caught, or all that it found
   */
  async said(pattern: RegExp, from = 0): Promise<string> {
    const deadline = AbortSignal.timeout(SAID_LIMIT_MS);
    const late = once(deadline, 'abort');
    for (let next = from; ;) {
      for (; next < this.log.length; next += 1) {
        const entry = this.log[next]!;
        const match = pattern.exec(entry.msg) ?? pattern.exec(JSON.stringify(entry));
        if (match) return match[1] ?? match[0];
      }
      if (this.#logEnded) throw this.#silence(pattern, `it ended, and said at last: ${await this.#errors}`);
      await Promise.race([this.#wake.promise, late]);
      if (deadline.aborted) throw this.#silence(pattern, 'it still runs');
    }
  }

  /** Where the house's telnet door listens. */
  telnet(): Promise<string> {
    return this.said(/^telnet on ([^\s,]+)/);
  }

  /** Where the web server listens. */
  http(): Promise<string> {
    return this.said(/^web: http:\/\/([^/]+)\/$/);
  }

  /** Resolves when it has ended by itself, with its exit code and what it wrote to the error output. */
  async ended(): Promise<{ code: number | null; errors: string }> {
    await this.#exited;
    return { code: this.#child.exitCode, errors: await this.#errors };
  }

  /** Ends it as a power cut would: kill -9. */
  async kill(): Promise<void> {
    if (this.running) this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** Asks it to end, and waits until it has. */
  async stop(): Promise<void> {
    if (this.running) this.#child.kill('SIGTERM');
    await this.#exited;
  }

  #silence(pattern: RegExp, why: string): Error {
    const last = this.log.slice(-20).map((entry) => JSON.stringify(entry));
    return new Error(`the hub did not say ${String(pattern)}: ${why}\n${last.join('\n')}`);
  }

  #tell(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
