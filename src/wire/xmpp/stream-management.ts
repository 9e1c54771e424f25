// XEP-0198 on one connection: asks the server how far it has come with what we sent, and tells it how far we have come
// with what it sent. Here is what either side still owes the other; the counts themselves are kept by the two queues,
// which outlive the connection.
import type { InboundQueue } from './inbound.ts';
import { NS } from './namespaces.ts';
import type { Transport } from './transport.ts';

const REQUEST = `<r xmlns="${NS.streamManagement}"/>`;

/** @see XEP-0198 §4 */
export class StreamManagement {
  readonly #transport: Pick<Transport, 'write' | 'congested'>;
  readonly #inbound: Pick<InboundQueue, 'handled' | 'length' | 'uncounted'>;
  /** We asked for the server's count and it has not come. */
  #asked = false;
  /** Something was written since we last asked. */
  #due = false;
  /** The last count told to the server. */
  #told: number;
  /** The server asked before everything was counted: it is told again when it is. */
  #owes = false;
  /** The server asked and did not read: it is told when it does. */
  #held = false;

  constructor(
    transport: Pick<Transport, 'write' | 'congested'>,
    inbound: Pick<InboundQueue, 'handled' | 'length' | 'uncounted'>,
  ) {
    this.#transport = transport;
    this.#inbound = inbound;
    this.#told = inbound.handled;
  }

  /** A stanza was written. */
  written(): void {
    this.#due = true;
  }

  /** The request that goes out with what was written in this turn; empty where there is none to make. */
  takeRequest(): string {
    if (!this.#due || this.#asked) return '';
    this.#due = false;
    this.#asked = true;
    return REQUEST;
  }

  /** Asks the server, be it only for a sign of life. */
  ask(): void {
    this.#due = false;
    this.#asked = true;
    this.#transport.write(REQUEST);
  }

  /** Asks the server, unless its answer is on the way. */
  askOnce(): void {
    if (!this.#asked) this.ask();
  }

  /** Asks the server where something was written that it was not asked about. */
  askIfDue(): void {
    if (this.#due) this.ask();
  }

  /** The server has told its count. */
  answered(): void {
    this.#asked = false;
  }

  /** The server asks for our count. */
  requested(): void {
    this.#owes = this.#inbound.length > 0 || this.#inbound.uncounted > 0;
    // Who asks and asks and does not read is answered once, when it reads again.
    if (this.#transport.congested) this.#held = true;
    else this.tell();
  }

  /** Tells the server our count. */
  tell(): void {
    this.#told = this.#inbound.handled;
    this.#transport.write(`<a xmlns="${NS.streamManagement}" h="${this.#told}"/>`);
  }

  /** The socket takes more again. */
  drained(): void {
    if (!this.#held) return;
    this.#held = false;
    this.tell();
  }

  /** Everything that arrived is counted. */
  counted(): void {
    if (!this.#owes || this.#told === this.#inbound.handled) return;
    this.#owes = false;
    this.tell();
  }
}
