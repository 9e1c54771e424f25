/**
 * What becomes of deliveries that a lane is done with: people retry and drop them, an account's removal parks them, a
 * network takes back what counted as sent. Whoever wrote a private message is told when it is given up.
 */
import { toDelivery } from './calls.ts';
import type { Clock } from './clock.ts';
import type { HubEvent, MessageEvent } from './event.ts';
import type { Delivery, DeliveryFilter, DeliveryId, Journal, Settlement } from './journal.ts';
import type { LaneCounters } from './lane.ts';
import type { Lanes } from './lanes.ts';
import type { Log } from './log.ts';
import { toRoomRef, type AccountId } from './message.ts';
import type { ReturnedSend } from './network.ts';

export interface DeliveryDeskParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  readonly hubId: string;
  readonly counters: LaneCounters;
  readonly lanes: Lanes;
  /** That of the hub: what has not been told by its end is told by nobody. */
  readonly signal: AbortSignal;
  /** The journal has another state of these deliveries, and `told` new outcomes. */
  settled(ids: readonly DeliveryId[], told: number): void;
  /** What the author of an event is to be told when it is given up, if anything. */
  failure(event: HubEvent, reason: string): MessageEvent | undefined;
  /** Appends a notice, once for each key. */
  notify(notice: MessageEvent, key: string): Promise<unknown>;
}

/** How long a notice waits that the journal did not take. */
const noticeRetryMs = 5_000;
/** Deliveries that are parked, retried or dropped in one step. */
const pageLimit = 500;

export class DeliveryDesk {
  readonly #parts: DeliveryDeskParts;

  constructor(parts: DeliveryDeskParts) {
    this.#parts = parts;
  }

  /** Sets parked and unknown deliveries going again, and what waits for them. Answers how many. */
  async retry(ids: readonly DeliveryId[]): Promise<number> {
    const { journal, lanes } = this.#parts;
    const retried = await journal.retry(ids);
    lanes.requeue(retried);
    // What waited for a parked message goes with it.
    const joined = await Promise.all(retried.map((delivery) => this.#joinedTo(delivery)));
    const more = joined.flat();
    return retried.length + (more.length > 0 ? await this.retry(more) : 0);
  }

  /** Gives deliveries up that are not being sent at the moment. Answers how many. */
  async drop(ids: readonly DeliveryId[]): Promise<number> {
    const { journal, lanes } = this.#parts;
    const underWay = lanes.underWay(ids);
    const waiting = ids.filter((id) => !underWay.has(id));
    const putBack = lanes.withhold(waiting);
    const dropped = await journal.drop(waiting).catch((error: unknown) => {
      putBack();
      throw error;
    });
    lanes.remove(dropped);
    this.#parts.settled(
      dropped.map(({ id }) => id),
      dropped.length,
    );
    return dropped.length;
  }

  retryAll(filter: DeliveryFilter): Promise<number> {
    return this.#forAll(filter, (page) => this.retry(page.map(({ id }) => id)));
  }

  dropAll(filter: DeliveryFilter): Promise<number> {
    return this.#forAll(filter, (page) => this.drop(page.map(({ id }) => id)));
  }

  /** Parks what waits for an account. */
  async parkAll(account: AccountId, reason: string): Promise<void> {
    const { journal, clock, lanes, counters } = this.#parts;
    await this.#forAll({ account, states: ['pending', 'sending'] }, async (waiting) => {
      const at = clock.now();
      const told = await journal.settle(
        waiting.map(({ id }): Settlement => ({ delivery: id, at, copies: [], state: 'parked', reason })),
      );
      lanes.remove(waiting);
      this.#parts.settled(
        waiting.map(({ id }) => id),
        told,
      );
      for (const { id, event } of waiting) this.tellFailure(id, event, reason);
      counters.parked += waiting.length;
      return waiting.length;
    });
  }

  /** Parks what counted as sent and came back. */
  async takeBack(account: AccountId, { room, token, native, reason }: ReturnedSend): Promise<void> {
    const { journal, clock, log, lanes, counters, hubId } = this.#parts;
    const delivery = toDelivery(hubId, token);
    if (delivery === undefined) return;
    const lane = toRoomRef(account, room);
    await lanes.written(lane);
    const parked = await journal.giveBack({ delivery, lane, native, at: clock.now(), reason });
    if (!parked) return;
    log.warn({ delivery, lane, reason }, 'a message that counted as sent came back');
    counters.parked += 1;
    this.#parts.settled([delivery], 1);
    this.tellFailure(delivery, parked.event, reason);
  }

  /** Has the author of a private message told that it was given up. */
  tellFailure(delivery: DeliveryId, event: HubEvent, reason: string): void {
    const notice = this.#parts.failure(event, reason);
    if (notice) this.#tell(delivery, notice);
  }

  #tell(delivery: DeliveryId, notice: MessageEvent): void {
    const { clock, log, signal } = this.#parts;
    this.#parts.notify(notice, String(delivery)).catch((error: unknown) => {
      log.warn({ delivery, err: error }, 'its author could not be told that a message was not delivered');
      clock.after(noticeRetryMs, () => {
        if (!signal.aborted) this.#tell(delivery, notice);
      });
    });
  }

  /** Does something with all deliveries that pass a filter, page by page. */
  async #forAll(
    filter: DeliveryFilter,
    what: (page: readonly Delivery[]) => Promise<number>,
  ): Promise<number> {
    let done = 0;
    for (let after = 0; ;) {
      const page = await this.#parts.journal.deliveries(filter, after, pageLimit);
      const last = page.at(-1);
      if (!last) return done;
      done += await what(page);
      after = last.id;
    }
  }

  /** The edits and reactions that were parked because their message was. */
  async #joinedTo(delivery: Delivery): Promise<DeliveryId[]> {
    const { journal } = this.#parts;
    if (delivery.event.kind !== 'message') return [];
    const journey = await journal.journey(delivery.event.id);
    const acts = await Promise.all((journey?.acts ?? []).map((act) => journal.journey(act.id)));
    return acts
      .flatMap((act) => act?.deliveries ?? [])
      .filter((act) => act.lane === delivery.lane && act.state === 'parked')
      .map((act) => act.id);
  }
}
