import assert from 'node:assert/strict';
import test from 'node:test';
import type { MessageEvent, RenameEvent } from './event.ts';
import { createLink, defaultFormat, LinkTable } from './links.ts';
import { textBody, type RoomRef } from './message.ts';

function said(room: RoomRef, text = 'hi', name = 'ann'): MessageEvent {
  const sender = { id: '1', name };
  return { kind: 'message', id: 'm', position: 1, at: 0, room, sender, body: textBody(text) };
}

function renamed(room: RoomRef, oldName: string, name: string): RenameEvent {
  return { kind: 'rename', id: 'n', position: 1, at: 0, room, who: { id: '1', name }, oldName };
}

test('what is said in a room of a link goes to all its other rooms', () => {
  const table = new LinkTable([createLink({ name: 'l', rooms: ['a/r', 'b/r', 'c/r'] })]);
  assert.deepEqual(table.targets(said('b/r')), ['a/r', 'c/r']);
  assert.deepEqual(table.targets(said('b/other')), []);
});

test('a room in several links has each target once, and links are not transitive', () => {
  const table = new LinkTable([
    createLink({ name: 'one', rooms: ['a/r', 'b/r'] }),
    createLink({ name: 'two', rooms: ['b/r', 'a/r', 'c/r'] }),
    createLink({ name: 'three', rooms: ['c/r', 'd/r'] }),
  ]);
  assert.deepEqual(table.targets(said('a/r')), ['b/r', 'c/r']);
  assert.deepEqual(table.neighbours('c/r'), ['b/r', 'a/r', 'd/r']);
});

test('a direction lets messages through one way only', () => {
  const rooms: RoomRef[] = ['a/r', 'b/r', 'c/r'];
  const from = new LinkTable([createLink({ name: 'l', rooms, direction: 'from-first' })]);
  assert.deepEqual(from.targets(said('a/r')), ['b/r', 'c/r']);
  assert.deepEqual(from.targets(said('b/r')), []);
  const to = new LinkTable([createLink({ name: 'l', rooms, direction: 'to-first' })]);
  assert.deepEqual(to.targets(said('a/r')), []);
  assert.deepEqual(to.targets(said('b/r')), ['a/r']);
  assert.deepEqual(to.neighbours('a/r'), ['b/r', 'c/r'], 'people see each other all the same');
});

test('a filter leaves out by text, nick or account, in its own link only', () => {
  const ignore = { text: [/^!/], nick: [/^bot/], account: ['c'] };
  const table = new LinkTable([
    createLink({ name: 'filtered', rooms: ['a/r', 'b/r', 'c/r'], ignore }),
    createLink({ name: 'open', rooms: ['a/r', 'd/r'] }),
  ]);
  assert.deepEqual(table.targets(said('a/r')), ['b/r', 'c/r', 'd/r']);
  assert.deepEqual(table.targets(said('a/r', '!roll')), ['d/r']);
  assert.deepEqual(table.targets(said('a/r', 'hi', 'bot7')), ['d/r']);
  assert.deepEqual(table.targets(said('c/r')), []);
});

test('another name goes where messages go, unless the link, a filter of nicks or a direction forbids it', () => {
  const rooms: RoomRef[] = ['a/r', 'b/r'];
  const ignore = { text: [/./], nick: [/^bot/], account: ['c'] };
  const table = new LinkTable([
    createLink({ name: 'filtered', rooms: [...rooms, 'c/r'], ignore }),
    createLink({ name: 'quiet', rooms: ['a/r', 'd/r'], renames: false }),
    createLink({ name: 'one way', rooms: ['a/r', 'e/r'], direction: 'from-first' }),
  ]);
  assert.deepEqual(table.targets(renamed('a/r', 'ann', 'bea')), ['b/r', 'c/r', 'e/r']);
  assert.deepEqual(table.targets(renamed('a/r', 'ann', 'bot7')), ['e/r']);
  assert.deepEqual(table.targets(renamed('a/r', 'bot7', 'ann')), ['e/r']);
  assert.deepEqual(table.targets(renamed('c/r', 'ann', 'bea')), []);
  assert.deepEqual(table.targets(renamed('e/r', 'ann', 'bea')), []);
});

test('the format is that of the first link by which the message comes', () => {
  const table = new LinkTable([
    createLink({ name: 'one', rooms: ['a/r', 'b/r'], format: '{nick}: {text}', direction: 'from-first' }),
    createLink({ name: 'two', rooms: ['a/r', 'b/r'] }),
  ]);
  assert.equal(table.between('a/r', 'b/r')?.format, '{nick}: {text}');
  assert.equal(table.between('b/r', 'a/r')?.format, defaultFormat);
  assert.equal(table.between('a/r', 'c/r'), undefined);
});

test('a moderator’s removal spreads unless any link of the two rooms forbids it', () => {
  const table = new LinkTable([
    createLink({ name: 'one', rooms: ['a/r', 'b/r'] }),
    createLink({ name: 'two', rooms: ['a/r', 'b/r', 'c/r'], moderation: false }),
    createLink({ name: 'three', rooms: ['a/r', 'd/r'] }),
  ]);
  assert.deepEqual(
    (['b/r', 'c/r', 'd/r'] as const).map((room) => table.spreadsModeration('a/r', room)),
    [false, false, true],
  );
});

test('an account’s rooms are those that links name, each once, split at the first slash', () => {
  const table = new LinkTable([
    createLink({ name: 'one', rooms: ['a/room@host/nick', 'b/r'] }),
    createLink({ name: 'two', rooms: ['a/room@host/nick', 'a/s'] }),
  ]);
  assert.deepEqual(table.roomsOf('a'), ['room@host/nick', 's']);
  assert.deepEqual(table.roomsOf('nobody'), []);
});
