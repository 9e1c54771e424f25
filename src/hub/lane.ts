/**
 * A lane: the ordered queue of one target room. It keeps the deliveries' order, has as many sends under way as the
 * connection keeps in order, finds out about uncertain ones before it sends them again, and writes what became of
 * each. Lanes know nothing of each other, so none can delay another.
 *
 * The queue's tail is kept in memory up to a bound; what is beyond it is read back from the journal in time.
 */
import { backoffMs, toError, type Backoff, type Cancel, type Clock } from './clock.ts';
import { dependsOn, prepare, type Call, type Prepared } from './copies.ts';
import { DeliveryError } from './errors.ts';
import { toPlainText, type EventId, type RoomRef } from './message.ts';
import type { EditEvent, HubEvent } from './event.ts';
import type { Delivery, DeliveryId, Journal, Settlement } from './journal.ts';
import type { Log, Receipt, Session } from './network.ts';
import type { Pace } from './pace.ts';

/** What a lane needs from the hub. */
export interface LaneHost {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  readonly hubId: string;
  readonly counters: LaneCounters;
  format(from: RoomRef, to: RoomRef): string;
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

/** Outcomes of one lane that wait to be written before it sends more. */
const unsettledLimit = 512;
/** Text kept in memory of one lane, UTF-16 units. */
const queueTextLimit = 4 * 1024 * 1024;
/** Waits between tries of one delivery. */
const sendBackoff: Backoff = { baseMs: 500, capMs: 60_000 };
/** Waits between tries to write to a journal that fails. */
const journalBackoff: Backoff = { baseMs: 100, capMs: 5_000 };
/** How often a network is asked whether a send went out before its answer counts as `unsure`. */
const findAttempts = 12;

interface Item {
  id: DeliveryId;
  event: HubEvent;
  attempts: number;
  dueAt: number;
  /** The journal has it as `sending`. */
  begun: boolean;
  /** It may have gone out in an earlier try. */
  uncertain: boolean;
  /** How often it was looked for in vain. */
  sought: number;
}

/** How a try ended. `receipts` are the parts that went out in it. */
type Outcome = { receipts: { native: string; part: number }[] } & (
  | { kind: 'sent' }
  | { kind: 'failed'; permanent: boolean; reason: string; retryAfterMs: number | undefined }
  | { kind: 'unknown'; reason: string }
);

export class Lane {
  readonly room: RoomRef;
  readonly #host: LaneHost;
  #session: Session | undefined;
  #pace: Pace | undefined;
  /** Ordered by id. */
  #queue: Item[] = [];
  #queueText = 0;
  readonly #underWay = new Map<DeliveryId, Item>();
  /** Slots promised to events that are being appended. */
  #reserved = 0;
  /** Events being appended that were promised no slot. */
  #expected = 0;
  /** The newest delivery that is or was in memory; behind it the journal is read when `#spilled`. */
  #cursor: DeliveryId = 0;
  #spilled = false;
  /** The newest delivery that was told of while spilled. */
  #newest: DeliveryId = 0;
  /** Deliveries whose outcome is being written, with their events where those are known. */
  readonly #unsettled = new Map<DeliveryId, EventId | undefined>();
  #stalled = false;
  #pumping = false;
  #again = false;
  #timer: Cancel | undefined;
  #closed = false;
  /** Deliveries of an earlier run that may have gone out, whether they are in memory by now or not. */
  readonly #restored = new Set<DeliveryId>();
  /** Who waits for the outcome of which deliveries. */
  #quiet: { open: Set<DeliveryId>; done: () => void }[] = [];

  constructor(room: RoomRef, host: LaneHost) {
    this.room = room;
    this.#host = host;
  }

