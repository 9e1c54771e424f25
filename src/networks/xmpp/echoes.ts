/**
 * What became of the messages sent to one room. A room shows everybody what was said, its sender too: that echo is
 * the receipt. It is known by the token that was sent along as the message's id, never by nick or text.
 *
 * An echo may come late: after the hub stopped waiting, after a resumed connection, in the archive after a crash. So
 * receipts are kept for a while for whoever asks then.
 */
import { DeliveryError } from '../../hub/errors.ts';
import type { AccountStore, Receipt } from '../../hub/network.ts';

/** Receipts remembered of one room. */
const RECEIPTS_LIMIT = 10_000;

export class Echoes {
  readonly #awaited = new Map<string, PromiseWithResolvers<Receipt>>();
  readonly #receipts = new Map<string, Receipt>();

  /** Sends are under way. */
  get busy(): boolean {
    return this.#awaited.size > 0;
  }

  /** Is this token's echo to come? */
  awaits(token: string): boolean {
    return this.#awaited.has(token);
  }

  receipt(token: string): Receipt | undefined {
    return this.#receipts.get(token);
  }

  /** Resolves with the token's echo; rejects when it was refused, or when it may never be known. */
  expect(token: string): Promise<Receipt> {
    let expected = this.#awaited.get(token);
    if (!expected) this.#awaited.set(token, (expected = open()));
    return expected.promise;
  }

  /** The room showed the token's message. Also for what an earlier run sent. */
  settle(token: string, receipt: Receipt): void {
    this.#receipts.set(token, receipt);
    if (this.#receipts.size > RECEIPTS_LIMIT) {
      const oldest = this.#receipts.keys().next().value;
      if (oldest !== undefined) this.#receipts.delete(oldest);
    }
    const expected = this.#awaited.get(token);
    this.#awaited.delete(token);
    expected?.resolve(receipt);
  }

  /** The token's message did not go out. False where nobody waits for it. */
  refuse(token: string, error: Error): boolean {
    const expected = this.#awaited.get(token);
    this.#awaited.delete(token);
    expected?.reject(error);
    return expected !== undefined;
  }

  /** What counted as sent came back: it did not go out. */
  revoke(token: string): void {
    this.#receipts.delete(token);
  }

  /** The connection is over but may be resumed: nobody waits any more, though the echoes may still come. */
  interrupt(): void {
    for (const [token, expected] of this.#awaited) {
      this.#awaited.set(token, open());
      expected.reject(
        new DeliveryError('unknown', 'the connection was lost before the room showed the message'),
      );
    }
  }

  /** What has not been shown by now will not be. */
  forget(): void {
    for (const [token, expected] of this.#awaited) {
      this.#awaited.delete(token);
      expected.reject(new DeliveryError('unknown', 'the room was left before it showed the message'));
    }
  }
}

function open(): PromiseWithResolvers<Receipt> {
  const expected = Promise.withResolvers<Receipt>();
  // Not everybody who sent still waits; those who do see the rejection themselves.
  expected.promise.catch(() => {});
  return expected;
}

const PREFIX_KEY = 'token-prefix';
const TOKEN = /^(h[0-9a-z]{6,})-[0-9a-z]+(?:-[0-9a-z]+)*$/;

/** Tells this hub's tokens from other ids, from the first moment after a restart. */
export class OwnTokens {
  #prefix: string | undefined;

  async load(store: AccountStore): Promise<void> {
    this.#prefix ??= await store.get(PREFIX_KEY);
  }

  isOwn(id: string | undefined): id is string {
    return id !== undefined && this.#prefix !== undefined && TOKEN.exec(id)?.[1] === this.#prefix;
  }

  /** Learns from a token that the hub gave. Resolves when it is durable: before the token is on the wire. */
  async learn(token: string, store: AccountStore): Promise<void> {
    const prefix = TOKEN.exec(token)?.[1];
    if (prefix === undefined || prefix === this.#prefix) return;
    await store.set(PREFIX_KEY, prefix);
    this.#prefix = prefix;
  }

  /** Whether this token's kind has been learned, so that sending needs not wait. */
  knows(token: string): boolean {
    return this.isOwn(token) || !TOKEN.test(token);
  }
}
