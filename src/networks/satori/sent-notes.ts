/**
 * What was sent, noted durably before it goes out: Satori takes no id of ours, so a send of unknown outcome is looked for
 * by its words among what the login has said since.
 */
import { DeliveryError } from '../../hub/errors.ts';
import type { Clock } from '../../hub/clock.ts';
import type { AccountPort } from '../../hub/network.ts';
import { readContent } from '../../wire/satori/read-content.ts';

/** Sends whose outcome is kept: whoever crashed between a receipt and its journal asks for the last ones. */
const KEPT_LIMIT = 200;
const KEY_PREFIX = 'sent/';

export interface Sent {
  room: string;
  print: string;
  /** When it went out, milliseconds since the epoch. */
  at: number;
  /** Its message's id, once known; empty where it has none. */
  id?: string;
}

export class SentNotes {
  readonly #port: Pick<AccountPort, 'store' | 'log'>;
  readonly #clock: Pick<Clock, 'now'>;
  /** Oldest first. */
  readonly #sent = new Map<string, Sent>();

  constructor(port: Pick<AccountPort, 'store' | 'log'>, clock: Pick<Clock, 'now'>) {
    this.#port = port;
    this.#clock = clock;
  }

  /** Reads what was noted of earlier sends. */
  async open(): Promise<void> {
    const noted = (await this.#port.store.list(KEY_PREFIX)).map(
      ([key, value]) => [key.slice(KEY_PREFIX.length), JSON.parse(value) as Sent] as const,
    );
    for (const [token, sent] of noted.toSorted(([, a], [, b]) => a.at - b.at)) this.#sent.set(token, sent);
  }

  get(token: string): Sent | undefined {
    return this.#sent.get(token);
  }

  /** Whether a message is the outcome of a send: one message is never that of two. */
  isClaimed(id: string): boolean {
    return this.#sent.values().some((sent) => sent.id === id);
  }

  /** Rejects with a `DeliveryError` where it cannot be noted: then it must not go out. */
  async note(token: string, room: string, content: string): Promise<void> {
    const sent: Sent = { room, print: toPrint(content), at: this.#clock.now() };
    try {
      await this.#port.store.set(KEY_PREFIX + token, JSON.stringify(sent));
    } catch (error) {
      throw new DeliveryError('failed', 'it could not be noted before it went out', { cause: error });
    }
    this.#sent.set(token, sent);
  }

  /** Notes an outcome, and lets go of the oldest. Never rejects: what was sent stays sent. */
  async settle(token: string, id: string): Promise<void> {
    const sent = this.#sent.get(token);
    if (!sent) return;
    this.#sent.delete(token);
    this.#sent.set(token, { ...sent, id });
    await this.#write(token, JSON.stringify({ ...sent, id }));
    for (const [oldest] of this.#sent) {
      if (this.#sent.size <= KEPT_LIMIT) break;
      await this.forget(oldest);
    }
  }

  /** It certainly did not go out. Never rejects. */
  async forget(token: string): Promise<void> {
    this.#sent.delete(token);
    await this.#write(token, undefined);
  }

  async #write(token: string, value: string | undefined): Promise<void> {
    try {
      await this.#port.store.set(KEY_PREFIX + token, value);
    } catch (error) {
      this.#port.log.warn({ err: error }, 'the outcome of a send could not be noted');
    }
  }
}

/**
 * A content as a text by which it is found again: what servers and platforms tell otherwise than it was sent (addresses of
 * files, marks, blanks, the answered message) makes no difference.
 */
export function toPrint(content: string): string {
  const words = readContent(content).parts.map((part) => {
    if (part.type === 'text') return part.text;
    return part.type === 'mention' ? ` @${part.user} ` : ` [${part.type}] `;
  });
  return words.join('').replace(/\s+/g, ' ').trim();
}
