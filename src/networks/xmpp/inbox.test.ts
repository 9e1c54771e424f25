import assert from 'node:assert/strict';
import test from 'node:test';
import { FakePort } from '../../../test/fakes/port.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { textBody } from '../../hub/message.ts';
import { RoomCursor } from './cursor.ts';
import { Inbox, type InboxEntry } from './inbox.ts';

const room = 'room@conference.example.org';

function createInbox() {
  const port = new FakePort();
  const inbox = new Inbox(new RoomCursor(room, createSystemClock()));
  inbox.open(port);
  const texts = () => port.of('message').map(({ native }) => native);
  return { port, inbox, texts };
}

function entry(native: string): InboxEntry {
  const sender = { id: 'a', name: 'a' };
  return {
    convert: () => [{ kind: 'message', room, native, sender, body: textBody(native) }],
    cursor: { id: native, at: 1 },
  };
}

test('live messages wait until the backlog is in, and copies of it are dropped', async () => {
  const { inbox, texts } = createInbox();
  inbox.hold();
  const waiting = inbox.live(entry('b'));
  void inbox.live(entry('c'));
  await inbox.fromArchive('a', entry('a'));
  await inbox.fromArchive('b', entry('b'));
  await inbox.release();
  await waiting;
  assert.equal(inbox.live(entry('b')), undefined, 'a copy that comes late');
  await inbox.live(entry('d'));
  assert.deepEqual(texts(), ['a', 'b', 'c', 'd']);
});

test('what does not fit is left to the archive', async () => {
  const { inbox, texts } = createInbox();
  inbox.hold();
  for (let i = 0; i < 1001; i += 1) void inbox.live(entry(String(i)));
  assert.ok(inbox.takeOverflow());
  assert.ok(!inbox.takeOverflow());
  await inbox.release();
  assert.equal(texts().length, 1000);
});

test('a message that could not be kept is not held to be', async () => {
  const { port, inbox } = createInbox();
  port.refuse(new Error('the disk is full'));
  await assert.rejects(async () => inbox.live(entry('a')), /full/);
});
