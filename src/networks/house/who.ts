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

/** From where somebody is looked at: a room of the house. */
export interface RoomView {
  room: RoomRef;
  houseName: string;
}

/** Who did something in whatever room, as people in this one see them. */
export function toEventWho(doneIn: RoomRef, user: User, { room, houseName }: RoomView): Who {
  const { account } = splitRoomRef(room);
  const { account: from } = splitRoomRef(doneIn);
  // The house's own user is its account's id.
  if (from === account && user.id === account) return toHouseWho(account, houseName);
  return doneIn === room ? toLocalWho(user) : toForeignWho({ name: user.name, account: from, user: user.id });
}
