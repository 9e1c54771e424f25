/**
 * The pictures of who is talking. QQ has everybody's at an address made of their number; it is fetched when somebody says
 * something, beside everything else: no message waits for it, and the first one goes without.
 */
import type { Clock } from '../../hub/clock.ts';
import { toMediaType } from '../../hub/media.ts';
import type { Avatar } from '../../hub/message.ts';
import type { AccountPort } from '../../hub/network.ts';
import { RecentMap } from '../../hub/recent-map.ts';

/** Pictures remembered. */
const PICTURES_LIMIT = 5000;
const PICTURE_LIMIT_BYTES = 256 * 1024;
/** Pictures fetched at once; further ones are with the next message of who they are of. */
const FETCHES_LIMIT = 4;
const FETCH_TIMEOUT_MS = 20_000;
/** When it is looked for a new one, and when one is asked for again that could not be had. */
const FRESH_MS = 24 * 60 * 60_000;
const FAILURE_MS = 60 * 60_000;

export interface AvatarsParts {
  port: AccountPort;
  clock: Clock;
  /** Aborted when the run is over. */
  signal: AbortSignal;
  /** Whether pictures are fetched at all. */
  isOn: boolean;
}

export class Avatars {
  readonly #parts: AvatarsParts;
  /** By address; `dueMs` by the clock's `monotonicMs`. */
  readonly #pictures = new RecentMap<{ avatar: Avatar | undefined; dueMs: number }>(PICTURES_LIMIT);
  readonly #busy = new Set<string>();

  constructor(parts: AvatarsParts) {
    this.#parts = parts;
  }

  /**
   * Somebody's picture, as far as it is here.
   *
   * @param told its address, where the implementation tells one, '' for none; one that does not tell is QQ's
   */
  of(user: number, told: string | undefined): Avatar | undefined {
    const url = told ?? `https://q1.qlogo.cn/g?b=qq&nk=${user}&s=140`;
    if (!this.#parts.isOn || !/^https?:/.test(url)) return undefined;
    const known = this.#pictures.get(url);
    const isDue = !known || known.dueMs <= this.#parts.clock.monotonicMs();
    if (isDue && !this.#busy.has(url) && this.#busy.size < FETCHES_LIMIT)
      void this.#fetch(url, known?.avatar);
    return known?.avatar;
  }

  /** Never rejects. @param before what was there before, if that is all that can be had */
  async #fetch(url: string, before: Avatar | undefined): Promise<void> {
    const { port, clock, signal } = this.#parts;
    this.#busy.add(url);
    const waiting = new AbortController();
    const cancel = clock.after(FETCH_TIMEOUT_MS, () => waiting.abort(new Error('it took too long')));
    let avatar = before;
    let pauseMs = FAILURE_MS;
    try {
      const about = {
        name: 'avatar',
        limitBytes: PICTURE_LIMIT_BYTES,
        signal: AbortSignal.any([signal, waiting.signal]),
      };
      const { url: kept, mime, sha256 } = await port.media.fetch(url, about);
      avatar = toMediaType(mime) === 'image' ? { url: kept, mime, sha256 } : undefined;
      pauseMs = FRESH_MS;
    } catch (error) {
      // Whoever it is goes without a picture, or with the one they had, for a while.
      port.log.debug({ err: error }, 'a picture could not be had');
    }
    cancel();
    this.#busy.delete(url);
    this.#pictures.set(url, { avatar, dueMs: clock.monotonicMs() + pauseMs });
  }
}
