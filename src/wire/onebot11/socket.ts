/**
 * A WebSocket with an implementation at its other end, whoever opened it: calls go out and are matched with their
 * answers by `echo`, events come in. One of `/api` has no events, one of `/event` answers no calls.
 *
 * @see https://github.com/botuniverse/onebot-11/blob/master/communication/ws.md
 */
import type { RawData, WebSocket } from 'ws';
import type { ActionData, ActionName, ActionParams } from './actions.ts';
import { afterByTimer, Calls, type After } from './calls.ts';
import { CALL_TIMEOUT_MS, toData, type CallOptions, type OneBotClient } from './client.ts';
import { OneBotError } from './errors.ts';
import { isEvent, parseEvent, type OneBotEvent } from './events.ts';
import { parseAnswer } from './frames.ts';
import { isTokenRefusal } from './retcodes.ts';

export interface SocketOptions {
  /** Called with each event, in order. */
  onEvent(event: OneBotEvent): void;
  /** Something was heard, of whatever sort. */
  onHeard?(): void;
  /** Something was not understood and left out. The error holds no more than where it was wrong. */
  onOdd?(error: unknown): void;
  /** How long a call may take. Default 20 s. */
  readonly callTimeoutMs?: number;
  /** The source of timers. Default: Node's. */
  readonly after?: After;
}

/** The largest frame that is taken: a file of 50 MB, as base64, and what is around it. */
export const FRAME_LIMIT_BYTES = 96 * 1024 * 1024;
const CLOSE_NORMAL = 1000;
/** How long the other side has to answer a close. */
const CLOSE_WAIT_MS = 1000;

export class OneBotSocket implements OneBotClient, AsyncDisposable {
  /** Resolves, with why, when the connection is over. Never rejects. */
  readonly closed: Promise<OneBotError>;
  readonly #socket: WebSocket;
  readonly #options: SocketOptions;
  readonly #calls: Calls;
  #over: OneBotError | undefined;
  #refusal: OneBotError | undefined;

  /** @param socket open */
  constructor(socket: WebSocket, options: SocketOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#calls = new Calls(options.after ?? afterByTimer);
    const { promise, resolve } = Promise.withResolvers<OneBotError>();
    this.closed = promise;
    let broken: Error | undefined;
    socket.on('message', (data) => this.#take(data));
    socket.on('pong', () => options.onHeard?.());
    socket.on('error', (error) => (broken = error));
    socket.on('close', (code, reason) => {
      const why = broken?.message ?? (reason.toString() || `code ${code}`);
      this.#over =
        this.#refusal ??
        new OneBotError('onebot-closed', `the connection was closed: ${why}`, { cause: broken });
      this.#calls.fail(this.#over);
      resolve(this.#over);
    });
    if (socket.isPaused) socket.resume();
  }

  /** Calls that wait for their answers. */
  get callsUnderWay(): number {
    return this.#calls.size;
  }

  async call<Name extends ActionName>(
    action: Name,
    params: ActionParams<Name>,
    { timeoutMs = this.#options.callTimeoutMs ?? CALL_TIMEOUT_MS }: CallOptions = {},
  ): Promise<ActionData<Name>> {
    if (this.#refusal) throw this.#refusal;
    if (this.#over ?? this.#socket.readyState !== this.#socket.OPEN) {
      throw new OneBotError('onebot-not-connected', 'there is no connection');
    }
    const { echo, answer } = this.#calls.enter(action, timeoutMs);
    this.#socket.send(JSON.stringify({ action, params, echo }), (error) => {
      // The connection's end is told by 'close', to all calls at once.
      if (error) this.#socket.terminate();
    });
    return toData(action, await answer);
  }

  /** Reads nothing more for now; answers wait as well. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Closes it, at once if the other side does not answer. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#over) return;
    this.#socket.resume();
    this.#socket.close(CLOSE_NORMAL);
    const timer = setTimeout(() => this.#socket.terminate(), CLOSE_WAIT_MS);
    await this.closed;
    clearTimeout(timer);
  }

  #take(data: RawData): void {
    this.#options.onHeard?.();
    try {
      const value: unknown = JSON.parse(toText(data));
      if (isEvent(value)) {
        const event = parseEvent(value);
        if (event) this.#options.onEvent(event);
        return;
      }
      const answer = parseAnswer(value);
      if (!this.#calls.settle(answer) && isTokenRefusal(answer.retcode)) this.#refused(answer.wording);
    } catch (error) {
      this.#options.onOdd?.(error);
    }
  }

  /** The token is wrong: told by a frame, and closed by the other side or else by us. */
  #refused(wording: string): void {
    this.#refusal = new OneBotError(
      'onebot-authentication-failed',
      `the token was refused${wording && `: ${wording}`}`,
    );
    this.#socket.close(CLOSE_NORMAL);
  }
}

function toText(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return (data instanceof ArrayBuffer ? Buffer.from(data) : data).toString('utf8');
}
