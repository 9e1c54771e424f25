/**
 * Cursors: places in the journal's one order, as programs hold them. They carry the hub's id, because a position of
 * another hub is a number too, and would silently skip or repeat what is here.
 */
import type { HubAccess } from '../../hub/face.ts';
import type { Journal } from '../../hub/journal.ts';
import type { Position } from '../../hub/message.ts';
import { findPositionAt } from '../../hub/position-at.ts';
import { RestError } from './problems.ts';

export class Cursors {
  readonly #hubId: string;
  readonly #journal: Pick<Journal, 'head'>;
  readonly #hub: Pick<HubAccess, 'read'>;

  constructor(hubId: string, journal: Pick<Journal, 'head'>, hub: Pick<HubAccess, 'read'>) {
    this.#hubId = hubId;
    this.#journal = journal;
    this.#hub = hub;
  }

  format(position: Position): string {
    return `${this.#hubId}-${position}`;
  }

  /** The position. Throws a `RestError`: `cursor-invalid`, or `cursor-foreign`. */
  parse(cursor: string): Position {
    const match = /^([a-z0-9]{1,32})-(\d{1,15})$/.exec(cursor);
    if (!match) {
      throw new RestError(
        'cursor-invalid',
        `${JSON.stringify(cursor)} is no cursor: hand back one as you got it`,
      );
    }
    if (match[1] !== this.#hubId) {
      const message = `the cursor ${cursor} is of another hub: this one is ${this.#hubId}. Begin with "oldest" or "now"`;
      throw new RestError('cursor-foreign', message);
    }
    return Number(match[2]);
  }

  /**
   * The position, where it must be one that this hub has reached. Rejects with `cursor-ahead` as well: the journal was
   * put back to an earlier state, and what came behind it is other than what the program saw.
   */
  async parseReached(cursor: string): Promise<Position> {
    const position = this.parse(cursor);
    const head = await this.#journal.head();
    if (position > head) {
      const message = `the cursor ${cursor} is ahead of this hub, which is at ${this.format(head)}: its journal was put back to an earlier state. Begin with "oldest" or "now"`;
      throw new RestError('cursor-ahead', message);
    }
    return position;
  }

  /** The position that a cursor or an ISO time names. Rejects as `parseReached`. */
  async parsePlace(place: string): Promise<Position> {
    return isTime(place)
      ? findPositionAt(this.#hub, await this.#journal.head(), Date.parse(place))
      : this.parseReached(place);
  }
}

/** Whether a place is told by a time. */
export function isTime(place: string): boolean {
  return /^\d{4}-\d\d-\d\dT/.test(place);
}
