/**
 * A driver as a process of its own: started with a pipe for frames, ended for good. It runs a puppet, which is a program
 * of others and may print, hang, crash, or start further ones; so it has a process group that ends with it, a folder of
 * its own to work in, which is also its home, and nothing of the hub's environment but what programs need to run.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Duplex, Readable } from 'node:stream';
import type { Clock } from '../../hub/clock.ts';
import { AccountError } from '../../hub/errors.ts';
import type { Log } from '../../hub/log.ts';
import { fromDriver, LINE_LIMIT, type FromDriver, type ToDriver } from './protocol.ts';

/** What of the environment is handed on: where things are, and how to get out to the network. */
const HANDED_ON =
  /^(?:PATH|LANG|LC_.*|TZ|TMPDIR|TEMP|TMP|SystemRoot|ComSpec|NODE_EXTRA_CA_CERTS|SSL_CERT_.*|(?:https?|no|all)_proxy|WECHATY_.*)$/i;
/** The pipe's place among the child's files. */
const CHANNEL_FD = 3;
/** What is shown of a printed line, characters. */
const PRINTED_LIMIT = 1000;
/** What may wait to be read by the driver, bytes. */
const WAITING_LIMIT_BYTES = 64 * 1024 * 1024;
/** How long it may take to end by itself. */
const ENDING_MS = 1500;

export interface DriverOptions {
  /** The driver's main file. */
  main: string;
  /** The account's folder. */
  folder: string;
  memoryMegabytes: number;
  clock: Clock;
  log: Log;
  onFrame(frame: FromDriver): void;
}

export class DriverProcess {
  /** Resolves with why it is over. Never rejects. */
  readonly over: Promise<AccountError>;
  readonly #child: ChildProcess;
  readonly #channel: Duplex;
  readonly #options: DriverOptions;
  readonly #end = Promise.withResolvers<AccountError>();
  #rest = '';
  #isOver = false;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.over = this.#end.promise;
    const { main, folder, memoryMegabytes } = options;
    this.#child = spawn(process.execPath, [`--max-old-space-size=${memoryMegabytes}`, main], {
      cwd: folder,
      env: toEnvironment(folder),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      // A process group: what the puppet has started ends with it.
      detached: true,
    });
    this.#channel = this.#child.stdio[CHANNEL_FD] as Duplex;
    this.#channel.setEncoding('utf8');
    this.#channel.on('data', (text: string) => this.#read(text));
    this.#channel.on('error', (error) => {
      // Mostly because it has ended, and how it did says more.
      options.clock.after(ENDING_MS, () => this.#tell(`the pipe to it broke: ${error.message}`, error));
    });
    this.#child.on('error', (error) => this.#tell(`it cannot be started: ${error.message}`, error));
    this.#child.on('exit', (code, signal) => {
      const how = signal === null ? `with code ${code}` : `by ${signal}`;
      // What it said last may still be in the pipe.
      if (this.#channel.readableEnded || this.#channel.destroyed) this.#tell(`it ended, ${how}`);
      else {
        const tell = () => this.#tell(`it ended, ${how}`);
        this.#channel.once('end', tell).once('close', tell);
        this.#channel.resume();
      }
    });
    for (const printed of [this.#child.stdout, this.#child.stderr]) if (printed) this.#print(printed);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(frame: ToDriver): void {
    if (this.#isOver || this.#channel.destroyed) return;
    this.#channel.write(`${JSON.stringify(frame)}\n`);
    if (this.#channel.writableLength > WAITING_LIMIT_BYTES) this.#tell('it does not read');
  }

  /** Stops and resumes reading. */
  pause(isPaused: boolean): void {
    if (isPaused) this.#channel.pause();
    else this.#channel.resume();
  }

  /** Ends it: asked to first, by the end of the pipe, then with all that it has started. */
  async stop(): Promise<void> {
    this.#isOver = true;
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined) return;
    if (exitCode === null && signalCode === null) {
      const exited = once(this.#child, 'exit');
      this.#channel.end();
      this.#channel.resume();
      const cancel = this.#options.clock.after(ENDING_MS, () => killGroup(pid));
      await exited;
      cancel();
    }
    killGroup(pid);
    this.#channel.destroy();
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > LINE_LIMIT) return this.#tell('it sends a line without an end');
    for (const line of lines) {
      if (this.#isOver) return;
      const frame = parseFrame(line);
      if (!frame) return this.#tell('what it says is not understood');
      if (frame.type === 'fatal') this.#tell(`it ends: ${frame.message.slice(0, PRINTED_LIMIT)}`);
      else this.#options.onFrame(frame);
    }
  }

  #tell(what: string, cause?: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#end.resolve(new AccountError('account-unreachable', `the puppet’s process: ${what}`, { cause }));
  }

  /** What a puppet prints may hold anything, messages and secrets too. */
  #print(stream: Readable): void {
    const reader = createInterface({ input: stream });
    reader.on('line', (line) => {
      this.#options.log.debug({ printed: line.slice(0, PRINTED_LIMIT) }, 'the puppet prints');
    });
    reader.on('error', () => {
      // It has ended; that is told by itself.
    });
  }
}

function parseFrame(line: string): FromDriver | undefined {
  try {
    return fromDriver.parse(JSON.parse(line));
  } catch {
    // The caller says so.
    return undefined;
  }
}

function toEnvironment(folder: string): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && HANDED_ON.test(entry[0]),
  );
  return {
    WECHATY_LOG: 'warn',
    ...Object.fromEntries(kept),
    HOME: folder,
    USERPROFILE: folder,
    // A puppet is hundreds of files: from the second start on they are there compiled, and no compiler is needed.
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}
