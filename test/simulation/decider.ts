/**
 * People ask things of accounts, and somebody decides: through the hub, as stubborn as the program that posts, or with
 * another client. What is decided first holds, and the network hears of it.
 */
import { RequestError } from '../../src/hub/errors.ts';
import type { HubEvent } from '../../src/hub/event.ts';
import type { Hub } from '../../src/hub/hub.ts';
import type { Delivery, Journal } from '../../src/hub/journal.ts';
import { splitRoomRef, type EventId } from '../../src/hub/message.ts';
import { Requests } from '../../src/hub/requests.ts';
import type { FakeServer } from './fake-network.ts';
import type { VirtualTime } from './virtual-clock.ts';

/** How long the decider waits before it looks, or answers, again. */
const patienceMs = 5_000;

/** The name under which it answers. */
const deciderName = 'decider';

interface Asked {
  server: FakeServer;
  request: string;
  /** What the decider wants; undefined: somebody else answers. */
  accepted?: boolean;
  /** The answer's event, as the hub acknowledged it. */
  id?: EventId;
  /** Somebody else was faster. */
  tooLate?: true;
}

export class Decider {
  readonly #time: VirtualTime;
  readonly #hub: () => Hub | undefined;
  readonly asked: Asked[] = [];

  /** `hub`: the one that runs now, if one does. */
  constructor(time: VirtualTime, hub: () => Hub | undefined) {
    this.#time = time;
    this.#hub = hub;
  }

  /** All that it wanted to answer has been acknowledged, or was answered before. */
  get isSettled(): boolean {
    return this.asked.every(
      ({ accepted, id, tooLate }) => accepted === undefined || id !== undefined || tooLate,
    );
  }

  /** Somebody asks now, and is answered through the hub, elsewhere, or both, after a while. */
  ask(
    server: FakeServer,
    room: string,
    by: { decider?: boolean; elsewhere?: boolean },
    waitMs: number,
  ): void {
    const request = server.ask(room);
    const asked: Asked = { server, request, ...(by.decider !== undefined && { accepted: by.decider }) };
    this.asked.push(asked);
    this.#time.after(waitMs, () => {
      if (by.elsewhere !== undefined) server.answerElsewhere(request, by.elsewhere);
      if (by.decider !== undefined) void this.#decide(asked, by.decider);
    });
  }

  async #decide(asked: Asked, accepted: boolean): Promise<void> {
    this.#time.after(patienceMs, () => {
      if (asked.id === undefined && !asked.tooLate) void this.#decide(asked, accepted);
    });
    const hub = this.#hub();
    if (!hub) return;
    try {
      const all = await hub.requests(asked.server.name);
      const found = all.find(({ request }) => request.request === asked.request);
      if (!found) return;
      const { id } = await hub.answer({ request: found.request.id, accepted, by: deciderName });
      asked.id = id;
    } catch (error) {
      // A journal that refuses, or an account that is being opened, is asked again.
      if (error instanceof RequestError && error.code === 'request-answered') asked.tooLate = true;
    }
  }
}

/** Each request is kept once and answered once; what was acknowledged as the answer is what the network heard. */
export async function requestsAreAnswered(
  decider: Decider,
  events: readonly HubEvent[],
  deliveries: readonly Delivery[],
  journal: Journal,
): Promise<string[]> {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  // As the next start would find them.
  const restored = new Requests({ journal, clock: { now: () => 0 }, log });
  await restored.restore();
  return decider.asked.flatMap(({ server, request, accepted, id }) => {
    const where = `requests: ${server.name} ${request}`;
    const [kept, ...again] = events.filter(
      (event) =>
        event.kind === 'request' &&
        event.request === request &&
        splitRoomRef(event.room).account === server.name,
    );
    if (!kept || again.length > 0) return [`${where} is in the journal ${kept ? 'twice' : 'not at all'}`];
    const [answer, ...more] = events.filter((event) => event.kind === 'answer' && event.target === kept.id);
    if (more.length > 0) return [`${where} was answered twice`];
    if (answer?.kind !== 'answer') return [`${where} was not answered`];
    const found: string[] = [];
    const heard = server.answers.get(request) ?? [];
    if (id !== undefined && answer.id !== id)
      found.push(`${where}: the answer that was acknowledged is not there`);
    if (id !== undefined && (answer.answer === 'accepted') !== accepted)
      found.push(`${where}: something else was answered than was acknowledged`);
    if (answer.postedBy === deciderName) {
      const delivery = deliveries.find(({ event }) => event.id === answer.id);
      if (delivery?.state !== 'sent') found.push(`${where}: the answer is ${delivery?.state ?? 'nowhere'}`);
      if (!heard.includes(answer.answer === 'accepted')) found.push(`${where}: the network was not told`);
    } else if (heard.length > 0)
      found.push(`${where}: the network was told though somebody else had answered`);
    if (new Set(heard).size > 1) found.push(`${where}: the network was told both`);
    if (restored.get(kept.id)?.answer?.id !== answer.id) found.push(`${where}: its answer is not remembered`);
    return found;
  });
}
