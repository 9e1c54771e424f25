/**
 * A lane: the ordered queue of one target room. It keeps the deliveries' order, has as many sends under way as the
 * connection keeps in order, finds out about uncertain ones before it sends them again, and writes what became of
 * each. Lanes know nothing of each other, so none can delay another.
 */
import { backoffMs, toError, type Backoff, type Cancel } from './clock.ts';
import { DeliveryError } from './errors.ts';
import type { Prepared } from './calls.ts';
import { dependsOn, prepare } from './copies.ts';
import type { EditEvent, HubEvent } from './event.ts';
import type { Delivery, DeliveryId, Settlement } from './journal.ts';
import { LaneQueue, type Item, type Overtaking } from './lane-queue.ts';
import { splitRoomRef, type RoomRef } from './message.ts';
import type { Session } from './network.ts';
import type { Pace } from './pace.ts';
import { findCalls, makeCalls, type Outcome, type SentPart } from './sending.ts';
import { Settling, type SettlingHost } from './settling.ts';

/** What a lane needs from the hub. */
export interface LaneHost extends SettlingHost {
  readonly hubId: string;
  readonly counters: LaneCounters;
  format(from: RoomRef, to: RoomRef): string;
  /** A delivery is about to be written down as parked. */
  parked(delivery: DeliveryId, event: HubEvent, reason: string): void;
  /** A delivery of this event went out; told before it is written down. */
  sent(lane: RoomRef, event: HubEvent): void;
  /** See `MediaStore.resolve`. */
  toLink(url: string): string;
  whenUnknown(lane: RoomRef): 'resend' | 'leave';
  /** Deliveries kept in memory of one lane; the rest waits in the journal. */
  readonly laneQueue: number;
}

export interface LaneCounters {
  sent: number;
  retried: number;
  parked: number;
  unknown: number;
  dropped: number;
}

/** Waits between tries of one delivery. */
const sendBackoff: Backoff = { baseMs: 500, capMs: 60_000 };
/** How long a lane rests when the journal cannot be read. */
const journalRestMs = 5_000;
/** How often a network is asked whether a send went out before no answer counts as `unsure`. */
const findAttempts = 12;

export class Lane {
  readonly room: RoomRef;
  readonly #host: LaneHost;
  readonly #queue: LaneQueue;
  readonly #settling: Settling;
  #session: Session | undefined;
  #pace: Pace | undefined;
  readonly #underWay = new Map<DeliveryId, Item>();
  /**
   * Something under way did not go out, or may not have. A room that cannot be spoken in gives back all that was handed to
   * it, in any order: until the last of it has ended nothing starts, or that would overtake it.
   */
  #holds = false;
  /** Slots promised to events that are being appended. */
  #reserved = 0;
  /** Events being appended that were promised no slot. */
  #expected = 0;
  /** Deliveries of an earlier run that may have gone out, whether they are in memory by now or not. */
  readonly #restored = new Set<DeliveryId>();
  #pumping = false;
  #again = false;
  #timer: Cancel | undefined;
  #closed = false;

  constructor(room: RoomRef, host: LaneHost) {
    this.room = room;
    this.#host = host;
    this.#queue = new LaneQueue(room, host.journal, host.laneQueue);
    this.#settling = new Settling(room, host, () => this.#pump());
  }

  /** The journal holds deliveries of an earlier run for this lane; `sending` are those that may have gone out. */
  restore(sending: readonly DeliveryId[]): void {
    this.#queue.spill();
    for (const id of sending) this.#restored.add(id);
  }

  /** Deliveries that wait or are under way, as far as they are in memory. */
  get depth(): number {
    return this.#queue.length + this.#underWay.size;
  }

  /**
   * Announces a delivery that is being appended. True: it will be sent at once, so it is to be journaled as begun.
   * Each call is followed by `add` or `cancel`, in the order of the calls.
   */
  expect(): boolean {
    const free =
      this.#session !== undefined &&
      !this.#settling.isBlocked &&
      !this.#holds &&
      this.#queue.isEmpty &&
      this.#expected === 0 &&
      this.#underWay.size + this.#reserved < this.#session.limits.sendsUnderWay;
    if (free) this.#reserved += 1;
    else this.#expected += 1;
    return free;
  }

