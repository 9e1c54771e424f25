import assert from 'node:assert/strict';
import test from 'node:test';
import { toJid } from '../../../wire/xmpp/jid.ts';
import { toPuppetLocal } from './puppet-jid.ts';
import { readPuppetRoom, toPuppetRoom } from './puppet-room.ts';

test('a conversation is told by the puppet and who talks with it', () => {
  for (const user of ['123', 'a/b', "d'art@gnan", '']) {
    for (const address of [
      'ann@example.org',
      'room@chat.example.org/a/b@c',
      'room@chat.example.org/王 小明',
    ]) {
      const peer = toJid(address);
      assert.ok(peer);
      const local = toPuppetLocal({ account: 'qq', user });
      const read = readPuppetRoom(toPuppetRoom({ local, peer }));
      assert.equal(read?.local, local);
      assert.ok(read.peer.equals(peer));
    }
  }
});

test('other rooms are none', () => {
  for (const room of [
    'room@chat.example.org',
    'ann@example.org',
    'room@chat.example.org/ann',
    '/ann@x',
    'ann',
  ]) {
    assert.equal(readPuppetRoom(room), undefined, room);
  }
});
