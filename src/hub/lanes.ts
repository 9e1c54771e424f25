/** All lanes, and which accounts are online: where deliveries go as soon as they are durable. */
import type { HubEvent } from './event.ts';
import type { Delivery, DeliveryId } from './journal.ts';
import { Lane, type LaneHost } from './lane.ts';
import { splitRoomRef, type AccountId, type RoomRef } from './message.ts';
import type { Session } from './network.ts';
import { Pace } from './pace.ts';

/** Deliveries read at a time. */
const pageLimit = 500;

export class Lanes {
  readonly #host: LaneHost;
  readonly #lanes = new Map<RoomRef, Lane>();
  readonly #online = new Map<AccountId, { session: Session; pace: Pace | undefined }>();

  constructor(host: LaneHost) {
    this.#host = host;
  }

  /** Takes up the lanes that an earlier run left deliveries in. Before anything is appended. */
  async restore(): Promise<void> {
    const lanes = await this.#host.journal.lanes();
    const sending = await this.#sending();
    for (const room of lanes) this.#create(room).restore(sending.get(room) ?? []);
  }

  /** Announces deliveries of one event that is being appended; `Expected` tells which start at once. */
  expect(rooms: readonly RoomRef[]): Expected {
    if (rooms.length === 0) return nothingExpected;
    return new Expected(rooms.map((room) => ({ lane: this.#lanes.get(room) ?? this.#create(room) })));
  }

  /** The account is online, or can do something else than before. */
  open(account: AccountId, session: Session): void {
    const perSecond = session.limits.sendsPerSecond;
    const known = this.#online.get(account)?.pace;
    const pace = perSecond === undefined ? undefined : (known ?? new Pace(this.#host.clock, perSecond));
    this.#online.set(account, { session, pace });
    for (const lane of this.#of(account)) lane.open(session, pace);
  }

  /** The account's connection is over. */
  close(account: AccountId): void {
    this.#online.delete(account);
    for (const lane of this.#of(account)) lane.close();
  }

  isOnline(account: AccountId): boolean {
    return this.#online.has(account);
  }

  /** Resolves when all that was sent to the room by now has its outcome; see `Lane.quiet`. */
  quiet(room: RoomRef): Promise<void> | undefined {
    return this.#lanes.get(room)?.quiet();
  }

  /** Takes up deliveries that a person set going again. */
  requeue(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      (this.#lanes.get(delivery.lane) ?? this.#create(delivery.lane)).requeue(delivery);
    }
  }

  /** Which of these deliveries are being sent at the moment. */
  underWay(ids: readonly DeliveryId[]): Set<DeliveryId> {
    return new Set(ids.filter((id) => [...this.#lanes.values()].some((lane) => lane.isUnderWay(id))));
  }

  /** Keeps deliveries that wait from starting; see `Lane.withhold`. */
  withhold(ids: readonly DeliveryId[]): () => void {
    const wanted = new Set(ids);
    const putBack = [...this.#lanes.values()].map((lane) => lane.withhold(wanted));
    return () => {
      for (const put of putBack) put();
    };
  }

  /** Lets go of deliveries that the journal has as dropped or parked. */
  remove(deliveries: readonly Pick<Delivery, 'id' | 'lane'>[]): void {
    for (const { id, lane } of deliveries) this.#lanes.get(lane)?.remove(new Set([id]));
  }

  /** Resolves when every outcome of a room that is known is in the journal. */
  async written(room: RoomRef): Promise<void> {
    await this.#lanes.get(room)?.written();
  }

  /** The accounts that have lanes. */
  accounts(): Set<AccountId> {
    return new Set([...this.#lanes.keys()].map((room) => splitRoomRef(room).account));
  }

  /** Deliveries of an account's lanes that are in memory. */
  depth(account: AccountId): number {
    let depth = 0;
    for (const lane of this.#of(account)) depth += lane.depth;
    return depth;
  }

  dispose(): void {
    for (const lane of this.#lanes.values()) lane.dispose();
  }

  #create(room: RoomRef): Lane {
    const lane = new Lane(room, this.#host);
    this.#lanes.set(room, lane);
    const online = this.#online.get(splitRoomRef(room).account);
    if (online) lane.open(online.session, online.pace);
    return lane;
  }

  /** The deliveries that were under way when the earlier run ended, by lane. */
  async #sending(): Promise<Map<RoomRef, DeliveryId[]>> {
    const byLane = new Map<RoomRef, DeliveryId[]>();
    for (let after = 0; ;) {
      const page = await this.#host.journal.deliveries({ states: ['sending'] }, after, pageLimit);
      for (const { id, lane } of page) byLane.set(lane, [...(byLane.get(lane) ?? []), id]);
      if (page.length < pageLimit) return byLane;
      after = page.at(-1)!.id;
    }
  }

  #of(account: AccountId): Lane[] {
    const prefix = `${account}/`;
    return [...this.#lanes.values()].filter((lane) => lane.room.startsWith(prefix));
  }
}

/** The deliveries of one event between being planned and being durable. */
export class Expected {
  readonly #entries: { lane: Lane; begun: boolean }[];

  constructor(lanes: readonly { lane: Lane }[]) {
    this.#entries = lanes.map(({ lane }) => ({ lane, begun: lane.expect() }));
  }

  /** As the journal wants them. */
  get deliveries(): { lane: RoomRef; begun: boolean }[] {
    return this.#entries.map(({ lane, begun }) => ({ lane: lane.room, begun }));
  }

  /** The event is durable under these ids; none means that it was a duplicate. */
  add(ids: readonly DeliveryId[], event: HubEvent): void {
    this.#entries.forEach(({ lane, begun }, index) => {
      const id = ids[index];
      if (id === undefined) lane.cancel(begun);
      else lane.add(id, event, begun);
    });
  }

  /** The event could not be appended. */
  cancel(): void {
    for (const { lane, begun } of this.#entries) lane.cancel(begun);
  }
}

const nothingExpected = new Expected([]);
