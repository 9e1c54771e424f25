/**
 * Cuts a stream of bytes into lines. Holds at most one unfinished line, and of one that is too long nothing:
 * a hundred megabytes without a line end cost no memory.
 */

const lineFeed = 10;
const carriageReturn = 13;
/** Room for a line's first piece; grows by doubling. */
const startBytes = 256;

export class LineSplitter {
  readonly #limitBytes: number;
  #chunk: Buffer | undefined;
  #offset = 0;
  /** The beginning of a line whose end has not come yet, copied so that it does not keep its chunk alive. */
  #held = Buffer.alloc(0);
  #heldBytes = 0;
  #skipping = false;

  /** `limitBytes`: the longest line, its end not counted. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Whether there may be a line to take. */
  get waiting(): boolean {
    return this.#chunk !== undefined;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunk = this.#chunk ? Buffer.concat([this.#chunk.subarray(this.#offset), chunk]) : chunk;
    this.#offset = 0;
  }

  /**
   * The next line without its end (CR LF, or LF alone); valid until the next `push`. `too-long` once for a line
   * over the limit, as soon as that is known; it is skipped up to its end. `undefined` when more bytes are needed.
   */
  next(): Buffer | 'too-long' | undefined {
    while (this.#chunk) {
      const chunk = this.#chunk;
      const end = chunk.indexOf(lineFeed, this.#offset);
      if (end === -1) return this.#hold(chunk.subarray(this.#offset));
      const piece = chunk.subarray(this.#offset, end);
      this.#offset = end + 1;
      if (this.#offset === chunk.length) this.#chunk = undefined;
      if (this.#skipping) {
        this.#skipping = false;
        continue;
      }
      const line = this.#complete(piece);
      return line.length <= this.#limitBytes ? line : 'too-long';
    }
    return undefined;
  }

  #hold(piece: Buffer): 'too-long' | undefined {
    this.#chunk = undefined;
    if (this.#skipping) return undefined;
    // One byte more than the limit may be a line's CR.
    if (this.#heldBytes + piece.length > this.#limitBytes + 1) {
      this.#skipping = true;
      this.#held = Buffer.alloc(0);
      this.#heldBytes = 0;
      return 'too-long';
    }
    this.#append(piece);
    return undefined;
  }

  #complete(piece: Buffer): Buffer {
    if (this.#heldBytes === 0) return withoutReturn(piece);
    this.#append(piece);
    const line = this.#held.subarray(0, this.#heldBytes);
    this.#held = Buffer.alloc(0);
    this.#heldBytes = 0;
    return withoutReturn(line);
  }

  #append(piece: Buffer): void {
    const bytes = this.#heldBytes + piece.length;
    if (bytes > this.#held.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(bytes, this.#held.length * 2, startBytes));
      this.#held.copy(grown, 0, 0, this.#heldBytes);
      this.#held = grown;
    }
    piece.copy(this.#held, this.#heldBytes);
    this.#heldBytes = bytes;
  }
}

function withoutReturn(line: Buffer): Buffer {
  return line[line.length - 1] === carriageReturn ? line.subarray(0, -1) : line;
}
