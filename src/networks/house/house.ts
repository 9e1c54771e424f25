/** The house for the time of one run: its rooms, its people, and what they need of the hub. Knows no door. */
import type { Clock } from '../../hub/clock.ts';
import { CommandError } from '../../hub/commands.ts';
import { HutongError, JournalError } from '../../hub/errors.ts';
import type { PresenceReport, RenameReport } from '../../hub/event.ts';
import { splitRoomRef, toRoomRef, type AccountId, type RoomRef, type User } from '../../hub/message.ts';
import type { AccountPort, Author, Neighbourhood } from '../../hub/network.ts';
import { toRoomKey } from './config.ts';
import { toForeignName } from './happening.ts';
import { toHistoryLines } from './history-lines.ts';
import { parseNick, toNickKey } from '../../hub/nicks.ts';
import { type Door, Person } from './person.ts';
import type { RoomEvent } from './room-event.ts';
import { Room } from './room.ts';
import { toForeignWho, toHouseWho, type RoomView, type Who } from './who.ts';

/** Of a linked room so many people are listed, the rest counted. */
const neighbourLimit = 500;
/** The most that `history` shows. */
const historyLimit = 1000;

export interface HouseOptions {
  account: AccountId;
  name: string;
  roomNames: readonly string[];
  /** How many messages `history` shows when it is not told. */
  historyLines: number;
  self: User;
  port: AccountPort;
  clock: Clock;
}

export class House {
  readonly name: string;
  readonly port: AccountPort;
  readonly clock: Clock;
  readonly #options: HouseOptions;
  /** In the order in which they are listed; people enter the first. */
  #rooms: readonly Room[] = [];
  #roomsByKey: ReadonlyMap<string, Room> = new Map();
  #historyLines = 0;
  readonly #people = new Map<string, Person>();
  readonly #reports = new Set<Promise<void>>();
  #stopping = false;
  #roomWatcher: (room: Room) => void = () => {};

  constructor(options: HouseOptions) {
    this.#options = options;
    this.name = options.name;
    this.port = options.port;
    this.clock = options.clock;
    this.update(options.roomNames, options.historyLines);
  }

  get rooms(): readonly Room[] {
    return this.#rooms;
  }

  /** Opens the rooms that are not there yet. */
  update(roomNames: readonly string[], historyLines: number): void {
    this.#rooms = roomNames.map((name) => this.findRoom(name) ?? this.#openRoom(name));
    this.#roomsByKey = new Map(this.#rooms.map((room) => [toRoomKey(room.name), room]));
    this.#historyLines = historyLines;
  }

