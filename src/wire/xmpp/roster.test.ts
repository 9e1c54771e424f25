import assert from 'node:assert/strict';
import test from 'node:test';
import { xml } from './element.ts';
import { parseJid } from './jid.ts';
import { parseRosterPush, readNick, readRoster, ROSTER_NS, toSubscription } from './roster.ts';

const own = parseJid('club@example.org/hutong');

function push(from: string | undefined, ...items: Readonly<Record<string, string>>[]) {
  const query = xml('query', { xmlns: ROSTER_NS }, ...items.map((item) => xml('item', item)));
  return xml('iq', { type: 'set', from }, query);
}

test('a push of the account itself tells of one contact', () => {
  for (const from of [undefined, '', 'club@example.org', 'CLUB@example.org']) {
    assert.deepEqual(
      parseRosterPush(
        push(from, { jid: 'Ann@example.org', subscription: 'from', ask: 'subscribe', name: 'A' }),
        own,
      ),
      { jid: 'ann@example.org', subscription: 'from', asked: true, name: 'A' },
    );
  }
});

test('a push of anybody else is refused, as is what is none', () => {
  const item = { jid: 'ann@example.org', subscription: 'both' };
  for (const from of ['ann@example.org', 'evil@example.org/x', 'example.org', 'club@example.net']) {
    assert.throws(() => parseRosterPush(push(from, item), own), { name: 'StanzaErrorReply' });
  }
  assert.throws(() => parseRosterPush(push(undefined), own), { name: 'StanzaErrorReply' });
  assert.throws(() => parseRosterPush(push(undefined, item, item), own), { name: 'StanzaErrorReply' });
  assert.throws(() => parseRosterPush(push(undefined, item).with({ type: 'get' }), own), {
    name: 'StanzaErrorReply',
  });
});

test('the roster is read, what cannot be read in it left out', async () => {
  const answer = push(
    undefined,
    { jid: 'ann@example.org', subscription: 'both' },
    { jid: '@', subscription: 'both' },
    { jid: 'bea@example.org', subscription: 'nonsense' },
    { jid: 'cai@example.org' },
  );
  const items = await readRoster({ iq: async () => answer }, { timeoutMs: 1000 });
  assert.deepEqual(
    items.map(({ jid, subscription }) => [jid, subscription]),
    [
      ['ann@example.org', 'both'],
      ['cai@example.org', 'none'],
    ],
  );
});

test('a subscription can tell a nick', () => {
  assert.equal(readNick(toSubscription('ann@example.org', 'subscribe', 'Club')), 'Club');
  assert.equal(readNick(toSubscription('ann@example.org', 'subscribed')), undefined);
});
