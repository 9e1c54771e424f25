/** Who somebody in a room is, as every door can show it: a person of the house, somebody elsewhere, the house itself. */
import { splitRoomRef, type AccountId, type RoomRef, type User } from '../../hub/message.ts';
import type { Author } from '../../hub/network.ts';
import { toForeignName, toHouseName, toWord } from './happening.ts';

export interface Who {
  /** On the network where they are. */
  id: string;
  /** One harmless word. */
  nick: string;
  /** As lines show it: nobody else's can be taken for it. */
  name: string;
  /** A `user` has logged in to the web server; `house` is what programs post as the house. */
  kind: 'guest' | 'user' | 'foreign' | 'house';
  /** Where a foreigner is. */
  account?: AccountId;
}

/** How ids of people begin who have logged in to the web server; nobody else's has a `.`. */
const userPrefix = 'user.';

/** The id under which a user of the web server is known in the house, always the same. */
export function toUserId(name: string): string {
  return userPrefix + name;
}

/** Somebody of the house. */
export function toLocalWho({ id, name }: User): Who {
  return { id, nick: name, name, kind: id.startsWith(userPrefix) ? 'user' : 'guest' };
}

export function toForeignWho({ name, account, user }: Author): Who {
  return { id: user, nick: toWord(name), name: toForeignName(name, account), kind: 'foreign', account };
}

/** The house itself. `id` is its account's. */
export function toHouseWho(id: string, houseName: string): Who {
  return { id, nick: houseName, name: toHouseName(houseName), kind: 'house' };
}

/** The house that looks at events: its account's id, which is its user id too, and its name. */
export interface HouseView {
  account: AccountId;
  houseName: string;
}

/** Who did something in a room of any account. */
export function toEventWho(room: RoomRef, user: User, { account, houseName }: HouseView): Who {
  const { account: from } = splitRoomRef(room);
  if (from !== account) return toForeignWho({ name: user.name, account: from, user: user.id });
  return user.id === account ? toHouseWho(account, houseName) : toLocalWho(user);
}