  /** Calls `watcher` with every room, before anything is shown there; with those that are opened later, too. */
  watchRooms(watcher: (room: Room) => void): void {
    this.#roomWatcher = watcher;
    for (const room of this.#rooms) watcher(room);
  }

  now(): number {
    return this.clock.now();
  }

  newId(): string {
    return this.clock.id();
  }

  /** Gives somebody a name and lets them into a room. Throws a `CommandError` if the name can't be had. */
  enter<Through extends Door>(
    typed: string,
    door: Through,
    { id = this.newId(), room = this.rooms[0]! }: { id?: string; room?: Room } = {},
  ): Person<Through> {
    const name = parseNick(typed, this.name);
    this.#checkFree(name);
    const person = new Person(this, { id, name }, room, door);
    this.#people.set(toNickKey(name), person);
    person.comeInto(room);
    return person;
  }

  /** Gives the person another name, if it is free, and answers it in its normal form. */
  rename(person: Person, typed: string): string {
    const name = parseNick(typed, this.name);
    const oldKey = toNickKey(person.user.name);
    const key = toNickKey(name);
    if (name === person.user.name) throw new CommandError(`You are called ${name} already`);
    if (key !== oldKey) this.#checkFree(name);
    this.#people.delete(oldKey);
    this.#people.set(key, person);
    return name;
  }

  forget(person: Person): void {
    this.#people.delete(toNickKey(person.user.name));
  }

  people(): Iterable<Person> {
    return this.#people.values();
  }

  find(nick: string): Person | undefined {
    return this.#people.get(toNickKey(nick));
  }

  findById(id: string): Person | undefined {
    return this.#people.values().find((person) => person.user.id === id);
  }

  findRoom(name: string): Room | undefined {
    return this.#roomsByKey.get(toRoomKey(name));
  }

  roomNames(): string {
    return toRoomNames(this.#rooms.map((room) => room.name));
  }

  /** The rooms linked with these, each once, and who is there. */
  async neighbourhoods(rooms: readonly Room[]): Promise<Neighbourhood[]> {
    const found = await Promise.all(rooms.map((room) => this.port.neighbours(room.name)));
    return [...new Map(found.flat().map((neighbourhood) => [neighbourhood.room, neighbourhood])).values()];
  }

  /** The people of the rooms linked with these, as they are shown. */
  async neighbours(rooms: readonly Room[]): Promise<string[]> {
    const neighbourhoods = await this.neighbourhoods(rooms);
    return neighbourhoods.flatMap(({ room, members }) => {
      const { account } = splitRoomRef(room);
      const names = members.slice(0, neighbourLimit).map((member) => toForeignName(member.name, account));
      const more = members.length - names.length;
      return more > 0 ? [...names, `and ${more} more @${account}`] : names;
    });
  }

  /** How what happens anywhere is looked at from one of the rooms. */
  viewFrom(room: Room): RoomView {
    return { room: toRoomRef(this.#options.account, room.name), houseName: this.name };
  }

  /** The house itself, where a program posts as it. */
  get self(): Who {
    return toHouseWho(this.#options.self.id, this.name);
  }

  /** The same, as those who write to it are to know it. */
  get author(): Pick<Author, 'account' | 'user'> {
    return { account: this.#options.account, user: this.#options.self.id };
  }

  isSelf({ account, user }: Pick<Author, 'account' | 'user'>): boolean {
    return account === this.#options.account && user === this.#options.self.id;
  }

  /** Whether the house itself is meant by a name, which nobody else can have. */
  isCalled(typed: string): boolean {
    return [this.name, this.self.name].some((name) => toNickKey(name) === toNickKey(typed));
  }

  /** Who is in a room and in the rooms linked with it; and the linked rooms that cannot tell now. */
  async peopleOf(room: Room): Promise<{ people: Who[]; away: RoomRef[] }> {
    const linked = await this.neighbourhoods([room]);
    const foreign = linked.flatMap(({ room: there, members }) => {
      const { account } = splitRoomRef(there);
      return members
        .slice(0, neighbourLimit)
        .map(({ id, name }) => toForeignWho({ name, account, user: id }));
    });
    return {
      people: [...Array.from(room.people, (person) => person.who), ...foreign],
      away: linked.flatMap(({ room: there, online }) => (online ? [] : there)),
    };
  }

  /** The room's last messages as lines. */
  async history(room: Room, count = this.#historyLines): Promise<string[]> {
    const events = await this.port.history(room.name, Math.min(count, historyLimit));
    return toHistoryLines(events, {
      account: this.#options.account,
      houseName: this.name,
      selfId: this.#options.self.id,
      now: this.now(),
    });
  }

  /** Shows a coming or going, unless all go at once. */
  show(room: Room, event: RoomEvent): void {
    if (!this.#stopping) room.tell(event);
  }

  /** Journals a coming, going or renaming. It was shown already: that it could not be kept is for the log. */
  report(event: Omit<PresenceReport, 'native' | 'at'> | Omit<RenameReport, 'native' | 'at'>): void {
    const kept = this.port
      .receive({ ...event, native: this.newId(), at: this.now() })
      .catch((error: unknown) => {
        this.port.log.warn({ err: error, kind: event.kind }, 'could not be journaled');
      });
    this.#reports.add(kept);
    void kept.then(() => this.#reports.delete(kept));
  }

  /** Why something failed, for the one who asked; what people can't understand goes to the log. */
  explain(error: unknown): string {
    if (error instanceof JournalError) return toPlainReason(error);
    if (error instanceof CommandError || error instanceof HutongError) return error.message;
    this.port.log.error({ err: error }, 'a command failed');
    return 'Something went wrong here; it is in the log';
  }

  /** From now on nobody is shown who leaves. */
  beginToStop(): void {
    this.#stopping = true;
  }

  /** Resolves when all that was reported is journaled or logged. */
  async settled(): Promise<void> {
    await Promise.all(this.#reports);
  }

  #openRoom(name: string): Room {
    const room = new Room(name);
    this.#roomWatcher(room);
    return room;
  }

  #checkFree(name: string): void {
    const other = this.find(name);
    if (other) throw new CommandError(`The name ${other.user.name} is in use; please choose another`);
  }
}

/** The rooms that there are, for whoever asked for another. */
export function toRoomNames(names: readonly string[]): string {
  return names.length === 1 ? `the only room is ${names[0]}` : `the rooms are ${names.join(', ')}`;
}

/** The journal's own message names a file, which is no guest's business; the hub has logged it. */
function toPlainReason({ code }: JournalError): string {
  if (code === 'journal-full') return 'the disk is full here; please try again later';
  return 'nothing can be kept here at the moment; please try again later';
}
