/**
 * The accounts that run, each kept going by its supervisor: started, changed and stopped as a plan says, and handed what
 * the hub has for them.
 */
import { createAccountStore } from './account-store.ts';
import type { Clock } from './clock.ts';
import { RequestError } from './errors.ts';
import type { Ask, HubEvent, NetworkEvent } from './event.ts';
import type { AccountStatus } from './face.ts';
import type { Journal } from './journal.ts';
import type { LinkDesk } from './link-desk.ts';
import { withFields, type Log } from './log.ts';
import { withMediaLinks, type MediaStore } from './media.ts';
import { toRoomRef, type AccountId, type RoomRef } from './message.ts';
import type { MountedRoutes, Neighbourhood, Network, ReturnedSend, Session } from './network.ts';
import { Supervisor } from './supervisor.ts';
import { readTranscript } from './transcript.ts';

export interface AccountPlan {
  id: AccountId;
  kind: string;
  /** Its configuration in a comparable form: an account whose fingerprint stays is left alone. */
  fingerprint: string;
  open(): Network;
  /** Takes the changed configuration into an account that runs; false where that takes a new start. */
  update?(network: Network): boolean;
  /** What to do with a send whose outcome cannot be found out; see rule 3. */
  whenUnknown: 'resend' | 'leave';
  /** Whether people elsewhere and its own may write to each other privately; they may without it. */
  direct?: boolean;
  /** Requests that the hub accepts by itself; none without it. */
  accept?: readonly Ask[];
}

export interface AccountsParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  readonly media: MediaStore;
  /** The data folder, where there is one. */
  readonly folder?: string;
  online(account: AccountId, session: Session): void;
  offline(account: AccountId): void;
  receive(account: AccountId, event: NetworkEvent): Promise<void>;
  returned(account: AccountId, back: ReturnedSend): Promise<void>;
  /** The rooms that are linked, as the account names them. */
  linkedRooms(account: AccountId): readonly string[];
  neighbours(room: RoomRef): Neighbourhood[];
  /** Undefined where networks cannot change links. */
  linkDesk(account: AccountId): LinkDesk | undefined;
  /** How many deliveries wait for the account. */
  depth(account: AccountId): number;
}

interface Running {
  plan: AccountPlan;
  readonly supervisor: Supervisor;
}

export class Accounts {
  readonly #parts: AccountsParts;
  readonly #running = new Map<AccountId, Running>();
  readonly #watchers = new Set<() => void>();

  constructor(parts: AccountsParts) {
    this.#parts = parts;
  }

  /** Makes what runs what the plans say. Accounts they do not change only learn of their links. One call at a time. */
  async apply(plans: readonly AccountPlan[]): Promise<void> {
    const wanted = new Map(plans.map((plan) => [plan.id, plan]));
    const leaving: Running[] = [];
    for (const running of this.#running.values()) {
      const next = wanted.get(running.plan.id);
      if (next && canStay(running, next)) {
        running.plan = next;
        running.supervisor.relink();
      } else {
        leaving.push(running);
      }
    }
    // One that hangs takes some seconds to be abandoned; the links that stay in place do not wait for it.
    await Promise.all(leaving.map(({ supervisor }) => supervisor.stop()));
    for (const { plan } of leaving) this.#running.delete(plan.id);
    if (leaving.length > 0) this.#changed();
    for (const plan of plans) if (!this.#running.has(plan.id)) this.#start(plan);
  }

  /** Ends all runs. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ supervisor }) => supervisor.stop()));
    this.#running.clear();
  }

  /** Called whenever one comes, goes or does otherwise than before. Answers how to stop that. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** By what plan an account runs; undefined where it does not. */
  plan(id: AccountId): AccountPlan | undefined {
    return this.#running.get(id)?.plan;
  }

  /** What an account can do at the moment; undefined where there is none of this id, or it is not online. */
  session(id: AccountId): Session | undefined {
    return this.#running.get(id)?.supervisor.session;
  }

  /**
   * What an account can do at the moment; undefined while it is not online.
   *
   * @throws RequestError `account-unknown`
   */
  sessionOf(id: AccountId): Session | undefined {
    const running = this.#running.get(id);
    if (!running) throw new RequestError('account-unknown', `there is no account ${id}`);
    return running.supervisor.session;
  }

  /** What an account serves on the web server at the moment. */
  mounted(id: AccountId): MountedRoutes | undefined {
    return this.#running.get(id)?.supervisor.mounted;
  }

  statuses(): AccountStatus[] {
    return [...this.#running.values()].map(({ plan, supervisor }) => {
      const { session, heardAt, prompt } = supervisor;
      const capabilities = session ? actionNames.filter((name) => session.actions[name] !== undefined) : [];
      return {
        id: plan.id,
        kind: plan.kind,
        state: supervisor.state,
        since: supervisor.since,
        capabilities,
        waiting: this.#parts.depth(plan.id),
        ...(heardAt !== undefined && { heardAt }),
        ...(session && { self: session.self, limits: session.limits }),
        ...(prompt && { prompt }),
      };
    });
  }

  #start(plan: AccountPlan): void {
    const { journal, clock, log, media, folder, ...parts } = this.#parts;
    const { id } = plan;
    const links = parts.linkDesk(id);
    const supervisor = new Supervisor(id, {
      clock,
      log: withFields(log, { account: id }),
      store: createAccountStore(journal, id),
      media,
      ...(folder !== undefined && { folder }),
      open: () => (this.plan(id) ?? plan).open(),
      changed: () => this.#changed(),
      online: (session) => parts.online(id, session),
      offline: () => parts.offline(id),
      receive: (event) => parts.receive(id, event),
      returned: (back) => parts.returned(id, back),
      rooms: () => parts.linkedRooms(id),
      history: async (room, limit) => {
        const events = await journal.history(toRoomRef(id, room), undefined, limit);
        return events.map((event) => this.#withLinks(event));
      },
      transcript: async (room, limit, before) => {
        const entries = await readTranscript(journal, toRoomRef(id, room), limit, before);
        return entries.map((entry) => ({ ...entry, event: this.#withLinks(entry.event) }));
      },
      neighbours: async (room) => parts.neighbours(toRoomRef(id, room)),
      ...(links && { links }),
    });
    this.#running.set(id, { plan, supervisor });
    supervisor.start();
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }

  /** An event as networks are told of it. */
  #withLinks<Event extends HubEvent>(event: Event): Event {
    if (event.kind !== 'message' && event.kind !== 'edit') return event;
    return { ...event, body: withMediaLinks(event.body, (url) => this.#parts.media.resolve(url)) };
  }
}

/** Whether an account goes on running under its next plan; what can be changed in it while it runs is changed. */
function canStay({ plan, supervisor }: Running, next: AccountPlan): boolean {
  if (next.kind !== plan.kind) return false;
  return (
    next.fingerprint === plan.fingerprint || supervisor.update((network) => next.update?.(network) ?? false)
  );
}

/** Every action that a network may have, for deriving an account's capabilities. */
const actionNames = [
  'send',
  'edit',
  'recall',
  'react',
  'rename',
  'find',
  'direct',
  'typing',
  'rooms',
  'members',
  'answer',
] as const;
