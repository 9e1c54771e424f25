/**
 * Marks in the stream of events: how far the bot has been told when it has got this message, in the hub's own words. The
 * gate keeps the last one, and the hub that opens the stream again goes on there. A mark stands before a message, as a
 * field of a number that the service does not have; protobuf's readers pass over such fields.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */

/** Field 2047 with a length before it. */
const TAG = [0xfa, 0x7f] as const;
/** The tag and the length: always two bytes of seven bits. */
const headBytes = 4;
const markLimitBytes = 2 ** 14 - 1;

/** The length of a message and whether it is compressed, before each. @see gRPC over HTTP/2, "Length-Prefixed-Message" */
const prefixBytes = 5;

/** @param mark of ASCII; one that is too long is left out, and the stream goes on where the bot has asked for all */
export function withMark(message: Uint8Array, mark: string): Buffer {
  const { length } = mark;
  if (length > markLimitBytes) return Buffer.from(message);
  const head = Buffer.from([...TAG, (length & 0x7f) | 0x80, length >> 7]);
  return Buffer.concat([head, Buffer.from(mark, 'latin1'), message]);
}

/** The mark of a message; undefined where it has none. */
function markOf(message: Buffer): string | undefined {
  if (message.length < headBytes || message[0] !== TAG[0] || message[1] !== TAG[1]) return undefined;
  const length = (message[2]! & 0x7f) | (message[3]! << 7);
  return message.toString('latin1', headBytes, headBytes + length);
}

/**
 * Cuts what comes into whole messages: the rest of one that a hub began another hub would not finish. The hub is trusted with
 * their size; they hold ids.
 */
export class MarkedMessages {
  /** Of the last whole message that had one. */
  last: string | undefined;
  #rest: Buffer = Buffer.alloc(0);

  /** Whole messages, as they came. */
  take(piece: Buffer): Buffer {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    let end = 0;
    while (bytes.length - end >= prefixBytes) {
      const begin = end + prefixBytes;
      const length = bytes.readUInt32BE(begin - 4);
      if (bytes.length < begin + length) break;
      end = begin + length;
      this.last = markOf(bytes.subarray(begin, end)) ?? this.last;
    }
    this.#rest = bytes.subarray(end);
    return bytes.subarray(0, end);
  }

  /** What was begun does not go on. */
  cut(): void {
    this.#rest = Buffer.alloc(0);
  }
}
