import assert from 'node:assert/strict';
import test from 'node:test';
import { answerBasics, DEFAULT_DISCO } from './disco.ts';
import { xml, type XmlElement } from './element.ts';
import { IqTimeout } from './errors.ts';
import { IqTable, type IqRequestOptions } from './iq.ts';
import { parseJid } from './jid.ts';
import { StanzaErrorReply } from './stanza-error.ts';

const own = parseJid('ann@example.org/a');

function createTable() {
  const table = new IqTable(() => {});
  const sent: XmlElement[] = [];
  const ask = (to: string | undefined, options: IqRequestOptions = {}, timeoutMs = 60_000) =>
    table.request(
      xml('iq', { type: 'get', to }, xml('q', { xmlns: 'urn:q' })),
      timeoutMs,
      options,
      async (request) => {
        sent.push(request);
      },
    );
  const answer = (from: string | undefined, type = 'result', ...payload: XmlElement[]) =>
    table.settle(xml('iq', { type, from, id: sent.at(-1)?.attr('id') }, ...payload), own);
  return { table, sent, ask, answer };
}

test('an answer counts only from whoever was asked, or from our own server for them', async () => {
  const { ask, answer } = createTable();
  for (const from of [
    'bob@peer.example/b',
    'bob@peer.example',
    'peer.example',
    'ann@example.org',
    'example.org',
    undefined,
  ]) {
    const asked = ask('bob@peer.example/b');
    for (const stranger of [
      'eve@peer.example',
      'bob@peer.example/c',
      'ann@example.org/b',
      'eve@example.org',
      'peer.example/b',
      'evil.example',
      'not an @ address',
    ]) {
      assert.equal(answer(stranger), false, stranger);
    }
    assert.equal(answer(from), true, String(from));
    await asked;
  }
});

test('a request to the own account is answered by the account or the server', async () => {
  const { ask, answer } = createTable();
  for (const from of [undefined, 'ann@example.org', 'ann@example.org/a', 'example.org']) {
    const asked = ask(undefined);
    assert.equal(answer('bob@example.org'), false);
    assert.equal(answer(from), true, String(from));
    await asked;
  }
});

test('an answer is taken once', async () => {
  const { ask, answer } = createTable();
  const asked = ask('peer.example');
  assert.equal(answer('peer.example'), true);
  assert.equal(answer('peer.example'), false);
  await asked;
});

test('an error tells its condition, and one without a condition is still an error', async () => {
  const { ask, answer } = createTable();
  const first = assert.rejects(ask('peer.example'), {
    code: 'xmpp-iq-error',
    condition: 'item-not-found',
    type: 'cancel',
    text: 'gone',
  });
  const stanzas = 'urn:ietf:params:xml:ns:xmpp-stanzas';
  answer(
    'peer.example',
    'error',
    xml(
      'error',
      { type: 'cancel' },
      xml('item-not-found', { xmlns: stanzas }),
      xml('text', { xmlns: stanzas }, 'gone'),
    ),
  );
  await first;
  const second = assert.rejects(ask('peer.example'), {
    code: 'xmpp-iq-error',
    condition: 'undefined-condition',
  });
  answer('peer.example', 'error');
  await second;
});

test('a request without an answer ends in time, and leaves nothing behind', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { table, ask, answer } = createTable();
  const asked = assert.rejects(ask('peer.example', {}, 1000), { code: 'xmpp-iq-timeout', timeoutMs: 1000 });
  t.mock.timers.tick(1000);
  await asked;
  assert.equal(table.size, 0);
  assert.equal(answer('peer.example'), false);
});

test('a request can be called off', async () => {
  const { table, ask } = createTable();
  const controller = new AbortController();
  const asked = assert.rejects(ask('peer.example', { signal: controller.signal }), { code: 'xmpp-closed' });
  controller.abort();
  await asked;
  await assert.rejects(ask('peer.example', { signal: AbortSignal.abort() }), { code: 'xmpp-closed' });
  assert.equal(table.size, 0);
});

