/** Where a program begins to follow: its cursor, its consumer's, now, or the oldest event that there is. */
import type { HubEvent } from '../../../hub/event.ts';
import type { EventFilter } from '../../../hub/journal.ts';
import type { Position } from '../../../hub/message.ts';
import type { Cursors } from '../cursor.ts';
import type { Caller } from '../../../http/authentication.ts';
import type { RestHost } from '../host.ts';
import { narrowFilter, toPoster } from '../rights.ts';
import type { Sight } from '../sight.ts';
import type { Consumer, Consumers } from './consumers.ts';
import { EventReader } from './reader.ts';
import type { Tail } from '../../../hub/tail.ts';

export interface FollowRequest {
  account?: readonly string[];
  room?: readonly NonNullable<EventFilter['rooms']>[number][];
  kind?: readonly NonNullable<EventFilter['kinds']>[number][];
  /** A cursor, a time, `now` or `oldest`. */
  after?: string;
  consumer?: string;
}

export interface Followed {
  reader: EventReader;
  consumer: Consumer | undefined;
}

export class Follower {
  readonly #tail: Tail;
  readonly #cursors: Cursors;
  readonly #consumers: Consumers;
  readonly #sight: Sight;
  readonly #journal: Pick<RestHost['journal'], 'head'>;

  constructor(
    tail: Tail,
    cursors: Cursors,
    consumers: Consumers,
    sight: Sight,
    journal: Pick<RestHost['journal'], 'head'>,
  ) {
    this.#tail = tail;
    this.#cursors = cursors;
    this.#consumers = consumers;
    this.#sight = sight;
    this.#journal = journal;
  }

  /** Rejects with a `RestError`: a cursor of another hub, an account that the caller may not see. */
  async begin(caller: Caller, request: FollowRequest): Promise<Followed> {
    const { account, room, kind, after, consumer: name } = request;
    const filter = narrowFilter(caller, {
      ...(account && { accounts: account }),
      ...(room && { rooms: room }),
      ...(kind && { kinds: kind }),
    });
    const owner = toPoster(caller);
    const known = name === undefined ? undefined : this.#consumers.find(owner, name);
    const start = await this.#toStart(after, known);
    const consumer = name === undefined ? undefined : await this.#consumers.open(owner, name, start);
    const only = (events: HubEvent[]) => this.#sight.only(caller, events, (event) => event);
    return { reader: new EventReader(this.#tail, { filter, only }, start), consumer };
  }

  async #toStart(after: string | undefined, consumer: Consumer | undefined): Promise<Position> {
    if (after === 'oldest') return this.#beforeOldest();
    if (after !== undefined && after !== 'now') return this.#cursors.parsePlace(after);
    return after === undefined && consumer ? consumer.position : this.#journal.head();
  }

  /** Where the oldest event that is kept comes next: what was removed before it was never asked for, and is no gap. */
  async #beforeOldest(): Promise<Position> {
    const { events, next } = await this.#tail.read(0, {}, 1);
    return events[0] ? events[0].position - 1 : next;
  }
}
