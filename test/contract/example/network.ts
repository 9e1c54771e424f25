/**
 * A whole network in one file, for docs/adding-a-network.md: a client of a chat server that speaks a line of JSON at a
 * time. The server is made up (`server.ts` beside this file plays it); what a network has to take care of is not.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import { toError, type Cancel, type Clock } from '../../../src/hub/clock.ts';
import { AccountError, DeliveryError } from '../../../src/hub/errors.ts';
import { textBody, toPlainText } from '../../../src/hub/message.ts';
import type {
  AccountPort,
  Actions,
  Limits,
  Network,
  NetworkKind,
  OutgoingMessage,
  Receipt,
} from '../../../src/hub/network.ts';
import { readLines } from './lines.ts';

const limits: Limits = { textBytes: 16_000, sendsUnderWay: 16, sendTimeoutMs: 20_000, aliveMs: 60_000 };
/** How often the server is asked for a sign of life: a few times within `aliveMs`. */
const pingEveryMs = 20_000;
/** Reports on their way into the journal before nothing more is read. */
const receivingLimit = 64;

const roomPattern = /^[a-z]+$/;

const config = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: z.int().min(1).max(65_535),
  name: z.string().min(1),
  password: z.string().min(1).meta({ setting: 'secret' }),
});
type LinesConfig = z.output<typeof config>;

/** What the server says. Everything that comes from outside is parsed before it is believed. */
const lineFromServer = z.union([
  z.object({ welcome: z.string() }),
  z.object({ refused: z.string() }),
  z.object({ joined: z.string(), seq: z.number() }),
  z.object({
    seq: z.number(),
    room: z.string(),
    by: z.string(),
    text: z.string(),
    at: z.number(),
    token: z.string().optional(),
    hops: z.array(z.string()).optional(),
  }),
  z.object({ found: z.string(), seq: z.number().nullable() }),
  z.object({ pong: z.literal(true) }),
]);
type LineFromServer = z.output<typeof lineFromServer>;
type Said = Extract<LineFromServer, { text: string }>;

/** The kind `lines`. */
export function createLinesNetwork({ clock }: { clock: Clock }): NetworkKind<LinesConfig> {
  return { kind: 'lines', config, open: (_, settings) => new LinesNetwork(settings, clock) };
}

class LinesNetwork implements Network {
  readonly #settings: LinesConfig;
  readonly #clock: Clock;

