/**
 * A strict Satori server with one login, one channel and Ann in it: it refuses what the specification does not allow. It
 * may have a history (`message.list`), replay what was missed by `sn`, or both.
 */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { WebSocketServer, type WebSocket } from 'ws';
import { escapeText } from '../../src/wire/satori/elements.ts';
import { readContent } from '../../src/wire/satori/read-content.ts';

export const CHANNEL = 'c1';
export const SELF = { id: 'bot', name: 'The Bot' };
export const ANN = { id: 'ann', name: 'Ann' };
const GUILD = { id: 'g1', name: 'Guild' };
const channel = { id: CHANNEL, type: 0, name: 'general' };

export interface ServerOptions {
  token?: string;
  history?: boolean;
  replay?: boolean;
  /** Tell the login what it said itself. */
  echo?: boolean;
  /** A send becomes so many messages. */
  parts?: number;
}

interface Said {
  id: string;
  content: string;
  user: { id: string; name: string };
  channel: { id: string; type: number; name?: string };
  guild?: typeof GUILD;
  created_at: number;
}

interface Call {
  method: string;
  // eslint-disable-next-line typescript/no-explicit-any
  params: ReturnType<typeof JSON.parse>;
}

export class SatoriServer implements AsyncDisposable {
  readonly options: ServerOptions;
  readonly messages: Said[] = [];
  readonly calls: Call[] = [];
  /** What clients said who they are with. */
  readonly identified: { token?: string; sn?: number }[] = [];
  /** The next call is answered with this status. */
  failWith: number | undefined;
  /** The next call is done, and its answer lost. */
  loseAnswer = false;
  status = 1;
  /** What people asked of the login, by the method that answers it and the message's id. */
  readonly requests = new Map<string, { approved?: boolean; comment?: string }>();
  readonly #events: { sn: number }[] = [];
  readonly #changes = new EventEmitter<{ change: [] }>();
  #server: Server | undefined;
  #sockets: WebSocketServer | undefined;
  #port = 0;
  #next = 0;

  constructor(options: ServerOptions = {}) {
    this.options = options;
    this.#changes.setMaxListeners(0);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async listen(): Promise<this> {
    const server = createServer((request, response) => {
      void this.#answer(request).then(
        ({ status, body }) => response.writeHead(status, { 'content-type': 'application/json' }).end(body),
        () => response.destroy(),
      );
    });
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      if (request.url !== '/v1/events') return void socket.destroy();
      sockets.handleUpgrade(request, socket, head, (opened) => this.#greet(opened));
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#sockets = sockets;
    return this;
  }

  /** Ends as a process that dies; nobody can connect until `listen`. */
  async cut(): Promise<void> {
    for (const socket of this.#sockets?.clients ?? []) socket.terminate();
    this.#server?.closeAllConnections();
    if (this.#server?.listening) {
      const closed = once(this.#server, 'close');
      this.#server.close();
      await closed;
    }
  }

  /** Ann says something, as elements where it is `content`. */
  async say(text: string, more: { content?: string; direct?: boolean } = {}): Promise<string> {
    const where = more.direct ? { channel: { id: 'dm-ann', type: 1 } } : { channel, guild: GUILD };
    const message = this.#add({ content: more.content ?? escapeText(text), user: ANN, ...where });
    this.#tell('message-created', message);
    return message.id;
  }

  /** Ann, or whoever is named, does something to a message. */
  act(type: string, id: string, more: { content?: string; emoji?: string } = {}): void {
    const message = this.messages.find((each) => each.id === id)!;
    if (more.content !== undefined) message.content = more.content;
    const { emoji } = more;
    this.#push({
      type,
      channel: message.channel,
      user: ANN,
      operator: ANN,
      message,
      ...(emoji !== undefined && { emoji: { id: emoji, name: emoji } }),
    });
  }

  /** Somebody asks for something, or invites the login. */
  ask(type: 'friend-request' | 'guild-request' | 'guild-member-request', id: string, content: string): void {
    const place = type === 'friend-request' ? {} : { guild: GUILD, channel };
    const member = type === 'guild-member-request' && { member: { user: ANN } };
    this.requests.set(`${type.replace('-request', '').replace('-', '.')}.approve ${id}`, {});
    this.#push({ type, ...place, ...member, user: ANN, message: { id, content } });
  }

  push(type: string, more: object): void {
    this.#push({ type, ...more });
  }

  /** What the login has said in the channel, as contents. */
  said(): string[] {
    return this.messages.filter(({ user }) => user.id === SELF.id).map(({ content }) => content);
  }

  heard(): string[] {
    return this.said().map((content) =>
      readContent(content)
        .parts.map((part) => ('text' in part ? part.text : `[${part.type}]`))
        .join(''),
    );
  }

  async until(found: () => boolean): Promise<void> {
    while (!found()) await once(this.#changes, 'change');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cut();
  }

  #add(said: Omit<Said, 'id' | 'created_at'>): Said {
    this.#next += 1;
    const message = { ...said, id: `m${this.#next}`, created_at: Date.now() };
    this.messages.push(message);
    this.#changes.emit('change');
    return message;
  }

