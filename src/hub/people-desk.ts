/**
 * The rooms and people of all accounts, as their networks know them at the moment, and the way to talk with one of them
 * alone.
 */
import type { Accounts } from './accounts.ts';
import type { DirectRooms } from './direct-rooms.ts';
import { RequestError } from './errors.ts';
import type { LinkTable } from './links.ts';
import type { Log } from './log.ts';
import { splitRoomRef, toRoomRef, type AccountId, type RoomRef, type User } from './message.ts';
import type { ContactDetails, Neighbourhood } from './network.ts';
import type { WhisperAccount } from './whispers.ts';

export interface PeopleDeskParts {
  readonly accounts: Pick<Accounts, 'plan' | 'session' | 'sessionOf'>;
  readonly directRooms: DirectRooms;
  readonly log: Log;
  links(): LinkTable;
  /** Whether what is said to the account's rooms goes out at the moment. */
  isOnline(account: AccountId): boolean;
}

/** `rooms`, `contact`, `direct` and `typing` fail with a RequestError `account-unknown` where there is no such account. */
export class PeopleDesk {
  readonly #parts: PeopleDeskParts;

  constructor(parts: PeopleDeskParts) {
    this.#parts = parts;
  }

  /** The rooms of an account: those it is in, and those that are linked. */
  async rooms(account: AccountId): Promise<{ room: RoomRef; name: string; direct: boolean }[]> {
    const { accounts, directRooms } = this.#parts;
    const told = (await accounts.sessionOf(account)?.actions.rooms?.()) ?? [];
    const linked = this.#parts.links().roomsOf(account);
    const names = new Map(linked.map((room) => [room, room]));
    for (const { room, name, direct } of told) {
      names.set(room, name);
      if (direct) directRooms.note(toRoomRef(account, room));
    }
    const rooms = [...names].map(([room, name]) => ({ room: toRoomRef(account, room), name }));
    return Promise.all(rooms.map(async (one) => ({ ...one, direct: await directRooms.has(one.room) })));
  }

  /** Who is in a room; nobody where that is not known. */
  members(ref: RoomRef): User[] {
    const { account, room } = splitRoomRef(ref);
    return this.#parts.accounts.session(account)?.actions.members?.(room) ?? [];
  }

  /** The rooms that are linked with this one, and who is there. */
  neighbours(room: RoomRef): Neighbourhood[] {
    return this.#parts
      .links()
      .neighbours(room)
      .map((other) => this.people(other));
  }

  people(room: RoomRef): Neighbourhood {
    const online = this.#parts.isOnline(splitRoomRef(room).account);
    return { room, online, members: this.members(room) };
  }

  async contact(account: AccountId, user: string): Promise<ContactDetails> {
    const session = this.#parts.accounts.sessionOf(account);
    return (await session?.actions.contact?.(user)) ?? {};
  }

  /**
   * The room in which the account talks with somebody alone.
   *
   * @throws RequestError `person-away`, `not-supported`
   */
  direct(account: AccountId, user: string): RoomRef {
    const session = this.#parts.accounts.sessionOf(account);
    if (!session) throw new RequestError('person-away', `${account} is not connected at the moment`);
    const { actions, self } = session;
    if (!actions.direct) {
      throw new RequestError('not-supported', `private messages to people of ${account} cannot be sent`);
    }
    const room = toRoomRef(account, actions.direct(user, { name: self.name, account, user: self.id }));
    this.#parts.directRooms.note(room);
    return room;
  }

  /** How private messages reach the people of an account; undefined where there is no such account. */
  whisperAccount(id: AccountId): WhisperAccount | undefined {
    const { accounts, directRooms } = this.#parts;
    const plan = accounts.plan(id);
    if (!plan) return undefined;
    const session = accounts.session(id);
    const find = session?.actions.direct?.bind(session.actions);
    const direct: typeof find =
      find &&
      ((user, author) => {
        const room = find(user, author);
        directRooms.note(toRoomRef(id, room));
        return room;
      });
    return { allowed: plan.direct ?? true, online: session !== undefined, ...(direct && { direct }) };
  }

  async typing(ref: RoomRef, on: boolean): Promise<void> {
    const { account, room } = splitRoomRef(ref);
    const session = this.#parts.accounts.sessionOf(account);
    await session?.actions.typing?.(room, on).catch((error: unknown) => {
      // Nothing is lost: it would be over in some seconds anyway.
      this.#parts.log.debug({ room: ref, err: error }, 'could not show that somebody is writing');
    });
  }
}
