/**
 * A text as it goes over a WebSocket from a server: not masked, so that it is the same for everybody and made once. Several
 * in a row can be written at once.
 *
 * @see RFC 6455 section 5.2
 */

/** The last frame of a text, and its only one. */
const finalText = 0x81;
/** What stands for a length that follows, of two bytes and of eight. */
const twoBytes = 126;
const eightBytes = 127;

export function toTextFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const offset = length < twoBytes ? 2 : length < 0x10000 ? 4 : 10;
  const frame = Buffer.allocUnsafe(offset + length);
  frame[0] = finalText;
  if (offset === 2) frame[1] = length;
  else if (offset === 4) {
    frame[1] = twoBytes;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = eightBytes;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, offset);
  return frame;
}

/** The text of such a frame, as bytes. */
export function toTextBytes(frame: Buffer): Buffer {
  return frame.subarray(frame[1] === eightBytes ? 10 : frame[1] === twoBytes ? 4 : 2);
}
