/**
 * The messages and methods of the Puppet Service, as `wechaty-grpc` has them. Its types are not found by TypeScript's
 * module resolution of today, so what is used of it is described here: a message is its fields.
 *
 * @see https://github.com/wechaty/grpc/blob/main/proto/wechaty/puppet.proto
 */
import type * as Grpc from '@grpc/grpc-js';
import { withMark } from './gate/mark.ts';
import { ProtobufReader } from './protobuf-reader.ts';

/** A message of protobuf: `getX`, `setX`, and as an object. */
export interface Message {
  toObject(): Fields;
  /** Undefined, or an empty value, is what stands for nothing. */
  [accessor: `set${string}`]: (value: unknown) => void;
  [accessor: `get${string}`]: () => unknown;
  [accessor: `has${string}`]: () => boolean;
}

/** Its fields, by their names in JSON; a repeated field `ids` is `idsList`. */
export type Fields = Readonly<Record<string, unknown>>;

/** The generated class of a message. */
interface MessageType {
  new (): Message;
  deserializeBinaryFromReader(message: Message, reader: ProtobufReader): Message;
}

interface WechatyGrpc {
  grpc: typeof Grpc;
  puppet: { PuppetService: Grpc.ServiceDefinition } & Record<string, new () => Message>;
  StringValue: new () => Message;
  Timestamp: new () => Message;
}

const loaded = (await import('wechaty-grpc')) as unknown as WechatyGrpc;

export const { grpc } = loaded;

const marks = new WeakMap<Message, string>();

/** Has the mark stand before an event when it is written. */
export function markEvent(message: Message, mark: string): void {
  marks.set(message, mark);
}

/** The methods of the service; requests are read by `ProtobufReader`. */
export const puppetService: Grpc.ServiceDefinition = Object.fromEntries(
  Object.entries(loaded.puppet.PuppetService).map(([name, method]) => {
    const { requestType } = method as typeof method & { requestType: MessageType };
    const requestDeserialize = (bytes: Buffer): Message =>
      requestType.deserializeBinaryFromReader(new requestType(), new ProtobufReader(bytes));
    const responseSerialize = (message: Message): Buffer => {
      const mark = marks.get(message);
      const bytes = method.responseSerialize(message);
      return mark === undefined ? bytes : withMark(bytes, mark);
    };
    return [name, { ...method, requestDeserialize, responseSerialize }];
  }),
);

/** A message of this name with these fields set. What is undefined is left out. */
export function createMessage(name: string, fields: Fields): Message {
  const message = new loaded.puppet[name]!();
  for (const [field, value] of Object.entries(fields)) {
    if (value !== undefined) message[`set${toAccessor(field)}`]!(value);
  }
  return message;
}

/** The fields of a message. Those that know whether they are there are left out where they are not. */
export function readMessage(message: Message): Fields {
  const fields = Object.entries(message.toObject()).filter(
    ([field]) => message[`has${toAccessor(field)}`]?.() !== false,
  );
  return Object.fromEntries(fields);
}

function toAccessor(field: string): string {
  return `${field[0]!.toUpperCase()}${field.slice(1)}`;
}

/** A string of which clients want to know that it is there, though it is empty. */
export function toStringValue(text: string): Message {
  const value = new loaded.StringValue();
  value['setValue']!(text);
  return value;
}

/** @param atMs milliseconds since the epoch */
export function toTimestamp(atMs: number): Message {
  const value = new loaded.Timestamp();
  value['setSeconds']!(Math.floor(atMs / 1000));
  value['setNanos']!((atMs % 1000) * 1_000_000);
  return value;
}

/** @see wechaty/puppet/event.proto */
export const EVENT_TYPE = {
  heartbeat: 1,
  message: 2,
  dong: 3,
  friendship: 17,
  roomInvite: 18,
  roomJoin: 19,
  roomLeave: 20,
  roomTopic: 21,
  scan: 22,
  ready: 23,
  login: 25,
  logout: 26,
  dirty: 27,
} as const;

/**
 * What a message is. These are the numbers of the puppet, not those of `MessageType` in message.proto: clients take the
 * number as it comes for one of the puppet's.
 */
export const MESSAGE_TYPE = {
  attachment: 1,
  audio: 2,
  image: 6,
  text: 7,
  location: 8,
  recalled: 13,
  url: 14,
  video: 15,
} as const;

/** What is to be asked anew. */
export const DIRTY_TYPE = { message: 1, contact: 2, room: 3, roomMember: 4 } as const;

/** A QR code is to be scanned. */
export const SCAN_STATUS_WAITING = 2;

export const CONTACT_TYPE_INDIVIDUAL = 1;
export const GENDER = { male: 1, female: 2 } as const;
export const FRIENDSHIP_TYPE_RECEIVE = 2;
