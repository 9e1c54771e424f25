/** The nick of somebody who has just become a member and has not chosen one: made of what is known of them. */
import { CommandError } from '../../../hub/commands.ts';
import { parseNick } from '../../../hub/nicks.ts';

/** What somebody is called of whose names nothing is allowed. */
const LAST_RESORT = 'member';
/** Characters kept of a name: room is left for a number. */
const KEPT_CHARACTERS = 24;

/**
 * The first of the wished names that can be had, made fit where it has to be, with a number where it is taken.
 *
 * @param isTaken whether somebody else has a name that looks the same
 */
export function chooseNick(
  wishes: readonly (string | undefined)[],
  clubName: string,
  isTaken: (nick: string) => boolean,
): string {
  for (const wish of [...wishes, LAST_RESORT]) {
    const fit = wish === undefined ? undefined : toFit(wish, clubName);
    if (fit === undefined) continue;
    for (let number = 1; ; number += 1) {
      const nick = number === 1 ? fit : `${fit}${number}`;
      if (!isTaken(nick)) return nick;
    }
  }
  // The last resort is always fit.
  return LAST_RESORT;
}

function toFit(wish: string, clubName: string): string | undefined {
  const word = Array.from(
    wish
      .normalize('NFC')
      .trim()
      .replace(/[^\p{L}\p{M}\p{N}\p{So}_.\-'|^~+]+/gu, '_'),
  )
    .slice(0, KEPT_CHARACTERS)
    .join('')
    .replace(/^[^\p{L}\p{N}\p{So}]+|_+$/gu, '');
  try {
    return parseNick(word, clubName);
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}
