/**
 * What members see, as lines. Somebody's words always begin with `[NAME] `, an action with `* NAME `, the club's own
 * words with `*** `, a quote with `> `. A further line of a text that begins like one of these gets a bar before it:
 * nobody can write a line that looks like another's or like the club's own.
 */
import type { Quote } from '../../../hub/event.ts';
import type { AccountId } from '../../../hub/message.ts';
import { toTerminalLine, toTerminalLines } from '../../../wire/telnet/terminal-text.ts';

/** How much of somebody's words is repeated in a quote, in characters. */
const EXCERPT_LIMIT = 60;
/** The longest foreign name that is shown whole, in characters. */
const FOREIGN_NAME_LIMIT = 64;

/**
 * The longest text that is shown, bytes of UTF-8; what is sent to linked rooms is not cut. Escaped at worst it is five
 * times as long, and then still fits the 256 KiB that servers commonly take from a client.
 */
const TEXT_BYTES = 50_000;

const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u2800]/gu;
/** What would end a name early, or make it another account's. Widths and look-alikes included. */
const MISLEADING = /[\s\p{Z}\p{Ps}\p{Pe}@\uff20\ufe6b*\u2217\uff0a:\uff1a>\uff1e]+/gu;
const ANY_MARKS = /(\p{M}{2})\p{M}+/gu;
/** How a line may not begin that follows another: whatever opens a name, a notice or a quote. */
const OPENING =
  /^[\s\p{C}\p{Default_Ignorable_Code_Point}\u2800]*[\p{Ps}*\u2217\u204e\u2731\uff0a>\uff1e\ufe65]/u;
const GUARD = '| ';

/** `[ann] hello`, or `* ann waves`. */
export function toSaid(name: string, text: string, action: boolean): string {
  return action ? `* ${name} ${toText(text)}` : `[${name}] ${toText(text)}`;
}

/** The line above an answer, its end included. */
export function toQuoteLine(quote: Quote): string {
  return `> ${quote.name}: ${toExcerpt(quote.text)}\n`;
}

/** The club's own words, one line. */
export function toNotice(text: string): string {
  return `*** ${toTerminalLine(text)}`;
}

/** The club's own words about somebody's, which may be many lines. */
export function toWhisper(from: string, text: string): string {
  return `*** ${from} whispers to you: ${toText(text)}`;
}

export function toAnnouncement(from: string, text: string): string {
  return `*** Announcement of ${from}: ${toText(text)}`;
}

/** The beginning of somebody's words, on one line. */
export function toExcerpt(text: string): string {
  // No more is looked at than can be shown, however long the text is.
  const characters = Array.from(toTerminalLine(text.slice(0, EXCERPT_LIMIT * 4)));
  if (characters.length <= EXCERPT_LIMIT) return characters.join('');
  return `${characters.slice(0, EXCERPT_LIMIT).join('')}…`;
}

/** `nick@account` with the nick as one harmless word. No member's nick has an `@`. */
export function toForeignName(name: string, account: AccountId): string {
  return `${toWord(name)}@${account}`;
}

/** A foreign name as one harmless word. */
export function toWord(name: string): string {
  const line = toTerminalLine(name).replace(UNSEEN, '').replace(ANY_MARKS, '$1').trim();
  const word = Array.from(line.replace(MISLEADING, '_'));
  if (word.length === 0) return 'somebody';
  return word.length > FOREIGN_NAME_LIMIT ? `${word.slice(0, FOREIGN_NAME_LIMIT).join('')}…` : word.join('');
}

/** Somebody's words behind their name. */
function toText(text: string): string {
  const lines = toTerminalLines(text);
  const said = lines.map((line, index) => (index > 0 && OPENING.test(line) ? GUARD + line : line)).join('\n');
  return said.length * 3 <= TEXT_BYTES || Buffer.byteLength(said) <= TEXT_BYTES ? said : cut(said);
}

/** What fits of a text, and that it goes on. */
function cut(text: string): string {
  const head = Buffer.from(text).subarray(0, TEXT_BYTES);
  // A character that was cut in two is left out.
  return `${new TextDecoder().decode(head, { stream: true })}…`;
}

/** When something was said, in the server's time zone; what is of another day shows its date. */
export function toTime(atMs: number, nowMs: number): string {
  const when = new Date(atMs);
  const time = `${pad(when.getHours())}:${pad(when.getMinutes())}`;
  if (when.toDateString() === new Date(nowMs).toDateString()) return time;
  return `${when.getFullYear()}-${pad(when.getMonth() + 1)}-${pad(when.getDate())} ${time}`;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
