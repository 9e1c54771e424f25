/**
 * The hub: accounts, links, lanes and the journal put together. `apply` is the only way anything changes in it.
 */
import { createAccountStore } from './account-store.ts';
import { AppendHealth } from './append-health.ts';
import { AccountLinks } from './account-links.ts';
import type { Clock } from './clock.ts';
import type { ConfigurationService } from './configuration.ts';
import { RequestError, AccountError } from './errors.ts';
import type { Ask, HubEvent } from './event.ts';
import type { AccountStatus, HubAccess, Post, Posted } from './face.ts';
import { Following } from './following.ts';
import { Intake, type IntakeCounters } from './intake.ts';
import type { DeliveryId, Journal } from './journal.ts';
import type { LaneCounters } from './lane.ts';
import { DeliveryDesk } from './delivery-desk.ts';
import { Lanes } from './lanes.ts';
import { Outcomes } from './outcomes.ts';
import type { ProgramActRequest } from './program-acts.ts';
import { DirectRooms } from './direct-rooms.ts';
import { defaultFormat, LinkTable, type Link } from './links.ts';
import { noMedia, withMediaLinks, type MediaStore } from './media.ts';
import { splitRoomRef, toRoomRef, type AccountId, type RoomRef, type User } from './message.ts';
import { RequestDesk } from './request-desk.ts';
import { Requests } from './requests.ts';
import type { ContactDetails, MountedRoutes, Neighbourhood, Network } from './network.ts';
import { withFields, type Log } from './log.ts';
import { keepTrimmed } from './retention.ts';
import { Supervisor } from './supervisor.ts';
import { readTranscript } from './transcript.ts';
import { Whispers, type WhisperAccount } from './whispers.ts';

export interface HubOptions {
  journal: Journal;
  clock: Clock;
  log: Log;
  /** Missing: pictures and files cannot be kept. */
  media?: MediaStore;
  /** The data folder. Missing: networks that keep files of their own cannot run. */
  folder?: string;
  /** Missing: networks cannot offer to change links. */
  configuration?: ConfigurationService;
  settings?: HubSettings;
  /** Told of every new event, how long it took to become durable, milliseconds. */
  onAppended?: (tookMs: number) => void;
  /** Told of every delivery that went out, to which room. */
  onSent?: (lane: RoomRef, event: HubEvent) => void;
}

export interface HubSettings {
  /** How long events are kept, milliseconds. Missing is for ever. */
  retentionMs?: number;
  /** How often old events are looked for, milliseconds. */
  trimEveryMs?: number;
  /** Deliveries kept in memory of one lane; the rest waits in the journal. */
  laneQueue?: number;
}

/** What shall run: the whole of it, each time. */
export interface HubPlan {
  accounts: readonly AccountPlan[];
  links: readonly Link[];
}

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

const trimEveryMs = 60_000;
const laneQueue = 512;
/** Where the journal keeps the hub's id. */
const hubIdKey = 'hub/id';
/** What is written to see whether the journal takes anything. */
const triedKey = 'hub/tried';

/** What there is once the hub has been started. */
interface Core {
  lanes: Lanes;
  intake: Intake;
  whispers: Whispers;
  deliveryDesk: DeliveryDesk;
  requestDesk: RequestDesk;
}

interface Running {
  plan: AccountPlan;
  supervisor: Supervisor;
}

export class Hub implements HubAccess {
  /** What has happened since the start. */
  readonly counters: IntakeCounters & LaneCounters = {
    appended: 0,
    duplicates: 0,
    refused: 0,
    sent: 0,
    retried: 0,
    parked: 0,
    unknown: 0,
    dropped: 0,
  };
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #media: MediaStore;
  readonly #folder: string | undefined;
  readonly #configuration: ConfigurationService | undefined;
  readonly #settings: HubSettings;
  readonly #onAppended: ((tookMs: number) => void) | undefined;
  readonly #onSent: HubOptions['onSent'];
  readonly #following: Following;
  readonly #outcomes: Outcomes;
  readonly #health: AppendHealth;
  readonly #directRooms: DirectRooms;
  readonly #requests: Requests;
  readonly #stopping = new AbortController();
  readonly #running = new Map<AccountId, Running>();
  readonly #accountWatchers = new Set<() => void>();
  #links = new LinkTable([]);
  /** The accounts of the plan, whether they run at the moment or are being opened anew. */
  #planned: ReadonlySet<AccountId> = new Set();
  #core: Core | undefined;
  #applying: Promise<void> = Promise.resolve();
  #id: string | undefined;

