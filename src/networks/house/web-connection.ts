/**
 * One WebSocket of a browser: frames in, one after the other and no faster than the flood control lets them, JSON out.
 * A browser that stops answering or reading is let go; it may come back and go on where it was.
 */
import type { WebSocket } from 'ws';
import type { Cancel, Clock } from '../../hub/clock.ts';
import { sleep } from '../../hub/clock.ts';
import { Pace } from '../../hub/pace.ts';
import {
  browserFrame,
  closeCodes,
  type WebFailure,
  type BrowserFrame,
  type HouseFrame,
} from './web-frames.ts';

/** How often a connection is pinged; one that has not answered by the next time is dead. */
const pingMs = 30_000;
/** How long a browser has to join. */
const joinMs = 60_000;
/** Frames that were read and wait; behind them nothing more is read. */
const waitingLimit = 8;

/** Who a connection's frames are for. */
export interface FrameHandler {
  /** Resolves when the first frame may be handled. */
  begin(): Promise<void>;
  /** Resolves when the next frame may be handled. What it throws is told to the browser. */
  frame(frame: BrowserFrame): Promise<void>;
  /** What an error that the handler threw is called. */
  explain(error: unknown): { code: WebFailure['code']; message: string };
  closed(): void;
}

export interface ConnectionLimits {
  framesPerSecond: number;
  backlogBytes: number;
  /** Called when the connection is over. */
  over(this: void): void;
}

export class WebConnection {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #limits: ConnectionLimits;
  #pace: Pace;
  readonly #handler: FrameHandler;
  readonly #waiting: string[] = [];
  readonly #over = new AbortController();
  #working = false;
  #idle: (() => void) | undefined;
  #heard = true;
  #ping: Cancel;
  #late: Cancel;

  constructor(
    socket: WebSocket,
    clock: Clock,
    limits: ConnectionLimits,
    createHandler: (connection: WebConnection) => FrameHandler,
  ) {
    this.#socket = socket;
    this.#clock = clock;
    this.#limits = limits;
    this.#pace = new Pace(clock, limits.framesPerSecond);
    this.#ping = clock.after(pingMs, () => this.#checkAlive());
    this.#late = clock.after(joinMs, () => this.close('late', 'Nobody has joined'));
    this.#handler = createHandler(this);
    socket.on('message', (data, isBinary) => this.#take(isBinary ? '' : textOf(data)));
    socket.on('pong', () => (this.#heard = true));
    socket.on('error', () => {
      // A broken or misbehaving connection is closed next, which is what counts.
    });
    socket.once('close', () => this.#closed());
    void this.#work(() => this.#handler.begin());
  }

  /** It is known who this is: it may stay, and is as fast as this person may be in all their connections together. */
  joined(pace: Pace): void {
    this.#late();
    this.#pace = pace;
  }

  tell(frame: HouseFrame): void {
    this.send(JSON.stringify(frame));
  }

  send(json: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(json);
    if (this.#socket.bufferedAmount <= this.#limits.backlogBytes) return;
    this.#socket.close(closeCodes.slow, 'What is sent here is not read');
    // The words above wait behind what is not read.
    this.#socket.terminate();
  }

  close(code: keyof typeof closeCodes, words: string): void {
    this.#socket.close(closeCodes[code], words);
  }

  /** Takes no more frames, and closes when the one under way is done. Resolves when it is closed. */
  async stop(words: string): Promise<void> {
    this.#over.abort(new Error('the house stops'));
    if (this.#working) await new Promise<void>((resolve) => (this.#idle = resolve));
    if (this.#socket.readyState === this.#socket.CLOSED) return;
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    this.close('stopping', words);
    await closed;
  }

  /** Ends it at once. */
  destroy(): void {
    this.#socket.terminate();
  }

  #take(text: string): void {
    // What still comes while it is being closed is for nobody.
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#heard = true;
    this.#waiting.push(text);
    if (this.#waiting.length >= waitingLimit) this.#socket.pause();
    if (!this.#working) void this.#work();
  }

  async #work(first?: () => Promise<void>): Promise<void> {
    this.#working = true;
    if (first) await this.#run(undefined, first);
    for (;;) {
      const text = this.#waiting.shift();
      if (text === undefined || this.#over.signal.aborted) break;
      if (this.#waiting.length < waitingLimit && this.#socket.isPaused) this.#socket.resume();
      if (!(await this.#isTime())) break;
      await this.#handle(text);
      this.#heard = true;
    }
    this.#working = false;
    this.#idle?.();
  }

  /** Waits for the frame's turn; false when the connection ended meanwhile. */
  async #isTime(): Promise<boolean> {
    for (let waitMs = this.#pace.take(); waitMs > 0; waitMs = this.#pace.take()) {
      await sleep(this.#clock, waitMs, this.#over.signal).catch(() => {
        // The connection is over: nothing waits for it any more.
      });
      if (this.#over.signal.aborted) return false;
    }
    return true;
  }

  async #handle(text: string): Promise<void> {
    const json = parseJson(text);
    const parsed = browserFrame.safeParse(json);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const message = `This is not understood: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`;
      this.#fail(keyOf(json), { code: 'message-invalid', message: message.slice(0, 200) });
      return;
    }
    await this.#run(parsed.data.key, () => this.#handler.frame(parsed.data));
  }

  async #run(key: string | undefined, what: () => Promise<void>): Promise<void> {
    try {
      await what();
    } catch (error) {
      this.#fail(key, this.#handler.explain(error));
    }
  }

  #fail(key: string | undefined, failure: { code: WebFailure['code']; message: string }): void {
    this.tell({ type: 'failed', ...(key !== undefined && { key }), ...failure });
  }

  #checkAlive(): void {
    // Who is held back by the flood control cannot answer: the answer waits, unread.
    if (!this.#heard && !this.#socket.isPaused) {
      this.close('silent', 'No answer');
      this.#socket.terminate();
      return;
    }
    this.#heard = false;
    this.#socket.ping();
    this.#ping = this.#clock.after(pingMs, () => this.#checkAlive());
  }

  #closed(): void {
    this.#ping();
    this.#late();
    this.#over.abort(new Error('the connection is closed'));
    this.#handler.closed();
    this.#limits.over();
  }
}

function textOf(data: Buffer | ArrayBuffer | Buffer[]): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return Buffer.from(data as Uint8Array).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The browser is told that it is no frame, as of anything else that is none.
    return undefined;
  }
}

function keyOf(json: unknown): string | undefined {
  const key = typeof json === 'object' && json !== null && 'key' in json ? json.key : undefined;
  return typeof key === 'string' && key.length <= 64 ? key : undefined;
}