  #tell(type: string, message: Said): void {
    const { user, channel: place, guild } = message;
    this.#push({ type, user, channel: place, guild, message, member: { user, nick: user.name } });
  }

  #push(body: object): void {
    const sn = this.#events.length + 1;
    const login = { platform: 'fake', user: SELF, status: 1 };
    const event = { sn, timestamp: Date.now(), login, ...body };
    this.#events.push(event);
    for (const socket of this.#sockets?.clients ?? []) {
      if (ready.has(socket)) socket.send(JSON.stringify({ op: 0, body: event }));
    }
  }

  #greet(socket: WebSocket): void {
    socket.on('error', () => {});
    socket.on('message', (data: Buffer) => {
      const { op, body } = JSON.parse(data.toString());
      if (op === 1) return socket.send(JSON.stringify({ op: 2 }));
      if (op !== 3 || typeof body !== 'object') return socket.close(4000, 'not a known opcode');
      if (this.options.token !== undefined && body.token !== this.options.token) {
        return socket.close(4004, 'invalid token');
      }
      this.identified.push(body);
      const offered = [...features, ...(this.options.history === false ? [] : ['message.list'])];
      const login = {
        sn: 1,
        adapter: 'fake',
        platform: 'fake',
        user: SELF,
        status: this.status,
        features: offered,
      };
      socket.send(JSON.stringify({ op: 4, body: { logins: [login], proxy_urls: [] } }));
      ready.add(socket);
      if (this.options.replay && body.sn !== undefined) {
        for (const event of this.#events) {
          if (event.sn > body.sn) socket.send(JSON.stringify({ op: 0, body: event }));
        }
      }
      this.#changes.emit('change');
    });
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: string }> {
    const body = await buffer(request);
    const method = request.url?.replace(/^\/v1\//, '') ?? '';
    const { authorization, 'satori-platform': platform, 'satori-user-id': user } = request.headers;
    if (this.options.token !== undefined && authorization !== `Bearer ${this.options.token}`)
      return refuse(401);
    if (method.startsWith('proxy/')) return { status: 200, body: `file ${method}` };
    if (request.method !== 'POST') return refuse(405);
    if (platform !== 'fake' || user !== SELF.id) return refuse(403);
    const isForm = request.headers['content-type']?.startsWith('multipart/form-data; boundary=');
    const params = isForm ? body.toString('latin1') : JSON.parse(body.toString());
    this.calls.push({ method, params });
    this.#changes.emit('change');
    if (this.failWith !== undefined) {
      const status = this.failWith;
      this.failWith = undefined;
      return refuse(status);
    }
    const data = this.#do(method, params);
    if (this.loseAnswer) {
      this.loseAnswer = false;
      throw new Error('the answer is lost');
    }
    return typeof data === 'number' ? refuse(data) : { status: 200, body: JSON.stringify(data) };
  }

  #do(method: string, params: Call['params']): unknown {
    const { channel_id: place, message_id: id, content } = params;
    const known = [CHANNEL, 'dm-ann'].includes(place);
    const about = this.messages.find((each) => each.id === id && each.channel.id === place);
    switch (method) {
      case 'message.create': {
        if (typeof place !== 'string' || typeof content !== 'string' || content === '') return 400;
        if (!known) return 404;
        if (!content.isWellFormed()) return 400;
        const where = place === CHANNEL ? { channel, guild: GUILD } : { channel: { id: place, type: 1 } };
        const count = this.options.parts ?? 1;
        const said = Array.from({ length: count }, () => this.#add({ content, user: SELF, ...where }));
        if (this.options.echo) for (const message of said) this.#tell('message-created', message);
        return said;
      }
      case 'message.update':
        if (!about || typeof content !== 'string') return 404;
        about.content = content;
        this.#changes.emit('change');
        return {};
      case 'message.delete':
        if (!about) return 404;
        this.messages.splice(this.messages.indexOf(about), 1);
        this.#changes.emit('change');
        return {};
      case 'reaction.create':
      case 'reaction.delete':
        return about && typeof params.emoji_id === 'string' ? {} : 404;
      case 'message.list': {
        if (this.options.history === false) return 501;
        if (!known) return 404;
        const all = this.messages.filter((each) => each.channel.id === place);
        const end = params.next === undefined ? all.length : Number(params.next);
        const start = Math.max(0, end - Math.min(params.limit ?? 50, 10));
        return { data: all.slice(start, end), ...(start > 0 && { prev: String(start) }) };
      }
      case 'friend.approve':
      case 'guild.approve':
      case 'guild.member.approve': {
        const request = this.requests.get(`${method} ${params.message_id}`);
        if (typeof params.approve !== 'boolean' || typeof params.comment !== 'string') return 400;
        if (!request || request.approved !== undefined) return 404;
        Object.assign(request, { approved: params.approve, comment: params.comment });
        return {};
      }
      case 'guild.list':
        return { data: [GUILD] };
      case 'channel.list':
        return params.guild_id === GUILD.id ? { data: [channel] } : 404;
      case 'guild.member.list':
        return params.guild_id === GUILD.id
          ? { data: [SELF, ANN].map((user) => ({ user, nick: null })) }
          : 404;
      case 'user.channel.create':
        return params.user_id === ANN.id ? { id: 'dm-ann', type: 1 } : 404;
      case 'upload.create':
        return { file: 'internal:fake/bot/1' };
      default:
        return 404;
    }
  }
}

const features = [
  'message.create',
  'message.update',
  'message.delete',
  'reaction.create',
  'reaction.delete',
  'guild.list',
  'channel.list',
  'guild.member.list',
  'user.channel.create',
  'upload.create',
  'friend.approve',
  'guild.member.approve',
];
const ready = new WeakSet<WebSocket>();

function refuse(status: number): { status: number; body: string } {
  return { status, body: `"refused with ${status}"` };
}