  constructor(options: HubOptions) {
    this.#journal = options.journal;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#media = options.media ?? noMedia;
    this.#folder = options.folder;
    this.#configuration = options.configuration;
    this.#settings = options.settings ?? {};
    this.#onAppended = options.onAppended;
    this.#onSent = options.onSent;
    this.#following = new Following(options.journal);
    this.#outcomes = new Outcomes(options.journal);
    this.#health = new AppendHealth(options.clock, options.log);
    this.#directRooms = new DirectRooms(options.journal, options.log);
    this.#requests = new Requests(options);
  }

  /** Begins. Undelivered messages of an earlier run wait in their lanes until their account is online. */
  async start(): Promise<void> {
    const hubId = await this.#hubId();
    this.#id = hubId;
    const common = {
      journal: this.#journal,
      clock: this.#clock,
      log: this.#log,
      hubId,
      counters: this.counters,
    };
    const whispers = new Whispers({
      ...common,
      links: () => this.#links,
      account: (id) => this.#whisperAccount(id),
    });
    const lanes = new Lanes({
      ...common,
      laneQueue: this.#settings.laneQueue ?? laneQueue,
      settled: (ids, told) => this.#settled(ids, told),
      sent: (lane, event) => this.#onSent?.(lane, event),
      toLink: (url) => this.#media.resolve(url),
      format: (from, to) =>
        whispers.format(from, to) ?? this.#links.between(from, to)?.format ?? defaultFormat,
      parked: (delivery, event, reason) => this.#core?.deliveryDesk.tellFailure(delivery, event, reason),
      whenUnknown: (lane) => this.#running.get(splitRoomRef(lane).account)?.plan.whenUnknown ?? 'resend',
    });
    const intake = new Intake(
      {
        ...common,
        health: this.#health,
        links: () => this.#links,
        hasAccount: (account) => this.#planned.has(account),
        whispers,
        request: (account, request) => this.#requests.find(account, request),
        appended: (event, tookMs) => {
          this.#requests.note(event);
          if (event.kind === 'request') this.#core?.requestDesk.acceptByItself(event);
          this.#following.wake();
          this.#onAppended?.(tookMs);
        },
      },
      lanes,
    );
    await whispers.restore();
    await this.#requests.restore();
    await lanes.restore();
    const deliveryDesk = new DeliveryDesk({
      ...common,
      lanes,
      signal: this.#stopping.signal,
      settled: (ids, told) => this.#settled(ids, told),
      failure: (event, reason) => whispers.failure(event, reason),
      notify: (notice, key) => intake.notify(notice, key),
    });
    const requestDesk = new RequestDesk({
      ...common,
      requests: this.#requests,
      session: (account) => this.#account(account).supervisor.session,
      accepts: (account) => this.#running.get(account)?.plan.accept ?? [],
      drop: (delivery) => deliveryDesk.drop([delivery]),
      append: (event, again) => intake.answer(event, again),
    });
    this.#core = { lanes, intake, whispers, deliveryDesk, requestDesk };
    const { retentionMs } = this.#settings;
    if (retentionMs !== undefined) {
      const everyMs = this.#settings.trimEveryMs ?? trimEveryMs;
      void keepTrimmed(
        this.#journal,
        this.#clock,
        this.#log,
        { retentionMs, everyMs },
        this.#stopping.signal,
      );
    }
  }

