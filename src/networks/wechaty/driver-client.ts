/** Calls of a driver and what it tells. Whatever is not answered in time is given up; several in a row mean that it hangs. */
import type { Cancel } from '../../hub/clock.ts';
import { AccountError } from '../../hub/errors.ts';
import { RESULTS, type Result } from './calls.ts';
import { DriverProcess, type DriverOptions } from './driver-process.ts';
import { PROTOCOL, type Arguments, type DriverEvent, type FromDriver, type Method } from './protocol.ts';

/** Calls in a row that may go unanswered before nothing more is expected. */
const UNANSWERED_LIMIT = 3;

/** What became of a call that was not done. */
export class CallError extends Error {
  /**
   * The driver's word (`RefusalCode`); `gone`: the process had ended before. `timeout`: no answer in time; `over`: the
   * process ended meanwhile; `malformed`: the answer makes no sense. Of these three nobody knows whether it was done.
   */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** It may have been done. */
  get isUnknown(): boolean {
    return this.code === 'timeout' || this.code === 'over' || this.code === 'malformed';
  }
}

interface Waiting {
  method: Method;
  resolve(this: void, result: unknown): void;
  reject(this: void, error: Error): void;
  cancel: Cancel;
}

export interface ClientOptions extends Omit<DriverOptions, 'onFrame'> {
  /** How long a call may take, milliseconds. */
  callMs: number;
  onEvent(event: DriverEvent): void;
  /** The puppet answered. */
  onAnswer(): void;
}

export class DriverClient {
  /** Resolves with why it is over. */
  readonly over: Promise<AccountError>;
  readonly #process: DriverProcess;
  readonly #options: ClientOptions;
  readonly #waiting = new Map<number, Waiting>();
  readonly #broken = Promise.withResolvers<AccountError>();
  #ended: Error | undefined;
  #next = 0;
  #unanswered = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#process = new DriverProcess({ ...options, onFrame: (frame) => this.#take(frame) });
    this.over = Promise.race([this.#process.over, this.#broken.promise]);
    void this.over.then((error) => this.#giveUp(error));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** @throws CallError */
  call<Name extends Method>(
    method: Name,
    args: Arguments[Name],
    timeoutMs = this.#options.callMs,
  ): Promise<Result<Name>> {
    const ended = this.#ended;
    if (ended) return Promise.reject(new CallError('gone', ended.message, { cause: ended }));
    this.#next += 1;
    const id = this.#next;
    return new Promise((resolve, reject) => {
      const cancel = this.#options.clock.after(timeoutMs, () => {
        this.#waiting.delete(id);
        this.#unanswered += 1;
        reject(new CallError('timeout', `the puppet did not answer (${method})`));
        if (this.#unanswered >= UNANSWERED_LIMIT) {
          this.#broken.resolve(new AccountError('account-silent', 'the puppet does not answer any more'));
        }
      });
      const done = (result: unknown) => resolve(result as Result<Name>);
      this.#waiting.set(id, { method, resolve: done, reject, cancel });
      this.#process.send({ type: 'call', id, method, args });
    });
  }

  acknowledge(seq: number): void {
    this.#process.send({ type: 'ack', seq });
  }

  pause(isPaused: boolean): void {
    this.#process.pause(isPaused);
  }

  async stop(): Promise<void> {
    this.#giveUp(new AccountError('account-over', 'the run is over'));
    await this.#process.stop();
  }

  #take(frame: FromDriver): void {
    switch (frame.type) {
      case 'hello':
        if (frame.protocol !== PROTOCOL) {
          this.#broken.resolve(new AccountError('account-setup', 'the driver is of another version'));
        }
        return;
      case 'event':
        return this.#options.onEvent(frame);
      case 'reply':
      case 'refusal':
        return this.#settle(frame);
      case 'fatal':
      // The process tells it.
    }
  }

  #settle(frame: FromDriver & { type: 'reply' | 'refusal' }): void {
    const waiting = this.#waiting.get(frame.id);
    if (!waiting) return;
    this.#waiting.delete(frame.id);
    waiting.cancel();
    this.#unanswered = 0;
    // The driver answers these itself, whatever the puppet does.
    if (waiting.method !== 'ping' && waiting.method !== 'ding') this.#options.onAnswer();
    if (frame.type === 'refusal') {
      return waiting.reject(new CallError(frame.code, frame.message.slice(0, 500) || 'the puppet refused'));
    }
    const parsed = RESULTS[waiting.method].safeParse(frame.result);
    if (parsed.success) return waiting.resolve(parsed.data);
    const message = `what the puppet answered makes no sense (${waiting.method})`;
    waiting.reject(new CallError('malformed', message, { cause: parsed.error }));
  }

  #giveUp(error: Error): void {
    this.#ended ??= error;
    for (const { reject, cancel } of this.#waiting.values()) {
      cancel();
      reject(new CallError('over', error.message, { cause: error }));
    }
    this.#waiting.clear();
  }
}
