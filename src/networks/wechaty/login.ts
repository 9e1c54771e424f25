/**
 * What a puppet tells of its login: codes to scan, which age, and the login itself. A puppet that shows neither, or whose
 * code has grown old without a new one, is given up: the next start shows a fresh one.
 */
import type { Cancel, Clock } from '../../hub/clock.ts';
import { AccountError } from '../../hub/errors.ts';
import type { AccountPort } from '../../hub/network.ts';
import { SCAN_STATUS } from './payloads.ts';

export interface LoginParts {
  port: AccountPort;
  clock: Clock;
  /** How long a start may take to show anything, and how long a code is good, milliseconds. */
  startMs: number;
  scanMs: number;
  /** The puppet has shown a code, or logged in. */
  onProved(this: void): void;
  /** The newest error that the puppet told of; empty where there was none. */
  lastError(): string;
  broken(error: Error): void;
}

export class Login {
  readonly #parts: LoginParts;
  #cancel: Cancel | undefined;
  #code = '';
  /** Some code was. */
  #isShown = false;
  #isDone = false;

  constructor(parts: LoginParts) {
    this.#parts = parts;
    this.#giveUpAfter(parts.startMs, 'the puppet neither logs in nor shows a code');
  }

  scan(code: string | undefined, status: number): void {
    const { port, clock, scanMs, onProved } = this.#parts;
    if (this.#isDone) {
      if (status === SCAN_STATUS.waiting) this.#fail('WeChat asks for a new login');
      return;
    }
    const old = 'the code has grown old and the puppet shows no new one';
    switch (status) {
      case SCAN_STATUS.scanned:
        this.#giveUpAfter(scanMs, old);
        port.state({ phase: 'login', message: 'scanned: confirm the login on the phone' });
        return;
      case SCAN_STATUS.confirmed:
        this.#giveUpAfter(scanMs, 'confirmed on the phone, but the puppet did not log in');
        port.prompt(undefined);
        port.state({ phase: 'login', message: 'confirmed on the phone' });
        return;
      case SCAN_STATUS.cancelled:
        this.#giveUpAfter(this.#parts.startMs, old);
        port.state({ phase: 'login', message: 'the login was refused on the phone' });
        return;
      case SCAN_STATUS.timeout:
        this.#code = '';
        port.prompt(undefined);
        this.#giveUpAfter(this.#parts.startMs, old);
        port.state({ phase: 'login', message: 'the code has grown old; a new one is made' });
        return;
      default:
        if (!code) return;
        onProved();
        // Some puppets tell the same code again and again: its age counts from the first time.
        if (code === this.#code) return;
        if (!this.#isShown) port.log.info({}, 'a code waits to be scanned: the console shows it');
        this.#isShown = true;
        this.#code = code;
        this.#giveUpAfter(scanMs, old);
        port.state({ phase: 'login', message: 'scan the code with WeChat' });
        port.prompt({ type: 'qr', data: code, expiresAt: clock.now() + scanMs });
    }
  }

  done(): void {
    this.#isDone = true;
    this.#cancel?.();
    this.#parts.onProved();
    this.#parts.port.prompt(undefined);
  }

  close(): void {
    this.#isDone = true;
    this.#cancel?.();
  }

  #giveUpAfter(delayMs: number, why: string): void {
    this.#cancel?.();
    this.#cancel = this.#parts.clock.after(delayMs, () => this.#fail(why));
  }

  #fail(why: string): void {
    const error = this.#parts.lastError();
    this.#parts.broken(new AccountError('account-unreachable', error === '' ? why : `${why}: ${error}`));
  }
}
