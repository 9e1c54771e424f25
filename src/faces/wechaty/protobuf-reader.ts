/**
 * Reads protobuf as strangers send it. The reader that `wechaty-grpc` brings believes the length that a text says it has,
 * and is busy for minutes with six bytes that say four billion; and a request is read before its token is looked at. This one
 * believes nothing. It has those methods of that reader which the generated code calls for requests.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */

/** What a value looks like on the wire. Groups are not read: nobody has written them for long. */
const WIRE = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;
/** Of a 64-bit number, seven bits in each. */
const varintLimitBytes = 10;

/** A message that is none. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

export class ProtobufReader {
  readonly #bytes: Buffer;
  #at = 0;
  /** Where the message that is read ends: one may be in another. */
  #end: number;
  #field = 0;
  #wire = -1;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  /** Goes on to the next field; false at the end. As all its methods it throws a `MalformedMessage`. */
  nextField(): boolean {
    if (this.#at === this.#end) return false;
    const key = this.#unsigned();
    this.#wire = key % 8;
    this.#field = Math.floor(key / 8);
    if (this.#field === 0) throw new MalformedMessage('there is no field 0');
    return true;
  }

  getFieldNumber(): number {
    return this.#field;
  }

  isEndGroup(): boolean {
    return false;
  }

  skipField(): void {
    switch (this.#wire) {
      case WIRE.varint:
        this.#unsigned();
        return;
      case WIRE.fixed64:
        this.#take(8);
        return;
      case WIRE.fixed32:
        this.#take(4);
        return;
      case WIRE.delimited:
        this.#delimited();
        return;
      default:
        throw new MalformedMessage(`there is no wire type ${this.#wire}`);
    }
  }

  readString(): string {
    return this.#delimited().toString('utf8');
  }

  readBytes(): Uint8Array {
    // A copy: what else came with it need not stay in memory.
    return new Uint8Array(this.#delimited());
  }

  readBool(): boolean {
    return this.readUint64() !== 0;
  }

  readEnum(): number {
    return this.readInt32();
  }

  readInt32(): number {
    this.#expect(WIRE.varint);
    return this.#varint().low | 0;
  }

  readUint64(): number {
    this.#expect(WIRE.varint);
    return this.#unsigned();
  }

  readFloat(): number {
    this.#expect(WIRE.fixed32);
    return this.#take(4).readFloatLE();
  }

  readDouble(): number {
    this.#expect(WIRE.fixed64);
    return this.#take(8).readDoubleLE();
  }

  /** @param read the generated code for the message within */
  readMessage<T>(message: T, read: (message: T, reader: this) => unknown): void {
    this.#expect(WIRE.delimited);
    const lengthBytes = this.#length();
    const outerEnd = this.#end;
    this.#end = this.#at + lengthBytes;
    read(message, this);
    this.#end = outerEnd;
  }

  #delimited(): Buffer {
    this.#expect(WIRE.delimited);
    return this.#take(this.#length());
  }

  #length(): number {
    const lengthBytes = this.#unsigned();
    if (lengthBytes > this.#end - this.#at) throw new MalformedMessage('it ends too early');
    return lengthBytes;
  }

  #expect(wire: number): void {
    if (this.#wire !== wire) throw new MalformedMessage(`field ${this.#field} is of another type`);
  }

  #take(lengthBytes: number): Buffer {
    if (lengthBytes > this.#end - this.#at) throw new MalformedMessage('it ends too early');
    this.#at += lengthBytes;
    return this.#bytes.subarray(this.#at - lengthBytes, this.#at);
  }

  /** Beyond 2^53 not to the last digit. */
  #unsigned(): number {
    const { low, high } = this.#varint();
    return (high >>> 0) * 2 ** 32 + (low >>> 0);
  }

  /** Its two halves: a BigInt for each would make a large message of small numbers slow to refuse. */
  #varint(): { low: number; high: number } {
    let low = 0;
    let high = 0;
    for (let count = 0; count < varintLimitBytes; count += 1) {
      if (this.#at >= this.#end) throw new MalformedMessage('it ends too early');
      const byte = this.#bytes[this.#at]!;
      this.#at += 1;
      const bits = byte & 0x7f;
      if (count < 5) low |= bits << (7 * count);
      if (count === 4) high = bits >> 4;
      if (count > 4) high |= bits << (7 * count - 32);
      if (byte < 0x80) return { low, high };
    }
    throw new MalformedMessage('a number has no end');
  }
}
