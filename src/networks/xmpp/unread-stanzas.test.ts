import assert from 'node:assert/strict';
import test from 'node:test';
import { xml } from '../../wire/xmpp/element.ts';
import { UnreadStanzas } from './unread-stanzas.ts';

const message = (id: string) => xml('message', { id });

test('what waits is handed on in order, and counts when what it became is durable', async () => {
  const unread = new UnreadStanzas();
  unread.hold();
  const order: (string | undefined)[] = [];
  const durable = Promise.withResolvers<void>();
  const first = unread.add(message('a'))?.then(() => order.push('a counted'));
  const second = unread.add(message('b'))?.then(() => order.push('b counted'));
  unread.release((stanza) => {
    order.push(stanza.attr('id'));
    return stanza.attr('id') === 'a' ? durable.promise : undefined;
  });
  assert.ok(!unread.holding);
  await second;
  durable.resolve();
  await first;
  assert.deepEqual(order, ['a', 'b', 'b counted', 'a counted']);
});

test('what is given up counts at once, and more than a moment’s worth does not wait', async () => {
  const unread = new UnreadStanzas();
  unread.hold();
  const kept = Array.from({ length: 1000 }, (_, index) => unread.add(message(String(index))));
  assert.equal(unread.add(message('too many')), undefined);
  unread.drop();
  for (const counted of kept) await counted;
  unread.release(() => assert.fail('it was given up'));
});
