/**
 * A OneBot 11 implementation on real sockets, strict with whoever calls it: QQ groups in memory, with a person who can
 * say, recall, rename. It can be told to misbehave as real ones do.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { ACTIONS, isAction } from '../../src/wire/onebot11/actions.ts';
import { findToken, toSignature } from '../../src/wire/onebot11/authorization.ts';
import { toCqString } from '../../src/wire/onebot11/cq-code.ts';
import { parseMessage } from '../../src/wire/onebot11/message.ts';
import {
  parseSegment,
  toWireSegment,
  type Segment,
  type WireSegment,
} from '../../src/wire/onebot11/segments.ts';

export const SELF_ID = 10_000;
export const GROUP = 123_456;
const SELF_NAME = '胡同';

/** A message of a group, or of a private chat, as the implementation keeps it. */
export interface KeptMessage {
  id: number;
  group: number | undefined;
  /** With whom, in private. */
  peer: number;
  by: number;
  /** Seconds since the epoch. */
  time: number;
  message: WireSegment[];
  isRecalled: boolean;
}

/** What it does wrong. */
export interface Misbehaviour {
  /** Calls of this action are done, but not answered. */
  dropReplies?: string | undefined;
  /** Calls of this action are neither done nor answered. */
  loseCalls?: string | undefined;
  /** Every event is sent so many times. */
  repeatEvents?: number;
  /** Messages come as strings with CQ codes, ids as strings. */
  asStrings?: boolean;
  /** The token is checked only when the WebSocket is open, as most implementations do. */
  refuseByFrame?: boolean;
  /** These actions there are not. */
  lacking?: readonly string[];
  /** Messages with segments of these types are refused. */
  refuses?: readonly string[];
  /** Messages are refused of which it says so. */
  refusesMessage?: (() => boolean) | undefined;
  /** `message_sent` is told of what the account says. */
  tellsOwn?: boolean;
  /** The account is not logged in. */
  offline?: boolean;
  /** Replies wait until `releaseReplies`. */
  holdReplies?: boolean;
}

export interface ImplementationOptions {
  token?: string;
  /** Posts events there, signed. */
  post?: { url: string; secret: string };
}

export class OneBotImplementation implements AsyncDisposable {
  readonly kept: KeptMessage[] = [];
  /** Every call that was done, with its parameters. */
  readonly calls: { action: string; params: Record<string, unknown> }[] = [];
  readonly members = new Map<number, { nickname: string; card: string }>([
    [10_001, { nickname: '小安', card: '安' }],
    [SELF_ID, { nickname: SELF_NAME, card: '' }],
  ]);
  /** What was put among the files of a group, or sent to somebody as a file. */
  readonly uploads: Record<string, unknown>[] = [];
  /** Answers of `get_forward_msg`, by id. */
  readonly forwards = new Map<string, unknown>();
  /** What GET finds, by path: pictures as QQ serves them. */
  readonly served = new Map<string, Buffer>();
  /** What people asked of the account, by flag, and how it was answered. */
  readonly requests = new Map<
    string,
    { event: Record<string, unknown>; approved?: boolean; reason?: string }
  >();
  /** Who wants to be a friend and is held back, as `get_doubt_friends_add_request` has it; whose flags were accepted. */
  doubtful: unknown[] = [];
  readonly accepted: string[] = [];
  misbehaviour: Misbehaviour = { tellsOwn: true };
  readonly #options: ImplementationOptions;
  readonly #sockets = new Set<WebSocket>();
  readonly #raw = new Set<Socket>();
  readonly #webSockets = new WebSocketServer({ noServer: true });
  readonly #waiting = new Set<() => void>();
  readonly #heldReplies: (() => void)[] = [];
  #server: Server | undefined;
  #port = 0;
  #lastId = 1000;
  /** Virtual: what it adds to the time of what is told. */
  timeShiftSeconds = 0;
  #posting: Promise<unknown> = Promise.resolve();