  constructor(settings: LinesConfig, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  parseRoom(name: string): string {
    if (roomPattern.test(name)) return name;
    throw new Error(`${JSON.stringify(name)} is no room: expected small letters only`);
  }

  async run(port: AccountPort, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { host, port: tcpPort } = this.#settings;
    const socket = connect({ host, port: tcpPort });
    // Whatever the connection waits for, an abort ends it.
    const abort = () => socket.destroy(toError(signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    try {
      await once(socket, 'connect');
      await new Connection(socket, port, this.#settings, this.#clock).run();
    } catch (error) {
      if (error instanceof AccountError) throw error;
      throw new AccountError('account-unreachable', toError(error).message, { cause: error });
    } finally {
      signal.removeEventListener('abort', abort);
      socket.destroy();
    }
  }
}

/** One connection's life. What it holds dies with it, so that nothing of an old connection reaches a new one. */
class Connection {
  readonly #socket: Socket;
  readonly #port: AccountPort;
  readonly #settings: LinesConfig;
  readonly #clock: Clock;
  readonly #awaited = new Map<string, PromiseWithResolvers<Receipt>>();
  readonly #sought = new Map<string, PromiseWithResolvers<Receipt | 'absent'>>();
  readonly #broken = Promise.withResolvers<never>();
  readonly #joining = new Set<string>();
  /** The last cursor to be written; each waits for those before it. */
  #kept: Promise<void> = Promise.resolve();
  #receiving = 0;
  #over = false;
  #ping: Cancel | undefined;

  constructor(socket: Socket, port: AccountPort, settings: LinesConfig, clock: Clock) {
    this.#socket = socket;
    this.#port = port;
    this.#settings = settings;
    this.#clock = clock;
    this.#broken.promise.catch(() => {});
  }

  async run(): Promise<void> {
    const { name, password } = this.#settings;
    try {
      this.#write({ login: name, password });
      await Promise.race([this.#read(), this.#broken.promise]);
      throw new Error('the server has closed the connection');
    } finally {
      this.#over = true;
      this.#ping?.();
      for (const { reject } of [...this.#awaited.values(), ...this.#sought.values()]) reject(lost());
    }
  }

  async #read(): Promise<void> {
    for await (const line of readLines(this.#socket)) {
      if (this.#over) return;
      this.#port.alive();
      this.#take(lineFromServer.parse(JSON.parse(line)));
    }
  }

  /** Never waits: the answer to a send may stand behind what is being received. */
  #take(line: LineFromServer): void {
    if ('refused' in line) throw new AccountError('account-auth', line.refused);
    if ('welcome' in line) this.#enter();
    else if ('joined' in line) this.#follow(line.joined, line.seq, Promise.resolve());
    else if ('found' in line) {
      this.#sought.get(line.found)?.resolve(line.seq === null ? 'absent' : toReceipt(line.seq));
      this.#sought.delete(line.found);
    } else if ('text' in line) this.#hear(line);
  }

  #enter(): void {
    const { name } = this.#settings;
    const self = { id: name, name };
    this.#port.online({ self, actions: this.#actions(), limits, carries: [] });
    this.#port.watchRooms((rooms) => {
      for (const room of rooms)
        if (!this.#joining.has(room)) void this.#join(room).catch(this.#broken.reject);
    });
    this.#keepAlive();
  }

  async #join(room: string): Promise<void> {
    this.#joining.add(room);
    const after = await this.#port.store.get(`after/${room}`);
    if (!this.#over) this.#write({ join: room, ...(after !== undefined && { after: Number(after) }) });
  }

  #hear({ seq, room, by, text, at, token, hops }: Said): void {
    const own = by === this.#settings.name;
    const awaited = token === undefined || !own ? undefined : this.#awaited.get(token);
    if (token !== undefined && awaited) {
      // Our own words: the receipt of a send, and nothing that happened to the hub.
      this.#awaited.delete(token);
      awaited.resolve(toReceipt(seq));
      return this.#follow(room, seq, Promise.resolve());
    }
    const received = this.#port.receive({
      kind: 'message',
      room,
      native: String(seq),
      at,
      sender: { id: by, name: by },
      body: textBody(text),
      ...(own && { own }),
      ...(hops && { hops }),
    });
    this.#follow(room, seq, received);
  }

  /** Remembers how far the room was read once that is durable, and all before it; a failure ends the connection. */
  #follow(room: string, seq: number, received: Promise<void>): void {
    this.#receiving += 1;
    if (this.#receiving >= receivingLimit) this.#socket.pause();
    this.#kept = Promise.all([this.#kept, received])
      .then(() => this.#port.store.set(`after/${room}`, String(seq)))
      .then(() => {
        this.#receiving -= 1;
        if (this.#receiving < receivingLimit) this.#socket.resume();
      });
    this.#kept.catch(this.#broken.reject);
  }

  #actions(): Actions {
    return {
      send: (message) => this.#send(message),
      find: ({ token }) => this.#ask(this.#sought, token, { find: token }),
    };
  }

  async #send({ room, token, body, hops }: OutgoingMessage): Promise<Receipt> {
    if (!roomPattern.test(room)) {
      throw new DeliveryError('failed', `there is no room ${JSON.stringify(room)}`, { permanent: true });
    }
    return this.#ask(this.#awaited, token, {
      say: { room, token, hops, text: toPlainText(body).toWellFormed() },
    });
  }

  async #ask<Answer>(
    waiting: Map<string, PromiseWithResolvers<Answer>>,
    token: string,
    question: object,
  ): Promise<Answer> {
    // Nothing went out: a later try, on a later connection, can do it.
    if (this.#over) throw new DeliveryError('failed', 'not connected');
    const answer = Promise.withResolvers<Answer>();
    waiting.set(token, answer);
    this.#write(question);
    return answer.promise;
  }

  #keepAlive(): void {
    this.#write({ ping: true });
    this.#ping = this.#clock.after(pingEveryMs, () => this.#keepAlive());
  }

  #write(line: object): void {
    this.#socket.write(`${JSON.stringify(line)}\n`);
  }
}

function toReceipt(seq: number): Receipt {
  return { native: String(seq) };
}

/** It was written, or may have been: whether it arrived is for `find` to say. */
function lost(): DeliveryError {
  return new DeliveryError('unknown', 'the connection broke before the server answered');
}
