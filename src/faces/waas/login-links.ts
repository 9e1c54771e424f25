/**
 * The links that open an account's QR code. Whoever has one needs no token, so nobody can guess it; it ends when the
 * account is logged out, since what is scanned next may be another's.
 */
import { randomBytes } from 'node:crypto';
import type { AccountStatus } from '../../hub/face.ts';
import type { AccountId } from '../../hub/message.ts';

const keyBytes = 24;

export class LoginLinks {
  readonly #keys = new Map<AccountId, string>();

  /** The account's key from its first QR code until it is logged out; also for one that is online without a scan. */
  keyOf({ id, state: { phase }, prompt }: AccountStatus): string | undefined {
    const isOver = phase === 'waiting' || phase === 'failed' || phase === 'stopped';
    const begins = prompt?.type === 'qr' || phase === 'online';
    if (isOver && !begins) this.#keys.delete(id);
    if (begins && !this.#keys.has(id)) this.#keys.set(id, randomBytes(keyBytes).toString('base64url'));
    return this.#keys.get(id);
  }

  /** Whose key it is. */
  find(key: string): AccountId | undefined {
    for (const [account, each] of this.#keys) if (each === key) return account;
    return undefined;
  }
}