  /**
   * Starts, stops and relinks so that what runs is what the plan says. Accounts it does not change are not touched.
   * Deliveries of removed accounts are parked. Plans are applied one after the other.
   */
  apply(plan: HubPlan): Promise<void> {
    const applied = this.#applying.then(() => this.#apply(plan));
    // The caller is told of a failure; the next plan is applied all the same.
    this.#applying = applied.catch(() => {});
    return applied;
  }

  /** Ends all runs and lanes. The journal is the caller's and stays open. */
  async stop(): Promise<void> {
    this.#stopping.abort(new AccountError('account-over', 'the hub stops'));
    await this.#applying;
    await Promise.all([...this.#running.values()].map(({ supervisor }) => supervisor.stop()));
    this.#core?.lanes.dispose();
    this.#running.clear();
  }

  /** Why the journal refuses what is said; undefined while it takes what comes. Where it refused, it is tried again. */
  async appendFailure(): Promise<Error | undefined> {
    await this.#health.recheck(() => this.#journal.set([[triedKey, String(this.#clock.now())]]));
    return this.#health.failure;
  }

  /** This hub's own id, made at its first start: `[0-9a-z]{9}`. The cursors of programs begin with it. */
  get id(): string {
    if (this.#id === undefined) throw new AccountError('account-over', 'the hub has not been started');
    return this.#id;
  }

  watchAccounts(watcher: () => void): () => void {
    this.#accountWatchers.add(watcher);
    return () => this.#accountWatchers.delete(watcher);
  }

  accounts(): AccountStatus[] {
    return [...this.#running.values()].map(({ plan, supervisor }) => {
      const { session, heardAt, prompt } = supervisor;
      const capabilities = session ? actionNames.filter((name) => session.actions[name] !== undefined) : [];
      return {
        id: plan.id,
        kind: plan.kind,
        state: supervisor.state,
        since: supervisor.since,
        capabilities,
        waiting: this.#started.lanes.depth(plan.id),
        ...(heardAt !== undefined && { heardAt }),
        ...(session && { self: session.self, limits: session.limits }),
        ...(prompt && { prompt }),
      };
    });
  }

  /** What an account serves on the web server at the moment. */
  mounted(account: AccountId): MountedRoutes | undefined {
    return this.#running.get(account)?.supervisor.mounted;
  }

  links(): readonly Link[] {
    return this.#links.links;
  }

  async rooms(account: AccountId): Promise<{ room: RoomRef; name: string; direct: boolean }[]> {
    const { supervisor } = this.#account(account);
    const told = (await supervisor.session?.actions.rooms?.()) ?? [];
    const names = new Map(this.#links.roomsOf(account).map((room) => [room, room]));
    for (const { room, name, direct } of told) {
      names.set(room, name);
      if (direct) this.#directRooms.note(toRoomRef(account, room));
    }
    const rooms = [...names].map(([room, name]) => ({ room: toRoomRef(account, room), name }));
    return Promise.all(rooms.map(async (one) => ({ ...one, direct: await this.isDirect(one.room) })));
  }

  isDirect(room: RoomRef): Promise<boolean> {
    return this.#directRooms.has(room);
  }

  members(ref: RoomRef): User[] {
    const { account, room } = splitRoomRef(ref);
    return this.#running.get(account)?.supervisor.session?.actions.members?.(room) ?? [];
  }

  async contact(account: AccountId, user: string): Promise<ContactDetails> {
    const { session } = this.#account(account).supervisor;
    return (await session?.actions.contact?.(user)) ?? {};
  }

  direct(account: AccountId, user: string): RoomRef {
    const { session } = this.#account(account).supervisor;
    if (!session) throw new RequestError('person-away', `${account} is not connected at the moment`);
    const { actions, self } = session;
    if (!actions.direct) {
      throw new RequestError('not-supported', `private messages to people of ${account} cannot be sent`);
    }
    const room = toRoomRef(account, actions.direct(user, { name: self.name, account, user: self.id }));
    this.#directRooms.note(room);
    return room;
  }

  async post(post: Post): Promise<Posted> {
    const { account, room } = splitRoomRef(post.room);
    const { session } = this.#account(account).supervisor;
    const lack = session?.lacksRoom?.(room);
    if (lack !== undefined) throw new RequestError('room-unknown', lack);
    return this.#started.intake.post(post, session?.self);
  }

  edit: HubAccess['edit'] = (edit) => this.#act({ kind: 'edit', ...edit });
  recall: HubAccess['recall'] = (recall) => this.#act({ kind: 'recall', ...recall });
  react: HubAccess['react'] = (reaction) => this.#act({ kind: 'reaction', ...reaction });

  requests: HubAccess['requests'] = (account) => this.#started.requestDesk.list(account);
  request: HubAccess['request'] = (id) => this.#started.requestDesk.find(id);
  answer: HubAccess['answer'] = (answer) => this.#started.requestDesk.answer(answer);

  async typing(ref: RoomRef, on: boolean): Promise<void> {
    const { account, room } = splitRoomRef(ref);
    const { session } = this.#account(account).supervisor;
    await session?.actions.typing?.(room, on).catch((error: unknown) => {
      // Nothing is lost: it would be over in some seconds anyway.
      this.#log.debug({ room: ref, err: error }, 'could not show that somebody is writing');
    });
  }

  outcome: HubAccess['outcome'] = (event, signal) => this.#outcomes.wait(event, signal);
  read: HubAccess['read'] = (after, filter, limit) => this.#journal.read(after, filter, limit);
  follow: HubAccess['follow'] = (after, filter, signal) => this.#following.follow(after, filter, signal);
  history: HubAccess['history'] = (room, before, limit) => this.#journal.history(room, before, limit);
  search: HubAccess['search'] = (query) => this.#journal.search(query);
  journey: HubAccess['journey'] = (id) => this.#journal.journey(id);
  deliveries: HubAccess['deliveries'] = (filter, after, limit) =>
    this.#journal.deliveries(filter, after, limit);
  deliveryCounts: HubAccess['deliveryCounts'] = () => this.#journal.deliveryCounts();
  retry: HubAccess['retry'] = (ids) => this.#started.deliveryDesk.retry(ids);
  drop: HubAccess['drop'] = (ids) => this.#started.deliveryDesk.drop(ids);
  retryAll: HubAccess['retryAll'] = (filter) => this.#started.deliveryDesk.retryAll(filter);
  dropAll: HubAccess['dropAll'] = (filter) => this.#started.deliveryDesk.dropAll(filter);

  async #act(request: ProgramActRequest): Promise<Posted> {
    const self = (room: RoomRef): User => {
      const { account } = splitRoomRef(room);
      return this.#account(account).supervisor.session?.self ?? { id: account, name: account };
    };
    return this.#started.intake.act(request, self);
  }

  /** The journal has another state of these deliveries, and `told` new outcomes. */
  #settled(ids: readonly DeliveryId[], told: number): void {
    if (told > 0) this.#following.wake();
    this.#outcomes.settled(ids);
  }

  get #started(): Core {
    if (!this.#core) throw new AccountError('account-over', 'the hub has not been started');
    return this.#core;
  }

  #account(id: AccountId): Running {
    const running = this.#running.get(id);
    if (!running) throw new RequestError('account-unknown', `there is no account ${id}`);
    return running;
  }