  /** The announced delivery was not appended. */
  cancel(begun: boolean): void {
    if (begun) this.#reserved -= 1;
    else this.#expected -= 1;
  }

  /** The announced delivery is durable. */
  add(id: DeliveryId, event: HubEvent, begun: boolean): void {
    this.cancel(begun);
    this.#queue.add(id, event, begun);
    this.#pump();
  }

  /** A delivery that a person set going again. */
  requeue(delivery: Delivery): void {
    if (!this.#underWay.has(delivery.id)) this.#queue.requeue(delivery);
    this.#pump();
  }

  /** Takes deliveries that wait out of memory, so that they do not start. The answer puts them back. */
  withhold(ids: ReadonlySet<DeliveryId>): () => void {
    this.#settling.flush();
    const taken = this.#queue.remove(ids);
    return () => {
      for (const item of taken) this.#queue.insert(item);
      this.#pump();
    };
  }

  /** The journal has these deliveries as parked or dropped. Those under way cannot be called back. */
  remove(ids: ReadonlySet<DeliveryId>): void {
    this.#queue.remove(ids);
    for (const id of ids) this.#restored.delete(id);
    this.#settling.decided(ids);
  }

  /** Whether this delivery is being sent at the moment. */
  isUnderWay(id: DeliveryId): boolean {
    return this.#underWay.has(id);
  }

  /** The account is online. */
  open(session: Session, pace: Pace | undefined): void {
    if (this.#session && this.#session.actions !== session.actions) this.close();
    this.#session = session;
    this.#pace = pace;
    this.#pump();
  }

  /** The connection is over: what was under way may have gone out or not. */
  close(): void {
    this.#settling.flush();
    this.#session = undefined;
    this.#timer?.();
    this.#timer = undefined;
    for (const item of this.#underWay.values()) {
      item.uncertain = true;
      this.#queue.insert(item);
    }
    this.#underWay.clear();
    this.#holds = false;
  }

  /** The hub stops: nothing is sent or written any more. */
  dispose(): void {
    this.close();
    this.#closed = true;
    this.#settling.close();
  }

  /** Resolves when every outcome that is known is in the journal. */
  written(): Promise<void> {
    return this.#settling.untilDecided([]);
  }

  /**
   * Resolves when everything that has been sent here by now has its outcome: then every copy that an event of the
   * own account could be is in the journal.
   */
  quiet(): Promise<void> {
    return this.#settling.untilDecided([
      ...this.#underWay.keys(),
      ...this.#queue.uncertain(),
      ...this.#restored,
    ]);
  }

