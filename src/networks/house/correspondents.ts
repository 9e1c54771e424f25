/**
 * Whom a person of the house can write to elsewhere, by the names they are shown under: those who wrote to the person,
 * and those who are in the linked rooms.
 */
import { CommandError } from '../../hub/commands.ts';
import { splitRoomRef } from '../../hub/message.ts';
import type { Author, Neighbourhood } from '../../hub/network.ts';
import { toNickKey } from '../../hub/nicks.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import { toForeignName } from './happening.ts';

/** Those who wrote to one person and are known by name. */
const correspondentsLimit = 200;

export interface Foreigner extends Author {
  /** As the person sees them. */
  shown: string;
}

export class Correspondents {
  readonly #byName = new RecentMap<Foreigner>(correspondentsLimit);
  readonly #byUser = new RecentMap<Foreigner>(correspondentsLimit);

  /** Somebody who writes to the person; of those who look the same the later ones are numbered. */
  meet(author: Author, here: readonly Neighbourhood[]): Foreigner {
    const id = toForeignId(author);
    const known = this.#byUser.get(id);
    if (known?.name === author.name) return known;
    const neighbours = toForeigners(here);
    const isTaken = (shown: string) =>
      [this.#byName.get(toNickKey(shown)), ...neighbours.filter((each) => isCalled(each, shown))].some(
        (other) => other !== undefined && toForeignId(other) !== id,
      );
    let shown = toForeignName(author.name, author.account);
    for (let number = 2; isTaken(shown); number += 1) {
      shown = toForeignName(`${author.name}~${number}`, author.account);
    }
    const foreigner = { ...author, shown };
    this.#byName.set(toNickKey(shown), foreigner);
    this.#byUser.set(id, foreigner);
    return foreigner;
  }

  /**
   * Whom somebody means by a name. `places`: the people of the linked rooms, those of the room where the name is used
   * first; who is in the first counts before who is in the next.
   *
   * @throws CommandError when nobody has the name, or several have it
   */
  find(typed: string, ...places: readonly (readonly Neighbourhood[])[]): Foreigner {
    const known = this.#byName.get(toNickKey(typed));
    for (const place of places) {
      const there = toForeigners(place).filter((each) => isCalled(each, typed));
      const all = new Map([...there, ...(known ? [known] : [])].map((each) => [toForeignId(each), each]));
      const [first] = all.values();
      if (all.size > 1) {
        throw new CommandError(`More than one person is called ${typed} now; nobody was told anything`);
      }
      if (first) return first;
    }
    throw new CommandError(`Nobody called ${typed} is in the linked rooms, or has written to you`);
  }
}

function toForeigners(place: readonly Neighbourhood[]): Foreigner[] {
  return place.flatMap(({ room, members }) => {
    const { account } = splitRoomRef(room);
    return members.map(({ id, name }) => ({
      name,
      account,
      user: id,
      shown: toForeignName(name, account),
    }));
  });
}

function isCalled({ shown }: Foreigner, typed: string): boolean {
  return toNickKey(shown) === toNickKey(typed);
}

/** Tells people of other networks apart from each other and from people of the house. */
export function toForeignId({ account, user }: Pick<Author, 'account' | 'user'>): string {
  return `${account}/${user}`;
}
