/** What was whispered to members who were not there, kept until they are. */
import type { AccountStore } from '../../../hub/network.ts';

const KEY_PREFIX = 'club/mail/';
/** What is kept for one member. */
const LETTERS_LIMIT = 50;

export interface Letter {
  /** Sorts by time. */
  readonly id: string;
  /** The sender's nick when it was written. */
  readonly from: string;
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** Keeps a letter. Resolves when it is durable: false where too much is kept for them already. */
export async function keepLetter(store: AccountStore, to: string, letter: Letter): Promise<boolean> {
  if ((await store.list(toPrefix(to))).length >= LETTERS_LIMIT) return false;
  const { id, ...rest } = letter;
  await store.set(toPrefix(to) + id, JSON.stringify(rest));
  return true;
}

/** What is kept for a member, oldest first. */
export async function listLetters(store: AccountStore, to: string): Promise<Letter[]> {
  const entries = await store.list(toPrefix(to));
  return entries.flatMap(([key, value]): Letter[] => {
    const { from, text, atMs } = JSON.parse(value) as Record<string, unknown>;
    if (typeof from !== 'string' || typeof text !== 'string' || typeof atMs !== 'number') return [];
    return [{ id: key.slice(toPrefix(to).length), from, text, atMs }];
  });
}

export async function dropLetter(store: AccountStore, to: string, id: string): Promise<void> {
  await store.set(toPrefix(to) + id, undefined);
}

/** No JID has a line end. */
function toPrefix(to: string): string {
  return `${KEY_PREFIX}${to}\n`;
}
