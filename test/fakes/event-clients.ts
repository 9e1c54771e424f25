/** Programs that follow events: by server-sent events and by WebSocket, written out of the standards. */
import { once } from 'node:events';
import { WebSocket } from 'ws';

/** The longest that a test waits for an event. */
const patienceMs = 20_000;

/** What came, in order; `next` waits for more. */
class Inbox<T> {
  readonly #came: T[] = [];
  #wake = Promise.withResolvers<void>();

  push(value: T): void {
    this.#came.push(value);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  /** Takes the oldest that the predicate lets through; what is before it is thrown away. */
  async next(wanted: (value: T) => boolean): Promise<T> {
    const deadline = AbortSignal.timeout(patienceMs);
    const late = once(deadline, 'abort').then(() => Promise.reject(new Error('it did not come in time')));
    late.catch(() => {});
    for (;;) {
      for (let value = this.#came.shift(); value !== undefined; value = this.#came.shift()) {
        if (wanted(value)) return value;
      }
      await Promise.race([this.#wake.promise, late]);
    }
  }
}

// eslint-disable-next-line typescript/no-explicit-any
type Json = ReturnType<typeof JSON.parse>;

export interface SentEvent {
  id?: string;
  event: string;
  data: Json;
}

export interface EventStream extends AsyncDisposable {
  readonly status: number;
  /** The next event of this sort. */
  next(event?: string): Promise<SentEvent>;
  /** The last id that was seen, also without an event. */
  readonly lastId: string | undefined;
  /** Resolves when the server has ended it. */
  readonly ended: Promise<void>;
}

/** @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */
export async function openEventStream(
  url: string,
  token: string,
  headers: Record<string, string> = {},
): Promise<EventStream> {
  const leaving = new AbortController();
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: leaving.signal,
  });
  const inbox = new Inbox<SentEvent>();
  const seen: { lastId: string | undefined } = { lastId: undefined };
  const read = async () => {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      rest += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = rest.split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const fields = block.split('\n').map((line) => /^([^:]*):? ?(.*)$/s.exec(line)!);
        const of = (name: string) => fields.findLast((field) => field[1] === name)?.[2];
        seen.lastId = of('id') ?? seen.lastId;
        const data = of('data');
        if (data === undefined) continue;
        inbox.push({
          event: of('event') ?? 'message',
          data: JSON.parse(data),
          ...(seen.lastId !== undefined && { id: seen.lastId }),
        });
      }
    }
  };
  const ended = response.ok ? read().catch(() => {}) : Promise.resolve();
  return {
    status: response.status,
    next: (event = 'message') => inbox.next((each) => each.event === event),
    get lastId() {
      return seen.lastId;
    },
    ended,
    async [Symbol.asyncDispose]() {
      leaving.abort();
      await ended;
    },
  };
}

export interface EventSocket extends AsyncDisposable {
  next(type: string): Promise<Json>;
  send(frame: object | string): void;
  /** The close code. */
  readonly closed: Promise<number>;
}

/** Connects; rejects with the HTTP status where it is refused. */
export async function openEventSocket(url: string, token: string): Promise<EventSocket> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers: { authorization: `Bearer ${token}` } });
  const inbox = new Inbox<Json>();
  socket.on('message', (data: Buffer) => inbox.push(JSON.parse(data.toString())));
  const closed = new Promise<number>((resolve) => {
    socket.once('close', resolve);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('unexpected-response', (_request, response) => {
      reject(new Error(`refused with ${response.statusCode}`));
      socket.terminate();
    });
    socket.once('error', reject);
  });
  return {
    next: (type) => inbox.next((frame: { type: string }) => frame.type === type),
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    closed,
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await closed;
    },
  };
}
