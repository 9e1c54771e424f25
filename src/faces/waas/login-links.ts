/**
 * The links that open an account's QR code. Whoever has one needs no token, so nobody can guess it; it ends when the
 * account is logged out, since what is scanned next may be another's. It does not end while nobody has logged in yet: a
 * code that nobody scans is followed by another, and a puppet that has crashed begins anew, at the same link.
 */
import { randomBytes } from 'node:crypto';
import type { AccountStatus } from '../../hub/face.ts';
import type { AccountId } from '../../hub/message.ts';

const keyBytes = 24;

interface LoginLink {
  key: string;
  /** Somebody is logged in, as far as is known. */
  isUsed: boolean;
}

export class LoginLinks {
  readonly #links = new Map<AccountId, LoginLink>();

  /** Takes in how accounts do; to be called whenever that has changed. */
  note(accounts: readonly AccountStatus[]): void {
    for (const account of accounts) this.keyOf(account);
    for (const id of this.#links.keys()) {
      if (!accounts.some((account) => account.id === id)) this.#links.delete(id);
    }
  }

  /** The account's key from its first QR code until it is logged out; also for one that is online without a scan. */
  keyOf({ id, state: { phase }, prompt }: AccountStatus): string | undefined {
    const isOnline = phase === 'online';
    const asksAgain = phase === 'waiting' || phase === 'login' || prompt?.type === 'qr';
    const isOut = !isOnline && asksAgain && this.#links.get(id)?.isUsed === true;
    if (isOut || phase === 'failed' || phase === 'stopped') this.#links.delete(id);
    const begins = isOnline || prompt?.type === 'qr';
    const link =
      this.#links.get(id) ??
      (begins ? { key: randomBytes(keyBytes).toString('base64url'), isUsed: false } : undefined);
    if (!link) return undefined;
    if (isOnline) link.isUsed = true;
    this.#links.set(id, link);
    return link.key;
  }

  /** Whose key it is. */
  find(key: string): AccountId | undefined {
    for (const [account, link] of this.#links) if (link.key === key) return account;
    return undefined;
  }
}
