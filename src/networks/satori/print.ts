/** By what a message is found again among what the login has said. */
import { readContent } from '../../wire/satori/read-content.ts';

/**
 * A content as a text by which it is found again: what servers and platforms tell otherwise than it was sent (addresses of
 * files, marks, blanks, the answered message) makes no difference.
 */
export function toPrint(content: string): string {
  const words = readContent(content).parts.map((part) => {
    if (part.type === 'text') return part.text;
    return part.type === 'mention' ? ` @${part.user} ` : ` [${part.type}] `;
  });
  return words.join('').replace(/\s+/g, ' ').trim();
}
