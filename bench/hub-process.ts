/** A hub in a process of its own (`hub-child.ts`) on a journal in a temporary folder. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HubChildPlan, HubRequest, HubSample } from './hub-child.ts';

/** A house with one room, no flood control, and a backlog that no client of a benchmark fills. */
export const benchHouse = {
  network: 'house',
  telnet: { listen: '127.0.0.1:0', flood: false, backlogBytes: 268_435_456 },
} as const;

export class HubProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #folder: string;
  #states: HubSample['states'] = {};

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
  }

  /** Starts a hub; resolves when all its accounts are online. */
  static async start(plan: Partial<Omit<HubChildPlan, 'folder'>> = {}): Promise<HubProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'hutong-bench-hub-'));
    const started = new HubProcess(fork(new URL('./hub-child.ts', import.meta.url)), folder);
    const { accounts = { house: benchHouse }, links = [], settings = {} } = plan;
    const { states } = await started.ask({ start: { folder, accounts, links, settings } });
    started.#states = states;
    return started;
  }

  /** Where the house listens. */
  get telnetPort(): number {
    const port = /:(\d+)(?:,|$)/.exec(this.#states['house'] ?? '')?.[1];
    if (port === undefined) throw new Error(`the house does not say where it listens: ${String(port)}`);
    return Number(port);
  }

  /** Rejects when the process ends instead of answering. One request at a time. */
  ask(request: HubRequest): Promise<HubSample> {
    return new Promise((resolve, reject) => {
      const fail = (code: number | null) => reject(new Error(`the hub's process ended with ${String(code)}`));
      this.#child.once('exit', fail);
      this.#child.once('message', (sample: HubSample) => {
        this.#child.off('exit', fail);
        resolve(sample);
      });
      this.#child.send(request);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit');
    await this.ask('stop');
    await exited;
    await rm(this.#folder, { recursive: true });
  }
}
