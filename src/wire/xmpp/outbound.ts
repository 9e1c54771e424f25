// The bounded queue of what was sent and is not acknowledged yet: it is what a resumed stream sends again, what makes
// senders wait, and what tells each sender how it ended. Counting follows XEP-0198; nothing here does any I/O.
import { XmppError } from './errors.ts';

/** XEP-0198 §4 counts modulo 2^32. */
const COUNTER_MODULUS = 2 ** 32;

/** What happened to a stanza; exactly one is called, once. */
export interface Outcome {
  acknowledged(): void;
  /** `xmpp-not-connected` where it was surely not sent, `xmpp-outcome-unknown` where it may have been. */
  lost(error: XmppError): void;
}

interface Item {
  readonly xml: string;
  readonly outcome: Outcome | undefined;
}

interface Waiter {
  readonly item: Item;
  readonly admitted: () => void;
  readonly refused: (error: XmppError) => void;
}

export interface OutboundLimits {
  readonly stanzas: number;
  /** Counted in UTF-16 units of XML, which for ASCII are bytes. */
  readonly bytes: number;
}

/** The stream, for the queue. */
interface OutboundStream {
  /**
   * Writes one stanza; false while there is no stream, so that it stays for the resume. `awaited`: its sender waits for the
   * acknowledgement, or others wait for room in the queue or soon will.
   */
  write(xml: string, awaited: boolean): boolean;
  /** Somebody waits for room: the acknowledgement of what is written is awaited from now on. */
  full(): void;
}

/** The queue of one session. Items keep the order of `add`. */
export class OutboundQueue {
  readonly #limits: OutboundLimits;
  readonly #stream: OutboundStream;
  #items: Item[] = [];
  #head = 0;
  /** How many of the items, from the head, are written. */
  #written = 0;
  #queuedBytes = 0;
  #acknowledged = 0;
  #waiters: Waiter[] = [];
  #empty: PromiseWithResolvers<void> | undefined;

  constructor(limits: OutboundLimits, stream: OutboundStream) {
    this.#limits = limits;
    this.#stream = stream;
  }

  /** Stanzas not acknowledged yet, waiting senders not counted. */
  get length(): number {
    return this.#items.length - this.#head;
  }

  /** Stanzas written and not acknowledged yet. */
  get written(): number {
    return this.#written;
  }

  /** Takes a stanza, at once or when there is room; resolves when it has its place. */
  add(xml: string, outcome?: Outcome): Promise<void> {
    const item: Item = { xml, outcome };
    if (this.#waiters.length === 0 && this.#hasRoom(item)) {
      this.#admit(item);
      return DONE;
    }
    return new Promise((resolve, reject) => {
      this.#waiters.push({ item, admitted: resolve, refused: reject });
      if (this.#waiters.length === 1) this.#stream.full();
    });
  }

  /** A new session begins: the server counts from zero. The queue must be empty. */
  restartCount(): void {
    this.#acknowledged = 0;
  }

  /**
   * The server has handled `h` stanzas in all.
   *
   * @throws XmppError `xmpp-protocol-violation` where that is more than were sent
   */
  acknowledge(h: number): void {
    const count = this.#toCount(h);
    this.#acknowledged = h;
    this.#settle(count);
  }

  /** Counts everything written as acknowledged: for servers without XEP-0198. */
  acknowledgeWritten(): void {
    this.#settle(this.#written);
  }

  /** Writes what could not be written before. */
  writeWaiting(): void {
    this.#writePending();
  }

  /** Resolves when nothing is unacknowledged, be it that all was lost. */
  whenEmpty(): Promise<void> {
    if (this.length === 0) return DONE;
    this.#empty ??= Promise.withResolvers();
    return this.#empty.promise;
  }

  /**
   * The session was resumed, the server having handled `h`: writes the rest again, then what waited.
   *
   * @throws XmppError as `acknowledge`
   */
  resume(h: number): void {
    const count = this.#toCount(h);
    this.#acknowledged = h;
    // Nothing of the rest is written on this stream: who gets a place now must not be written before it.
    this.#written = count;
    this.#settle(count);
    this.#writePending();
  }

  /** The stream is lost for good: tells every sender. Those written may have arrived. */
  abandon(reason: XmppError): void {
    const lost = this.#items.slice(this.#head);
    const waiters = this.#waiters;
    const written = this.#written;
    this.#items = [];
    this.#head = 0;
    this.#written = 0;
    this.#queuedBytes = 0;
    this.#waiters = [];
    lost.forEach((item, index) => {
      item.outcome?.lost(index < written ? toUnknown(reason) : toNotSent(reason));
    });
    for (const { item, refused } of waiters) {
      const error = toNotSent(reason);
      refused(error);
      item.outcome?.lost(error);
    }
    this.#tellEmpty();
  }

  /** How many more than until now the server has handled. */
  #toCount(h: number): number {
    const count = (h - this.#acknowledged + COUNTER_MODULUS) % COUNTER_MODULUS;
    if (count <= this.#written) return count;
    throw new XmppError(
      'xmpp-protocol-violation',
      `the server acknowledges ${count} stanzas, but only ${this.#written} are under way`,
    );
  }

  #hasRoom(item: Item): boolean {
    if (this.length === 0) return true;
    return this.length < this.#limits.stanzas && this.#queuedBytes + item.xml.length <= this.#limits.bytes;
  }

  #admit(item: Item): void {
    this.#items.push(item);
    this.#queuedBytes += item.xml.length;
    // Behind one that waits for the resume, this waits too.
    if (this.#written === this.length - 1) this.#writePending();
  }

  #writePending(): void {
    while (this.#written < this.length) {
      const { xml, outcome } = this.#items[this.#head + this.#written]!;
      const awaited = outcome !== undefined || this.#waiters.length > 0 || this.#isHalfFull();
      if (!this.#stream.write(xml, awaited)) return;
      this.#written++;
    }
  }

  #isHalfFull(): boolean {
    return this.length * 2 >= this.#limits.stanzas || this.#queuedBytes * 2 >= this.#limits.bytes;
  }

  #settle(count: number): void {
    for (let i = 0; i < count; i++) {
      const item = this.#items[this.#head]!;
      this.#head++;
      this.#written--;
      this.#queuedBytes -= item.xml.length;
      item.outcome?.acknowledged();
    }
    // Acknowledged items are let go in steps, so that a long queue is not copied for each.
    if (this.#head === this.#items.length || this.#head >= COMPACT_AT) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    while (this.#waiters.length > 0 && this.#hasRoom(this.#waiters[0]!.item)) {
      const waiter = this.#waiters.shift()!;
      this.#admit(waiter.item);
      waiter.admitted();
    }
    this.#tellEmpty();
  }

  #tellEmpty(): void {
    if (this.length > 0) return;
    this.#empty?.resolve();
    this.#empty = undefined;
  }
}

const DONE = Promise.resolve();
const COMPACT_AT = 256;

function toUnknown(reason: XmppError): XmppError {
  return new XmppError(
    'xmpp-outcome-unknown',
    `sent, but the stream was lost before the server acknowledged it (${reason.message})`,
    { cause: reason },
  );
}

function toNotSent(reason: XmppError): XmppError {
  return new XmppError('xmpp-not-connected', `not sent: there is no stream (${reason.message})`, {
    cause: reason,
  });
}
