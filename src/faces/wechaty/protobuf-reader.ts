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
    const key = Number(this.#varint());
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
        this.#varint();
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
    return this.#number() !== 0n;
  }

  readEnum(): number {
    return this.readInt32();
  }

  readInt32(): number {
    return Number(BigInt.asIntN(32, this.#number()));
  }

  readUint64(): number {
    return Number(this.#number());
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

  #number(): bigint {
    this.#expect(WIRE.varint);
    return this.#varint();
  }

  #delimited(): Buffer {
    this.#expect(WIRE.delimited);
    return this.#take(this.#length());
  }

  #length(): number {
    const lengthBytes = Number(this.#varint());
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

  #varint(): bigint {
    let value = 0n;
    for (let count = 0; count < varintLimitBytes; count += 1) {
      const byte = this.#take(1)[0]!;
      value |= BigInt(byte & 0x7f) << BigInt(7 * count);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new MalformedMessage('a number has no end');
  }
}
