/**
 * How often somebody may guess passwords: counted by the address that they come from and by the name that they try,
 * since an attacker can have many addresses. Hashing a password is work, so only a few are hashed at once.
 */
import { isIPv6 } from 'node:net';
import type { Clock } from '../hub/clock.ts';
import { RecentMap } from '../hub/recent-map.ts';

/** Failures are counted for so long. */
const windowMs = 15 * 60_000;
/** So many failures in that time, then the address has to wait. */
const failuresOfAddress = 10;
/**
 * So many, then the name has to wait, unless the address has logged in with it before: nobody can lock a person out of
 * the machine that they work at.
 */
const failuresOfName = 50;
/** How many addresses and names are remembered. */
const remembered = 10_000;
/** Passwords that are hashed at once: half of the threads that also read files. */
const hashesAtOnce = 2;
/** More than so many that wait for their turn are turned away. */
const hashesWaiting = 64;
/** And asked to come back after so long. */
const busyMs = 5_000;

interface Count {
  failures: number;
  /** When the window began. */
  sinceMs: number;
}

export class LoginLimits {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #counts = new RecentMap<Count>(remembered);
  /** Address and name of logins that went well. */
  readonly #known = new RecentMap<true>(remembered);
  readonly #waiting: (() => void)[] = [];
  #hashing = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /**
   * Runs `verify`, which hashes a password, when it is its turn, and counts how it ends. Where whoever tries has to wait
   * first it is not run: then the answer is how long, milliseconds.
   */
  async guard<User>(
    address: string,
    name: string,
    verify: () => Promise<User | undefined>,
  ): Promise<{ user: User | undefined } | { waitMs: number }> {
    if (this.#hashing >= hashesAtOnce) {
      if (this.#waiting.length >= hashesWaiting) return { waitMs: busyMs };
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#hashing += 1;
    try {
      // Only now: guesses that came all at once count one after the other.
      const waitMs = this.#waitMs(address, name);
      if (waitMs > 0) return { waitMs };
      const user = await verify();
      if (user === undefined) this.#failed(address, name);
      else this.#succeeded(address, name);
      return { user };
    } finally {
      this.#hashing -= 1;
      this.#waiting.shift()?.();
    }
  }

  #waitMs(address: string, name: string): number {
    const known = this.#known.get(toPair(address, name)) === true;
    return Math.max(
      this.#waitOf(addressKey(address), failuresOfAddress),
      known ? 0 : this.#waitOf(nameKey(name), failuresOfName),
    );
  }

  #failed(address: string, name: string): void {
    for (const key of [addressKey(address), nameKey(name)]) {
      const count = this.#current(key);
      this.#counts.set(key, { failures: count.failures + 1, sinceMs: count.sinceMs });
    }
  }

  #succeeded(address: string, name: string): void {
    this.#known.set(toPair(address, name), true);
    this.#counts.set(addressKey(address), { failures: 0, sinceMs: this.#clock.monotonicMs() });
  }

  #waitOf(key: string, limit: number): number {
    const { failures, sinceMs } = this.#current(key);
    return failures < limit ? 0 : sinceMs + windowMs - this.#clock.monotonicMs();
  }

  #current(key: string): Count {
    const nowMs = this.#clock.monotonicMs();
    const count = this.#counts.get(key);
    return count && nowMs - count.sinceMs < windowMs ? count : { failures: 0, sinceMs: nowMs };
  }
}

/** An IPv6 network gives each of its machines 2⁶⁴ addresses: the network counts. */
function addressKey(address: string): string {
  return `address ${isIPv6(address) ? toNetwork(address) : address}`;
}

function nameKey(name: string): string {
  return `name ${name.slice(0, 64)}`;
}

function toPair(address: string, name: string): string {
  return `${addressKey(address)} ${nameKey(name)}`;
}

/** The first 64 bits of an IPv6 address, written one way. */
function toNetwork(address: string): string {
  const [head = '', tail] = address.replace(/%.*$/, '').split('::', 2);
  const groups = head.split(':').filter((group) => group !== '');
  const after = tail?.split(':').filter((group) => group !== '') ?? [];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length);
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...after];
  return all
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':');
}
