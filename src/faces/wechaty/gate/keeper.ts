/**
 * The hub's side of the gate: finds the one that runs, or starts one, is connected with it, and begins another when it is
 * gone. What is not this hub's is left alone: a gate is found by its socket in the data folder, which one hub at a time has.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { backoffMs, sleep, toError, type Clock } from '../../../hub/clock.ts';
import type { Log } from '../../../hub/log.ts';
import { PROTOCOL, readLine, writeLine, type Answer, type GateSettings, type Order } from './agreement.ts';
import { findSocketPath } from './socket-path.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
/** How long a gate may take to answer. */
const answerMs = 10_000;
const backoff = { baseMs: 100, capMs: 10_000 } as const;

export interface KeeperOptions {
  /** The data folder. */
  folder: string;
  settings: GateSettings;
  clock: Clock;
  log: Log;
  /** Is handed each connection with the gate: HTTP/2, of which the gate is the client. */
  readonly onConnection: (socket: Socket) => void;
  readonly noteListening: (listens: boolean) => void;
}

export class GateKeeper {
  readonly #options: KeeperOptions;
  readonly #path: string;
  readonly #leaving = new AbortController();
  #port = 0;
  #mending: Promise<void> = Promise.resolve();

  private constructor(options: KeeperOptions, path: string) {
    this.#options = options;
    this.#path = path;
  }

  /** Resolves when bots can come in. Rejects, with why, where they cannot. */
  static async open(options: KeeperOptions): Promise<GateKeeper> {
    const keeper = new GateKeeper(options, await findSocketPath(options.folder));
    await keeper.#reach();
    return keeper;
  }

  /** Where bots find it. */
  get port(): number {
    return this.#port;
  }

  /** The hub is about to end the connection; no gate is begun after this has resolved. */
  async leave(): Promise<void> {
    this.#leaving.abort(new Error('the hub leaves'));
    await this.#mending;
  }

  async #reach(): Promise<void> {
    const { settings, clock } = this.#options;
    const order: Order = { protocol: PROTOCOL, act: 'serve', ...settings };
    let met = await give(order, this.#path, clock);
    if (met?.answer?.is === 'other') {
      await give({ protocol: PROTOCOL, act: 'end' }, this.#path, clock);
      met = undefined;
    }
    if (!met) {
      await this.#start();
      met = await give(order, this.#path, clock);
    }
    if (met?.answer?.is !== 'serving') {
      const why = met?.answer?.is === 'failed' ? met.answer.message : 'its gate does not answer';
      throw new Error(why);
    }
    this.#port = met.answer.port;
    const { socket } = met;
    if (this.#leaving.signal.aborted) return void socket.destroy();
    socket.once('close', () => {
      this.#mending = this.#mend();
    });
    this.#options.onConnection(socket);
  }

  async #start(): Promise<void> {
    await rm(this.#path, { force: true });
    const compiled = process.env['NODE_COMPILE_CACHE'];
    const child = spawn(process.execPath, [main, this.#path], {
      cwd: '/',
      env: { ...(compiled !== undefined && { NODE_COMPILE_CACHE: compiled }) },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: Ctrl+C is for the hub.
      detached: true,
    });
    const { stdout, stderr } = child;
    const ended = once(child, 'exit');
    createInterface({ input: stderr }).on('line', (line) => {
      this.#options.log.warn({ printed: line }, 'the gate of Wechaty bots complains');
    });
    const isOpen = await Promise.race([once(stdout, 'data').then(() => true), ended.then(() => false)]);
    if (!isOpen) throw new Error('its gate does not start; the log says why');
    // It outlives the hub, and keeps none.
    stdout.destroy();
    child.unref();
    (stderr as Socket).unref();
  }

  async #mend(): Promise<void> {
    const { clock, log, noteListening } = this.#options;
    const { signal } = this.#leaving;
    if (signal.aborted) return;
    noteListening(false);
    log.warn({}, 'the gate of Wechaty bots has ended, and their connections with it; it is begun anew');
    for (let attempt = 1; ; attempt += 1) {
      try {
        await sleep(clock, backoffMs(clock, backoff, attempt), signal);
        await this.#reach();
        return noteListening(true);
      } catch (error) {
        if (signal.aborted) return;
        log.error({ err: toError(error) }, 'the gate of Wechaty bots could not begin; it is tried again');
      }
    }
  }
}

/** Ends the gate of a data folder, where one runs, and the connections of bots with it. */
export async function endGate(folder: string, clock: Clock): Promise<void> {
  await give({ protocol: PROTOCOL, act: 'end' }, await findSocketPath(folder), clock);
}

interface Met {
  socket: Socket;
  /** Missing where it was ended. */
  answer?: Answer;
}

/** Undefined where no gate runs, or one has just ended. Rejects where one does not answer. */
async function give(order: Order, path: string, clock: Clock): Promise<Met | undefined> {
  const socket = connect(path);
  const late = new Error(`the gate at ${path} does not answer`);
  const cancel = clock.after(answerMs, () => socket.destroy(late));
  try {
    await once(socket, 'connect');
    writeLine(socket, order);
    if (order.act === 'serve') return { socket, answer: (await readLine(socket)) as Answer };
    await once(socket.resume(), 'close');
    return { socket };
  } catch (error) {
    socket.destroy();
    if (error === late || (error as NodeJS.ErrnoException).code === 'EACCES') throw error;
    // Nobody is there, or goes.
    return undefined;
  } finally {
    cancel();
  }
}