  async #hubId(): Promise<string> {
    const known = await this.#journal.get(hubIdKey);
    if (known !== undefined) return known;
    const made = this.#clock.id().slice(-9);
    await this.#journal.set([[hubIdKey, made]]);
    return made;
  }

  async #apply(plan: HubPlan): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const wanted = new Map(plan.accounts.map((account) => [account.id, account]));
    this.#links = new LinkTable(plan.links);
    this.#planned = new Set(wanted.keys());
    const leaving: Running[] = [];
    for (const running of this.#running.values()) {
      const next = wanted.get(running.plan.id);
      if (next && this.#canStay(running, next)) {
        running.plan = next;
        running.supervisor.relink();
      } else {
        leaving.push(running);
      }
    }
    // One that hangs takes some seconds to be abandoned; the links that stay in place do not wait for it.
    await Promise.all(leaving.map(({ supervisor }) => supervisor.stop()));
    for (const { plan: now } of leaving) this.#running.delete(now.id);
    if (leaving.length > 0) this.#accountsChanged();
    for (const account of plan.accounts) if (!this.#running.has(account.id)) this.#startAccount(account);
    for (const account of this.#started.lanes.accounts()) {
      if (!wanted.has(account))
        await this.#started.deliveryDesk.parkAll(account, `account ${account} was removed`);
    }
    for (const { id } of plan.accounts) this.#started.requestDesk.acceptAllByItself(id);
  }

  /** Whether an account goes on running under its next plan; what can be changed in it while it runs is changed. */
  #canStay({ plan, supervisor }: Running, next: AccountPlan): boolean {
    if (next.kind !== plan.kind) return false;
    return (
      next.fingerprint === plan.fingerprint || supervisor.update((network) => next.update?.(network) ?? false)
    );
  }

  #startAccount(plan: AccountPlan): void {
    const { lanes, intake } = this.#started;
    const { id } = plan;
    const supervisor = new Supervisor(id, {
      clock: this.#clock,
      log: withFields(this.#log, { account: id }),
      store: createAccountStore(this.#journal, id),
      media: this.#media,
      ...(this.#folder !== undefined && { folder: this.#folder }),
      open: () => (this.#running.get(id)?.plan ?? plan).open(),
      changed: () => this.#accountsChanged(),
      online: (session) => lanes.open(id, session),
      offline: () => lanes.close(id),
      receive: (event) => {
        if (event.direct || ('to' in event && event.to)) this.#directRooms.note(toRoomRef(id, event.room));
        return intake.receive(id, event);
      },
      returned: (back) => this.#started.deliveryDesk.takeBack(id, back),
      rooms: () => this.#links.roomsOf(id),
      history: async (room, limit) => {
        const events = await this.#journal.history(toRoomRef(id, room), undefined, limit);
        return events.map((event) => this.#withLinks(event));
      },
      transcript: async (room, limit, before) => {
        const entries = await readTranscript(this.#journal, toRoomRef(id, room), limit, before);
        return entries.map((entry) => ({ ...entry, event: this.#withLinks(entry.event) }));
      },
      neighbours: async (room) => this.#neighbours(toRoomRef(id, room)),
      ...(this.#configuration && { links: this.#linksOf(id, this.#configuration) }),
    });
    this.#running.set(id, { plan, supervisor });
    supervisor.start();
  }

  #accountsChanged(): void {
    for (const watcher of this.#accountWatchers) watcher();
  }

  /** An event as networks are told of it. */
  #withLinks<Event extends HubEvent>(event: Event): Event {
    if (event.kind !== 'message' && event.kind !== 'edit') return event;
    return { ...event, body: withMediaLinks(event.body, (url) => this.#media.resolve(url)) };
  }

  #whisperAccount(id: AccountId): WhisperAccount | undefined {
    const running = this.#running.get(id);
    if (!running) return undefined;
    const { plan, supervisor } = running;
    const { session } = supervisor;
    const find = session?.actions.direct?.bind(session.actions);
    const direct: typeof find =
      find &&
      ((user, author) => {
        const room = find(user, author);
        this.#directRooms.note(toRoomRef(id, room));
        return room;
      });
    return { allowed: plan.direct ?? true, online: session !== undefined, ...(direct && { direct }) };
  }

  #neighbours(room: RoomRef): Neighbourhood[] {
    return this.#links.neighbours(room).map((other) => this.#people(other));
  }

  #people(room: RoomRef): Neighbourhood {
    const online = this.#started.lanes.isOnline(splitRoomRef(room).account);
    return { room, online, members: this.members(room) };
  }

  #linksOf(account: AccountId, configuration: ConfigurationService): AccountLinks {
    return new AccountLinks({
      account,
      configuration,
      links: () => this.#links.links,
      accounts: () => this.accounts(),
      rooms: (of) => this.rooms(of),
      people: (room) => this.#people(room),
    });
  }
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
