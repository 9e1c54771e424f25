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

interface StreamsHost {
  clock: Pick<RestHost['clock'], 'monotonicMs'>;
  authentication: Pick<RestHost['authentication'], 'caller'>;
}

export class Streams {
  readonly #host: StreamsHost;
  readonly #context: WireContext;
  /** What ends each, by whose they are. */
  readonly #open = new Map<string, Set<() => void>>();
  #count = 0;
  /** Each event as JSON, once for all who follow the newest. */
  readonly #texts = new WeakMap<HubEvent, string>();

  constructor(host: StreamsHost, context: WireContext) {
    this.#host = host;
    this.#context = context;
  }

  /**
   * Counts a stream in until the answer is called. Throws `too-many`.
   *
   * @param end ends the stream, when its caller may no longer follow
   */
  enter(caller: Caller, end: () => void): () => void {
    const owner = toPoster(caller);
    const open = this.#open.get(owner) ?? new Set();
    if (open.size >= streamsPerCaller || this.#count >= streamsAtOnce) {
      throw new RestError('too-many', `too many event streams at once: ${owner} has ${open.size}`);
    }
    this.#open.set(owner, open.add(end));
    this.#count += 1;
    return () => {
      if (!open.delete(end)) return;
      this.#count -= 1;
      if (open.size === 0) this.#open.delete(owner);
    };
  }

  /** Ends the streams of a token or user, as `toPoster` names it. */
  end(owner: string): void {
    for (const end of this.#open.get(owner) ?? []) end();
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
