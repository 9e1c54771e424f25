/**
 * The deliveries of a lane that wait, in order. Its head is in memory; what does not fit is read back from the
 * journal when there is room again.
 */
import type { HubEvent } from './event.ts';
import type { Delivery, DeliveryId, Journal } from './journal.ts';
import { toPlainText, type RoomRef } from './message.ts';

/** A delivery that waits or is under way. */
export interface Item {
  id: DeliveryId;
  event: HubEvent;
  /** How often it was tried and failed. */
  attempts: number;
  /** Not to be tried before, milliseconds since the epoch: as the journal has it, for people and for a restart. */
  dueAt: number;
  /** The same by the clock's `monotonicMs`, which nobody sets; undefined where it has not been worked out yet. */
  dueMs: number | undefined;
  /** The journal has it as `sending`. */
  begun: boolean;
  /** It may have gone out in an earlier try. */
  uncertain: boolean;
  /** How often it was looked for without an answer. */
  sought: number;
  /** How often of these the network did not even say that it cannot look now. */
  soughtInVain: number;
}

/** The acts that wait behind the message which they are done to. */
export interface Overtaking {
  edits: Item[];
  recall: Item | undefined;
}

/** Text kept in memory of one lane, UTF-16 units. */
const textLimit = 4 * 1024 * 1024;

export class LaneQueue {
  readonly #room: RoomRef;
  readonly #journal: Journal;
  readonly #limit: number;
  /** Ordered by id. */
  #items: Item[] = [];
  #text = 0;
  /** The newest delivery that is or was in memory; behind it the journal is read when `#spilled`. */
  #cursor: DeliveryId = 0;
  #spilled = false;
  /** The newest delivery that was read back: what is not newer came with it, whenever it is told of. */
  #readTo: DeliveryId = 0;
  /** The newest delivery that was told of. */
  #newest: DeliveryId = 0;

  /** `limit`: deliveries kept in memory. */
  constructor(room: RoomRef, journal: Journal, limit: number) {
    this.#room = room;
    this.#journal = journal;
    this.#limit = limit;
  }

  get head(): Item | undefined {
    return this.#items[0];
  }

  /** Deliveries in memory. */
  get length(): number {
    return this.#items.length;
  }

  /** Nothing waits, neither here nor in the journal. */
  get isEmpty(): boolean {
    return this.#items.length === 0 && !this.#spilled;
  }

  /** Deliveries of an earlier run wait in the journal. */
  spill(): void {
    this.#spilled = true;
  }

  /** Takes in a new delivery, or leaves it to the journal when memory is full. One that has begun always fits. */
  add(id: DeliveryId, event: HubEvent, begun: boolean): void {
    this.#newest = Math.max(this.#newest, id);
    if (!begun && (this.#items.length >= this.#limit || this.#text >= textLimit)) this.#spilled = true;
    if ((this.#spilled && !begun) || id <= this.#readTo) return;
    this.insert({
      id,
      event,
      attempts: 0,
      dueAt: 0,
      dueMs: 0,
      begun,
      uncertain: false,
      sought: 0,
      soughtInVain: 0,
    });
  }

  /** Takes in a delivery again that was in memory before, or that was set going again. */
  requeue(delivery: Delivery): void {
    this.#newest = Math.max(this.#newest, delivery.id);
    const comes = this.#spilled && delivery.id > this.#cursor;
    if (comes || this.#items.some((item) => item.id === delivery.id)) return;
    this.insert({ ...toItem(delivery), uncertain: false });
  }

  insert(item: Item): void {
    this.#text += textSize(item.event);
    this.#cursor = Math.max(this.#cursor, item.id);
    let at = this.#items.length;
    while (at > 0 && this.#items[at - 1]!.id > item.id) at -= 1;
    this.#items.splice(at, 0, item);
  }

  /** Takes an item out; false if it isn't here. */
  take(item: Item): boolean {
    const at = this.#items.indexOf(item);
    if (at < 0) return false;
    this.#items.splice(at, 1);
    this.#text -= textSize(item.event);
    return true;
  }

  /** Takes out those of these deliveries that are here, and answers them. */
  remove(ids: ReadonlySet<DeliveryId>): Item[] {
    return this.#items.filter(({ id }) => ids.has(id)).filter((item) => this.take(item));
  }

  /** The deliveries that may have gone out in an earlier try. */
  uncertain(): DeliveryId[] {
    return this.#items.filter((item) => item.uncertain).map((item) => item.id);
  }

  /** Up to `limit` deliveries from the head on that are not journaled as begun. */
  toBegin(limit: number): Item[] {
    return this.#items.slice(0, limit).filter((item) => !item.begun);
  }

  /** The acts that overtake a message: it was never tried, so it need not go out first. */
  overtaking(item: Item): Overtaking | undefined {
    if (item.event.kind !== 'message' || item.attempts > 0 || item.uncertain) return undefined;
    if (this.#items.length === 1) return undefined;
    const acts = this.#items.filter(
      ({ event, uncertain }) =>
        !uncertain && (event.kind === 'edit' || event.kind === 'recall') && event.target === item.event.id,
    );
    if (acts.length === 0) return undefined;
    return {
      edits: acts.filter(({ event }) => event.kind === 'edit'),
      recall: acts.find(({ event }) => event.kind === 'recall'),
    };
  }

  /** Reads on in the journal. Nothing may be added in between that is older than what it reads. */
  async refill(): Promise<void> {
    const deliveries = await this.#journal.waiting(this.#room, this.#cursor, this.#limit);
    for (const delivery of deliveries) this.insert(toItem(delivery));
    this.#readTo = deliveries.at(-1)?.id ?? this.#readTo;
    if (deliveries.length < this.#limit && this.#newest <= this.#cursor) this.#spilled = false;
    // The newest was told of but waits no more: it has been settled or dropped meanwhile.
    else if (deliveries.length === 0) this.#cursor = this.#newest;
  }
}

function toItem(delivery: Delivery): Item {
  const { id, event, attempts, dueAt } = delivery;
  const sending = delivery.state === 'sending';
  return {
    id,
    event,
    attempts,
    dueAt,
    dueMs: undefined,
    begun: sending,
    uncertain: sending,
    sought: 0,
    soughtInVain: 0,
  };
}

function textSize(event: HubEvent): number {
  return event.kind === 'message' || event.kind === 'edit' ? toPlainText(event.body).length : 0;
}
