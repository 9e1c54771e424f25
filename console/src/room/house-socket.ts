/**
 * The connection to a house: comes in, comes back after a loss where it stopped, and sends what was not answered again
 * under its old key, so that nothing that was said is lost or said twice.
 */
import { signal, type Signal } from '@preact/signals';
import { pause, toRetryDelayMs, trackConnection, type ConnectionState } from '../api/connection.ts';
import { createRandomName } from '../api/random.ts';
import { words } from '../i18n/words.ts';
import { keep, readKept } from './kept.ts';
import type { Done, FromHouse, Hello } from './protocol.ts';

/** Codes of closing after which one does not come back: logged out, gone on elsewhere, a frame too large. */
const finalCodes: ReadonlySet<number> = new Set([1000, 1009, 4001]);
const goneElsewhere = 4001;

/** The house refused something; `code` as docs/house-web.md lists them. */
export class HouseError extends Error {
  override readonly name = 'HouseError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Where to go on: what the page has taken in. */
export interface Resume {
  session: string;
  room: string;
  epoch: string;
  position: number;
  own: number;
}

export interface HouseSocketOptions {
  account: string;
  /** Which room, by which nick, from where on; asked each time it connects. Undefined: not yet. */
  join: (hello: Hello) => { room: string; nick?: string; resume?: Resume } | undefined;
  onFrame: (frame: FromHouse) => void;
  /** It could not come in. */
  onRefused: (error: HouseError) => void;
}

interface Unanswered {
  frame: Readonly<Record<string, unknown>>;
  resolve: (done: Done) => void;
  reject: (error: Error) => void;
}

export class HouseSocket {
  readonly state: Signal<ConnectionState> = signal({ phase: 'connecting' });
  /** It went on in another tab, or was logged out: nothing brings it back by itself. */
  readonly ended = signal<'elsewhere' | 'over' | undefined>(undefined);
  readonly #options: HouseSocketOptions;
  readonly #stopping = new AbortController();
  readonly #unanswered = new Map<string, Unanswered>();
  #untrack = () => {};
  #socket: WebSocket | undefined;
  #hello: Hello | undefined;
  #isIn = false;

  constructor(options: HouseSocketOptions) {
    this.#options = options;
    void this.#run();
  }

  /** Comes in with what `join` tells now, where it was not told before or was refused. */
  join(): void {
    const hello = this.#hello;
    if (hello === undefined || this.#isIn) return;
    const joining = this.#options.join(hello);
    if (joining !== undefined)
      this.#write({ type: 'join', client: toClientSecret(this.#options.account), ...joining });
  }

  /**
   * Sends and waits for the answer, over lost connections for what may be said again. Rejects with a `HouseError`, or
   * when the page leaves.
   */
  ask(frame: Readonly<Record<string, unknown>> & { type: string }): Promise<Done> {
    const key = createRandomName();
    const keyed = { ...frame, key };
    return new Promise((resolve, reject) => {
      this.#unanswered.set(key, { frame: keyed, resolve, reject });
      if (this.#isIn) this.#write(keyed);
    });
  }

  /** Sends what needs no answer; nothing while the connection is lost. */
  tell(frame: Readonly<Record<string, unknown>>): void {
    if (this.#isIn) this.#write(frame);
  }

  close(): void {
    this.#stopping.abort();
    this.#untrack();
    this.#socket?.close();
    for (const { reject } of this.#unanswered.values()) reject(new HouseError('closed', ''));
    this.#unanswered.clear();
  }

  async #run(): Promise<void> {
    let lostAt = 0;
    for (let tries = 0; !this.#stopping.signal.aborted; tries += 1) {
      const { code, wasIn } = await this.#connectOnce();
      if (this.#stopping.signal.aborted) return;
      if (finalCodes.has(code)) {
        this.ended.value = code === goneElsewhere ? 'elsewhere' : 'over';
        this.#untrack();
        return;
      }
      if (wasIn) {
        tries = 0;
        lostAt = 0;
      }
      if (lostAt === 0) lostAt = Date.now();
      this.state.value = { phase: 'lost', since: lostAt, tries, reason: String(code) };
      await pause(toRetryDelayMs(tries), this.#stopping.signal);
    }
  }

  /** One connection's life. */
  #connectOnce(): Promise<{ code: number; wasIn: boolean }> {
    const { promise, resolve } = Promise.withResolvers<{ code: number; wasIn: boolean }>();
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/in/${this.#options.account}/web`);
    let wasIn = false;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }: MessageEvent<string>) => {
      this.#take(JSON.parse(data) as FromHouse);
      wasIn ||= this.#isIn;
    });
    socket.addEventListener('close', ({ code }) => {
      this.#isIn = false;
      this.#hello = undefined;
      this.#forgetUnrepeatable();
      resolve({ code, wasIn });
    });
    return promise;
  }

  #take(frame: FromHouse): void {
    switch (frame.type) {
      case 'hello':
        this.#hello = frame;
        this.#options.onFrame(frame);
        this.join();
        return;
      case 'done': {
        const asked = this.#unanswered.get(frame.key);
        this.#unanswered.delete(frame.key);
        asked?.resolve(frame);
        return;
      }
      case 'failed': {
        const error = new HouseError(frame.code, words().hub.said(frame.message));
        const asked = frame.key === undefined ? undefined : this.#unanswered.get(frame.key);
        if (asked === undefined) {
          if (!this.#isIn) this.#options.onRefused(error);
          return;
        }
        this.#unanswered.delete(frame.key ?? '');
        asked.reject(error);
        return;
      }
      case 'room':
        this.#options.onFrame(frame);
        if (this.#isIn) return;
        // A door that was never open is not a hub that is not heard.
        this.#untrack();
        this.#untrack = trackConnection(this.state);
        this.#isIn = true;
        this.state.value = { phase: 'open' };
        for (const each of this.#unanswered.values()) this.#write(each.frame);
        return;
      default:
        this.#options.onFrame(frame);
    }
  }

  /** What is said has a key that the house knows again; of an edit nobody can tell whether it was made. */
  #forgetUnrepeatable(): void {
    for (const [key, { frame, reject }] of this.#unanswered) {
      if (frame['type'] === 'say') continue;
      this.#unanswered.delete(key);
      reject(new HouseError('lost', words().connection.lost));
    }
  }

  #write(frame: Readonly<Record<string, unknown>>): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }
}

/** The secret by which a guest is known again: as long as the tab lives. */
function toClientSecret(account: string): string {
  const key = `client.${account}`;
  const kept = readKept('tab', key);
  if (kept !== undefined) return kept;
  const made = createRandomName();
  keep('tab', key, made);
  return made;
}
