/**
 * A hub process with a WeChat account whose driver is the real one, installed from npm, and whose puppet is
 * wechaty-puppet-mock, on strings; and somebody at the telnet door of the house beside.
 */
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Access } from '../../src/hub/access.ts';
import { HubHome, type HubProcess } from '../servers/hub-process.ts';
import { Onlooker } from './bridge-people.ts';
import type { Order, Told } from './wechaty-mock-puppet.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const PATIENCE_MS = 60_000;
export const MOCK = 'wechaty-puppet-mock';

/** Runs `driver install wechaty` as somebody would. */
export function installDriver(home: HubHome, ...puppets: readonly string[]) {
  return runCommand(home, 'driver', 'install', 'wechaty', ...puppets);
}

/** Runs a command as somebody would. Answers what it said. */
export async function runCommand(home: HubHome, ...words: readonly string[]) {
  const child = spawn(process.execPath, [main, ...words, '--config', home.config], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, errors] = await Promise.all([
    readAll(child.stdout),
    readAll(child.stderr),
    once(child, 'close'),
  ]);
  return { code: child.exitCode, out, errors };
}

/** The mock in the driver's process, and what is known of it: the test's end of the strings. */
export class Strings implements AsyncDisposable {
  readonly told: Told[] = [];
  /** The driver's processes that have come, in order. */
  readonly pids: number[] = [];
  /** Those of them whose connection has ended, as it does with them, in order. */
  readonly ended: number[] = [];
  port = 0;
  readonly #server: Server;
  readonly #changes = new EventEmitter<{ change: [] }>();
  #socket: Socket | undefined;
  #said = 0;

  private constructor() {
    this.#server = createServer((socket) => this.#connected(socket));
  }

  static async open(): Promise<Strings> {
    const strings = new Strings();
    strings.#server.listen(0, '127.0.0.1');
    await once(strings.#server, 'listening');
    strings.port = (strings.#server.address() as { port: number }).port;
    return strings;
  }

  order(order: Order): void {
    this.#socket?.write(`${JSON.stringify(order)}\n`);
  }

  /** Ann says something in the group. Resolves when the driver has it on its disk. */
  async say(text: string): Promise<void> {
    this.#said += 1;
    const n = this.#said;
    this.order({ do: 'say', n, text });
    await this.until(() => this.told.some((told) => 'done' in told && told.done === n));
  }

  /** What the account has said in the group, over all processes. */
  said(to = 'family@chatroom'): string[] {
    return this.told.flatMap((each) => ('said' in each && each.to === to ? each.said : []));
  }

  /** Resolves as soon as it is so. */
  async until<T>(found: () => T | undefined | false): Promise<T> {
    const late = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const value = found();
      if (value !== undefined && value !== false) return value;
      await once(this.#changes, 'change', { signal: late }).catch((error: unknown) => {
        throw new Error(`waited in vain for ${found.toString()}`, { cause: error });
      });
    }
  }

  /** The next process of the driver has come, and its puppet is there. */
  async started(count: number): Promise<number> {
    return this.until(() => this.pids[count - 1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #connected(socket: Socket): void {
    this.#socket = socket;
    let rest = '';
    let pid: number | undefined;
    socket.on('error', () => {
      // The process was killed: another one comes.
    });
    socket.on('close', () => {
      if (pid !== undefined) this.ended.push(pid);
      this.#changes.emit('change');
    });
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const told = JSON.parse(line) as Told;
        this.told.push(told);
        if ('started' in told) this.pids.push((pid = told.started));
      }
      this.#changes.emit('change');
    });
  }
}

/** What the REST face answers, as far as these tests look. */
export interface Answer {
  phase?: string;
  message?: string;
  login?: { type: string; message?: string; choices?: string[] };
  requests?: { request: { id: string; ask: string; comment?: string; from: { name: string } } }[];
  url?: string;
  name?: string;
}

export interface WeChatHub extends AsyncDisposable {
  home: HubHome;
  hub: HubProcess;
  strings: Strings;
  /** At telnet. */
  tom: Onlooker;
  /** Asks the REST face. */
  rest(this: void, method: string, path: string, body?: unknown): Promise<Answer>;
  /** Waits until the account's state is so. */
  account(this: void, found: (answer: Answer) => boolean): Promise<Answer>;
  /** Kills the hub as a power cut would, and starts it again. */
  restart(this: void): Promise<void>;
}

/** A line of hutong.yaml. @param port of the strings */
export function toWeChatAccount(puppet: string, port: number): string {
  return `  wx: { network: wechaty, puppet: "${puppet}", options: { port: ${port} }, sendsPerSecond: 100, aliveSeconds: 6 }\n`;
}

export function toYaml(puppet: string, port: number): string {
  return `
http: { listen: "127.0.0.1:0", requestsPerMinute: 1000000 }
accounts:
  house: { network: house, name: Hutong, rooms: [lobby], telnet: { listen: "127.0.0.1:0" } }
${toWeChatAccount(puppet, port)}links:
  - { name: family, rooms: [house/lobby, wx/Family] }
`;
}

/** Puts the mock with strings into a driver's folder, where its packages are. Answers what an account names as its puppet. */
export async function addStrungPuppet(driver: string): Promise<string> {
  const puppet = join(driver, 'strung-puppet.ts');
  await copyFile(new URL('./wechaty-mock-puppet.ts', import.meta.url), puppet);
  return puppet;
}

/** Lets a home have a driver that was installed in another. */
export async function linkDriver(home: HubHome, driver: string): Promise<void> {
  await mkdir(join(home.data, 'wechaty'), { recursive: true });
  await symlink(driver, join(home.data, 'wechaty', 'driver'));
}

/** An administrator at the REST face of a hub; `moved` tells of the next one on the same data. */
export async function openRest(home: HubHome, hub: HubProcess) {
  let base = `http://${await hub.http()}`;
  await using journal = await home.openJournal();
  const token = await new Access(journal).createToken({ name: 'bot', scopes: ['admin'], createdAt: 0 });
  const rest = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(base + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && !(body instanceof Uint8Array) && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && {
        body: body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body),
      }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Answer;
  };
  const moved = async (next: HubProcess) => {
    base = `http://${await next.http()}`;
  };
  return { rest, moved };
}

/** @param driver a folder in which the driver was installed before */
export async function openWeChatHub(driver: string): Promise<WeChatHub> {
  const stack = new AsyncDisposableStack();
  const strings = stack.use(await Strings.open());
  const puppet = await addStrungPuppet(driver);
  const home = stack.use(await HubHome.create(toYaml(puppet, strings.port)));
  await linkDriver(home, driver);
  const world = { hub: home.start() };
  const tom = await Onlooker.enter(await world.hub.telnet(), 'tom');
  const { rest, moved } = await openRest(home, world.hub);
  const opened: WeChatHub = {
    home,
    strings,
    tom,
    hub: world.hub,
    rest,
    async account(found) {
      const deadline = performance.now() + PATIENCE_MS;
      for (;;) {
        const answer = await rest('GET', '/v1/accounts/wx');
        if (found(answer)) return answer;
        if (performance.now() > deadline) throw new Error(`waited in vain: ${JSON.stringify(answer)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async restart() {
      await world.hub.kill();
      await opened.tom[Symbol.asyncDispose]();
      world.hub = home.start();
      opened.hub = world.hub;
      await moved(world.hub);
      opened.tom = await Onlooker.enter(await world.hub.telnet(), 'tom');
    },
    async [Symbol.asyncDispose]() {
      await opened.tom[Symbol.asyncDispose]();
      await stack.disposeAsync();
    },
  };
  return opened;
}
