/** A house with its web door on a bare web server of this machine, and browsers that come in, frame by frame. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import type { Visit } from '../../src/hub/network.ts';
import { openHouse, type HouseSetup, type OpenHouse } from './house.ts';

/** A frame as it came; what is in it, a test knows. */
export type Frame = Record<string, unknown> & { type: string };

export interface WebHouse extends OpenHouse {
  /** `http://host:port/in/house`. */
  url: string;
  /** Connects as a browser, logged in to the web server or not, and reads the greeting. */
  browse(user?: Visit['user']): Promise<Browser>;
  /** The login of this user is over. */
  logOut(name: string): void;
  /** As `browse`, and joins with this nick; reads up to the room. */
  join(nick: string, more?: object, user?: Visit['user']): Promise<Browser>;
}

export class Browser implements AsyncDisposable {
  readonly socket: WebSocket;
  /** All that came, in order. */
  readonly frames: Frame[] = [];
  /** Of `welcome`. */
  session = '';
  /** Why the house closed the connection. */
  closed: number | undefined;
  #read = 0;
  #wake: () => void = () => {};

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      this.frames.push(JSON.parse((data as Buffer).toString()) as Frame);
      this.#wake();
    });
    socket.on('close', (code) => {
      this.closed = code;
      this.#wake();
    });
    socket.on('error', () => {
      // Told by `close`, too.
    });
  }

  send(frame: object | string): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** The next frame of this type, others left out; rejects when the connection ends before. */
  async next(type: string): Promise<Frame> {
    for (;;) {
      const frame = this.frames[this.#read];
      if (frame === undefined) {
        if (this.closed !== undefined) throw new Error(`closed (${this.closed}) before ${type}`);
        await new Promise<void>((resolve) => (this.#wake = resolve));
      } else {
        this.#read += 1;
        if (frame.type === type) return frame;
      }
    }
  }

  /** Sends a frame and resolves with its answer; what came before that is still to be read. */
  async ask(frame: object): Promise<Frame> {
    const from = this.frames.length;
    const keyed = { key: `ask-${from}`, ...frame };
    this.send(keyed);
    for (;;) {
      const found = this.frames.slice(from).find((answer) => answer['key'] === keyed.key);
      if (found) return found;
      if (this.closed !== undefined) throw new Error(`closed (${this.closed}) before an answer`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Resolves with the code by which the connection is closed. */
  async end(): Promise<number> {
    while (this.closed === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.closed;
  }

  /** Breaks the connection, as a lost network does. */
  async lose(): Promise<void> {
    this.socket.terminate();
    await this.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.closed === undefined) await this.lose();
  }
}

/** The texts of messages, each after its author's name. */
export function lines(messages: unknown): string[] {
  return (messages as { author: { name: string }; body: { text?: string }[] }[]).map(
    ({ author, body }) => `${author.name}: ${body.map((segment) => segment.text ?? '').join('')}`,
  );
}

export async function openWebHouse({ config, ...setup }: HouseSetup = {}): Promise<WebHouse> {
  const house = await openHouse({ ...setup, config: { web: { guests: true }, ...config } });
  const server = createServer();
  const users = new Map<string, Visit['user']>();
  const toVisit = (target: string | undefined): Visit => {
    const url = new URL(target ?? '', 'http://localhost');
    const user = users.get(url.searchParams.get('as') ?? '');
    const path = url.pathname.replace(/^\/in\/house/, '');
    const login = user && { user, holds: async () => users.get(user.name) === user };
    return { path, query: url.searchParams, address: '127.0.0.1', ...login };
  };
  server.on('request', (request, response) => {
    void house.port.mounted?.request?.(request, response, toVisit(request.url));
  });
  server.on('upgrade', (request, socket, head) => {
    void house.port.mounted?.upgrade?.(request, socket, head, toVisit(request.url));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/in/house`;
  const browse = async (user?: Visit['user']) => {
    const name = user?.name ?? '';
    users.set(name, user);
    const browser = new Browser(new WebSocket(`${url}/web?as=${name}`));
    await browser.next('hello');
    return browser;
  };
  return {
    ...house,
    url,
    browse,
    logOut: (name) => void users.delete(name),
    async join(nick, more = {}, user) {
      const browser = await browse(user);
      browser.send({ type: 'join', client: toClient(nick), nick, ...more });
      const welcome = await browser.next('welcome');
      browser.session = String(welcome['session']);
      await browser.next('room');
      return browser;
    },
    async [Symbol.asyncDispose]() {
      await house[Symbol.asyncDispose]();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The secret of the page of whoever has this nick. */
export function toClient(nick: string): string {
  return Buffer.from(nick.padEnd(16, '_')).toString('base64url');
}
