/**
 * Reactions. QQ names an emoji by the number of its first character, `128077` for 👍, and its own faces by small numbers;
 * the emoji itself is taken, too.
 */

/** Smaller numbers are QQ's own faces. */
const firstEmoji = 0x2000;
const lastCharacter = 0x10ffff;

export function toEmojiId(emoji: string): string {
  return String(emoji.codePointAt(0) ?? 0);
}

/** Undefined where it is no emoji. */
export function toEmoji(id: string): string | undefined {
  if (!/^\d+$/.test(id)) return /^\p{Extended_Pictographic}/u.test(id) ? id : undefined;
  const character = Number(id);
  return character >= firstEmoji && character <= lastCharacter ? String.fromCodePoint(character) : undefined;
}
