/** What server-sent events and WebSockets have in common: a bound on how many, a look at whether they still may. */
import type { FastifyRequest } from 'fastify';
import type { HubEvent } from '../../../hub/event.ts';
import type { Caller } from '../../../http/authentication.ts';
import type { RestHost } from '../host.ts';
import { RestError } from '../problems.ts';
import { toPoster } from '../rights.ts';
import { toWireEvent, type WireContext } from '../wire-event.ts';

/** Open streams of one token or user, and of all. */
const streamsPerCaller = 2_000;
const streamsAtOnce = 20_000;
/** A stream looks at most so often whether its token still holds, milliseconds. */
const checkEveryMs = 1_000;

/** Silence on a stream after which it says that it is there, milliseconds: proxies close what is silent for a minute. */
export const heartbeatMs = 15_000;
/** Events read at a time for a stream: all that is in memory for a client that does not read, beside its buffer. */
export const streamPageLimit = 50;

export class Streams {
  readonly #host: Pick<RestHost, 'authentication' | 'clock'>;
  readonly #context: WireContext;
  readonly #open = new Map<string, number>();
  #count = 0;
  /** Each event as JSON, once for all who follow the newest. */
  readonly #texts = new WeakMap<HubEvent, string>();

  constructor(host: Pick<RestHost, 'authentication' | 'clock'>, context: WireContext) {
    this.#host = host;
    this.#context = context;
  }

  /** Counts a stream in until the answer is called. Throws `too-many`. */
  enter(caller: Caller): () => void {
    const owner = toPoster(caller);
    const open = this.#open.get(owner) ?? 0;
    if (open >= streamsPerCaller || this.#count >= streamsAtOnce) {
      throw new RestError('too-many', `too many event streams at once: ${owner} has ${open}`);
    }
    this.#open.set(owner, open + 1);
    this.#count += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#count -= 1;
      const now = (this.#open.get(owner) ?? 1) - 1;
      if (now === 0) this.#open.delete(owner);
      else this.#open.set(owner, now);
    };
  }

  /** An event as JSON. */
  text(event: HubEvent): string {
    const known = this.#texts.get(event);
    if (known !== undefined) return known;
    const text = JSON.stringify(toWireEvent(event, this.#context));
    this.#texts.set(event, text);
    return text;
  }

  /** A question that a stream asks before it hands anything out: does its token, or session, hold as it did? */
  createCheck(request: FastifyRequest): () => Promise<boolean> {
    const { clock, authentication } = this.#host;
    const rights = JSON.stringify(request.caller);
    let checkedMs = clock.monotonicMs();
    return async () => {
      if (clock.monotonicMs() - checkedMs < checkEveryMs) return true;
      const caller = await authentication.caller(request.raw, { queryToken: true });
      checkedMs = clock.monotonicMs();
      return JSON.stringify(caller) === rights;
    };
  }
}