test('a request that cannot be sent fails', async () => {
  const { table } = createTable();
  await assert.rejects(
    table.request(xml('iq', { type: 'get' }), 1000, {}, () => Promise.reject(new Error('no stream'))),
    /no stream/,
  );
  assert.equal(table.size, 0);
});

test('messages that belong to a request are collected while it is open', async () => {
  const { table, ask, answer } = createTable();
  const collected: string[] = [];
  const asked = ask('peer.example', {
    collect: (message) => message.attr('id') === 'mine' && collected.push('mine') > 0,
  });
  assert.equal(table.collect(xml('message', { id: 'mine' })), true);
  assert.equal(table.collect(xml('message', { id: 'other' })), false);
  answer('peer.example');
  await asked;
  assert.equal(table.collect(xml('message', { id: 'mine' })), false);
  assert.deepEqual(collected, ['mine']);
});

const conditionOf = (answer: XmlElement) => answer.child('error')?.elements()[0]?.name;

test('requests are answered by whoever handles their namespace', async () => {
  const { table } = createTable();
  const request = xml(
    'iq',
    { type: 'get', id: '1', from: 'bob@peer.example/b' },
    xml('q', { xmlns: 'urn:q' }),
  );
  assert.equal(conditionOf(await table.answer(request, 'service-unavailable')), 'service-unavailable');
  const remove = table.handle('urn:q', () => xml('q', { xmlns: 'urn:q' }, 'yes'));
  const answer = await table.answer(request, 'service-unavailable');
  assert.deepEqual(
    [answer.attr('type'), answer.attr('id'), answer.attr('to'), answer.childText('q', 'urn:q')],
    ['result', '1', 'bob@peer.example/b', 'yes'],
  );
  remove();
  assert.equal(
    conditionOf(await table.answer(request, 'feature-not-implemented')),
    'feature-not-implemented',
  );
});

test('a handler that fails answers with an error that fits', async () => {
  const { table } = createTable();
  const request = xml('iq', { type: 'set', id: '1' }, xml('q', { xmlns: 'urn:q' }));
  for (const [error, condition] of [
    [new StanzaErrorReply('forbidden', 'auth'), 'forbidden'],
    [new IqTimeout(request, 1000), 'remote-server-timeout'],
    [new Error('bug'), 'undefined-condition'],
  ] as const) {
    table.handle('urn:q', () => Promise.reject(error));
    assert.equal(conditionOf(await table.answer(request, 'service-unavailable')), condition);
  }
  assert.equal(
    conditionOf(await table.answer(xml('iq', { type: 'get' }), 'service-unavailable')),
    'bad-request',
  );
});

test('ping and disco#info are answered', async () => {
  const { table } = createTable();
  answerBasics(table, { ...DEFAULT_DISCO, features: ['urn:example'] });
  const ping = await table.answer(
    xml('iq', { type: 'get', id: '1' }, xml('ping', { xmlns: 'urn:xmpp:ping' })),
    'service-unavailable',
  );
  assert.deepEqual([ping.attr('type'), ping.children.length], ['result', 0]);
  const ns = 'http://jabber.org/protocol/disco#info';
  const info = await table.answer(
    xml('iq', { type: 'get', id: '2' }, xml('query', { xmlns: ns })),
    'service-unavailable',
  );
  assert.deepEqual(
    info
      .child('query', ns)
      ?.elements('feature')
      .map((feature) => feature.attr('var')),
    ['http://jabber.org/protocol/disco#info', 'urn:example', 'urn:xmpp:ping'],
  );
  const node = await table.answer(
    xml('iq', { type: 'get', id: '3' }, xml('query', { xmlns: ns, node: 'x' })),
    'service-unavailable',
  );
  assert.equal(conditionOf(node), 'item-not-found');
});
