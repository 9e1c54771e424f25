/**
 * WeChat, played by a test: what the puppet of test/fakes/wechat-puppet.ts, in the driver's own process, is connected to. It
 * keeps what is told while nobody is logged in, as WeChat does, and gives its puppets orders to misbehave.
 */
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface World {
  contacts: Record<string, { name: string; friend?: boolean }>;
  rooms: Record<string, { topic: string }>;
}

interface Emitted {
  emit: string;
  payload: object;
  /** What the puppet answers when it is asked what is behind an id. */
  behind?: { id: string; payload: object };
}

export type ToPuppet =
  | { world: World }
  | { answer: number; result: unknown }
  | { print: string }
  | { throw: string }
  | { spin: true }
  | Emitted;

type FromPuppet = { hello: number } | { call: number; method: string; args: unknown[] };

/** The driver and the puppet that are run. */
export const DRIVER_MAIN = fileURLToPath(new URL('../../drivers/wechaty/main.ts', import.meta.url));
export const PUPPET = fileURLToPath(new URL('./wechat-puppet.ts', import.meta.url));

export const SELF = 'wxid_bot';
export const ANN = 'wxid_ann';
export const GROUP = '7@chatroom';
export const TOPIC = 'Family';
const PATIENCE_MS = 60_000;

export interface WeChatOptions {
  /** Sends are answered with an id. Default true. */
  ids?: boolean;
  /** Sends are told back as the account's own messages. Default true. */
  echo?: boolean;
  /** Without a scan. Default true. */
  loggedIn?: boolean;
}

export class FakeWeChat implements AsyncDisposable {
  /** Calls that the puppet was asked for, in order. */
  readonly calls: { method: string; args: unknown[] }[] = [];
  /** The processes that have connected. */
  readonly pids: number[] = [];
  /** What the account has said, in order. */
  readonly said: { conversation: string; text: string; mentions: unknown }[] = [];
  readonly world: World = {
    contacts: { [SELF]: { name: 'Bot' }, [ANN]: { name: 'Ann' }, wxid_bob: { name: 'Bob' } },
    rooms: { [GROUP]: { topic: TOPIC } },
  };
  /** How calls are answered that are no sends; undefined hangs. */
  answer: (method: string, args: readonly unknown[]) => unknown = () => true;
  /** What becomes of the next sends. `lost`: nothing. `silent`: it is said, and not answered. */
  readonly fates: ('lost' | 'silent' | { error: string })[] = [];
  readonly options: WeChatOptions;
  folder = '';
  #server: Server | undefined;
  #port = 0;
  #socket: Socket | undefined;
  #isCut = false;
  #messages = 0;
  readonly #waiting: Emitted[] = [];
  readonly #changes = new EventEmitter<{ change: [] }>();

  constructor(options: WeChatOptions = {}) {
    this.options = options;
  }

  async listen(): Promise<this> {
    this.folder = await mkdtemp(join(tmpdir(), 'hutong-wechat-'));
    const server = createServer((socket) => this.#connected(socket));
    this.#server = server;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as { port: number }).port;
    return this;
  }

  /** Settings of an account that is connected here. */
  settings(more: object = {}, options: object = {}): object {
    return { puppet: PUPPET, options: { port: this.#port, ...options }, ...more };
  }

  /** Somebody says something. Answers the message's id. */
  say(text: string, more: object = {}): string {
    return this.message({ talkerId: ANN, roomId: GROUP, type: 7, text, ...more });
  }

  /** A message comes. Answers its id. */
  message(payload: object): string {
    this.#messages += 1;
    const id = `m${this.#messages}`;
    const behind = { id, payload: { id, timestamp: Date.now(), ...payload } };
    this.emit('message', { messageId: id }, behind);
    return id;
  }

  /** The puppet tells something; when nobody is logged in, as soon as somebody is. */
  emit(name: string, payload: object, behind?: Emitted['behind']): void {
    const emitted = { emit: name, payload, ...(behind && { behind }) };
    if (this.#socket) this.#write(emitted);
    else this.#waiting.push(emitted);
  }

  login(): void {
    this.emit('login', { contactId: SELF });
  }

  /** An order that no puppet of somebody else's would take. */
  order(order: ToPuppet): void {
    this.#write(order);
  }

  /** Kills the driver; no other one gets in until `restore`. */
  async cut(): Promise<void> {
    this.#isCut = true;
    const pid = this.pids.at(-1);
    if (pid !== undefined && this.#socket) process.kill(pid, 'SIGKILL');
    await this.gone();
  }

  /** Resolves when no puppet is connected: what is emitted from then on is told to the next one. */
  gone(): Promise<void> {
    return this.until(() => this.#socket === undefined);
  }

  restore(): void {
    this.#isCut = false;
  }

  async until(found: () => boolean): Promise<void> {
    const late = AbortSignal.timeout(PATIENCE_MS);
    while (!found()) {
      await once(this.#changes, 'change', { signal: late }).catch((error: unknown) => {
        throw new Error(`waited in vain for ${found.toString()}`, { cause: error });
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.destroy();
    this.#server?.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  #connected(socket: Socket): void {
    socket.on('error', () => {
      // Its end is seen by `close`.
    });
    if (this.#isCut) return void socket.destroy();
    this.#socket = socket;
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
      this.#changes.emit('change');
    });
    onLines(socket, (line) => this.#take(JSON.parse(line) as FromPuppet));
  }

  #take(frame: FromPuppet): void {
    if ('hello' in frame) {
      this.pids.push(frame.hello);
      this.#write({ world: this.world });
      if (this.options.loggedIn !== false) this.login();
      for (const emitted of this.#waiting.splice(0)) this.#write(emitted);
    } else {
      const { call, method, args } = frame;
      this.calls.push({ method, args });
      if (method === 'messageSendText') this.#hear(call, args);
      else {
        const result = this.answer(method, args);
        if (result !== undefined) this.#write({ answer: call, result });
      }
    }
    this.#changes.emit('change');
  }

  #hear(call: number, [conversation, text, mentions]: readonly unknown[]): void {
    const fate = this.fates.shift();
    if (fate === 'lost') return;
    if (typeof fate === 'object') return this.#write({ answer: call, result: fate });
    const to = String(conversation);
    this.said.push({ conversation: to, text: String(text), mentions });
    const isGroup = to.includes('@');
    const { ids = true, echo = true } = this.options;
    let id: string | undefined;
    if (echo) {
      const where = isGroup ? { roomId: to } : { listenerId: to };
      id = this.message({ talkerId: SELF, type: 7, text, ...where });
    } else {
      this.#messages += 1;
      id = `m${this.#messages}`;
    }
    if (fate !== 'silent') this.#write({ answer: call, result: ids ? id : undefined });
  }

  #write(frame: ToPuppet): void {
    this.#socket?.write(`${JSON.stringify(frame)}\n`);
  }
}

/** Lines end with a line feed only: in JSON there may be other ends of lines, which readline takes for such. */
export function onLines(socket: Socket, take: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
}
