/**
 * Tencent's bot server and its file store on real sockets, with people who write to the bot. It is strict: a header that is
 * missing, a token that is not the last, a cursor that it has not given, a file of which a byte is wrong are refused, and
 * remembered in `faults`. It can be told to misbehave as the real one does.
 */
import { createDecipheriv, createCipheriv, createHash, randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export const ANN = 'o9cq-ann@im.wechat';
export const BEN = 'o9cq-ben@im.wechat';
const DAY_MS = 24 * 3600_000;
const TEXT_LIMIT_BYTES = 16_384;
/** Numbers that differ only where JavaScript's cannot. */
const FIRST_ID = 18_446_744_073_709_000_000n;
const KEY_BYTES = 16;
/** How long a send may be on its way. */
const UNDER_WAY_MS = 5_000;
/** How long `until` waits, on a machine that does much else. */
const PATIENCE_MS = 100_000;

/** What it does wrong. */
export interface Misbehaviour {
  /** This call is done, and its answer lost; it so often. */
  dropReplies?: { call: string; times: number };
  /** This call is answered with what is no JSON; so often. */
  malformed?: { call: string; times: number };
  /** Sends are refused, with this `ret`. */
  refuseSends?: number;
  /** Each answer of updates has what the last one had, too. */
  repeatUpdates?: boolean;
  /** Answers come so much later, milliseconds. */
  lateMs?: number;
  /** The file store answers with this status; so often. */
  fileStatus?: { status: number; times: number };
  /** Sends are answered without an id, as by servers of earlier versions. */
  noIds?: boolean;
}

interface Update {
  person: string;
  context: string;
  at: number;
  message: object;
}

interface Code {
  name: string;
  status: string;
  /** The digits that the phone shows; then they have to be typed. */
  digits: string | undefined;
  /** The status that was told last: polls wait for another. */
  told: string;
}

export interface Sent {
  to: string;
  text: string | undefined;
  item: Record<string, unknown> & { type: number };
  clientId: string;
  context: string;
  id: string;
}

export interface IlinkServerOptions {
  /** Every code is scanned and confirmed at once. */
  scans?: boolean;
  holdMs?: number;
}

// eslint-disable-next-line typescript/no-explicit-any
type Json = ReturnType<typeof JSON.parse>;

export class IlinkServer implements AsyncDisposable {
  misbehaviour: Misbehaviour = {};
  /** What clients did that they must not. */
  readonly faults: string[] = [];
  readonly calls: { call: string; body: Json }[] = [];
  readonly sent: Sent[] = [];
  readonly typed: { to: string; status: number }[] = [];
  readonly codes: Code[] = [];
  /** The only token that counts; a new scan gives another. */
  token: string | undefined;
  bot = 'b0t-1@im.bot';
  readonly #options: IlinkServerOptions;
  readonly #updates: Update[] = [];
  /** The contexts given to each person, in their order; the last that the client was told; and when others were its last. */
  readonly #contexts = new Map<string, string[]>();
  readonly #told = new Map<string, string>();
  readonly #replacedAtMs = new Map<string, number>();
  readonly #files = new Map<string, Buffer>();
  readonly #uploads = new Map<string, Json>();
  readonly #given = new Set<string>(['']);
  readonly #forgotten = new Set<string>();
  readonly #changes = new EventEmitter<{ change: [] }>();
  #acknowledged = 0;
  /** The token of the last poll: another login may begin anew. */
  #polledBy: string | undefined;
  #answered = 0;
  #server: Server | undefined;
  #port = 0;
  #next = 0;

  constructor(options: IlinkServerOptions = {}) {
    this.#options = options;
    this.#changes.setMaxListeners(0);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get filesUrl(): string {
    return `${this.url}/c2c`;
  }

  async listen(): Promise<this> {
    const server = createServer((request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  /** Ends as a process that dies; nobody can connect until `listen`. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    if (server?.listening) {
      const closed = once(server, 'close');
      server.close();
      await closed;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cut();
  }

  /** Somebody writes to the bot. @returns the message's id */
  say(text: string, more: { by?: string; at?: number; item?: object; fields?: object } = {}): string {
    return this.write([{ type: 1, text_item: { text }, ...more.item }], more);
  }

  /** Somebody sends items to the bot. */
  write(
    items: readonly unknown[],
    { by = ANN, at = Date.now(), fields = {} }: { by?: string; at?: number; fields?: object } = {},
  ): string {
    const id = this.#id();
    const context = `context-${id}-${randomBytes(4).toString('hex')}`;
    const contexts = this.#contexts.get(by) ?? [];
    contexts.push(context);
    this.#contexts.set(by, contexts);
    const message = {
      seq: this.#next,
      message_id: toRaw(id),
      from_user_id: by,
      to_user_id: this.bot,
      client_id: `phone-${id}`,
      create_time_ms: at,
      session_id: by,
      message_type: 1,
      message_state: 2,
      item_list: items,
      context_token: context,
      ...fields,
    };
    this.#updates.push({ person: by, context, at, message });
    this.#change();
    return id;
  }

  /** A file, as it comes with an item: in the store, with its key in this form. */
  file(bytes: Uint8Array, form: 'raw' | 'hex', hasAddress = true): { media: object; aeskey: string } {
    const key = randomBytes(KEY_BYTES);
    const param = randomBytes(12).toString('base64');
    const cipher = createCipheriv('aes-128-ecb', key, null);
    this.#files.set(param, Buffer.concat([cipher.update(bytes), cipher.final()]));
    const hex = key.toString('hex');
    const aes_key = (form === 'raw' ? key : Buffer.from(hex)).toString('base64');
    const address = {
      full_url: `${this.filesUrl}/download?${new URLSearchParams({ encrypted_query_param: param }).toString()}`,
    };
    return { media: { encrypt_query_param: param, aes_key, ...(hasAddress && address) }, aeskey: hex };
  }

  /** A file that the bot has sent, as whoever gets it reads it. */
  opened(item: Sent['item']): Buffer {
    const { media } = item[['', '', 'image_item', '', 'file_item', 'video_item'][item.type]!] as Json;
    const key = Buffer.from(Buffer.from(media.aes_key, 'base64').toString(), 'hex');
    const decipher = createDecipheriv('aes-128-ecb', key, null);
    return Buffer.concat([decipher.update(this.#files.get(media.encrypt_query_param)!), decipher.final()]);
  }

  /** What came with somebody's last message. */
  lastContext(of = ANN): string | undefined {
    return this.#contexts.get(of)?.at(-1);
  }

  /** The texts that somebody got. */
  heard(by = ANN): string[] {
    return this.sent.filter(({ to }) => to === by).map(({ text, item }) => text ?? `[${item.type}]`);
  }

  /** What the person does with the newest code. */
  scan(status: 'scaned' | 'confirmed' | 'expired' | 'verify_code_blocked' | 'binded_redirect'): void {
    this.codes.at(-1)!.status = status;
    this.#change();
  }

  /** The phone shows digits that have to be typed. */
  askFor(digits: string): void {
    const code = this.codes.at(-1)!;
    code.digits = digits;
    code.status = 'need_verifycode';
    this.#change();
  }

  /** Everything that was said is known to the client as durable. */
  get isAcknowledged(): boolean {
    return this.#acknowledged === this.#updates.length;
  }

  /** Resolves as soon as `found`. */
  async until(found: () => boolean): Promise<void> {
    const late = AbortSignal.timeout(PATIENCE_MS);
    while (!found()) await once(this.#changes, 'change', { signal: late });
  }

  /** The login is over: whoever polls is told so. */
  endLogin(): void {
    this.token = undefined;
    this.#change();
  }

  /** The cursors that were given count no more. */
  forgetCursors(): void {
    for (const cursor of this.#given) if (cursor !== '') this.#forgotten.add(cursor);
  }

  #change(): void {
    this.#changes.emit('change');
  }

  #id(): string {
    this.#next += 1;
    return String(FIRST_ID + BigInt(this.#next));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const body = await buffer(request);
    if (this.misbehaviour.lateMs)
      await new Promise((resolve) => setTimeout(resolve, this.misbehaviour.lateMs));
    if (url.pathname.startsWith('/c2c/')) return this.#store(request, url, body, response);
    const call = url.pathname.replace('/ilink/bot/', '');
    const fault = this.#checkHeaders(request, call);
    if (fault !== undefined) return this.#refuse(response, `${call}: ${fault}`);
    if (call === 'get_qrcode_status') return this.#answer(response, await this.#status(url, response));
    const params: Json = JSON.parse(body.toString());
    this.calls.push({ call, body: params });
    this.#change();
    if (call === 'get_bot_qrcode') return this.#answer(response, this.#code(url));
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      return this.#answer(response, { ret: -14, errcode: -14, errmsg: 'session timeout' });
    }
    if (typeof params.base_info?.channel_version !== 'string')
      return this.#refuse(response, `${call}: no base_info`);
    const answer = await this.#do(call, params, response);
    if (typeof answer === 'string') return this.#refuse(response, `${call}: ${answer}`);
    if (this.#isTime('dropReplies', call)) return void response.destroy();
    if (this.#isTime('malformed', call)) return void response.end('{"ret":0,"msgs":[');
    this.#answer(response, answer);
  }

  #isTime(what: 'dropReplies' | 'malformed', call: string): boolean {
    const due = this.misbehaviour[what];
    if (due?.call !== call || due.times <= 0) return false;
    due.times -= 1;
    return true;
  }

  #checkHeaders({ method, headers }: IncomingMessage, call: string): string | undefined {
    if (headers['ilink-app-id'] !== 'bot' || !/^\d+$/.test(String(headers['ilink-app-clientversion'])))
      return 'not the app';
    if (call === 'get_qrcode_status') return method === 'GET' ? undefined : 'not a GET';
    if (method !== 'POST' || headers['content-type'] !== 'application/json') return 'no POST of JSON';
    if (headers['authorizationtype'] !== 'ilink_bot_token') return 'no AuthorizationType';
    const uin = Buffer.from(String(headers['x-wechat-uin']), 'base64').toString();
    return /^\d{1,10}$/.test(uin) && Number(uin) < 2 ** 32 ? undefined : 'no X-WECHAT-UIN';
  }

  #code(url: URL): object | string {
    if (url.searchParams.get('bot_type') !== '3') return 'not a type of bot';
    const code = {
      name: randomBytes(8).toString('hex'),
      status: this.#options.scans ? 'confirmed' : 'wait',
      digits: undefined,
      told: 'wait',
    };
    this.codes.push(code);
    this.#change();
    return { qrcode: code.name, qrcode_img_content: `https://liteapp.weixin.qq.com/q/${code.name}` };
  }

  async #status(url: URL, response: ServerResponse): Promise<object> {
    const code = this.codes.find(({ name }) => name === url.searchParams.get('qrcode'));
    if (!code) return { status: 'expired' };
    const typed = url.searchParams.get('verify_code');
    if (code.status === 'need_verifycode' && typed !== null)
      code.status = typed === code.digits ? 'scaned' : code.status;
    else await this.#hold(() => code.status !== code.told, response);
    code.told = code.status;
    this.#change();
    if (code.status !== 'confirmed') return { status: code.status };
    this.token ??= `${this.bot}:${randomBytes(8).toString('hex')}`;
    return {
      status: 'confirmed',
      bot_token: this.token,
      ilink_bot_id: this.bot,
      baseurl: this.url,
      ilink_user_id: ANN,
    };
  }

  /** As a long poll: until something has happened, the time is over, or nobody waits any more. */
  async #hold(found: () => boolean, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const late = setTimeout(() => gone.abort(), this.#options.holdMs ?? 30_000);
    try {
      while (!found() && !gone.signal.aborted) {
        await once(this.#changes, 'change', { signal: gone.signal }).catch(() => {});
      }
    } finally {
      clearTimeout(late);
    }
  }

  async #do(call: string, params: Json, response: ServerResponse): Promise<object | string> {
    switch (call) {
      case 'getupdates':
        return this.#poll(params, response);
      case 'sendmessage':
        return this.#send(params.msg);
      case 'getuploadurl':
        return this.#place(params);
      case 'getconfig':
        return this.#isLast(params.ilink_user_id, params.context_token)
          ? { ret: 0, typing_ticket: `ticket-${params.ilink_user_id}` }
          : 'not the context';
      case 'sendtyping':
        if (params.typing_ticket !== `ticket-${params.ilink_user_id}`) return 'not the ticket';
        this.typed.push({ to: params.ilink_user_id, status: params.status });
        this.#change();
        return { ret: 0 };
      case 'msg/notifystart':
      case 'msg/notifystop':
        return { ret: 0 };
      default:
        return 'there is no such call';
    }
  }

  async #poll({ get_updates_buf: cursor }: Json, response: ServerResponse): Promise<object | string> {
    if (this.#forgotten.has(cursor)) return { ret: -3, errmsg: 'invalid buf' };
    if (!this.#given.has(cursor)) return 'a cursor that was never given';
    const from = cursor === '' ? 0 : Number(Buffer.from(cursor, 'base64').toString().split(':')[1]);
    const mayBegin = cursor === '' && (this.#polledBy !== this.token || this.#forgotten.size > 0);
    if (from < this.#acknowledged && !mayBegin) return 'a cursor behind what was acknowledged';
    this.#polledBy = this.token;
    this.#acknowledged = Math.max(this.#acknowledged, from);
    this.#change();
    const { token } = this;
    await this.#hold(() => this.#updates.length > from || this.token !== token, response);
    if (this.token !== token) return { ret: -14, errcode: -14, errmsg: 'session timeout' };
    const end = Math.min(this.#updates.length, from + 20);
    const start = this.misbehaviour.repeatUpdates ? Math.max(0, from - 5) : from;
    const fresh = this.#updates.slice(from, end);
    for (const person of new Set(fresh.map((update) => update.person))) {
      const before = this.#told.get(person);
      if (before !== undefined) this.#replacedAtMs.set(before, performance.now());
      this.#told.set(person, fresh.findLast((update) => update.person === person)!.context);
    }
    this.#answered += 1;
    const next = Buffer.from(`${this.#answered}:${end}`).toString('base64');
    this.#given.add(next);
    return {
      ret: 0,
      msgs: this.#updates.slice(start, end).map(({ message }) => message),
      get_updates_buf: next,
      longpolling_timeout_ms: this.#options.holdMs ?? 30_000,
    };
  }

  /** The last that was told, or one that was until a moment ago, which a send may have that was under way then. */
  #isLast(person: string, context: unknown): boolean {
    if (typeof context !== 'string' || !this.#contexts.get(person)?.includes(context)) return false;
    const replacedAtMs = this.#replacedAtMs.get(context) ?? -Infinity;
    return context === this.#told.get(person) || performance.now() - replacedAtMs < UNDER_WAY_MS;
  }

  #send(msg: Json): object | string {
    const { to_user_id: to, client_id: clientId, item_list: items, context_token: context } = msg ?? {};
    if (msg?.from_user_id !== '' || msg.message_type !== 2 || msg.message_state !== 2)
      return 'no message of a bot';
    if (typeof clientId !== 'string' || clientId === '') return 'no client_id';
    if (!Array.isArray(items) || items.length !== 1) return 'not one item';
    if (this.misbehaviour.refuseSends !== undefined)
      return { ret: this.misbehaviour.refuseSends, errmsg: 'rate limited' };
    const last = this.#updates.findLast(({ person }) => person === to);
    if (!last || Date.now() - last.at > DAY_MS) return { ret: -2 };
    if (!this.#isLast(to, context)) {
      this.faults.push(`sendmessage: not the last context of ${to}`);
      return { ret: -2 };
    }
    const [item] = items;
    const text = item.type === 1 ? item.text_item.text : undefined;
    if (text !== undefined && (typeof text !== 'string' || !text.isWellFormed())) return 'not a text';
    if (Buffer.byteLength(text ?? '') > TEXT_LIMIT_BYTES) return { ret: -2 };
    if (item.type !== 1) {
      const { media } = item[['', '', 'image_item', '', 'file_item', 'video_item'][item.type]!];
      if (!this.#files.has(media.encrypt_query_param)) return 'a file that is not there';
    }
    const id = this.#id();
    this.sent.push({ to, text, item, clientId, context, id });
    this.#change();
    return this.misbehaviour.noIds ? {} : { message_id: toRaw(id) };
  }

  #place(params: Json): object | string {
    if (!/^[0-9a-f]{32}$/.test(params.filekey) || !/^[0-9a-f]{32}$/.test(params.aeskey)) return 'no key';
    if (![1, 2, 3].includes(params.media_type) || params.no_need_thumb !== true) return 'not a type of file';
    if (!this.#contexts.has(params.to_user_id)) return { ret: -1 };
    this.#uploads.set(params.filekey, params);
    return { ret: 0, upload_param: `to ${params.filekey}` };
  }

  #store(request: IncomingMessage, url: URL, body: Buffer, response: ServerResponse): void {
    const bad = this.misbehaviour.fileStatus;
    if (bad && bad.times > 0) {
      bad.times -= 1;
      return void response.writeHead(bad.status, { 'x-error-message': 'no' }).end();
    }
    const param = url.searchParams.get('encrypted_query_param') ?? '';
    if (request.method === 'GET') {
      const file = this.#files.get(param);
      return void (file ? response.end(file) : response.writeHead(404).end());
    }
    const place = this.#uploads.get(url.searchParams.get('filekey') ?? '');
    if (!place || param !== `to ${place.filekey}`)
      return this.#refuse(response, 'upload: nobody asked for it');
    if (body.length !== place.filesize || request.headers['content-type'] !== 'application/octet-stream') {
      return this.#refuse(response, `upload: ${body.length} bytes, not ${place.filesize}`);
    }
    const decipher = createDecipheriv('aes-128-ecb', Buffer.from(place.aeskey, 'hex'), null);
    const plain = Buffer.concat([decipher.update(body), decipher.final()]);
    const digest = createHash('md5').update(plain).digest('hex');
    if (plain.length !== place.rawsize || digest !== place.rawfilemd5)
      return this.#refuse(response, 'upload: other bytes');
    const opened = randomBytes(12).toString('base64');
    this.#files.set(opened, body);
    response.writeHead(200, { 'x-encrypted-param': opened }).end();
  }

  #refuse(response: ServerResponse, fault: string): void {
    this.faults.push(fault);
    response.writeHead(400).end(fault);
  }

  #answer(response: ServerResponse, answer: object | string): void {
    const text = JSON.stringify(answer).replace(/"raw:(\d+)"/g, '$1');
    response.writeHead(200, { 'content-type': 'application/json' }).end(text);
  }
}

/** An id that goes out as a number. */
function toRaw(id: string): string {
  return `raw:${id}`;
}
