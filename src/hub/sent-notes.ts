/**
 * What an account has sent, noted durably before it goes out. Networks that take no id of the hub's can only so find out what
 * became of a send whose outcome is not known: what was never noted did not go out, what has an id arrived, and the rest is
 * looked for by what was noted.
 */
import { DeliveryError } from './errors.ts';
import type { AccountPort } from './network.ts';

/** Sends whose outcome is kept: whoever crashed between a receipt and its journal asks for the last ones. */
const keptLimit = 200;
const keyPrefix = 'sent/';

/** What a network notes, at least. It is kept as JSON. */
export interface SentNote {
  /** When it went out, milliseconds since the epoch. */
  at: number;
  /** Its message's id, once it is known to have been sent. */
  id?: string | number;
}

export class SentNotes<Note extends SentNote> {
  readonly #port: Pick<AccountPort, 'store' | 'log'>;
  /** By the send's token, oldest first. */
  readonly #sent = new Map<string, Note>();

  constructor(port: Pick<AccountPort, 'store' | 'log'>) {
    this.#port = port;
  }

  /** Reads what was noted of earlier sends. */
  async open(): Promise<void> {
    const noted = (await this.#port.store.list(keyPrefix)).map(
      ([key, value]) => [key.slice(keyPrefix.length), JSON.parse(value) as Note] as const,
    );
    for (const [token, sent] of noted.toSorted(([, a], [, b]) => a.at - b.at)) this.#sent.set(token, sent);
  }

  get(token: string): Note | undefined {
    return this.#sent.get(token);
  }

  /** All that is kept, by token. */
  entries(): IterableIterator<[string, Note]> {
    return this.#sent.entries();
  }

  /** Whether a message is the outcome of a send: one message is never that of two. */
  isClaimed(id: NonNullable<Note['id']>): boolean {
    return this.#sent.values().some((sent) => sent.id === id);
  }

  /** Rejects with a `DeliveryError` where it cannot be noted: then it must not go out. */
  async note(token: string, sent: Note): Promise<void> {
    try {
      await this.#port.store.set(keyPrefix + token, JSON.stringify(sent));
    } catch (error) {
      throw new DeliveryError('failed', 'it could not be noted before it went out', { cause: error });
    }
    this.#sent.set(token, sent);
  }

  /** Notes an outcome, and lets go of the oldest. Never rejects: what was sent stays sent. */
  async settle(token: string, id: NonNullable<Note['id']>): Promise<void> {
    const sent = this.#sent.get(token);
    if (!sent) return;
    const settled = { ...sent, id };
    this.#sent.delete(token);
    this.#sent.set(token, settled);
    await this.#write(token, JSON.stringify(settled));
    for (const [oldest] of this.#sent) {
      if (this.#sent.size <= keptLimit) break;
      await this.forget(oldest);
    }
  }

  /** It certainly did not go out. Never rejects. */
  async forget(token: string): Promise<void> {
    this.#sent.delete(token);
    await this.#write(token, undefined);
  }

  async #write(token: string, value: string | undefined): Promise<void> {
    const { store, log } = this.#port;
    try {
      await store.set(keyPrefix + token, value);
    } catch (error) {
      // The run is over, or the journal says it itself: the send is looked for once more, at worst.
      log.debug({ err: error }, 'the outcome of a send could not be noted');
    }
  }
}
