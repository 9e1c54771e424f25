/** The other side of the example network: a chat server that speaks a line of JSON at a time and keeps all of it. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { readLines } from './lines.ts';

interface Said {
  seq: number;
  room: string;
  by: string;
  text: string;
  at: number;
  token?: string;
  hops?: string[];
}

interface Line {
  login?: string;
  password?: string;
  join?: string;
  after?: number;
  say?: { room: string; text: string; token?: string; hops?: string[] };
  find?: string;
  ping?: boolean;
}

export class LinesServer implements AsyncDisposable {
  readonly said: Said[] = [];
  readonly #password: string;
  readonly #clients = new Map<Socket, { name: string; rooms: Set<string> }>();
  readonly #watchers = new Set<() => void>();
  #server: Server | undefined;
  #port = 0;

  constructor(password: string) {
    this.#password = password;
  }

  get port(): number {
    return this.#port;
  }

  /** Listens; again on the same port after `cut`. */
  async listen(): Promise<this> {
    this.#server = createServer((socket) => this.#serve(socket));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Breaks all connections and takes no new ones. */
  async cut(): Promise<void> {
    const server = this.#server;
    if (!server?.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#clients.keys()) socket.resetAndDestroy();
    await closed;
  }

  say(said: Omit<Said, 'seq' | 'at'>): void {
    const line: Said = { seq: this.said.length + 1, at: Date.now(), ...said };
    this.said.push(line);
    for (const [socket, { rooms }] of this.#clients) if (rooms.has(said.room)) write(socket, line);
    this.#changed();
  }

  /** Whether somebody of this name is connected and in the room. */
  isIn(room: string, name: string): boolean {
    return [...this.#clients.values()].some((client) => client.name === name && client.rooms.has(room));
  }

  /** Resolves when it is so. */
  async until(isSo: () => boolean): Promise<void> {
    if (isSo()) return;
    await new Promise<void>((resolve) => {
      const watcher = () => {
        if (!isSo()) return;
        this.#watchers.delete(watcher);
        resolve();
      };
      this.#watchers.add(watcher);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cut();
  }

  #serve(socket: Socket): void {
    this.#clients.set(socket, { name: '', rooms: new Set() });
    socket.on('close', () => this.#clients.delete(socket));
    void this.#read(socket).catch(() => socket.destroy()); // Whatever broke it, this client is gone.
  }

  async #read(socket: Socket): Promise<void> {
    for await (const line of readLines(socket)) this.#take(socket, JSON.parse(line) as Line);
    socket.end();
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #take(socket: Socket, { login, password, join, after, say, find, ping }: Line): void {
    const client = this.#clients.get(socket);
    if (!client) return;
    if (login !== undefined) {
      client.name = login;
      write(socket, password === this.#password ? { welcome: login } : { refused: 'wrong password' });
    }
    if (join !== undefined) {
      client.rooms.add(join);
      if (after === undefined) write(socket, { joined: join, seq: this.said.length });
      else for (const line of this.said.slice(after)) if (line.room === join) write(socket, line);
      this.#changed();
    }
    if (say) this.say({ ...say, by: client.name });
    if (find !== undefined) {
      write(socket, { found: find, seq: this.said.find(({ token }) => token === find)?.seq ?? null });
    }
    if (ping) write(socket, { pong: true });
  }
}

function write(socket: Socket, line: object): void {
  socket.write(`${JSON.stringify(line)}\n`);
}