  constructor(options: ImplementationOptions = {}) {
    this.#options = options;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Listens, after a cut at the same port as before. */
  async listen(): Promise<this> {
    const server = createServer((request, response) => void this.#takeHttp(request, response));
    server.on('upgrade', (request, socket, head) => {
      const isRight = this.#isRight(request);
      if (!isRight && this.misbehaviour.refuseByFrame !== true) {
        socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        if (isRight) this.#adopt(webSocket);
        else {
          webSocket.send(
            JSON.stringify({
              status: 'failed',
              retcode: 1403,
              data: null,
              message: 'token验证失败',
              echo: null,
            }),
          );
          webSocket.close();
        }
      });
    });
    server.on('connection', (socket) => {
      this.#raw.add(socket);
      socket.on('close', () => this.#raw.delete(socket));
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  /** Connects to a hub, as with reverse WebSocket. Resolves when it is open. */
  async connect(url: string, headers: Record<string, string> = {}): Promise<WebSocket> {
    const webSocket = new WebSocket(url, {
      headers: {
        'x-self-id': String(SELF_ID),
        'x-client-role': 'Universal',
        ...(this.#options.token !== undefined && { authorization: `Bearer ${this.#options.token}` }),
        ...headers,
      },
    });
    // Calls may come with the first bytes.
    const opened = once(webSocket, 'open');
    webSocket.once('open', () => this.#adopt(webSocket));
    await opened;
    return webSocket;
  }

  /** Breaks all connections and listens no more. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.terminate();
    for (const socket of this.#raw) socket.destroy();
    this.#sockets.clear();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  /** Ends every connection in the middle of a frame. */
  cutInFrame(): void {
    for (const socket of this.#raw) {
      // A text frame of 100 bytes, of which five come.
      socket.write(Buffer.from([0x81, 100, ...Buffer.from('{"a":')]));
      socket.end();
    }
  }

  /** A person of a group says something. */
  async say(
    text: string | WireSegment[],
    by = 10_001,
    group: number | undefined = GROUP,
  ): Promise<KeptMessage> {
    const message = typeof text === 'string' ? [{ type: 'text', data: { text } }] : text;
    const kept = this.#keep(group, by, by, message);
    await this.#tell(this.#toEvent(kept));
    return kept;
  }

  /** A person says something to the account alone. */
  whisper(text: string, by = 10_001): Promise<KeptMessage> {
    return this.#whisper(text, by);
  }

  async recall(message: KeptMessage, by = message.by): Promise<void> {
    message.isRecalled = true;
    await this.#tell({
      post_type: 'notice',
      notice_type: 'group_recall',
      group_id: message.group,
      user_id: message.by,
      operator_id: by,
      message_id: message.id,
    });
  }

  async setCard(user: number, card: string): Promise<void> {
    const member = this.members.get(user)!;
    const old = member.card;
    member.card = card;
    await this.#tell({
      post_type: 'notice',
      notice_type: 'group_card',
      group_id: GROUP,
      user_id: user,
      card_new: card,
      card_old: old,
    });
  }

  /** Any event; time and self_id are added. */
  notify(event: Record<string, unknown>): Promise<void> {
    return this.#tell(event);
  }

  /** Somebody asks to be a friend or to join the group, or invites the account. */
  ask(flag: string, about: Record<string, unknown>): Promise<void> {
    return this.#tell(this.askUnheard(flag, about));
  }

  /** As `ask`, while nobody is told: it is in the lists only. */
  askUnheard(flag: string, about: Record<string, unknown>): Record<string, unknown> {
    const event = { post_type: 'request', flag, comment: '', ...about };
    this.requests.set(flag, { event });
    return event;
  }

  /** What the account has said in a group and not taken back. */
  said(group: number | undefined = GROUP): KeptMessage[] {
    return this.kept.filter((kept) => kept.by === SELF_ID && kept.group === group);
  }

  /** Their texts. */
  heard(group: number | undefined = GROUP): string[] {
    return this.said(group).map(({ message }) => toText(message));
  }

  /** Resolves as soon as it is so, looked at whenever something has happened here. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  releaseReplies(): void {
    this.misbehaviour.holdReplies = false;
    for (const reply of this.#heldReplies.splice(0)) reply();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cut();
    await this.#posting;
  }

  async #whisper(text: string, by: number): Promise<KeptMessage> {
    const kept = this.#keep(undefined, by, by, [{ type: 'text', data: { text } }]);
    await this.#tell(this.#toEvent(kept));
    return kept;
  }

  #isRight(request: IncomingMessage): boolean {
    const { token } = this.#options;
    const query = URL.parse(request.url ?? '/', 'http://localhost')!.searchParams;
    return token === undefined || findToken(request.headers, query) === token;
  }

  #adopt(webSocket: WebSocket): void {
    this.#sockets.add(webSocket);
    webSocket.on('error', () => {
      // The hub went away in the middle of something; 'close' comes next.
    });
    webSocket.on('close', () => {
      this.#sockets.delete(webSocket);
      this.#happened();
    });
    webSocket.on('message', (data) => {
      const frame = JSON.parse((data as Buffer).toString('utf8')) as Record<string, unknown>;
      const { action, params, echo } = frame;
      if (typeof action !== 'string' || typeof params !== 'object') throw new Error('a call is malformed');
      if (action === this.misbehaviour.loseCalls) return;
      const answer = this.#do(action, params as Record<string, unknown>);
      const reply = () => webSocket.send(JSON.stringify({ ...answer, echo }));
      if (action === this.misbehaviour.dropReplies) return;
      if (this.misbehaviour.holdReplies === true) this.#heldReplies.push(reply);
      else reply();
    });
    const lifecycle = { post_type: 'meta_event', meta_event_type: 'lifecycle', sub_type: 'connect' };
    webSocket.send(JSON.stringify({ time: this.#now(), self_id: SELF_ID, ...lifecycle }));
    this.#happened();
  }

  async #takeHttp(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString('utf8');
    const served = request.method === 'GET' ? this.served.get(request.url ?? '') : undefined;
    if (served) return void response.writeHead(200).end(served);
    if (!this.#isRight(request)) return void response.writeHead(403).end();
    const action = (request.url ?? '').slice(1);
    if (!isAction(action)) return void response.writeHead(404).end();
    const answer = this.#do(action, JSON.parse(body) as Record<string, unknown>);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  #do(action: string, given: Record<string, unknown>): Record<string, unknown> {
    if (!isAction(action) || this.misbehaviour.lacking?.includes(action) === true) {
      return { status: 'failed', retcode: 1404, data: null, message: '不支持的Api' };
    }
    const read = ACTIONS[action].params.safeParse(given);
    if (!read.success) return { status: 'failed', retcode: 1400, data: null, message: read.error.message };
    this.calls.push({ action, params: given });
    try {
      return { status: 'ok', retcode: 0, data: this.#answer(action, given) ?? null, message: '' };
    } catch (error) {
      return { status: 'failed', retcode: 200, data: null, wording: (error as Error).message };
    } finally {
      this.#happened();
    }
  }

  #answer(action: string, params: Record<string, unknown>): unknown {
    switch (action) {
      case 'get_login_info':
        return { user_id: SELF_ID, nickname: SELF_NAME };
      case 'get_status':
        return { online: this.misbehaviour.offline !== true, good: true };
      case 'get_group_list':
        return [{ group_id: GROUP, group_name: '院子', member_count: this.members.size }];
      case 'get_group_member_list':
        return [...this.members].map(([user_id, member]) => ({ user_id, ...member, role: 'member' }));
      case 'get_group_member_info': {
        const user = Number(params['user_id']);
        return { user_id: user, nickname: '新人', card: '', ...this.members.get(user) };
      }
      case 'send_group_msg': {
        if (Number(params['group_id']) !== GROUP) throw new Error('不在这个群');
        return this.#say(GROUP, SELF_ID, params['message']);
      }
      case 'send_private_msg':
        return this.#say(undefined, Number(params['user_id']), params['message']);
      case 'send_group_forward_msg':
        return this.#forward(GROUP, SELF_ID, params['messages']);
      case 'send_private_forward_msg':
        return this.#forward(undefined, Number(params['user_id']), params['messages']);
      case 'upload_group_file':
      case 'upload_private_file': {
        this.uploads.push(params);
        const { group_id, name } = params;
        const file = { id: `/${this.uploads.length}`, name, size: 1, busid: 102 };
        if (group_id === undefined) return undefined;
        void this.#tell({
          post_type: 'notice',
          notice_type: 'group_upload',
          group_id,
          user_id: SELF_ID,
          file,
        });
        return undefined;
      }
      case 'delete_msg': {
        const message = this.kept.find(({ id }) => id === Number(params['message_id']));
        if (!message) throw new Error('消息不存在');
        message.isRecalled = true;
        void this.#tell({
          post_type: 'notice',
          notice_type: 'group_recall',
          group_id: message.group,
          user_id: SELF_ID,
          operator_id: SELF_ID,
          message_id: message.id,
        });
        return undefined;
      }
      case 'get_group_msg_history':
        return this.#history((kept) => kept.group === GROUP, params);
      case 'get_friend_msg_history':
        return this.#history(
          ({ group, peer }) => group === undefined && peer === Number(params['user_id']),
          params,
        );
      case 'get_stranger_info':
        return { user_id: Number(params['user_id']), nickname: `用户${String(params['user_id'])}` };
      case 'get_group_info':
        return {
          group_id: Number(params['group_id']),
          group_name: Number(params['group_id']) === GROUP ? '院子' : '邻居',
        };
      case 'set_friend_add_request':
        return this.#decide('friend', undefined, params);
      case 'set_group_add_request':
        return this.#decide('group', params['sub_type'], params);
      case 'get_group_system_msg':
        return this.#listGroupRequests();
      case 'get_doubt_friends_add_request':
        return this.doubtful;
      case 'set_doubt_friends_add_request':
        // Whatever is answered.
        this.accepted.push(String(params['flag']));
        return undefined;
      case 'get_forward_msg':
        return this.forwards.get(String(params['id']));
      default:
        return {};
    }
  }

  /** Of a flag, its number stands in the list: `group|number|…`, or the flag is the number. */
  #listGroupRequests(): unknown {
    const requests = [...this.requests].map(([flag, { event, approved }]) => {
      const { user_id, group_id, comment, sub_type } = event;
      const id = Number(flag.split('|')[1] ?? flag);
      const about = { request_id: id, group_id, message: comment, checked: approved !== undefined, actor: 0 };
      return { sub_type, ...about, invitor_uin: user_id, invitor_nick: `用户${String(user_id)}` };
    });
    return {
      join_requests: requests.filter(({ sub_type }) => sub_type === 'add'),
      invited_requests: requests.filter(({ sub_type }) => sub_type === 'invite'),
    };
  }

  #decide(type: string, subType: unknown, { flag, approve, reason }: Record<string, unknown>): undefined {
    const request = this.requests.get(String(flag));
    if (!request || request.event['request_type'] !== type || request.event['sub_type'] !== subType) {
      throw new Error('请求不存在');
    }
    if (request.approved !== undefined) throw new Error('请求已处理');
    request.approved = approve !== false;
    if (typeof reason === 'string' && reason !== '') request.reason = reason;
    const { user_id, group_id } = request.event;
    if (!request.approved) return;
    const isIn = { group_id, operator_id: SELF_ID, notice_type: 'group_increase', sub_type: 'approve' };
    const entered = subType === 'invite' ? SELF_ID : user_id;
    const told = type === 'friend' ? { notice_type: 'friend_add' } : isIn;
    void this.#tell({ post_type: 'notice', user_id: entered, ...told });
  }

  #say(group: number | undefined, peer: number, message: unknown): { message_id: number } {
    if (this.misbehaviour.refusesMessage?.() === true) throw new Error('发送失败');
    const said = typeof message === 'string' ? parseMessage(message).map(toWireSegment) : message;
    const segments = (said as WireSegment[]).map((segment) => {
      const read = parseSegment(segment);
      const isRefused = read.type === 'node' || this.misbehaviour.refuses?.includes(read.type) === true;
      if (read.type === 'unknown' || isRefused) throw new Error(`不支持 ${segment.type}`);
      return segment;
    });
    const kept = this.#keep(group, peer, SELF_ID, segments);
    if (this.misbehaviour.tellsOwn === true) {
      void this.#tell({ ...this.#toEvent(kept), post_type: 'message_sent', target_id: group ?? peer });
    }
    return { message_id: kept.id };
  }

