/**
 * The two ways in which terminals write Chinese: UTF-8, and GBK on old ones. Both leave LF and the telnet byte 255
 * alone, so lines can be cut before they are decoded.
 */
import { isUtf8 } from 'node:buffer';

export const encodingNames = ['utf-8', 'gbk'] as const;
export type EncodingName = (typeof encodingNames)[number];

export interface Encoding {
  readonly name: EncodingName;
  /** The line as text; `undefined` if it is not in this encoding. */
  decode(line: Buffer): string | undefined;
  /** What the encoding cannot write becomes `?`. */
  encode(text: string): Buffer;
}

const utf8: Encoding = {
  name: 'utf-8',
  decode: (line) => (isUtf8(line) ? line.toString('utf8') : undefined),
  encode: (text) => Buffer.from(text, 'utf8'),
};

const gbkDecoder = new TextDecoder('gbk', { fatal: true });

const gbk: Encoding = {
  name: 'gbk',
  decode(line) {
    try {
      return gbkDecoder.decode(line);
    } catch {
      // Bytes that are no GBK; the answer says so.
      return undefined;
    }
  },
  encode: encodeGbk,
};

export const encodings: Readonly<Record<EncodingName, Encoding>> = { 'utf-8': utf8, gbk };

const questionMark = 0x3f;
let gbkCodes: Uint16Array | undefined;

function encodeGbk(text: string): Buffer {
  gbkCodes ??= createGbkCodes();
  const bytes = Buffer.allocUnsafe(text.length * 2);
  let length = 0;
  for (const character of text) {
    const point = character.codePointAt(0)!;
    if (point < 0x80) {
      bytes[length++] = point;
      continue;
    }
    const code = gbkCodes[point] ?? 0;
    if (code === 0) {
      bytes[length++] = questionMark;
    } else {
      bytes[length++] = code >> 8;
      bytes[length++] = code & 0xff;
    }
  }
  return bytes.subarray(0, length);
}

/** The two-byte code of every character of the Basic Multilingual Plane that has one, found by decoding them all. */
function createGbkCodes(): Uint16Array {
  const decoder = new TextDecoder('gbk');
  const codes = new Uint16Array(0x10000);
  const row: number[] = [];
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    row.length = 0;
    for (let trail = 0x40; trail <= 0xfe; trail++) row.push(lead, trail, 0x0a);
    const characters = decoder.decode(Uint8Array.from(row)).split('\n');
    for (const [index, character] of characters.entries()) {
      const point = character.codePointAt(0) ?? 0;
      const isPrivate = point >= 0xe000 && point <= 0xf8ff;
      const isOne = character.length === 1 && point >= 0x80 && point !== 0xfffd;
      if (isOne && !isPrivate && codes[point] === 0) codes[point] = (lead << 8) | (0x40 + index);
    }
  }
  return codes;
}
