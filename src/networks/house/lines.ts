/**
 * Happenings as lines of text. Somebody's words always begin with `NAME: `, an action with `* NAME `, a quote with
 * `> `, a further line of the same message with `  | `, and nothing else begins so: nobody can write a line that
 * looks like another's or like the house's own.
 */
import { isPlain, toTerminalLine, toTerminalLines } from '../../wire/telnet/terminal-text.ts';
import type { Quote } from '../../hub/event.ts';
import type { Happening } from './happening.ts';

const lineEnd = '\r\n';
const furtherLine = '\r\n  | ';
/** How much of somebody's words is repeated in a quote, in characters. */
const excerptLimit = 60;

/** One or more lines, each with its CR LF. */
export function toLines(happening: Happening): string {
  switch (happening.kind) {
    case 'said':
      return toSaid(happening);
    case 'received':
      return `${happening.name} whispers to you: ${toFurther(happening.text)}${lineEnd}`;
    case 'sent':
      return `You whisper to ${happening.name}: ${toFurther(happening.text)}${lineEnd}`;
    case 'entered':
      return `${happening.name} has entered the room!${lineEnd}`;
    case 'left':
      return `${happening.name} has left the room!${lineEnd}`;
    case 'renamed':
      return `${happening.oldName} is now known as ${happening.name}${lineEnd}`;
    case 'recalled':
      return `A message${happening.name === undefined ? '' : ` of ${happening.name}`} was taken back${lineEnd}`;
    case 'reacted':
      return `${happening.name} ${toReaction(happening)}${lineEnd}`;
  }
}

/** The house's own words to one person. */
export function toNotice(lines: readonly string[]): string {
  return lines.map((line) => line + lineEnd).join('');
}

/** The beginning of somebody's words, on one line. */
export function toExcerpt(text: string): string {
  // No more is looked at than can be shown, however long the text is.
  const characters = Array.from(toTerminalLine(text.slice(0, excerptLimit * 4)));
  if (characters.length <= excerptLimit) return characters.join('');
  return `${characters.slice(0, excerptLimit).join('')}…`;
}

function toSaid(said: Happening & { kind: 'said' }): string {
  const text = toFurther(said.text);
  const quote = said.quote ? `> ${toQuote(said.quote)}${lineEnd}` : '';
  if (said.action) return `${quote}* ${said.name} ${said.edited ? '[edited] ' : ''}${text}${lineEnd}`;
  return `${quote}${said.name}${said.edited ? ' [edited]' : ''}: ${text}${lineEnd}`;
}

function toFurther(text: string): string {
  return isPlain(text) ? text : toTerminalLines(text).join(furtherLine);
}

function toReaction(reaction: Happening & { kind: 'reacted' }): string {
  const emoji = toTerminalLine(reaction.emoji);
  const to = reaction.quote ? ` to "${toExcerpt(reaction.quote.text)}"` : '';
  return reaction.added ? `reacted with ${emoji}${to}` : `took back the reaction ${emoji}${to}`;
}

function toQuote(quote: Quote): string {
  return `${quote.name}: ${toExcerpt(quote.text)}`;
}