  /** Starts whatever can start now. Safe to call from anywhere, at any time. */
  #pump(): void {
    if (this.#pumping) {
      this.#again = true;
      return;
    }
    this.#pumping = true;
    void this.#work().catch((error: unknown) => {
      if (this.#closed) return;
      this.#host.log.error({ lane: this.room, err: toError(error) }, 'the journal cannot be read');
      this.#wakeIn(journalRestMs);
    });
  }

  async #work(): Promise<void> {
    try {
      do {
        this.#again = false;
        for (;;) {
          // Not awaited where there is nothing to await: a plain message goes out in the turn in which it is durable.
          const more = this.#step();
          if (more === false) break;
          if (more !== true && !(await more)) break;
        }
      } while (this.#again);
    } finally {
      this.#pumping = false;
    }
  }

  /** One step of the lane. True: look again at once; false: nothing to do until something happens. */
  #step(): boolean | Promise<boolean> {
    const session = this.#session;
    if (!session || this.#closed || this.#settling.isBlocked || this.#holds) return false;
    const item = this.#queue.head;
    if (!item) return this.#queue.isEmpty ? false : this.#queue.refill().then(() => true);
    if (this.#underWay.size >= session.limits.sendsUnderWay) return false;
    if (item.uncertain && this.#underWay.size > 0) return false;
    if (this.#settling.isUnwritten(item.id)) return false;
    if (this.#waitsForCopy(item.event)) return false;
    const waitMs = this.#waitOf(item);
    if (waitMs > 0) return this.#wakeIn(waitMs);

    const overtaking = this.#queue.overtaking(item);
    if (overtaking?.recall) return this.#dropRecalled(item, overtaking.recall, overtaking.edits);
    if (!item.begun) return this.#begin(session);
    const paceMs = this.#pace?.take() ?? 0;
    if (paceMs > 0) return this.#wakeIn(paceMs);

    const edit = overtaking?.edits.at(-1)?.event as EditEvent | undefined;
    const prepared = prepare(this.#place(session), item, edit);
    if (prepared instanceof Promise || item.uncertain) {
      return this.#launchLater(session, item, prepared, overtaking);
    }
    return this.#launch(session, item, prepared, overtaking);
  }

  /** Whether an event refers to a message whose copy here is on its way into the journal. */
  #waitsForCopy(event: HubEvent): boolean {
    const needed = dependsOn(event);
    if (needed === undefined) return false;
    for (const item of this.#underWay.values()) if (item.event.id === needed) return true;
    if (!this.#settling.isWriting(needed)) return false;
    this.#settling.flush();
    return true;
  }

  #dropRecalled(message: Item, recall: Item, edits: readonly Item[]): true {
    const dropped = [message, recall, ...edits];
    for (const item of dropped) this.#queue.take(item);
    this.#host.counters.dropped += dropped.length;
    this.#settling.settle(
      dropped.map((item) => this.#settlement(item, 'dropped', 'recalled before it was sent')),
    );
    return true;
  }

  /** Marks as many of the queue's heads as can be sent soon, in one write. */
  async #begin(session: Session): Promise<true> {
    const heads = this.#queue.toBegin(session.limits.sendsUnderWay);
    this.#settling.flush();
    await this.#host.journal.begin(heads.map((item) => item.id));
    for (const item of heads) item.begun = true;
    return true;
  }

  #place(session: Session) {
    const { journal, hubId, clock } = this.#host;
    const format = (from: RoomRef) => this.#host.format(from, this.room);
    const toLink = (url: string) => this.#host.toLink(url);
    return { journal, hubId, lane: this.room, session, format, toLink, now: clock.now() };
  }

  async #launchLater(
    session: Session,
    item: Item,
    preparing: Prepared | Promise<Prepared>,
    overtaking: Overtaking | undefined,
  ): Promise<true> {
    const prepared = await preparing;
    if (this.#session !== session || this.#queue.head !== item) return true;
    if (!item.uncertain || prepared.state !== 'ready')
      return this.#launch(session, item, prepared, overtaking);
    await this.#findOut(session, item, prepared);
    return true;
  }

  /** Finds out which calls of an earlier try were made, and goes on with the others. */
  async #findOut(session: Session, item: Item, prepared: Prepared & { state: 'ready' }): Promise<void> {
    const { clock, log, counters } = this.#host;
    const sought = { room: splitRoomRef(this.room).room, since: item.event.at };
    let found = await findCalls(clock, session, sought, prepared.calls).catch((error: unknown) => {
      log.warn({ lane: this.room, delivery: item.id, err: error }, 'could not look for a message');
      // A network that says it cannot look now may be asked as long as it takes; silence counts.
      if (!(error instanceof DeliveryError && error.outcome === 'failed')) item.soughtInVain += 1;
      return undefined;
    });
    if (this.#session !== session || this.#queue.head !== item) return;
    if (!found) {
      item.sought += 1;
      this.#postpone(item, backoffMs(clock, sendBackoff, item.sought));
      if (item.soughtInVain < findAttempts) return;
      found = { receipts: [], absent: [], unsure: prepared.calls };
    }
    const { receipts, absent, unsure } = found;
    if (unsure.length > 0 && this.#host.whenUnknown(this.room) === 'leave') {
      this.#queue.take(item);
      counters.unknown += 1;
      return this.#settling.settle([
        this.#settlement(item, 'unknown', 'the network cannot tell whether it went out', receipts),
      ]);
    }
    item.uncertain = false;
    if (absent.length + unsure.length === 0) {
      this.#queue.take(item);
      counters.sent += 1;
      this.#host.sent(this.room, item.event);
      return this.#settling.settle([this.#settlement(item, 'sent', '', receipts)], item.event.id);
    }
    if (receipts.length === 0) {
      this.#launch(session, item, prepared, undefined);
      return;
    }
    // The parts that were found get their copies first; the next try makes the others.
    item.attempts += 1;
    item.begun = false;
    this.#settling.settle([this.#retry(item, 'part of it went out', receipts)]);
  }

  #launch(session: Session, item: Item, prepared: Prepared, overtaking: Overtaking | undefined): true {
    const { clock, counters } = this.#host;
    this.#queue.take(item);
    if (prepared.alsoDrop !== undefined) {
      const dropped = { delivery: prepared.alsoDrop, at: clock.now(), copies: [] };
      this.#settling.settle([{ ...dropped, state: 'dropped', reason: 'recalled' }]);
    }
    if (prepared.state !== 'ready') {
      counters[prepared.state] += 1;
      this.#settling.settle([this.#settlement(item, prepared.state, prepared.reason)]);
      return true;
    }
    this.#underWay.set(item.id, item);
    const hold = () => {
      if (this.#session === session && this.#underWay.has(item.id)) this.#holds = true;
    };
    void makeCalls(clock, session, prepared.calls, hold).then((outcome) => {
      // After the connection's end the item is in the queue again, as uncertain: it is looked for.
      if (this.#session !== session || !this.#underWay.delete(item.id)) return;
      if (this.#underWay.size === 0) this.#holds = false;
      this.#finish(item, outcome, overtaking?.edits ?? []);
      this.#pump();
    });
    return true;
  }

  /** Writes how a try ended. `edits` are those whose text it carried. */
  #finish(item: Item, outcome: Outcome, edits: readonly Item[]): void {
    const { clock, counters, log } = this.#host;
    switch (outcome.kind) {
      case 'sent': {
        counters.sent += 1;
        this.#host.sent(this.room, item.event);
        const carried = edits.filter((edit) => this.#queue.take(edit));
        return this.#settling.settle(
          [
            this.#settlement(item, 'sent', '', outcome.receipts),
            ...carried.map((edit) => this.#settlement(edit, 'sent', '')),
          ],
          item.event.id,
        );
      }
      case 'failed':
        if (outcome.permanent) {
          counters.parked += 1;
          log.warn({ lane: this.room, delivery: item.id, reason: outcome.reason }, 'a message is parked');
          return this.#settling.settle([this.#settlement(item, 'parked', outcome.reason, outcome.receipts)]);
        }
        counters.retried += 1;
        item.attempts += 1;
        item.begun = false;
        this.#postpone(item, outcome.retryAfterMs ?? backoffMs(clock, sendBackoff, item.attempts));
        this.#queue.insert(item);
        return this.#settling.settle([this.#retry(item, outcome.reason, outcome.receipts)]);
      case 'unknown':
        item.attempts += 1;
        item.uncertain = true;
        this.#postpone(item, backoffMs(clock, sendBackoff, item.attempts));
        this.#queue.insert(item);
        log.warn(
          { lane: this.room, delivery: item.id, reason: outcome.reason },
          'a message may have gone out or not',
        );
    }
  }

  #settlement(
    item: Item,
    state: 'sent' | 'unknown' | 'parked' | 'dropped',
    reason: string,
    copies: readonly SentPart[] = [],
  ): Settlement {
    this.#restored.delete(item.id);
    if (state === 'parked') this.#host.parked(item.id, item.event, reason);
    const common = { delivery: item.id, at: this.#host.clock.now(), copies };
    return state === 'sent' ? { ...common, state } : { ...common, state, reason };
  }

  #retry(item: Item, reason: string, copies: readonly SentPart[]): Settlement {
    this.#restored.delete(item.id);
    const { id: delivery, dueAt } = item;
    return { delivery, at: this.#host.clock.now(), copies, state: 'pending', dueAt, reason };
  }

  #postpone(item: Item, delayMs: number): void {
    const { clock } = this.#host;
    item.dueAt = clock.now() + delayMs;
    item.dueMs = clock.monotonicMs() + delayMs;
  }

  /**
   * How long an item still has to wait, milliseconds; 0 or less is not at all. What the journal says of an earlier
   * run is in wall time, which may have been set since: it is believed up to the longest wait of our own.
   */
  #waitOf(item: Item): number {
    const { clock } = this.#host;
    item.dueMs ??= clock.monotonicMs() + Math.min(item.dueAt - clock.now(), sendBackoff.capMs);
    return item.dueMs - clock.monotonicMs();
  }

  #wakeIn(delayMs: number): false {
    this.#timer?.();
    this.#timer = this.#host.clock.after(delayMs, () => {
      this.#timer = undefined;
      this.#pump();
    });
    return false;
  }
}
