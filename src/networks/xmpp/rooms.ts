/**
 * The rooms of the account: those that links name, and for a while those that somebody sends to or that still have
 * deliveries of a link that is gone.
 */
import type { Cancel, Clock } from '../../hub/clock.ts';
import { DeliveryError } from '../../hub/errors.ts';
import { toJid } from '../../wire/xmpp/jid.ts';
import { askKind, type AddressKind } from './address-kind.ts';
import type { Avatars } from './avatars.ts';
import type { Company } from './company.ts';
import type { Connection } from './connection.ts';
import { listCursors, toCursorKey } from './cursor.ts';
import type { OwnTokens } from './echoes.ts';
import { notSent } from './failures.ts';
import { toOwnIdsKey } from './own-ids.ts';
import { MucRoom } from './room.ts';

/** How long a room that no link names is kept after the last message to it. */
const LINGER_MS = 5_000;
/** How often it is looked whether a room is to be left. */
const SWEEP_MS = 1_000;
/** Addresses of which it is remembered whether they are rooms. */
const KINDS_LIMIT = 1000;
/** Rooms whose trouble is told in the account's state; the log has them all. */
const TOLD_LIMIT = 3;

export interface RoomsSettings {
  nick: string;
  spareNick: string;
  selfPingMs: number;
  clock: Clock;
  tokens: OwnTokens;
  avatars?: Avatars;
  /** Makes who else of ours is in a room. */
  createCompany?(this: void, room: string): Company;
}

export class Rooms {
  readonly #settings: RoomsSettings;
  readonly #rooms = new Map<string, MucRoom>();
  readonly #kinds = new Map<string, AddressKind>();
  /** Questions under way, one for each address: who asks together is answered in the order of asking. */
  readonly #asking = new Map<string, Promise<AddressKind>>();
  /** Linked, and kept as rooms though nothing has told yet what they are. */
  readonly #doubtful = new Set<string>();
  #watched: ReadonlySet<string> = new Set();
  #connection: Connection | undefined;
  #sweep: Cancel | undefined;
  #tidied = false;

  constructor(settings: RoomsSettings) {
    this.#settings = settings;
  }

