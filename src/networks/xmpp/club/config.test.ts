import assert from 'node:assert/strict';
import test from 'node:test';
import { xmppConfig } from '../config.ts';

const account = { jid: 'club@example.org', password: 'secret' };

function parse(club: object) {
  return xmppConfig.safeParse({ ...account, club });
}

test('a club needs nothing but to be one', () => {
  const { data } = parse({});
  assert.deepEqual(data && 'club' in data ? data.club : undefined, { room: 'club', admins: [] });
  assert.equal('club' in xmppConfig.parse(account), false);
});

test('administrators are bare addresses, prepared', () => {
  const { data } = parse({ room: '大厅', admins: ['Boss@Example.org'] });
  assert.deepEqual(data && 'club' in data ? data.club : undefined, {
    room: '大厅',
    admins: ['boss@example.org'],
  });
  for (const admin of ['boss', 'example.org', 'boss@example.org/home', '@example.org', '']) {
    const { error } = parse({ admins: [admin] });
    assert.match(error?.issues[0]?.message ?? '', /is no XMPP address: expected user@server/);
  }
});

test('a room is one word, and nothing else is known', () => {
  for (const room of ['', 'two words', 'a/b', 'x'.repeat(65)]) assert.equal(parse({ room }).success, false);
  assert.equal(parse({ rooms: ['lobby'] }).success, false);
});
