/**
 * Logging in: a person scans a code, confirms, and perhaps types digits that the phone shows. Nobody has to be quick: a
 * code that has grown old is replaced by a new one, for as long as it takes.
 */
import { sleep, toError, type Clock } from '../../hub/clock.ts';
import type { AccountPort } from '../../hub/network.ts';
import type { ApiClient } from '../../wire/ilink/api-client.ts';
import { IlinkError } from '../../wire/ilink/errors.ts';
import type { QrStatus } from '../../wire/ilink/messages.ts';
import type { IlinkConfig } from './config.ts';
import type { Login } from './login-book.ts';

/** How long the server is waited for at once; it answers earlier when something happens. */
const POLL_MS = 40_000;
/** Not asked more often than this, whatever the server answers. */
const POLL_EVERY_MS = 500;
const RETRY_MS = 2_000;
/** Codes are not asked for more often than this. */
const CODE_EVERY_MS = 2_000;

export interface LoginParts {
  config: IlinkConfig;
  api: ApiClient;
  clock: Clock;
  port: AccountPort;
  signal: AbortSignal;
}

/**
 * Shows codes until one is confirmed.
 *
 * @param before the login there was, if any
 * @throws IlinkError where no code can be had
 */
export async function logIn(parts: LoginParts, before: Login | undefined): Promise<Login> {
  const { api, clock, port, signal } = parts;
  const why =
    before?.staleAt === undefined
      ? 'scan the code with WeChat'
      : `WeChat ended the login (stale token, errcode -14; noticed ${toDay(before.staleAt)}): scan the code to log in again`;
  let words = why;
  for (;;) {
    port.state({ phase: 'login', message: words });
    const askedMs = clock.monotonicMs();
    const code = await api.qrCode([]);
    const result = await new ShownCode(parts, code, words).result();
    if (result.kind === 'confirmed') {
      port.prompt(undefined);
      return result.login;
    }
    words = `${result.why}; ${why}`;
    await sleep(clock, CODE_EVERY_MS - (clock.monotonicMs() - askedMs), signal);
  }
}

type Result = { kind: 'confirmed'; login: Login } | { kind: 'again'; why: string };

/** One code, from when it is shown until it is confirmed or of no use any more. */
class ShownCode {
  readonly #parts: LoginParts;
  readonly #name: string;
  readonly #content: string;
  readonly #words: string;
  readonly #ageMs: number;
  #url: string;
  /** By the monotonic clock. */
  #endMs: number;
  /** What the person has typed. */
  #typed: string | undefined;

  constructor(parts: LoginParts, { name, content }: { name: string; content: string }, words: string) {
    this.#parts = parts;
    this.#name = name;
    this.#content = content;
    this.#words = words;
    this.#url = parts.config.url;
    this.#ageMs = parts.config.codeSeconds * 1000;
    this.#endMs = parts.clock.monotonicMs() + this.#ageMs;
  }

  async result(): Promise<Result> {
    const { clock, port, signal } = this.#parts;
    this.#show(this.#words);
    for (;;) {
      const askedMs = clock.monotonicMs();
      if (askedMs >= this.#endMs) return { kind: 'again', why: 'nobody scanned the last code in time' };
      const status = await this.#ask();
      if (status) port.alive();
      const result = status && (await this.#take(status));
      if (result) return result;
      await sleep(clock, POLL_EVERY_MS - (clock.monotonicMs() - askedMs), signal);
    }
  }

  #show(message: string): void {
    const { port, clock } = this.#parts;
    const leftMs = Math.max(0, this.#endMs - clock.monotonicMs());
    port.prompt({ type: 'qr', data: this.#content, expiresAt: clock.now() + leftMs });
    port.state({ phase: 'login', message });
  }

  /** The code's status; undefined where there is none now. */
  async #ask(): Promise<QrStatus | undefined> {
    const { api, clock, port, signal } = this.#parts;
    const waitMs = Math.max(1, Math.min(POLL_MS, this.#endMs - clock.monotonicMs()));
    try {
      return await api.qrStatus(this.#name, { url: this.#url, code: this.#typed, waitMs });
    } catch (error) {
      signal.throwIfAborted();
      // The code may still be scanned: what became of it is asked for again until it is too old.
      port.log.info({ err: toError(error) }, 'what became of the code cannot be told now');
      await sleep(clock, RETRY_MS, signal);
      return undefined;
    }
  }

  async #take(status: QrStatus): Promise<Result | undefined> {
    const { port, clock, config } = this.#parts;
    switch (status.status) {
      case 'scaned':
        this.#endMs = clock.monotonicMs() + this.#ageMs;
        this.#typed = undefined;
        port.state({ phase: 'login', message: 'the code was scanned: confirm it on the phone' });
        return undefined;
      case 'scaned_but_redirect':
        if (status.redirect_host) this.#url = `${new URL(config.url).protocol}//${status.redirect_host}`;
        return undefined;
      case 'need_verifycode':
        return this.#askForDigits();
      case 'verify_code_blocked':
        return { kind: 'again', why: 'wrong digits were typed too often' };
      case 'expired':
        return { kind: 'again', why: 'the last code was not scanned in time' };
      case 'binded_redirect':
        // No token of ours was shown to the server: the bot is bound to something else that shows it one.
        return { kind: 'again', why: 'WeChat says that this bot is in use elsewhere' };
      case 'confirmed':
        return { kind: 'confirmed', login: toLogin(status, config) };
      default:
        // `wait`, and whatever may come to be said between scan and confirmation.
        return undefined;
    }
  }

  async #askForDigits(): Promise<Result | undefined> {
    const { port, clock, signal } = this.#parts;
    const message =
      this.#typed === undefined
        ? 'type the digits that WeChat shows on the phone'
        : 'those were not the digits: type the ones that WeChat shows on the phone';
    this.#endMs = clock.monotonicMs() + this.#ageMs;
    const typed = Promise.withResolvers<string>();
    port.state({ phase: 'login', message });
    port.prompt({ type: 'code', message, answer: (code) => typed.resolve(code.trim()) });
    const waiting = new AbortController();
    const late = sleep(clock, this.#ageMs, AbortSignal.any([signal, waiting.signal])).then(
      () => undefined,
      // Typed, or the run is over: the race has its end.
      () => undefined,
    );
    this.#typed = await Promise.race([typed.promise, late]);
    waiting.abort();
    signal.throwIfAborted();
    if (this.#typed === undefined) return { kind: 'again', why: 'nobody typed the digits' };
    this.#show('the digits are being checked');
    return undefined;
  }
}

function toLogin({ bot_token: token, ilink_bot_id: bot, baseurl }: QrStatus, { url }: IlinkConfig): Login {
  if (!token || !bot) throw new IlinkError('ilink-malformed', 'the scan was confirmed, but no token came');
  return { token, bot, url: isAsSafe(baseurl, url) ? baseurl : url };
}

/** The token goes to where the server says, but never unencrypted where it was encrypted before. */
function isAsSafe(address: string | null | undefined, before: string): address is string {
  const protocol = URL.parse(address ?? '')?.protocol;
  return protocol === 'https:' || (protocol === 'http:' && new URL(before).protocol === 'http:');
}

function toDay(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ') + ' UTC';
}
