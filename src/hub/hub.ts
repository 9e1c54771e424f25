/**
 * The hub: accounts, links, lanes and the journal put together. `apply` is the only way anything changes in it.
 */
import { Accounts, type AccountPlan } from './accounts.ts';
import { AppendHealth } from './append-health.ts';
import { AccountLinks } from './account-links.ts';
import type { Clock } from './clock.ts';
import type { ConfigurationService } from './configuration.ts';
import { RequestError, AccountError } from './errors.ts';
import type { HubEvent } from './event.ts';
import type { HubAccess, Post, Posted } from './face.ts';
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
import { noMedia, type MediaStore } from './media.ts';
import { splitRoomRef, toRoomRef, type AccountId, type RoomRef, type User } from './message.ts';
import { RequestDesk } from './request-desk.ts';
import { Requests } from './requests.ts';
import type { MountedRoutes } from './network.ts';
import type { Log } from './log.ts';
import { PeopleDesk } from './people-desk.ts';
import { keepTrimmed } from './retention.ts';
import { Whispers } from './whispers.ts';

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
  readonly #settings: HubSettings;
  readonly #onAppended: ((tookMs: number) => void) | undefined;
  readonly #onSent: HubOptions['onSent'];
  readonly #following: Following;
  readonly #outcomes: Outcomes;
  readonly #health: AppendHealth;
  readonly #directRooms: DirectRooms;
  readonly #requests: Requests;
  readonly #stopping = new AbortController();
  readonly #accounts: Accounts;
  readonly #people: PeopleDesk;
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
    this.#settings = options.settings ?? {};
    this.#onAppended = options.onAppended;
    this.#onSent = options.onSent;
    this.#following = new Following(options.journal);
    this.#outcomes = new Outcomes(options.journal);
    this.#health = new AppendHealth(options.clock, options.log);
    this.#directRooms = new DirectRooms(options.journal, options.log);
    this.#requests = new Requests(options);
    this.#accounts = this.#createAccounts(options);
    this.#people = new PeopleDesk({
      accounts: this.#accounts,
      directRooms: this.#directRooms,
      log: options.log,
      links: () => this.#links,
      isOnline: (account) => this.#started.lanes.isOnline(account),
    });
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
      account: (id) => this.#people.whisperAccount(id),
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
      whenUnknown: (lane) => this.#accounts.plan(splitRoomRef(lane).account)?.whenUnknown ?? 'resend',
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
      session: (account) => this.#accounts.sessionOf(account),
      accepts: (account) => this.#accounts.plan(account)?.accept ?? [],
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
    await this.#accounts.stop();
    this.#core?.lanes.dispose();
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

  watchAccounts: HubAccess['watchAccounts'] = (watcher) => this.#accounts.watch(watcher);
  accounts: HubAccess['accounts'] = () => this.#accounts.statuses();

  /** What an account serves on the web server at the moment. */
  mounted(account: AccountId): MountedRoutes | undefined {
    return this.#accounts.mounted(account);
  }

  links(): readonly Link[] {
    return this.#links.links;
  }

  rooms: HubAccess['rooms'] = (account) => this.#people.rooms(account);
  isDirect: HubAccess['isDirect'] = (room) => this.#directRooms.has(room);
  members: HubAccess['members'] = (room) => this.#people.members(room);
  contact: HubAccess['contact'] = (account, user) => this.#people.contact(account, user);
  direct: HubAccess['direct'] = (account, user) => this.#people.direct(account, user);
  typing: HubAccess['typing'] = (room, on) => this.#people.typing(room, on);

  async post(post: Post): Promise<Posted> {
    const { account, room } = splitRoomRef(post.room);
    const session = this.#accounts.sessionOf(account);
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
      return this.#accounts.sessionOf(account)?.self ?? { id: account, name: account };
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

  async #hubId(): Promise<string> {
    const known = await this.#journal.get(hubIdKey);
    if (known !== undefined) return known;
    const made = this.#clock.id().slice(-9);
    await this.#journal.set([[hubIdKey, made]]);
    return made;
  }

  async #apply(plan: HubPlan): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#links = new LinkTable(plan.links);
    this.#planned = new Set(plan.accounts.map(({ id }) => id));
    await this.#accounts.apply(plan.accounts);
    const { lanes, deliveryDesk, requestDesk } = this.#started;
    for (const account of lanes.accounts()) {
      if (!this.#planned.has(account)) await deliveryDesk.parkAll(account, `account ${account} was removed`);
    }
    for (const { id } of plan.accounts) requestDesk.acceptAllByItself(id);
  }

  #createAccounts({ journal, clock, log, folder, configuration }: HubOptions): Accounts {
    return new Accounts({
      journal,
      clock,
      log,
      media: this.#media,
      ...(folder !== undefined && { folder }),
      online: (account, session) => this.#started.lanes.open(account, session),
      offline: (account) => this.#started.lanes.close(account),
      receive: (account, event) => {
        const isPrivate = event.direct || ('to' in event && event.to);
        if (isPrivate) this.#directRooms.note(toRoomRef(account, event.room));
        return this.#started.intake.receive(account, event);
      },
      returned: (account, back) => this.#started.deliveryDesk.takeBack(account, back),
      linkedRooms: (account) => this.#links.roomsOf(account),
      neighbours: (room) => this.#people.neighbours(room),
      linkDesk: (account) => configuration && this.#createLinkDesk(account, configuration),
      depth: (account) => this.#started.lanes.depth(account),
    });
  }

  #createLinkDesk(account: AccountId, configuration: ConfigurationService): AccountLinks {
    return new AccountLinks({
      account,
      configuration,
      links: () => this.links(),
      accounts: () => this.accounts(),
      rooms: (of) => this.rooms(of),
      people: (room) => this.#people.people(room),
    });
  }
}