  /** The journal holds deliveries of an earlier run for this lane; `sending` are those that may have gone out. */
  restore(sending: readonly DeliveryId[]): void {
    this.#spilled = true;
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
      !this.#stalled &&
      !this.#spilled &&
      this.#queue.length === 0 &&
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
    this.#newest = Math.max(this.#newest, id);
    if (this.#spilled && !begun) return this.#pump();
    if (!begun && (this.#queue.length >= this.#host.laneQueue || this.#queueText >= queueTextLimit)) {
      this.#spilled = true;
      return;
    }
    this.#insert({ id, event, attempts: 0, dueAt: 0, begun, uncertain: false, sought: 0 });
    this.#pump();
  }

  /** Deliveries that a person set going again. */
  requeue(delivery: Delivery): void {
    this.#newest = Math.max(this.#newest, delivery.id);
    const known = this.#underWay.has(delivery.id) || this.#queue.some((item) => item.id === delivery.id);
    if (known || (this.#spilled && delivery.id > this.#cursor)) return;
    this.#insert({ ...toItem(delivery), uncertain: false });
    this.#pump();
  }

  /** Deliveries that a person gave up. Those under way cannot be called back. */
  remove(ids: ReadonlySet<DeliveryId>): void {
    for (const item of this.#queue) if (ids.has(item.id)) this.#queueText -= textSize(item.event);
    this.#queue = this.#queue.filter((item) => !ids.has(item.id));
    this.#decided(ids);
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
    this.#session = undefined;
    this.#timer?.();
    this.#timer = undefined;
    for (const item of this.#underWay.values()) {
      item.uncertain = true;
      this.#insert(item);
    }
    this.#underWay.clear();
  }

  /** The hub stops: nothing is sent or written any more. */
  dispose(): void {
    this.close();
    this.#closed = true;
    for (const waiter of this.#quiet.splice(0)) waiter.done();
  }

  /**
   * Resolves when everything that has been sent here by now has its outcome: then every copy that an event of the
   * own account could be is in the journal.
   */
  quiet(): Promise<void> {
    const open = new Set([...this.#underWay.keys(), ...this.#unsettled.keys(), ...this.#restored]);
    for (const item of this.#queue) if (item.uncertain) open.add(item.id);
    if (open.size === 0 || this.#closed) return Promise.resolve();
    return new Promise((done) => this.#quiet.push({ open, done }));
  }

  /** What became of these deliveries is in the journal. */
  #decided(ids: Iterable<DeliveryId>): void {
    if (this.#quiet.length === 0 && this.#restored.size === 0) return;
    for (const id of ids) {
      this.#restored.delete(id);
      for (const waiter of this.#quiet) waiter.open.delete(id);
    }
    for (const waiter of this.#quiet) if (waiter.open.size === 0) waiter.done();
    this.#quiet = this.#quiet.filter((waiter) => waiter.open.size > 0);
  }

  #insert(item: Item): void {
    this.#queueText += textSize(item.event);
    this.#cursor = Math.max(this.#cursor, item.id);
    let at = this.#queue.length;
    while (at > 0 && this.#queue[at - 1]!.id > item.id) at -= 1;
    this.#queue.splice(at, 0, item);
  }

  /** Starts whatever can start now. Safe to call from anywhere, at any time. */
  #pump(): void {
    if (this.#pumping) {
      this.#again = true;
      return;
    }
    this.#pumping = true;
    void this.#work().catch((error: unknown) => this.#stallFor(toError(error)));
  }

  async #work(): Promise<void> {
    try {
      do {
        this.#again = false;
        for (;;) {
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
    if (!session || this.#stalled || this.#closed) return false;
    const item = this.#queue[0];
    if (!item) return this.#spilled ? this.#refill() : false;
    if (this.#underWay.size >= session.limits.sendsUnderWay) return false;
    if (this.#unsettled.size >= unsettledLimit) return false;
    if (item.uncertain && this.#underWay.size > 0) return false;
    if (this.#waitsForUnderWay(item.event)) return false;
    const waitMs = item.dueAt - this.#host.clock.now();
    if (waitMs > 0) return this.#wakeIn(waitMs);

    const overtaken = item.uncertain ? undefined : this.#overtakenBy(item);
    if (overtaken?.recall) {
      this.#take(item);
      this.#take(overtaken.recall);
      for (const edit of overtaken.edits) this.#take(edit);
      const dropped = [item, overtaken.recall, ...overtaken.edits];
      this.#settle(dropped.map((each) => this.#settlement(each, 'dropped', 'recalled before it was sent')));
      return true;
    }
    if (!item.begun) return this.#begin(session);

    const paceMs = this.#pace?.take() ?? 0;
    if (paceMs > 0) return this.#wakeIn(paceMs);
    const edit = overtaken?.edits.at(-1)?.event as EditEvent | undefined;
    const prepared = prepare(this.#place(session), item, edit);
    if (!(prepared instanceof Promise) && !item.uncertain)
      return this.#launch(session, item, prepared, overtaken?.edits);
    return this.#launchLater(session, item, Promise.resolve(prepared), overtaken?.edits);
  }

  #place(session: Session) {
    return {
      journal: this.#host.journal,
      hubId: this.#host.hubId,
      lane: this.room,
      session,
      format: (from: RoomRef) => this.#host.format(from, this.room),
      now: this.#host.clock.now(),
    };
  }

  async #refill(): Promise<boolean> {
    const deliveries = await this.#host.journal.waiting(this.room, this.#cursor, this.#host.laneQueue);
    for (const delivery of deliveries) this.#insert(toItem(delivery));
    if (deliveries.length < this.#host.laneQueue && this.#newest <= this.#cursor) this.#spilled = false;
    else if (deliveries.length === 0) {
      // The newest was told of but is not waiting any more: it has been settled or dropped meanwhile.
      this.#cursor = this.#newest;
    }
    return this.#queue.length > 0 || this.#spilled;
  }

  /** Marks as many of the queue's heads as can be sent soon, in one write. */
  async #begin(session: Session): Promise<boolean> {
    const heads = this.#queue.slice(0, session.limits.sendsUnderWay).filter((item) => !item.begun);
    await this.#host.journal.begin(heads.map((item) => item.id));
    for (const item of heads) item.begun = true;
    return true;
  }

  /** The edits and the recall that wait behind a message which was never tried: it need not go out first. */
  #overtakenBy(item: Item): { edits: Item[]; recall: Item | undefined } | undefined {
    if (item.event.kind !== 'message' || item.attempts > 0 || this.#queue.length === 1) return undefined;
    const acts = this.#queue.filter(
      ({ event, uncertain }) =>
        !uncertain && (event.kind === 'edit' || event.kind === 'recall') && event.target === item.event.id,
    );
    if (acts.length === 0) return undefined;
    return {
      edits: acts.filter(({ event }) => event.kind === 'edit'),
      recall: acts.find(({ event }) => event.kind === 'recall'),
    };
  }

  #waitsForUnderWay(event: HubEvent): boolean {
    const needed: EventId | undefined = dependsOn(event);
    if (needed === undefined) return false;
    for (const item of this.#underWay.values()) if (item.event.id === needed) return true;
    // Its copies are not to be seen before they are written.
    for (const event of this.#unsettled.values()) if (event === needed) return true;
    return false;
  }

  async #launchLater(
    session: Session,
    item: Item,
    preparing: Promise<Prepared>,
    edits: Item[] | undefined,
  ): Promise<boolean> {
    let prepared = await preparing;
    if (this.#session !== session || this.#queue[0] !== item) return true;
    if (item.uncertain && prepared.state === 'ready') {
      const found = await this.#find(session, item, prepared.calls);
      if (this.#session !== session || this.#queue[0] !== item) return true;
      if (found === 'later') return true;
      if (found.left) {
        this.#take(item);
        this.#host.counters.unknown += 1;
        this.#settle([this.#settlement(item, 'unknown', found.left, found.receipts)]);
        return true;
      }
      item.uncertain = false;
      if (found.calls.length === 0) {
        this.#take(item);
        this.#host.counters.sent += 1;
        this.#settle([this.#settlement(item, 'sent', '', found.receipts)]);
        return true;
      }
      if (found.receipts.length > 0) {
        this.#settle([
          {
            ...this.#settlement(item, 'parked', ''),
            state: 'pending',
            dueAt: 0,
            reason: 'part of it went out',
            copies: found.receipts,
          },
        ]);
        item.begun = false;
        item.attempts += 1;
        return true;
      }
      prepared = { state: 'ready', calls: found.calls };
    }
    item.uncertain = false;
    return this.#launch(session, item, prepared, edits);
  }

  /** Asks the network which calls of an earlier try were made. */
  async #find(
    session: Session,
    item: Item,
    calls: Call[],
  ): Promise<'later' | { calls: Call[]; receipts: { native: string; part: number }[]; left?: string }> {
    const { clock } = this.#host;
    const open: Call[] = [];
    const receipts: { native: string; part: number }[] = [];
    for (const call of calls) {
      let answer: Receipt | 'absent' | 'unsure' = call.idempotent ? 'absent' : 'unsure';
      if (!call.idempotent && session.actions.find) {
        try {
          const room = this.room.slice(this.room.indexOf('/') + 1);
          const seeking = session.actions.find({ room, token: call.token, since: item.event.at });
          answer = await this.#inTime(session, seeking);
        } catch (error) {
          item.sought += 1;
          if (item.sought < findAttempts) {
            item.dueAt = clock.now() + backoffMs(clock, sendBackoff, item.sought);
            this.#host.log.warn(
              { lane: this.room, delivery: item.id, err: error },
              'could not look for a message',
            );
            return 'later';
          }
        }
      }
      if (answer === 'absent') open.push(call);
      else if (answer === 'unsure') {
        if (this.#host.whenUnknown(this.room) === 'leave') {
          return { calls: [], receipts, left: 'the network cannot tell whether it went out' };
        }
        open.push(call);
      } else if (call.part >= 0 && answer.native !== undefined) {
        receipts.push({ native: answer.native, part: call.part });
      }
    }
    return { calls: open, receipts };
  }

  #launch(session: Session, item: Item, prepared: Prepared, edits: Item[] = []): boolean {
    this.#take(item);
    const { alsoDrop } = prepared;
    const at = this.#host.clock.now();
    if (alsoDrop !== undefined) {
      this.#settle([{ delivery: alsoDrop, at, copies: [], state: 'dropped', reason: 'recalled' }]);
    }
    if (prepared.state !== 'ready') {
      this.#host.counters[prepared.state] += 1;
      this.#settle([this.#settlement(item, prepared.state, prepared.reason)]);
      return true;
    }
    this.#underWay.set(item.id, item);
    void this.#make(session, prepared.calls).then((outcome) => {
      if (this.#session !== session || !this.#underWay.delete(item.id)) return;
      this.#finish(item, outcome, edits);
      this.#pump();
    });
    return true;
  }

  /** Makes the calls: at once where the connection keeps their order, else one after the other. Never rejects. */
  async #make(session: Session, calls: Call[]): Promise<Outcome> {
    const receipts: { native: string; part: number }[] = [];
    const one = async (call: Call) => {
      const receipt = await this.#inTime(session, call.make());
      if (receipt?.native !== undefined && call.part >= 0)
        receipts.push({ native: receipt.native, part: call.part });
    };
    try {
      if (session.limits.sendsUnderWay > 1) {
        const results = await Promise.allSettled(calls.map(one));
        const reasons = results.flatMap((result) =>
          result.status === 'rejected' ? [toError(result.reason)] : [],
        );
        const worst = reasons.find((reason) => !isFailure(reason)) ?? reasons[0];
        if (worst) throw worst;
      } else {
        for (const call of calls) await one(call);
      }
      return { kind: 'sent', receipts };
    } catch (error) {
      const reason = toError(error).message;
      if (!isFailure(error)) return { kind: 'unknown', receipts, reason };
      return {
        kind: 'failed',
        receipts,
        reason,
        permanent: error.permanent,
        retryAfterMs: error.retryAfterMs,
      };
    }
  }

  #inTime<T>(session: Session, promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#host.clock.after(session.limits.sendTimeoutMs, () =>
        reject(new DeliveryError('unknown', `no answer within ${session.limits.sendTimeoutMs} ms`)),
      );
      promise.then(resolve, reject).finally(cancel);
    });
  }

  #finish(item: Item, outcome: Outcome, edits: Item[]): void {
    const { clock, counters, log } = this.#host;
    switch (outcome.kind) {
      case 'sent': {
        counters.sent += 1;
        const settlements = [this.#settlement(item, 'sent', '', outcome.receipts)];
        for (const edit of edits) {
          if (!this.#queue.includes(edit)) continue;
          this.#take(edit);
          settlements.push(this.#settlement(edit, 'sent', ''));
        }
        return this.#settle(settlements, item.event.id);
      }
      case 'failed': {
        if (outcome.permanent) {
          counters.parked += 1;
          log.warn({ lane: this.room, delivery: item.id, reason: outcome.reason }, 'a message is parked');
          return this.#settle([this.#settlement(item, 'parked', outcome.reason, outcome.receipts)]);
        }
        counters.retried += 1;
        item.attempts += 1;
        item.begun = false;
        item.dueAt = clock.now() + (outcome.retryAfterMs ?? backoffMs(clock, sendBackoff, item.attempts));
        this.#insert(item);
        return this.#settle([
          {
            delivery: item.id,
            at: clock.now(),
            copies: outcome.receipts,
            state: 'pending',
            dueAt: item.dueAt,
            reason: outcome.reason,
          },
        ]);
      }
      case 'unknown': {
        item.attempts += 1;
        item.uncertain = true;
        item.dueAt = clock.now() + backoffMs(clock, sendBackoff, item.attempts);
        this.#insert(item);
        log.warn(
          { lane: this.room, delivery: item.id, reason: outcome.reason },
          'a message may have gone out or not',
        );
        return;
      }
    }
  }

  #settlement(
    item: Item,
    state: 'sent' | 'unknown' | 'parked' | 'dropped',
    reason: string,
    copies: { native: string; part: number }[] = [],
  ): Settlement {
    const common = { delivery: item.id, at: this.#host.clock.now(), copies };
    return state === 'sent' ? { ...common, state } : { ...common, state, reason };
  }

  #take(item: Item): void {
    const at = this.#queue.indexOf(item);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    this.#queueText -= textSize(item.event);
  }

  /** Writes what became of deliveries, again and again until the journal takes it; meanwhile the lane stands. */
  #settle(settlements: Settlement[], event?: EventId, attempt = 1): void {
    const ids = settlements.map((settlement) => settlement.delivery);
    for (const id of ids) this.#unsettled.set(id, event);
    this.#host.journal.settle(settlements).then(
      () => {
        for (const id of ids) this.#unsettled.delete(id);
        this.#decided(ids);
        if (attempt > 1) this.#stalled = false;
        this.#pump();
      },
      (error: unknown) => {
        if (this.#closed) return;
        this.#stalled = true;
        if (attempt === 1)
          this.#host.log.error({ lane: this.room, err: error }, 'the journal cannot be written');
        this.#host.clock.after(backoffMs(this.#host.clock, journalBackoff, attempt), () => {
          if (!this.#closed) this.#settle(settlements, event, attempt + 1);
        });
      },
    );
  }

  /** The journal failed to answer: the lane tries again in a while. */
  #stallFor(error: Error): void {
    if (this.#closed) return;
    this.#host.log.error({ lane: this.room, err: error }, 'the journal cannot be read');
    this.#wakeIn(journalBackoff.capMs);
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

function toItem(delivery: Delivery): Item {
  const { id, event, attempts, dueAt } = delivery;
  const sending = delivery.state === 'sending';
  return { id, event, attempts, dueAt, begun: sending, uncertain: sending, sought: 0 };
}

function isFailure(error: unknown): error is DeliveryError {
  return error instanceof DeliveryError && error.outcome === 'failed';
}

function textSize(event: HubEvent): number {
  return event.kind === 'message' || event.kind === 'edit' ? toPlainText(event.body).length : 0;
}
