/**
 * What people have asked of the accounts, and what became of it: the newest requests in memory, each also under a key of
 * its own in the journal, because a request that nobody has answered must outlive its event. The journal's events are the
 * truth. What they tell is written down behind them, so a start reads on in them where that had come to.
 */
import type { Clock } from './clock.ts';
import type { AnswerEvent, HubEvent, RequestEvent } from './event.ts';
import type { RequestStatus } from './face.ts';
import type { Journal } from './journal.ts';
import { splitRoomRef, type AccountId, type EventId, type Position } from './message.ts';
import type { Log } from './log.ts';

/** Requests kept of one account; the oldest that are answered go first. */
const keptOfAccount = 500;
/** Where a start reads on is written at least so often. */
const noteEveryEvents = 10_000;
const pageLimit = 500;

const prefix = 'request/';
/** The position up to which everything is under `prefix`. */
const readKey = 'requests/read';

/** A request as it is kept. */
interface Kept {
  request: RequestEvent;
  answer?: AnswerEvent;
}

export interface RequestsHost {
  readonly journal: Pick<Journal, 'get' | 'set' | 'list' | 'read' | 'head' | 'journey'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

export class Requests {
  readonly #host: RequestsHost;
  readonly #kept = new Map<EventId, Kept>();
  /** Keys whose values in the journal are not what they should be. */
  readonly #unwritten = new Set<EventId>();
  #position: Position = 0;
  /** Up to where it was last asked to be written. */
  #askedFor: Position = 0;
  /** One after the other: the position must not be ahead of what could not be written. */
  #writing: Promise<void> = Promise.resolve();

  constructor(host: RequestsHost) {
    this.#host = host;
  }

  /** Reads what was asked before this process. Before anything is received. */
  async restore(): Promise<void> {
    const { journal } = this.#host;
    const [entries, read] = await Promise.all([journal.list(prefix), journal.get(readKey)]);
    for (const [, value] of entries) {
      const kept = JSON.parse(value) as Kept;
      this.#kept.set(kept.request.id, kept);
    }
    const head = await journal.head();
    for (let after = Number(read ?? 0); after < head;) {
      const page = await journal.read(after, { kinds: ['request', 'answer'] }, pageLimit);
      for (const event of page.events) this.#take(event);
      if (page.next === after) break;
      after = page.next;
    }
    this.#position = head;
    await this.#write();
  }

  /** Something was appended. Called with every event, in the journal's order, as soon as it is durable. */
  note(event: HubEvent): void {
    this.#position = event.position;
    const concerns = event.kind === 'request' || event.kind === 'answer';
    if (concerns) this.#take(event);
    if (!concerns && this.#position - this.#askedFor < noteEveryEvents) return;
    this.#write().catch((error: unknown) => {
      // The events have it: it is written with the next one, or read again at the next start.
      this.#host.log.warn({ err: error }, 'requests could not be noted');
    });
  }

  get(id: EventId): Readonly<Kept> | undefined {
    return this.#kept.get(id);
  }

  /** The one that an account's network knows by this id. */
  find(account: AccountId, request: string): RequestEvent | undefined {
    return this.of(account).find((kept) => kept.request === request);
  }

  /** Those of an account, oldest first. */
  of(account: AccountId): RequestEvent[] {
    return [...this.#kept.values()]
      .map(({ request }) => request)
      .filter(({ room }) => splitRoomRef(room).account === account);
  }

  /** How far it has got; undefined where it is not known any more. Rejects with a `JournalError`. */
  async status(id: EventId): Promise<RequestStatus | undefined> {
    const kept = this.#kept.get(id);
    if (!kept) return undefined;
    const { request, answer } = kept;
    if (!answer) {
      const isLate = request.expiresAt !== undefined && this.#host.clock.now() >= request.expiresAt;
      return { request, state: isLate ? 'gone' : 'open' };
    }
    const journey = answer.postedBy === undefined ? undefined : await this.#host.journal.journey(answer.id);
    const [delivery] = journey?.deliveries ?? [];
    return {
      request,
      answer,
      state: answer.answer,
      ...(delivery && {
        delivery: {
          id: delivery.id,
          state: delivery.state,
          ...(delivery.reason !== undefined && { reason: delivery.reason }),
        },
      }),
    };
  }

  #take(event: HubEvent): void {
    if (event.kind === 'request') {
      if (this.#kept.has(event.id)) return;
      this.#kept.set(event.id, { request: event });
      this.#unwritten.add(event.id);
      this.#forgetOldest(splitRoomRef(event.room).account);
    } else if (event.kind === 'answer') {
      const kept = this.#kept.get(event.target);
      if (!kept) return;
      kept.answer = event;
      this.#unwritten.add(event.target);
    }
  }

  #forgetOldest(account: AccountId): void {
    const own = this.of(account);
    if (own.length <= keptOfAccount) return;
    const oldest = own.find(({ id }) => this.#kept.get(id)?.answer) ?? own[0];
    if (!oldest) return;
    this.#kept.delete(oldest.id);
    this.#unwritten.add(oldest.id);
  }

  #write(): Promise<void> {
    this.#askedFor = this.#position;
    const written = this.#writing.then(() => this.#writeNow());
    // Told to who waits for it.
    this.#writing = written.catch(() => {});
    return written;
  }

  async #writeNow(): Promise<void> {
    const ids = [...this.#unwritten];
    const position = this.#position;
    const entries = ids.map((id): [string, string | undefined] => {
      const kept = this.#kept.get(id);
      return [prefix + id, kept && JSON.stringify(kept)];
    });
    this.#unwritten.clear();
    try {
      await this.#host.journal.set([...entries, [readKey, String(position)]]);
    } catch (error) {
      for (const id of ids) this.#unwritten.add(id);
      throw error;
    }
  }
}
