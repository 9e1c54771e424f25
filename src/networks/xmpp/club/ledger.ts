/**
 * What the club has shown, in its own order, and how that fits the journal's: a message of another network may have
 * been journaled before one that members saw earlier. While the hub runs the ledger knows exactly who has been sent
 * what; behind its memory, and through restarts, a position in the journal stands for it, which never claims too much.
 */
import type { HubEvent } from '../../../hub/event.ts';
import { splitRoomRef, type Position, type RoomRef } from '../../../hub/message.ts';
import type { OutgoingMessage } from '../../../hub/network.ts';

/** Things shown that are remembered. */
const ENTRIES_LIMIT = 2000;

/** Something shown. */
export interface Entry {
  /** The stanzas' id. */
  readonly id: string;
  /** What its event is known by, see {@link toEventKey}. */
  readonly key: string;
  /** Its place among all that was shown. */
  readonly seq: number;
  /** Nobody is being sent it any more. */
  done: boolean;
  /** Whom it was sent, and whether the server has it; missing where that is so for all of them. */
  to?: Map<string, boolean>;
}

/** What a member has been shown. */
export interface Viewer {
  readonly jid: string;
  /** All that the journal holds of the club up to here. */
  readonly seen: Position;
  /** All that was shown up to here, while this process runs. */
  readonly awaySeq: number;
}

export class Ledger {
  readonly #room: RoomRef;
  readonly #byId = new Map<string, Entry>();
  /** The last one of each key. */
  readonly #byKey = new Map<string, Entry>();
  /** On their way into the journal: not to be counted as seen when they are found there. */
  readonly #arriving = new Set<string>();
  #seq = 0;

  constructor(room: RoomRef) {
    this.#room = room;
  }

  /** The newest entry's place. */
  get seq(): number {
    return this.#seq;
  }

  entry(id: string): Entry | undefined {
    return this.#byId.get(id);
  }

  byKey(key: string): Entry | undefined {
    return this.#byKey.get(key);
  }

  /** A message of a member is on its way into the journal, until `begin` or `gone`. */
  arrive(native: string): void {
    this.#arriving.add(native);
  }

  gone(native: string): void {
    this.#arriving.delete(native);
  }

  /** Something is shown now. Of what is shown again, because not all could be sent it, the entry is the same. */
  begin(id: string, key: string): Entry {
    this.#arriving.delete(key);
    const known = this.#byId.get(id);
    if (known) {
      known.done = false;
      return known;
    }
    const entry: Entry = { id, key, seq: (this.#seq += 1), done: false };
    this.#byId.set(id, entry);
    this.#byKey.set(key, entry);
    if (this.#byId.size > ENTRIES_LIMIT) this.#dropOldest();
    return entry;
  }

  /** What of the club's history has not been shown to the viewer. `before` leaves out what is shown from there on. */
  missed(events: readonly HubEvent[], viewer: Viewer, before: number): HubEvent[] {
    return events.filter((event) => {
      if (event.kind !== 'message') return false;
      if (event.room === this.#room && event.sender.id === viewer.jid) return false;
      const key = toEventKey(event, this.#room);
      const entry = this.#byKey.get(key);
      if (entry) return entry.seq <= before && isMissed(entry, viewer);
      return !this.#arriving.has(key) && event.position > viewer.seen;
    });
  }

  /**
   * How far the history is surely seen.
   *
   * @param events the end of the history, oldest first
   * @param from a position that is seen already
   * @param isSeen whether what was shown counts as seen
   */
  seenUpTo(events: readonly HubEvent[], from: Position, isSeen: (entry: Entry) => boolean): Position {
    let upTo = from;
    for (const event of events) {
      if (event.position <= upTo) continue;
      const key = toEventKey(event, this.#room);
      const entry = this.#byKey.get(key);
      if (this.#arriving.has(key) || (entry && !isSeen(entry))) break;
      upTo = event.position;
    }
    return upTo;
  }

  #dropOldest(): void {
    const oldest = this.#byId.values().next().value;
    if (!oldest) return;
    this.#byId.delete(oldest.id);
    if (this.#byKey.get(oldest.key) === oldest) this.#byKey.delete(oldest.key);
  }
}

/** Whether the viewer was not there, or was and could not be sent it. Who could be sent it has it, whenever that was. */
export function isMissed(entry: Entry, viewer: Omit<Viewer, 'seen'>): boolean {
  const has = entry.to?.get(viewer.jid);
  return has === undefined ? entry.seq > viewer.awaySeq : !has;
}

/** What an event of the club's history is known by. */
export function toEventKey(event: HubEvent, room: RoomRef): string {
  if (event.kind !== 'message') return event.id;
  if (event.room !== room) return toForeignKey(splitRoomRef(event.room).account, event.sender.id, event.at);
  return event.native ?? toPostKey(event.at);
}

/** What a message that the hub has the club show will be known by in its history. */
export function toOutgoingKey({ author, at }: OutgoingMessage): string {
  return author ? toForeignKey(author.account, author.user, at) : toPostKey(at);
}

function toForeignKey(account: string, user: string, at: number): string {
  return `${account}\n${user}\n${at}`;
}

function toPostKey(at: number): string {
  return `\n${at}`;
}
