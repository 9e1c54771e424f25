// XEP-0198 on one connection: asks the server how far it has come with what we sent, and tells it how far we have come
// with what it sent. Here is what either side still owes the other; the counts themselves are kept by the two queues,
// which outlive the connection.
//
// Each request and each answer is a stanza's work for the server, so there are as few as nobody waits for: where no
// sender waits for the server's count it is asked for many stanzas at once, and the server is told ours when what it
// asks about is counted, not before and after.
import type { InboundQueue } from './inbound.ts';
import { NS } from './namespaces.ts';
import type { Transport } from './transport.ts';

const REQUEST = `<r xmlns="${NS.streamManagement}"/>`;

/**
 * So many stanzas are written, or so long after one, before the server is asked about what nobody waits for. A request by
 * itself is dear: to its answer we have nothing to say, so the system is in no hurry to acknowledge it (40 ms on Linux),
 * and until then Nagle's algorithm keeps back what the server sends next.
 */
const ASK_EVERY = 64;
const ASK_WITHIN_MS = 30_000;
/** A server that asks for our count hears from us within this time, be it that nothing more is counted. */
const TELL_WITHIN_MS = 1000;

type Inbound = Pick<InboundQueue, 'handled' | 'pending'>;

/** @see XEP-0198 §4 */
export class StreamManagement {
  readonly #transport: Pick<Transport, 'write' | 'congested'>;
  readonly #inbound: Inbound;
  /** We asked for the server's count and it has not come. */
  #asked = false;
  /** Something was written since we last asked that somebody waits for, or much. */
  #due = false;
  /** Stanzas written since we last asked. */
  #unasked = 0;
  #askTimer: NodeJS.Timeout | undefined;
  /** Of what had arrived when the server asked, so many stanzas are not counted yet. */
  #owed = 0;
  /** The server has asked once more since then. */
  #askedAgain = false;
  #tellTimer: NodeJS.Timeout | undefined;
  /** The server asked and did not read: it is told when it does. */
  #held = false;

  constructor(transport: Pick<Transport, 'write' | 'congested'>, inbound: Inbound) {
    this.#transport = transport;
    this.#inbound = inbound;
  }

  /** A stanza was written; `awaited`: somebody waits for its acknowledgement. */
  written(awaited: boolean): void {
    this.#unasked += 1;
    if (awaited || this.#unasked >= ASK_EVERY) this.#due = true;
    else this.#askTimer ??= setTimeout(() => this.#askAtLast(), ASK_WITHIN_MS);
  }

  /** The request that goes out with what was written in this turn; empty where there is none to make. */
  takeRequest(): string {
    if (!this.#due || this.#asked) return '';
    this.#noteRequest();
    return REQUEST;
  }

  /** Asks the server, be it only for a sign of life. */
  ask(): void {
    this.#noteRequest();
    this.#transport.write(REQUEST);
  }

  /** Somebody waits for the server's count of all that is written: asks for it, behind the answer that is on its way. */
  askOnce(): void {
    if (this.#asked) this.#due = true;
    else this.ask();
  }

  /** Asks the server where something was written that it has to be asked about. */
  askIfDue(): void {
    if (this.#due) this.ask();
  }

  /** The server has told its count. */
  answered(): void {
    this.#asked = false;
  }

  /** The server asks for our count: it is told when all that has arrived is counted, or after a while. */
  requested(): void {
    if (this.#owed > 0) this.#askedAgain = true;
    else this.#owed = this.#inbound.pending;
    if (this.#owed === 0) this.#answer();
    else this.#tellTimer ??= setTimeout(() => this.#answer(), TELL_WITHIN_MS);
  }

  /** So many more of the stanzas that arrived are counted. */
  counted(count: number): void {
    if (this.#owed === 0) return;
    this.#owed = Math.max(0, this.#owed - count);
    if (this.#owed > 0) return;
    this.#answer();
    if (!this.#askedAgain) return;
    this.#askedAgain = false;
    if (this.#inbound.pending > 0) this.requested();
  }

  /** Tells the server our count. */
  tell(): void {
    this.#transport.write(`<a xmlns="${NS.streamManagement}" h="${this.#inbound.handled}"/>`);
  }

  /** The socket takes more again. */
  drained(): void {
    if (!this.#held) return;
    this.#held = false;
    this.tell();
  }

  /** The connection has ended. */
  stop(): void {
    clearTimeout(this.#askTimer);
    clearTimeout(this.#tellTimer);
  }

  #noteRequest(): void {
    this.#asked = true;
    this.#due = false;
    this.#unasked = 0;
    clearTimeout(this.#askTimer);
    this.#askTimer = undefined;
  }

  #askAtLast(): void {
    this.#askTimer = undefined;
    this.askOnce();
  }

  #answer(): void {
    clearTimeout(this.#tellTimer);
    this.#tellTimer = undefined;
    // Who asks and asks and does not read is answered once, when it reads again.
    if (this.#transport.congested) this.#held = true;
    else this.tell();
  }
}
