/**
 * The conversation of a person of the house with somebody elsewhere, as a room: `@person/account/user`. No room of the
 * house begins with an `@`. Each conversation is one of its own, so nobody has to say whom an answer is for.
 */
import type { Author } from '../../hub/network.ts';

export interface PrivateRoom {
  /** The person of the house, by id. */
  person: string;
  /** The other one. */
  account: string;
  user: string;
}

export function toPrivateRoom(person: string, { account, user }: Pick<Author, 'account' | 'user'>): string {
  return `@${encodeURIComponent(person)}/${account}/${user}`;
}

/** Undefined where it is another sort of room. */
export function readPrivateRoom(room: string): PrivateRoom | undefined {
  const [, person, account, user] = /^@([^/]+)\/([^/]+)\/(.*)$/s.exec(room) ?? [];
  if (person === undefined || account === undefined || user === undefined) return undefined;
  try {
    return { person: decodeURIComponent(person), account, user };
  } catch {
    // A stray %: programs name rooms as they like, and none of ours is called so.
    return undefined;
  }
}
