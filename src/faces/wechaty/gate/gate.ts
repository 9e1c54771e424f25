/**
 * The gate holds the connections of bots while hubs come and go: Wechaty's clients do not come back by themselves when
 * theirs breaks. It ends when it is told to, or when there was no hub for so long as the last one said, or when there is
 * neither a hub nor a bot, nor a socket by which a hub could find it.
 */
import { connect, type ClientHttp2Session } from 'node:http2';
import { stat } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROTOCOL, readLine, writeLine, type Answer, type GateSettings, type Order } from './agreement.ts';
import { Exchange } from './exchange.ts';
import { Listener } from './listener.ts';

/** How long the hub that started it may take to give an order that can be followed. */
const firstOrderMs = 10_000;
/** How often it is looked whether the socket is still there, while there is no hub. */
const lookEveryMs = 1_000;
/** How long bots may take to hear that it ends. */
const farewellMs = 300;

export class Gate {
  /** Resolves when it has ended. */
  readonly over: Promise<void>;
  readonly #path: string;
  readonly #control: Server;
  readonly #exchange = new Exchange();
  readonly #over = Promise.withResolvers<void>();
  #listener: Listener | undefined;
  #hub: ClientHttp2Session | undefined;
  #lingerMs = firstOrderMs;
  #lingering: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  #isEnding = false;

  private constructor(path: string) {
    this.#path = path;
    this.over = this.#over.promise;
    this.#control = createServer((socket) => void this.#meet(socket));
  }

  /** @param path of its socket, which is made with the process's umask. Rejects with the system's error. */
  static async open(path: string): Promise<Gate> {
    const gate = new Gate(path);
    await new Promise<void>((resolve, reject) => {
      gate.#control.on('error', reject).listen(path, resolve);
    });
    gate.#linger();
    return gate;
  }

  async end(): Promise<void> {
    if (this.#isEnding) return this.over;
    this.#isEnding = true;
    this.#stay();
    // The port is free for the next one before that can find that this one has gone.
    this.#exchange.refuseAll('the hub is not there');
    this.#listener?.close();
    this.#control.close();
    await sleep(farewellMs);
    this.#over.resolve();
  }

  async #meet(socket: Socket): Promise<void> {
    socket.on('error', () => {
      // It is closed then.
    });
    try {
      const order = (await readLine(socket)) as Order;
      if (order.act === 'end') {
        await this.end();
        return void socket.end();
      }
      const answer = await this.#serve(order);
      writeLine(socket, answer);
      if (answer.is === 'serving') return this.#begin(socket);
      socket.end();
      if (answer.is === 'failed') this.#linger();
    } catch {
      // Whoever that was has gone, or is no hub.
      socket.destroy();
    }
  }

  async #serve(order: Order & GateSettings): Promise<Answer> {
    if (order.protocol !== PROTOCOL || this.#isEnding) return { is: 'other' };
    if (this.#listener && !this.#listener.adopt(order)) return { is: 'other' };
    try {
      this.#listener ??= await Listener.open(order, {
        onCall: (bot, headers) => this.#exchange.take(bot, headers),
        onEmpty: () => this.#leaveIfAlone(),
      });
    } catch (error) {
      return { is: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
    this.#lingerMs = order.lingerMs;
    return { is: 'serving', port: this.#listener.port };
  }

  #begin(socket: Socket): void {
    this.#stay();
    const hub = connect('http://hub', {
      createConnection: () => socket,
      maxSessionMemory: Number.MAX_SAFE_INTEGER,
    });
    this.#hub = hub;
    hub.on('error', () => {
      // It is closed then.
    });
    hub.once('close', () => {
      if (this.#hub !== hub) return;
      this.#hub = undefined;
      this.#linger();
      this.#leaveIfAlone();
    });
    this.#exchange.connect(hub);
  }

  #linger(): void {
    if (this.#isEnding) return;
    this.#stay();
    this.#lingering = setTimeout(() => void this.end(), this.#lingerMs);
    this.#looking = setInterval(() => {
      stat(this.#path).catch(() => this.end());
    }, lookEveryMs);
  }

  #stay(): void {
    clearTimeout(this.#lingering);
    clearInterval(this.#looking);
  }

  #leaveIfAlone(): void {
    if (!this.#hub && this.#listener?.isEmpty) void this.end();
  }
}
