/**
 * People as contacts. Somebody of the account's own network has the id that they have there; somebody who is heard by a
 * link has their account before it, so that ids of two networks are never the same.
 */
import { toError } from '../../hub/clock.ts';
import type { HubAccess } from '../../hub/face.ts';
import type { Journal } from '../../hub/journal.ts';
import type { Log } from '../../hub/log.ts';
import { isPrivateMessage, type HubEvent } from '../../hub/event.ts';
import { splitRoomRef, type AccountId, type RoomRef, type User } from '../../hub/message.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import type { Rooms } from './rooms.ts';

/** `wechaty/self/ACCOUNT` has the account's own user as it was last known. */
const selfPrefix = 'wechaty/self/';
/** People who spoke and whose names are known though they may have left. */
const remembered = 20_000;
/** Events before this hub whose people are known: bots ask for people of whom they were told by the hub before. */
const eventsBefore = 1_000;

export interface PeopleHost {
  hub: Pick<HubAccess, 'accounts' | 'members' | 'read'>;
  journal: Pick<Journal, 'head' | 'set' | 'list'>;
  log: Log;
  rooms: Pick<Rooms, 'hears'>;
}

/** Somebody, by something that they did. */
interface Doing {
  event: HubEvent;
  who: User;
}

export class People {
  readonly #host: PeopleHost;
  readonly #seen = new RecentMap<User>(remembered);
  readonly #selves: Map<AccountId, User>;
  readonly #before: readonly Doing[];

  private constructor(host: PeopleHost, selves: Map<AccountId, User>, before: readonly Doing[]) {
    this.#host = host;
    this.#selves = selves;
    this.#before = before;
  }

  static async open(host: PeopleHost): Promise<People> {
    const kept = await host.journal.list(selfPrefix);
    const selves = kept.map(
      ([key, text]) => [key.slice(selfPrefix.length), JSON.parse(text) as User] as const,
    );
    const head = await host.journal.head();
    const { events } = await host.hub.read(Math.max(0, head - eventsBefore), {}, eventsBefore);
    return new People(host, new Map(selves), events.flatMap(toDoing));
  }

  /**
   * The account's own user, also while it is not online and after a restart: bots need not wait for its network. Undefined
   * where it has never been online.
   */
  selfOf(account: AccountId): User | undefined {
    const self = this.#host.hub.accounts().find(({ id }) => id === account)?.self;
    const known = this.#selves.get(account);
    if (!self || (known?.id === self.id && known.name === self.name)) return self ?? known;
    this.#selves.set(account, self);
    this.#host.journal.set([[selfPrefix + account, JSON.stringify(self)]]).catch((error: unknown) => {
      // It is known here; after a restart bots wait until the account is online.
      this.#host.log.warn({ account, err: toError(error) }, 'the account’s own user could not be noted');
    });
    return self;
  }

  /**
   * The contact of who spoke or acted in a room, for a bot that is `account`. What a program did is done by the room's
   * account, which is itself for its own bots.
   */
  contactOf(event: HubEvent, who: User, account: AccountId): User {
    const place = splitRoomRef(event.room).account;
    const self = this.selfOf(place);
    const isOwn = event.postedBy !== undefined || who.id === self?.id;
    const user = isOwn && self ? self : who;
    const contact = { ...user, id: toContactId(place, user.id, account) };
    this.#seen.set(keyOf(account, contact.id), contact);
    return contact;
  }

  /** Who is in a room now, as contacts. */
  members(room: RoomRef, account: AccountId): User[] {
    const place = splitRoomRef(room).account;
    return this.#host.hub
      .members(room)
      .map((user) => ({ ...user, id: toContactId(place, user.id, account) }));
  }

  /** Somebody who spoke, came or left lately. */
  seen(contact: string, account: AccountId): User | undefined {
    const known = this.#seen.get(keyOf(account, contact));
    if (known) return known;
    const last = this.#before.findLast(({ event, who }) => {
      const id = toContactId(splitRoomRef(event.room).account, who.id, account);
      return id === contact && this.#isHeard(event, account);
    });
    return last && this.contactOf(last.event, last.who, account);
  }

  #isHeard(event: HubEvent, account: AccountId): boolean {
    if (splitRoomRef(event.room).account === account) return true;
    return event.kind === 'message' && this.#host.rooms.hears(event, account) !== undefined;
  }
}

function toDoing(event: HubEvent): Doing[] {
  switch (event.kind) {
    case 'message':
      // Programs speak as the account itself, which is known; private mail is nobody else's.
      if (event.postedBy !== undefined || isPrivateMessage(event)) return [];
      // Their words may be long, and are not asked for here.
      return [{ event: { ...event, body: [] }, who: event.sender }];
    case 'join':
    case 'leave':
      return [{ event, who: event.who }];
    default:
      return [];
  }
}

function toContactId(place: AccountId, user: string, account: AccountId): string {
  return place === account ? user : `${place}/${user}`;
}

function keyOf(account: AccountId, contact: string): string {
  return `${account}\n${contact}`;
}
