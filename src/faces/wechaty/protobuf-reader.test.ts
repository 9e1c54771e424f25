import assert from 'node:assert/strict';
import test from 'node:test';
import { MalformedMessage, ProtobufReader } from './protobuf-reader.ts';
import { puppetService, type Message } from './protobuf.ts';

function read(method: string, bytes: Buffer): Record<string, unknown> {
  const message = puppetService[method]!.requestDeserialize(bytes) as Message;
  return message.toObject();
}

test('what the generated code writes is read as it was written', async () => {
  const { puppet } = (await import('wechaty-grpc')) as unknown as {
    puppet: Record<string, new () => Message & { serializeBinary(): Uint8Array }>;
  };
  const place = new puppet['LocationPayload']!();
  place['setName']!('西湖');
  place['setLatitude']!(30.25);
  place['setAccuracy']!(0.5);
  const request = new puppet['MessageSendLocationRequest']!();
  request['setConversationId']!('r1');
  request['setLocation']!(place);
  const bytes = Buffer.from(request.serializeBinary());
  assert.deepEqual(read('messageSendLocation', bytes), request.toObject());
  const unknownFields = Buffer.from('e83e01f13e0000000000000000f53e00000000fa3e0178', 'hex');
  assert.deepEqual(read('messageSendLocation', Buffer.concat([bytes, unknownFields])), request.toObject());
});

test('a length that is longer than the message, and everything else that is no protobuf, is refused at once', () => {
  for (const [method, hex] of [
    ['ding', '0affffffff0f'],
    // The same in a message within.
    ['contactAlias', '12060affffffff0f'],
    ['contactAlias', '12040a0561'],
    ['ding', '0aff'],
    ['ding', 'ffffffffffffffffffffff01'],
    ['ding', '00'],
    ['ding', '0801'],
    ['ding', '0b0c'],
    ['ding', 'f93e00'],
  ] as const) {
    assert.throws(() => read(method, Buffer.from(hex, 'hex')), MalformedMessage, `${method} ${hex}`);
  }
});

test('numbers keep their sign', () => {
  const reader = new ProtobufReader(Buffer.from('08ffffffffffffffffff01', 'hex'));
  assert.equal(reader.nextField(), true);
  assert.equal(reader.readEnum(), -1);
  assert.equal(reader.nextField(), false);
  const large = new ProtobufReader(Buffer.from('08808080808080801008ffffffffffffff0f', 'hex'));
  assert.equal(large.nextField() && large.readUint64(), 2 ** 53);
  assert.equal(large.nextField() && large.readUint64(), Number.MAX_SAFE_INTEGER);
});
