/** Lines of a socket. (`node:readline` also splits at U+2028 and U+2029, which stand in people's texts.) */
import type { Socket } from 'node:net';

/** The longest line, characters: whoever sends more is not heard any further. */
const lineLimit = 1024 * 1024;

/** Whole lines as they come. Throws when the connection breaks, or a line is too long. */
export async function* readLines(socket: Socket): AsyncGenerator<string, void, void> {
  let rest = '';
  for await (const chunk of socket.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > lineLimit) throw new Error(`a line is longer than ${lineLimit} characters`);
    yield* lines;
  }
}
