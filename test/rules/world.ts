/**
 * A hub over a journal in memory, in virtual time: what a test of one rule needs around it. Time stands still unless
 * a test lets it pass.
 */
import { createMemoryJournal, type MemoryJournal, type Survivor } from '../../src/engines/sqlite/memory.ts';
import { Hub, type HubPlan, type HubSettings } from '../../src/hub/hub.ts';
import { createLink, type Link } from '../../src/hub/links.ts';
import type { Delivery, DeliveryState } from '../../src/hub/journal.ts';
import type { RoomRef } from '../../src/hub/message.ts';
import type { Log } from '../../src/hub/log.ts';
import { VirtualTime } from '../simulation/virtual-clock.ts';
import { FakeServer, type FakeAccount, type Traits } from './fake-server.ts';

/** Longer than anything here takes: what has not come by then never will. */
const patienceMs = 3_600_000;

export interface WorldSetup {
  settings?: HubSettings;
  /** How long a commit of the journal takes, virtual milliseconds. */
  commitDelayMs?: number;
  /** Of another world that this one shares time with. */
  time?: VirtualTime;
}

export class World {
  readonly time: VirtualTime;
  readonly logged: { level: keyof Log; fields: object; message: string }[] = [];
  hub!: Hub;
  journal!: MemoryJournal;
  links: Link[] = [];
  accounts: FakeAccount[] = [];
  readonly #setup: WorldSetup;
  #survivor: Survivor | undefined;
  #stopClock: () => void = () => {};

  constructor(setup: WorldSetup = {}) {
    this.#setup = setup;
    this.time = setup.time ?? new VirtualTime(1);
  }

  /** An account on a server of its own, or on one that others are on. */
  account(id: string, traits: Traits = {}, server = new FakeServer(this.time)): FakeAccount {
    const account = server.account(id, traits);
    this.accounts.push(account);
    return account;
  }

  link(...rooms: RoomRef[]): void {
    this.links.push(createLink({ name: `link${this.links.length}`, rooms }));
  }

  /** Starts the hub on what the last one left, and gives its accounts time to connect. */
  async start(): Promise<void> {
    const { clock, stop } = this.time.createClock();
    this.#stopClock = stop;
    const survivor = this.#survivor;
    const { commitDelayMs = 1, settings = {} } = this.#setup;
    this.journal = createMemoryJournal({ clock, commitDelayMs, ...(survivor && { survivor }) });
    this.hub = new Hub({ journal: this.journal, clock, log: this.#log(), settings });
    await this.finish(this.hub.start());
    await this.apply();
    await this.pass(50);
  }

  /** Applies the accounts and links as they now are. */
  async apply(changed: Partial<HubPlan> = {}): Promise<void> {
    await this.finish(this.hub.apply({ ...this.plan(), ...changed }));
  }

  plan(fingerprints: Record<string, string> = {}): HubPlan {
    return {
      accounts: this.accounts.map((account) => ({
        id: account.id,
        kind: 'fake',
        fingerprint: fingerprints[account.id] ?? '',
        open: () => account.open(),
        whenUnknown: account.traits.whenUnknown ?? 'resend',
        ...(account.traits.accept && { accept: account.traits.accept }),
      })),
      links: this.links,
    };
  }

  /** Pulls the plug: the batch that the journal has open is lost, or kept without anybody having been told. */
  crash(batch: 'lost' | 'kept' = 'lost'): void {
    this.#stopClock();
    this.#survivor = this.journal.crash(batch);
    for (const account of this.accounts) account.cut(new Error('the hub is gone'));
  }

  /** Lets time pass. */
  async pass(delayMs: number): Promise<void> {
    let over = false;
    this.time.after(delayMs, () => (over = true));
    await this.time.run(() => over);
  }

  /** Lets time pass until the promise is settled, and answers as it does. */
  async finish<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const settling = promise.finally(() => (settled = true));
    settling.catch(() => {});
    const deadlineMs = this.time.nowMs + patienceMs;
    await this.time.run(() => settled || this.time.nowMs > deadlineMs);
    if (!settled) throw new Error('it did not happen, however long one waits');
    return settling;
  }

  /** Whether the promise is settled once `delayMs` have passed. */
  async settlesWithin(promise: Promise<unknown>, delayMs: number): Promise<boolean> {
    let settled = false;
    promise.then(
      () => (settled = true),
      () => (settled = true),
    );
    await this.pass(delayMs);
    return settled;
  }

  async deliveries(...states: DeliveryState[]): Promise<Delivery[]> {
    const all: DeliveryState[] = ['pending', 'sending', 'sent', 'unknown', 'parked', 'dropped'];
    return this.finish(this.hub.deliveries({ states: states.length > 0 ? states : all }, 0, 1000));
  }

  /** Texts of the messages in the journal, in order. */
  async journaled(room?: RoomRef): Promise<string[]> {
    const page = await this.finish(
      this.hub.read(0, { kinds: ['message'], ...(room && { rooms: [room] }) }, 1000),
    );
    return page.events.map((event) =>
      'body' in event ? event.body.map((segment) => ('text' in segment ? segment.text : '')).join('') : '',
    );
  }

  #log(): Log {
    const log = (level: keyof Log) => (fields: object, message: string) =>
      void this.logged.push({ level, fields, message });
    return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  }
}

/** Two accounts, `a` and `b`, each with a room `r`; the two rooms linked; online. */
export async function linkedPair(
  traits: { a?: Traits; b?: Traits } = {},
  setup: WorldSetup = {},
): Promise<{ world: World; a: FakeAccount; b: FakeAccount }> {
  const world = new World(setup);
  const a = world.account('a', traits.a);
  const b = world.account('b', traits.b);
  world.link('a/r', 'b/r');
  await world.start();
  return { world, a, b };
}
