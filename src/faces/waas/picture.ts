/** A QR code as a PNG: every program that shows pictures shows it. @see https://www.w3.org/TR/png-3/ */
import { crc32, deflateSync } from 'node:zlib';
import { encode } from 'uqr';

/** Light modules around the code; readers want four. */
const quietModules = 4;
const pixelsPerModule = 8;
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** One bit a pixel, grey, no interlace. */
const format = Buffer.from([1, 0, 0, 0, 0]);

/** @throws Error when the text is longer than a code can hold */
export function toQrPicture(text: string): Buffer {
  const { data, size } = encode(text, { border: quietModules });
  const pixels = size * pixelsPerModule;
  // Each row begins with its filter, 0 for none.
  const rowBytes = 1 + Math.ceil(pixels / 8);
  const image = Buffer.alloc(rowBytes * pixels);
  for (let y = 0; y < pixels; y += 1) {
    const modules = data[Math.floor(y / pixelsPerModule)]!;
    for (let x = 0; x < pixels; x += 1) {
      if (modules[Math.floor(x / pixelsPerModule)]) continue;
      image[y * rowBytes + 1 + (x >> 3)]! |= 0x80 >> (x & 7);
    }
  }
  const measures = Buffer.alloc(8);
  measures.writeUInt32BE(pixels, 0);
  measures.writeUInt32BE(pixels, 4);
  return Buffer.concat([
    signature,
    toChunk('IHDR', Buffer.concat([measures, format])),
    toChunk('IDAT', deflateSync(image)),
    toChunk('IEND', Buffer.alloc(0)),
  ]);
}

function toChunk(type: string, data: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(4);
  frame.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(content));
  return Buffer.concat([frame, content, check]);
}
