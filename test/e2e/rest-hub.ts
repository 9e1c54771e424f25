// A hub of its own process with the REST face, whose address changes when it is killed and started again; and programs
// that use it as programs should: they repeat what was not answered, under the same key, and resume by their cursor.
import { readFile } from 'node:fs/promises';
import { Access, type Scope } from '../../src/hub/access.ts';
import { HubHome, type HubProcess } from '../servers/hub-process.ts';

const yaml = `
http: { listen: "127.0.0.1:0", requestsPerMinute: 1000000 }
accounts:
  house: { network: house, rooms: [lobby, tea], telnet: { listen: "127.0.0.1:0" } }
links:
  - { name: both, rooms: [house/lobby, house/tea] }
`;

export class RestHub implements AsyncDisposable {
  readonly home: HubHome;
  #process: HubProcess;
  /** Where it is now; what waits for it waits for the next start. */
  #url: Promise<string>;

  private constructor(home: HubHome, process: HubProcess, url: Promise<string>) {
    this.home = home;
    this.#process = process;
    this.#url = url;
  }

  static async start(): Promise<RestHub> {
    const home = await HubHome.create(yaml);
    const process = home.start();
    const hub = new RestHub(home, process, findUrl(process));
    await hub.url();
    return hub;
  }

  url(): Promise<string> {
    return this.#url;
  }

  async token(name: string, scopes: Scope[]): Promise<string> {
    await using journal = await this.home.openJournal();
    return await new Access(journal).createToken({ name, scopes, createdAt: 0 });
  }

  /** Kills it, and starts it again on the same data. */
  async killAndStart(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#url = promise;
    await this.#process.kill();
    this.#process = this.home.start();
    findUrl(this.#process).then(resolve, reject);
    await promise;
  }

  /** Resident memory of the process, MiB. */
  async residentMiB(): Promise<number> {
    const status = await readFile(`/proc/${this.#process.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  /** Asks until it is answered, by whichever process there is then. */
  async ask(token: string, method: string, path: string, body?: object, key?: string): Promise<Answer> {
    for (;;) {
      const url = await this.url();
      try {
        const response = await fetch(url + path, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(body && { 'content-type': 'application/json' }),
            ...(key !== undefined && { 'idempotency-key': key }),
          },
          ...(body && { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        // A hub that stops, or whose journal does not take anything now, says so: it is asked again.
        if (response.status === 503) continue;
        return { status: response.status, body: JSON.parse(text) };
      } catch (error) {
        // Killed before it answered, or between the answer's parts: only fetch's own failures are that.
        if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.home[Symbol.asyncDispose]();
  }
}

export interface Answer {
  status: number;
  // eslint-disable-next-line typescript/no-explicit-any
  body: ReturnType<typeof JSON.parse>;
}

async function findUrl(process: HubProcess): Promise<string> {
  return process.said(/web: (http:\/\/[^/]+)\//);
}

/** Does `work` for 0 … `count` - 1, `atOnce` at a time. */
export async function inParallel(
  count: number,
  atOnce: number,
  work: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const number = next;
      next += 1;
      await work(number);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