  /** Every message of a forward has somebody with a number who says it, and says something. */
  #forward(group: number | undefined, peer: number, messages: unknown): { message_id: number } {
    const said = (messages as WireSegment[]).map(({ type, data }) => {
      const { user_id, nickname, content } = data as {
        user_id: unknown;
        nickname: unknown;
        content: unknown;
      };
      if (type !== 'node' || !/^\d+$/.test(String(user_id)) || typeof nickname !== 'string') {
        throw new Error('合并转发消息格式错误');
      }
      return { sender: { user_id: Number(user_id), nickname }, time: this.#now(), message: content };
    });
    const id = `R${this.#lastId + 1}`;
    this.forwards.set(id, { messages: said });
    return this.#say(group, peer, [{ type: 'forward', data: { id } }]);
  }

  #history(isHere: (kept: KeptMessage) => boolean, params: Record<string, unknown>): unknown {
    const here = this.kept.filter((kept) => isHere(kept) && !kept.isRecalled);
    const before = Number(params['message_seq'] ?? 0);
    const end = before === 0 ? here.length : here.findIndex(({ id }) => id === before) + 1;
    const messages = here.slice(0, end).slice(-Number(params['count'] ?? 20));
    return { messages: messages.map((kept) => this.#toEvent(kept)) };
  }

  #keep(group: number | undefined, peer: number, by: number, message: WireSegment[]): KeptMessage {
    this.#lastId += 1;
    const kept = { id: this.#lastId, group, peer, by, time: this.#now(), message, isRecalled: false };
    this.kept.push(kept);
    return kept;
  }

  #toEvent({ id, group, by, time, message }: KeptMessage): Record<string, unknown> {
    const { asStrings = false } = this.misbehaviour;
    const number = (value: number) => (asStrings ? String(value) : value);
    return {
      time,
      self_id: number(SELF_ID),
      post_type: 'message',
      message_type: group === undefined ? 'private' : 'group',
      sub_type: group === undefined ? 'friend' : 'normal',
      message_id: number(id),
      message_seq: number(id),
      user_id: number(by),
      ...(group !== undefined && { group_id: number(group) }),
      message: asStrings ? toCqString(parseMessage(message)) : message,
      raw_message: '',
      font: 14,
      sender: { user_id: number(by), nickname: '', card: null, ...this.members.get(by) },
    };
  }

  async #tell(event: Record<string, unknown>): Promise<void> {
    const text = JSON.stringify({ time: this.#now(), self_id: SELF_ID, ...event });
    for (let time = 0; time < (this.misbehaviour.repeatEvents ?? 1); time += 1) {
      for (const socket of this.#sockets) socket.send(text);
    }
    this.#happened();
    const { post } = this.#options;
    if (!post) return;
    const body = Buffer.from(text);
    const posting = this.#posting.then(async () => {
      const response = await fetch(post.url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'x-signature': toSignature(body, post.secret) },
      });
      if (response.status !== 204) throw new Error(`the post was answered with ${response.status}`);
    });
    this.#posting = posting.catch(() => {
      // Told to who said it, where somebody waits for it.
    });
    await posting;
  }

  #now(): number {
    return Math.floor(Date.now() / 1000) + this.timeShiftSeconds;
  }

  #happened(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** A message's text, all else by its type. */
export function toText(message: readonly WireSegment[]): string {
  return message
    .map(parseSegment)
    .map((segment: Segment) => (segment.type === 'text' ? segment.data.text : `[${segment.type}]`))
    .join('');
}
