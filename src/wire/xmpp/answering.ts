// How many requests of peers are answered at once. A handler may take its time, or never end: that must hold up neither
// the stream nor, for long, those who ask after it.
import type { XmlElement } from './element.ts';
import type { InboundTask } from './inbound.ts';

/** Requests being answered at once. */
const CONCURRENT_LIMIT = 32;
/** Requests that wait for their turn, and how long they do before they are told to ask again later. */
const LINE_LIMIT = 1000;
const LINE_WAIT_MS = 5_000;

export interface Answering {
  /** Answers a request. Never rejects. */
  answer(request: XmlElement): Promise<void>;
  /** Tells the peer to ask again later. Never rejects. */
  refuse(request: XmlElement): Promise<void>;
}

interface Waiting {
  readonly request: XmlElement;
  readonly timer: NodeJS.Timeout;
}

export class AnswerLine {
  readonly #answering: Answering;
  readonly #line = new Set<Waiting>();
  #open = 0;

  constructor(answering: Answering) {
    this.#answering = answering;
  }

  /**
   * Takes a request in.
   *
   * @returns what the stream has to wait for: nothing, but for a peer that asks faster than it can be told to wait
   */
  add(request: XmlElement): InboundTask {
    if (this.#open < CONCURRENT_LIMIT) this.#begin(request);
    else if (this.#line.size >= LINE_LIMIT) return () => this.#answering.refuse(request);
    else this.#wait(request);
    return undefined;
  }

  #begin(request: XmlElement): void {
    this.#open++;
    void this.#answering.answer(request).finally(() => {
      this.#open--;
      const [next] = this.#line;
      if (next === undefined) return;
      clearTimeout(next.timer);
      this.#line.delete(next);
      this.#begin(next.request);
    });
  }

  #wait(request: XmlElement): void {
    const timer = setTimeout(() => {
      this.#line.delete(waiting);
      void this.#answering.refuse(request);
    }, LINE_WAIT_MS);
    const waiting = { request, timer };
    this.#line.add(waiting);
  }
}
