/**
 * In which rooms somebody talks with an account alone: as their networks say of them, and through restarts, since a room's
 * queue or history is asked about while its account is away. A room of which nothing was said is one for several.
 */
import type { Journal } from './journal.ts';
import type { Log } from './log.ts';
import type { RoomRef } from './message.ts';
import { RecentMap } from './recent-map.ts';

/** Rooms of which it is remembered without a look into the journal. */
const rememberedRooms = 20_000;
const prefix = 'direct/';

export class DirectRooms {
  readonly #journal: Pick<Journal, 'get' | 'set'>;
  readonly #log: Log;
  readonly #known = new RecentMap<boolean>(rememberedRooms);

  constructor(journal: Pick<Journal, 'get' | 'set'>, log: Log) {
    this.#journal = journal;
    this.#log = log;
  }

  /** A network said so. It is in the journal before what is appended after this call. */
  note(room: RoomRef): void {
    if (this.#known.get(room)) return;
    this.#known.set(room, true);
    this.#journal.set([[prefix + room, '1']]).catch((error: unknown) => {
      this.#known.delete(room);
      // The next thing that happens there says it again.
      this.#log.warn({ room, err: error }, 'it could not be noted that a room is private');
    });
  }

  /** Rejects with a `JournalError`. */
  async has(room: RoomRef): Promise<boolean> {
    const known = this.#known.get(room);
    if (known !== undefined) return known;
    const isDirect = (await this.#journal.get(prefix + room)) !== undefined;
    // It may have been noted while the journal was read.
    const noted = this.#known.get(room) ?? isDirect;
    this.#known.set(room, noted);
    return noted;
  }
}
