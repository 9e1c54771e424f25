/**
 * Makes text harmless for a terminal. Whatever somebody writes, it stays within its line, in its direction, and
 * holds no escape sequence. All text of others that reaches a terminal goes through here.
 */

/** Line ends of every sort: a terminal, a browser or Unicode may each start a new line at another of them. */
const lineEnd = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/;
/** Controls (C0, DEL, C1), line and paragraph separators, overrides of the writing direction. */
const special = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;
const allButTab = /[^\P{Cc}\t]|[\u2028-\u202e\u2066-\u2069]/gu;

const backspace = '\b';
const deleteKey = '\u007f';
/** Ctrl-U, which takes the line back. */
const killLine = '\u0015';

/** Whether the text holds anything that these functions would change or split at. Cheap. */
export function isPlain(text: string): boolean {
  return !special.test(text);
}

/**
 * The text as one or more lines that a terminal shows as they are. Controls become their visible pictures (`␛`),
 * overrides of the writing direction disappear.
 */
export function toTerminalLines(text: string): string[] {
  return isPlain(text) ? [text] : text.split(lineEnd).map(toVisible);
}

/** The text as one line; what were line ends become spaces. */
export function toTerminalLine(text: string): string {
  return isPlain(text) ? text : toTerminalLines(text).join(' ');
}

/**
 * A typed line as it was meant: backspace, delete and the line-kill key do their work, other controls become
 * visible.
 */
export function toTypedLine(line: string): string {
  if (isPlain(line)) return line;
  return toVisible(erase(line));
}

function toVisible(text: string): string {
  return text.replace(allButTab, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return '\u2421';
    return code < 0xa0 ? '\ufffd' : '';
  });
}

function erase(line: string): string {
  if (![backspace, deleteKey, killLine].some((key) => line.includes(key))) return line;
  const kept: string[] = [];
  for (const character of line) {
    if (character === backspace || character === deleteKey) kept.pop();
    else if (character === killLine) kept.length = 0;
    else kept.push(character);
  }
  return kept.join('');
}
