/** Text for a terminal. What comes from elsewhere is data: it can neither begin a line nor steer the terminal. */

/** Control and direction characters: what moves a cursor, colours, or turns the reading direction. */
const steering = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** One line that shows `text`: line breaks as ⏎, other steering characters by their code. */
export function toTerminalLine(text: string): string {
  return text.replace(/\r\n|[\r\n]/g, ' ⏎ ').replace(steering, escape);
}

/** The same for text of several lines. */
export function toTerminalText(text: string): string {
  return text.replace(steering, (character) =>
    character === '\n' || character === '\t' ? character : escape(character),
  );
}

function escape(character: string): string {
  return character === '\t' ? ' ' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `2026-11-20 14:05:09`, in the machine's own time zone. */
export function formatTime(at: number): string {
  const date = new Date(at);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