  /** A run begins. `resumed`: the rooms that we were in still have us. */
  attach(connection: Connection, resumed: boolean): void {
    this.#connection = connection;
    if (!resumed) this.#kinds.clear();
    for (const room of this.#rooms.values()) room.attend(connection, resumed);
    this.#sweepLater();
  }

  /** The run is over. Resolves when all rooms have come to rest. */
  async detach(): Promise<void> {
    this.#sweep?.();
    this.#sweep = undefined;
    this.#connection = undefined;
    await Promise.all([...this.#rooms.values()].map((room) => room.detach()));
  }

  /** Leaves all rooms in order; they are entered again by the next run. */
  async leave(): Promise<void> {
    await Promise.allSettled([...this.#rooms.values()].map((room) => room.leave()));
  }

  /** These rooms are linked now. */
  watch(rooms: readonly string[]): void {
    this.#watched = new Set(rooms);
    const connection = this.#connection;
    if (connection) void this.#openWatched(connection);
  }

  /** The room with this bare JID, if we are in it or on the way. */
  get(jid: string): MucRoom | undefined {
    return this.#rooms.get(jid);
  }

  /** The rooms that we are in. */
  inside(): MucRoom[] {
    return [...this.#rooms.values()].filter((room) => room.inside);
  }

  /**
   * The room to send to; undefined where the address is somebody's, not a room's. A room that no link names is
   * entered for as long as it is used.
   *
   * @throws DeliveryError
   */
  async reach(jid: string): Promise<MucRoom | undefined> {
    const room = this.#rooms.get(jid);
    if (room) return room;
    const address = toJid(jid);
    if (!address) throw new DeliveryError('failed', `"${jid}" is no address`, { permanent: true });
    if (address.resource !== '') return undefined; // Somebody in a room, or one client of somebody.
    const kind = this.#kinds.get(jid) ?? (await this.#ask(jid));
    if (kind === 'person') return undefined;
    if (kind === 'nothing') throw new DeliveryError('failed', `there is no ${jid}`, { permanent: true });
    const opened = this.#open(jid);
    this.#sweepLater();
    return opened;
  }

  /** What is wrong with rooms, in words; undefined when nothing is. */
  trouble(): string | undefined {
    const troubled = [...this.#rooms.values()].filter((room) => room.trouble !== undefined);
    if (troubled.length === 0) return undefined;
    const told = troubled.slice(0, TOLD_LIMIT).map((room) => `${room.jid}: ${room.trouble}`);
    if (troubled.length > TOLD_LIMIT) told.push(`and ${troubled.length - TOLD_LIMIT} more rooms`);
    return told.join('; ');
  }

  #open(jid: string): MucRoom {
    const known = this.#rooms.get(jid);
    if (known) return known;
    const { createCompany, ...settings } = this.#settings;
    const company = createCompany?.(jid);
    const room = new MucRoom({
      ...settings,
      jid,
      ...(company && { company }),
      changed: () => {
        this.#tell();
        if (this.#doubtful.has(jid) && this.#rooms.get(jid)?.trouble !== undefined) void this.#doubt(jid);
      },
    });
    this.#rooms.set(jid, room);
    if (this.#connection) room.attend(this.#connection, false);
    return room;
  }

  #tell(): void {
    const message = this.trouble();
    this.#connection?.port.state({ phase: 'online', ...(message !== undefined && { message }) });
  }

  /** Enters the linked rooms. Those that were entered before are rooms; of the others it is asked first. */
  async #openWatched(connection: Connection): Promise<void> {
    const { port, signal } = connection;
    try {
      const entered = new Set(await listCursors(port.store));
      await Promise.all([...this.#watched].map((jid) => this.#openIfRoom(jid, entered.has(jid))));
      if (!signal.aborted) await this.#tidy();
    } catch (error) {
      if (!signal.aborted) connection.fail(error);
    }
  }

  async #openIfRoom(jid: string, entered: boolean): Promise<void> {
    if (this.#rooms.has(jid)) return;
    if (entered) return void this.#open(jid);
    let kind: AddressKind | undefined;
    try {
      kind = this.#kinds.get(jid) ?? (await this.#ask(jid));
    } catch (error) {
      // Its trouble is shown, and it is asked again when it cannot be entered.
      this.#connection?.port.log.debug({ room: jid, err: error }, 'nothing tells whether this is a room');
      this.#doubtful.add(jid);
    }
    if (kind !== 'person' && this.#connection && this.#watched.has(jid)) this.#open(jid);
  }

  /** A linked address that cannot be entered: it may be somebody's. */
  async #doubt(jid: string): Promise<void> {
    this.#doubtful.delete(jid);
    try {
      if ((await this.#ask(jid)) !== 'person') return;
      const room = this.#rooms.get(jid);
      this.#rooms.delete(jid);
      await room?.leave();
      this.#tell();
    } catch {
      this.#doubtful.add(jid); // With its next failure it is asked again.
    }
  }

  #ask(jid: string): Promise<AddressKind> {
    const connection = this.#connection;
    if (!connection) return Promise.reject(notSent('the connection is over'));
    const asking =
      this.#asking.get(jid) ??
      askKind(connection, jid)
        .then((kind) => {
          if (this.#kinds.size >= KINDS_LIMIT) this.#kinds.clear();
          if (kind !== 'nothing') this.#kinds.set(jid, kind);
          return kind;
        })
        .finally(() => this.#asking.delete(jid));
    this.#asking.set(jid, asking);
    return asking;
  }

  /** Once a process: what was read of rooms that are not linked any more is forgotten, as if they were new. */
  async #tidy(): Promise<void> {
    this.#sweepLater();
    const connection = this.#connection;
    if (!connection || this.#tidied) return;
    this.#tidied = true;
    const { port } = connection;
    try {
      for (const jid of await listCursors(port.store)) {
        if (this.#rooms.has(jid)) continue;
        await port.store.set(toOwnIdsKey(jid), undefined);
        await port.store.set(toCursorKey(jid), undefined);
      }
    } catch (error) {
      port.log.warn({ err: error }, 'old cursors could not be removed');
    }
  }

  #sweepLater(): void {
    if (this.#sweep || !this.#connection || ![...this.#rooms.keys()].some((jid) => !this.#watched.has(jid)))
      return;
    this.#sweep = this.#settings.clock.after(SWEEP_MS, () => {
      this.#sweep = undefined;
      this.#leaveUnused();
      this.#sweepLater();
    });
  }

  #leaveUnused(): void {
    const connection = this.#connection;
    if (!connection) return;
    const nowMs = this.#settings.clock.monotonicMs();
    for (const [jid, room] of this.#rooms) {
      if (this.#watched.has(jid) || room.busy || nowMs - room.sends.usedAtMs < LINGER_MS) continue;
      this.#rooms.delete(jid);
      room
        .leave()
        .then(() => connection.port.store.set(toOwnIdsKey(jid), undefined))
        .then(() => connection.port.store.set(toCursorKey(jid), undefined))
        .then(
          () => connection.port.log.info({ room: jid }, 'left'),
          (error: unknown) => connection.port.log.warn({ room: jid, err: error }, 'could not leave in order'),
        );
    }
  }
}
