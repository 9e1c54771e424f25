/**
 * People as contacts. Somebody of the account's own network has the id that they have there; somebody who is heard by a
 * link has their account before it, so that ids of two networks are never the same.
 */
import type { HubAccess } from '../../hub/face.ts';
import type { HubEvent } from '../../hub/event.ts';
import { splitRoomRef, type AccountId, type RoomRef, type User } from '../../hub/message.ts';
import { RecentMap } from '../../hub/recent-map.ts';

/** People who spoke and whose names are known though they may have left. */
const remembered = 20_000;

export class People {
  readonly #hub: Pick<HubAccess, 'accounts' | 'members'>;
  readonly #seen = new RecentMap<User>(remembered);

  constructor(hub: Pick<HubAccess, 'accounts' | 'members'>) {
    this.#hub = hub;
  }

  /** The account's own user; undefined while it is not online. */
  selfOf(account: AccountId): User | undefined {
    return this.#hub.accounts().find(({ id }) => id === account)?.self;
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
    return this.#hub.members(room).map((user) => ({ ...user, id: toContactId(place, user.id, account) }));
  }

  /** Somebody who spoke lately. */
  seen(contact: string, account: AccountId): User | undefined {
    return this.#seen.get(keyOf(account, contact));
  }
}

function toContactId(place: AccountId, user: string, account: AccountId): string {
  return place === account ? user : `${place}/${user}`;
}

function keyOf(account: AccountId, contact: string): string {
  return `${account}\n${contact}`;
}
