// A server program run as a child: started, seen to be ready, stopped by its own pid, its output kept for the error.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';

const READY_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;
const PROBE_EVERY_MS = 20;
const OUTPUT_LIMIT_CHARACTERS = 64 * 1024;

export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** It is ready when all of these accept connections on the loopback interface. */
  readonly ports: readonly number[];
  /** And when it printed this. */
  readonly readyOutput?: string;
}

/** A running server. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #output = '';

  private constructor(command: ServerCommand) {
    this.#child = spawn(command.command, command.args, {
      cwd: command.cwd,
      env: { ...process.env, ...command.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-OUTPUT_LIMIT_CHARACTERS);
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
    this.#exited = once(this.#child, 'exit');
    this.#watch();
  }

  /** Starts it and waits until it is ready. Rejects with its output where it does not get there. */
  static async start(command: ServerCommand): Promise<ServerProcess> {
    const server = new ServerProcess(command);
    const deadlineMs = performance.now() + READY_LIMIT_MS;
    const conditions = [
      ...command.ports.map((port) => () => accepts(port)),
      async () => server.#output.includes(command.readyOutput ?? ''),
    ];
    for (const isReady of conditions) {
      // Probing is how a port says that it listens; nothing here depends on how long that takes.
      while (!(await isReady())) {
        if (server.#hasExited() || performance.now() > deadlineMs) {
          await server.kill();
          throw new Error(`${command.command} did not start: ${server.#output}`);
        }
        await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
      }
    }
    return server;
  }

  /** What it printed, the last of it. */
  get output(): string {
    return this.#output;
  }

  /** Asks it to end, and waits; kills it where it does not. */
  async stop(): Promise<void> {
    if (this.#hasExited()) return;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_LIMIT_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    if (this.#hasExited()) return;
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /**
   * Ends the server should this process be killed before it can: the watcher's input then closes, and it does the rest.
   * Without it every test run that is interrupted leaves a server behind.
   */
  #watch(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    const watcher = spawn('/bin/sh', ['-c', 'read -r _; kill -9 "$0"', String(pid)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#child.once('exit', () => watcher.kill('SIGKILL'));
  }

  #hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
