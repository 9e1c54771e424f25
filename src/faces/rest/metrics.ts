/**
 * How the accounts did, for people who look at them: remembered in memory, from the start on. Prometheus has its own
 * figures at `/metrics`; these are the ones that a heartbeat bar is drawn from.
 */
import type { Cancel, Clock } from '../../hub/clock.ts';
import type { HubEvent } from '../../hub/event.ts';
import type { HubAccess } from '../../hub/face.ts';
import { splitRoomRef, type AccountId, type RoomRef } from '../../hub/message.ts';
import type { AccountState } from '../../hub/network.ts';

/** How long one beat of the bar is. */
export const beatMs = 60_000;
const beatsKept = 60;
/** How often an account's phase is looked at. */
const lookEveryMs = 5_000;
/** Latencies of an account that percentiles are made of. */
const latenciesKept = 1_000;
/** Minutes that the rate of a link is averaged over. */
const rateMinutes = 5;

type Phase = AccountState['phase'];

/** The worst first. */
const worst: readonly Phase[] = ['failed', 'waiting', 'login', 'connecting', 'stopped', 'online'];

export interface Beat {
  /** When it began, milliseconds since the epoch. */
  at: number;
  phase: Phase;
}

export interface AccountFigures {
  beats: readonly Beat[];
  received: number;
  sent: number;
  latency?: { p50Ms: number; p99Ms: number; count: number };
}

interface AccountMemory {
  beats: Beat[];
  received: number;
  sent: number;
  /** The newest at its end. */
  latencies: number[];
}

export class FigureKeeper {
  readonly startedAt: number;
  readonly #hub: Pick<HubAccess, 'accounts' | 'links'>;
  readonly #clock: Clock;
  readonly #accounts = new Map<AccountId, AccountMemory>();
  /** Messages of each link, by the minute since the epoch. */
  readonly #links = new Map<string, Map<number, number>>();
  #cancel: Cancel = () => {};

  constructor(hub: Pick<HubAccess, 'accounts' | 'links'>, clock: Clock) {
    this.#hub = hub;
    this.#clock = clock;
    this.startedAt = clock.now();
    this.#look();
  }

  stop(): void {
    this.#cancel();
  }

  /** Counts what came. */
  take(events: readonly HubEvent[]): void {
    const minute = Math.floor(this.#clock.now() / 60_000);
    for (const event of events) {
      if (event.kind !== 'message') continue;
      if (event.postedBy === undefined) this.#account(splitRoomRef(event.room).account).received += 1;
      for (const { name, rooms } of this.#hub.links()) {
        if (!rooms.includes(event.room)) continue;
        const counts = this.#links.get(name) ?? new Map<number, number>();
        counts.set(minute, (counts.get(minute) ?? 0) + 1);
        this.#links.set(name, counts);
      }
    }
  }

  /** Counts a delivery that was sent, `tookMs` after its message came. */
  sent(room: RoomRef, tookMs: number): void {
    const account = this.#account(splitRoomRef(room).account);
    account.sent += 1;
    account.latencies.push(tookMs);
    if (account.latencies.length >= 2 * latenciesKept)
      account.latencies = account.latencies.slice(-latenciesKept);
  }

  account(id: AccountId): AccountFigures {
    this.#note();
    const { beats, received, sent, latencies } = this.#account(id);
    const last = latencies.slice(-latenciesKept).toSorted((a, b) => a - b);
    const at = (share: number) =>
      Math.round(last[Math.min(last.length - 1, Math.floor(last.length * share))] ?? 0);
    return {
      beats,
      received,
      sent,
      ...(last.length > 0 && { latency: { p50Ms: at(0.5), p99Ms: at(0.99), count: last.length } }),
    };
  }

  /** Messages of a link, a minute. */
  linkRate(name: string): number {
    const now = Math.floor(this.#clock.now() / 60_000);
    let sum = 0;
    for (const [minute, count] of this.#links.get(name) ?? []) if (minute > now - rateMinutes) sum += count;
    return sum / rateMinutes;
  }

  #look(): void {
    this.#note();
    this.#forgetRates();
    this.#cancel = this.#clock.after(lookEveryMs, () => this.#look());
  }

  #note(): void {
    const at = Math.floor(this.#clock.now() / beatMs) * beatMs;
    const accounts = this.#hub.accounts();
    for (const { id, state } of accounts) noteBeat(this.#account(id).beats, at, state.phase);
    const known = new Set(accounts.map(({ id }) => id));
    for (const id of this.#accounts.keys()) if (!known.has(id)) this.#accounts.delete(id);
  }

  #forgetRates(): void {
    const oldest = Math.floor(this.#clock.now() / 60_000) - rateMinutes;
    const names = new Set(this.#hub.links().map(({ name }) => name));
    for (const [name, counts] of this.#links) {
      for (const minute of counts.keys()) if (minute <= oldest) counts.delete(minute);
      if (!names.has(name)) this.#links.delete(name);
    }
  }

  #account(id: AccountId): AccountMemory {
    const known = this.#accounts.get(id);
    if (known) return known;
    const made: AccountMemory = { beats: [], received: 0, sent: 0, latencies: [] };
    this.#accounts.set(id, made);
    return made;
  }
}

/** Adds a look to the beat that it falls into: of several phases the worst is shown. */
function noteBeat(beats: Beat[], at: number, phase: Phase): void {
  const last = beats.at(-1);
  if (last?.at !== at) {
    beats.push({ at, phase });
    if (beats.length > beatsKept) beats.shift();
  } else if (worst.indexOf(phase) < worst.indexOf(last.phase)) {
    last.phase = phase;
  }
}
