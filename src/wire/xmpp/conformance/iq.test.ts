// IQs on the wire: what is written, which answers count, how a request ends, how requests of others are answered.
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  attribute,
  defineStanza,
  id as withId,
  idFrom,
  Iq,
  IqError,
  IqTimeout,
  registerStanzaPlugin,
  STANZA_ERROR_CONDITIONS,
  STANZA_ERROR_TYPES,
  stanzaPath,
  StanzaErrorPart,
  StanzaErrorReply,
  subText,
  xml,
  type StanzaErrorCondition,
  type StanzaErrorType,
} from '../public.ts';
import { createWire, type Wire } from './wire.ts';

const Custom = defineStanza({
  name: 'query',
  namespace: 'urn:c',
  plugin: 'conformance_custom',
  interfaces: { data: subText(), node: attribute() },
});
registerStanzaPlugin(Iq, Custom);

const STANZAS = 'urn:ietf:params:xml:ns:xmpp-stanzas';
const REQUEST = '<iq type="get" id="r" from="bea@x/p" to="ann@localhost/desk"><query xmlns="urn:c"/></iq>';
const errorTo = (condition: string, type = 'cancel', more = '') =>
  `<iq type="error" id="r" to="bea@x/p"><error type="${type}"><${condition} xmlns="${STANZAS}"/>${more}</error></iq>`;

/** A test with a connected client. */
function onWire(
  name: string,
  run: (wire: Wire) => Promise<void>,
  options: Parameters<typeof createWire>[0] = {},
): void {
  test(name, async () => {
    await using wire = await createWire(options);
    await run(wire);
  });
}

// What is written.

onWire('get: an IQ of type get with the id, the address and the content given', async ({ client, peer }) => {
  void client.iq
    .get({ id: '1', to: 'bea@x/p', payload: Custom.create({ data: 'a<b' }) })
    .send()
    .catch(() => {});
  assert.equal(
    await peer.next(),
    '<iq type="get" id="1" to="bea@x/p"><query xmlns="urn:c"><data>a&lt;b</data></query></iq>',
  );
});

onWire('set: an IQ of type set', async ({ client, peer }) => {
  void client.iq
    .set({ id: '1', payload: xml('x', { xmlns: 'urn:x' }) })
    .send()
    .catch(() => {});
  assert.equal(await peer.next(), '<iq type="set" id="1"><x xmlns="urn:x"/></iq>');
});

onWire('get: a query namespace makes an empty query element', async ({ client, peer }) => {
  void client.iq
    .get({ id: '1', query: 'urn:q' })
    .send()
    .catch(() => {});
  assert.equal(await peer.next(), '<iq type="get" id="1"><query xmlns="urn:q"/></iq>');
});

onWire('query: a get with a query element of the namespace', async ({ client, peer }) => {
  void client.iq
    .query('urn:q', { id: '1', to: 'x' })
    .send()
    .catch(() => {});
  assert.equal(await peer.next(), '<iq type="get" id="1" to="x"><query xmlns="urn:q"/></iq>');
});

onWire('query: may be a set', async ({ client, peer }) => {
  void client.iq
    .query('urn:q', { id: '1', type: 'set' })
    .send()
    .catch(() => {});
  assert.equal(await peer.next(), '<iq type="set" id="1"><query xmlns="urn:q"/></iq>');
});

onWire('result: an IQ of type result with the id of its request', async ({ client, peer }) => {
  await client.iq.result({ id: 'r', to: 'bea@x/p' }).send();
  assert.equal(await peer.next(), '<iq type="result" id="r" to="bea@x/p"/>');
});

onWire('result: with content', async ({ client, peer }) => {
  await client.iq.result({ id: 'r', payload: Custom.create({ node: 'n' }) }).send();
  assert.equal(await peer.next(), '<iq type="result" id="r"><query xmlns="urn:c" node="n"/></iq>');
});

onWire('error: feature-not-implemented and cancel by default', async ({ client, peer }) => {
  await client.iq.error({ id: 'r', to: 'bea@x/p' }).send();
  assert.equal(await peer.next(), errorTo('feature-not-implemented'));
});

onWire('error: type, condition and text as given', async ({ client, peer }) => {
  await client.iq
    .error({ id: 'r', to: 'bea@x/p', type: 'wait', condition: 'resource-constraint', text: 'full' })
    .send();
  assert.equal(
    await peer.next(),
    errorTo('resource-constraint', 'wait', `<text xmlns="${STANZAS}">full</text>`),
  );
});

onWire("error: an application's own condition comes last", async ({ client, peer }) => {
  await client.iq
    .error({ id: 'r', to: 'bea@x/p', condition: 'conflict', application: xml('odd', { xmlns: 'urn:o' }) })
    .send();
  assert.equal(await peer.next(), errorTo('conflict', 'cancel', '<odd xmlns="urn:o"/>'));
});

onWire('make: every type by name', async ({ client, peer }) => {
  for (const type of ['result', 'error'] as const) {
    await client.iq.make({ type, id: '1' }).send();
    assert.equal(await peer.next(), `<iq type="${type}" id="1"/>`);
  }
});

onWire('an IQ without an id is given one that is new', async ({ client }) => {
  const ids = new Set(Array.from({ length: 100 }, () => client.iq.get().id));
  assert.equal(ids.size, 100);
  assert.ok(!ids.has(undefined));
});

onWire('from is written where it is given', async ({ client, peer }) => {
  await client.iq.result({ id: 'r', from: 'ann@localhost/desk' }).send();
  assert.equal(await peer.next(), '<iq type="result" id="r" from="ann@localhost/desk"/>');
});

onWire('text and attributes are escaped on the wire', async ({ client, peer }) => {
  await client.iq.result({ id: 'r', payload: Custom.create({ node: '"<\n', data: '&<>\u0000你好' }) }).send();
  assert.equal(
    await peer.next(),
    '<iq type="result" id="r"><query xmlns="urn:c" node="&quot;&lt;&#10;"><data>&amp;&lt;&gt;\u{fffd}你好</data></query></iq>',
  );
});

// How a request ends.

onWire('a result resolves with the IQ, its plugins typed', async ({ client, peer }) => {
  const asked = client.iq.get({ id: '1', to: 'bea@x/p' }).send();
  await peer.next();
  peer.send('<iq type="result" id="1" from="bea@x/p"><query xmlns="urn:c"><data>yes</data></query></iq>');
  const answer = await asked;
  assert.equal(answer.type, 'result');
  assert.equal(answer.sub(Custom).data, 'yes');
});

onWire('an error rejects with IqError: condition, type, text and the stanza', async ({ client, peer }) => {
  const asked = client.iq.get({ id: '1', to: 'bea@x/p' }).send();
  await peer.next();
  peer.send(
    `<iq type="error" id="1" from="bea@x/p"><error type="auth"><forbidden xmlns="${STANZAS}"/><text xmlns="${STANZAS}">no</text></error></iq>`,
  );
  await assert.rejects(asked, (error: unknown) => {
    assert.ok(error instanceof IqError);
    assert.deepEqual(
      [error.condition, error.type, error.text, error.code],
      ['forbidden', 'auth', 'no', 'xmpp-iq-error'],
    );
    assert.equal(Iq.wrap(error.stanza).error.condition, 'forbidden');
    return true;
  });
});

for (const condition of STANZA_ERROR_CONDITIONS) {
  onWire(`IqError has the condition ${condition}`, async ({ client, peer }) => {
    const asked = client.iq.get({ id: '1' }).send();
    await peer.next();
    peer.send(`<iq type="error" id="1"><error type="cancel"><${condition} xmlns="${STANZAS}"/></error></iq>`);
    await assert.rejects(asked, { condition });
  });
}

for (const type of STANZA_ERROR_TYPES) {
  onWire(`IqError has the type ${type}`, async ({ client, peer }) => {
    const asked = client.iq.get({ id: '1' }).send();
    await peer.next();
    peer.send(`<iq type="error" id="1"><error type="${type}"><gone xmlns="${STANZAS}"/></error></iq>`);
    await assert.rejects(asked, { type });
  });
}

onWire('an error without <error/> is undefined-condition', async ({ client, peer }) => {
  const asked = client.iq.get({ id: '1' }).send();
  await peer.next();
  peer.send('<iq type="error" id="1"/>');
  await assert.rejects(asked, { code: 'xmpp-iq-error', condition: 'undefined-condition', type: 'cancel' });
});

onWire('an error with a condition nobody knows is undefined-condition', async ({ client, peer }) => {
  const asked = client.iq.get({ id: '1' }).send();
  await peer.next();
  peer.send(`<iq type="error" id="1"><error type="cancel"><made-up xmlns="${STANZAS}"/></error></iq>`);
  await assert.rejects(asked, { condition: 'undefined-condition' });
});

onWire('no answer in time rejects with IqTimeout, which has the request', async ({ client, peer }) => {
  const asked = client.iq.get({ id: '1', to: 'bea@x/p' }).send({ timeoutMs: 1 });
  await assert.rejects(asked, (error: unknown) => {
    assert.ok(error instanceof IqTimeout);
    assert.deepEqual([error.timeoutMs, error.stanza.attr('id')], [1, '1']);
    return true;
  });
  await peer.next();
});

onWire('one line sets the timeout of all requests that name none', async ({ client }) => {
  client.iqTimeoutMs = 2;
  await assert.rejects(client.iq.get().send(), { code: 'xmpp-iq-timeout', timeoutMs: 2 });
});

onWire(
  'the timeout of all requests may be given with the client',
  async ({ client }) => {
    await assert.rejects(client.iq.get().send(), { code: 'xmpp-iq-timeout', timeoutMs: 3 });
  },
  { iqTimeoutMs: 3 },
);

onWire("a session's own timeout is the default", async ({ client }) => assert.equal(client.iqTimeoutMs, 7), {
  timeouts: { iqMs: 7 },
});

test('the timeout is 120 s where nobody sets one', async () => {
  await using wire = await createWire();
  assert.equal(wire.client.iqTimeoutMs, 120_000);
});

onWire('an answer after the timeout is nobody’s and harms nothing', async ({ client, peer }) => {
  const seen = client.collect('iq@type=result');
  await assert.rejects(client.iq.get({ id: '1' }).send({ timeoutMs: 1 }), { code: 'xmpp-iq-timeout' });
  await peer.next();
  peer.send('<iq type="result" id="1"/>');
  await peer.sync();
  assert.deepEqual(
    seen.stop().map(({ id }) => id),
    ['1'],
  );
});

onWire('a signal calls a request off', async ({ client }) => {
  const controller = new AbortController();
  const asked = client.iq.get().send({ signal: controller.signal });
  controller.abort(new Error('changed my mind'));
  await assert.rejects(asked, { code: 'xmpp-closed', cause: controller.signal.reason });
});

onWire('a lost connection rejects requests: whether they arrived is unknown', async ({ client, peer }) => {
  const asked = client.iq.get().send();
  await peer.next();
  peer.cut();
  await assert.rejects(asked, { code: 'xmpp-outcome-unknown' });
});

onWire('closing rejects requests', async ({ client, peer }) => {
  const asked = client.iq.get().send();
  const rejected = assert.rejects(asked, { code: 'xmpp-closed' });
  await peer.next();
  await client.close();
  await rejected;
});

onWire('a request after the end is not sent', async ({ client }) => {
  await client.close();
  await assert.rejects(client.iq.get().send(), { code: 'xmpp-not-connected' });
});

onWire('sending a result resolves without an answer', async ({ client, peer }) => {
  assert.equal(await client.iq.result({ id: 'r' }).send(), undefined);
  await peer.next();
  assert.equal(client.handlers, 0);
});

onWire('sending an error resolves without an answer', async ({ client, peer }) => {
  assert.equal(await client.iq.error({ id: 'r' }).send(), undefined);
  await peer.next();
});

onWire('requests under way do not wait for each other', async ({ client, peer }) => {
  const first = client.iq.get({ id: '1' }).send();
  const second = client.iq.get({ id: '2' }).send();
  await peer.next();
  await peer.next();
  peer.send('<iq type="result" id="2"/><iq type="result" id="1"/>');
  assert.equal((await second).id, '2');
  assert.equal((await first).id, '1');
});

onWire('a result without content is a result', async ({ client, peer }) => {
  const asked = client.iq.get({ id: '1' }).send();
  await peer.next();
  peer.send('<iq type="result" id="1"/>');
  const answer = await asked;
  assert.deepEqual(answer.payload, []);
  assert.equal(answer.findSub(Custom), undefined);
});

// Whose answers count.

for (const [from, why] of [
  ['bea@x/p', 'the peer asked'],
  ['bea@x', "the peer's bare address"],
  ['x', "the peer's server"],
  ['ann@localhost', 'the own account'],
  ['localhost', 'the own server'],
  ['', 'nobody named, which is the own server'],
] as const) {
  onWire(`an answer counts from ${why}`, async ({ client, peer }) => {
    const asked = client.iq.get({ id: '1', to: 'bea@x/p' }).send();
    await peer.next();
    peer.send(`<iq type="result" id="1"${from === '' ? '' : ` from="${from}"`}/>`);
    assert.equal((await asked).id, '1');
  });
}

for (const [from, why] of [
  ['bea@x/other', 'another resource of the peer'],
  ['eve@x', 'another account of its server'],
  ['x/p', 'a resource of its server'],
  ['eve.example', 'another server'],
  ['eve@localhost/desk', 'another account of the own server'],
  ['not an @ address', 'what is no address'],
] as const) {
  onWire(`an answer does not count from ${why}`, async ({ client, peer, logged }) => {
    const asked = client.iq.get({ id: '1', to: 'bea@x/p' }).send();
    await peer.next();
    peer.send(`<iq type="result" id="1" from="${from}"><forged xmlns="urn:f"/></iq>`);
    await peer.sync();
    assert.ok(logged.some(({ event }) => event === 'iq-answer-from-stranger'));
    peer.send('<iq type="result" id="1" from="bea@x/p"/>');
    assert.deepEqual((await asked).payload, []);
  });
}

onWire('an error of a stranger does not count either', async ({ client, peer }) => {
  const asked = client.iq.get({ id: '1', to: 'bea@x/p' }).send();
  await peer.next();
  peer.send('<iq type="error" id="1" from="eve@x"/><iq type="result" id="1" from="bea@x/p"/>');
  assert.equal((await asked).type, 'result');
});

onWire('an answer with another id does not count', async ({ client, peer }) => {
  const asked = client.iq.get({ id: '1' }).send();
  await peer.next();
  peer.send('<iq type="result" id="2"/><iq type="result" id="1"><right xmlns="urn:r"/></iq>');
  assert.equal((await asked).payload.length, 1);
});

onWire('a request to oneself is not taken for its answer', async ({ client, peer }) => {
  const asked = client.iq.get({ id: '1', to: 'ann@localhost/desk', query: 'urn:none' }).send();
  await peer.next();
  peer.send('<iq type="get" id="1" from="ann@localhost/desk"><query xmlns="urn:none"/></iq>');
  assert.match(await peer.next(), /^<iq type="error" id="1" to="ann@localhost\/desk">/);
  peer.send('<iq type="result" id="1" from="ann@localhost/desk"/>');
  assert.equal((await asked).type, 'result');
});

onWire('an answer counts once; its copy is nobody’s', async ({ client, peer }) => {
  const seen = client.collect(withId('1'));
  const asked = client.iq.get({ id: '1' }).send();
  await peer.next();
  peer.send('<iq type="result" id="1"/><iq type="error" id="1"/>');
  await asked;
  await peer.sync();
  assert.deepEqual(
    seen.stop().map((stanza) => stanza.attr('type')),
    ['error'],
  );
});

onWire(
  'the same id to the same peer twice is refused while the first is under way',
  async ({ client, peer }) => {
    const first = client.iq.get({ id: '1', to: 'bea@x/p' }).send();
    await assert.rejects(client.iq.get({ id: '1', to: 'bea@x/p' }).send(), { code: 'xmpp-id-in-use' });
    await peer.next();
    peer.send('<iq type="result" id="1" from="bea@x/p"/>');
    await first;
    const again = client.iq.get({ id: '1', to: 'bea@x/p' }).send();
    await peer.next();
    peer.send('<iq type="result" id="1" from="bea@x/p"/>');
    await again;
  },
);

onWire('the same id to two peers: each gets its own answer', async ({ client, peer }) => {
  const bea = client.iq.get({ id: '1', to: 'bea@x/p' }).send();
  const cay = client.iq.get({ id: '1', to: 'cay@y/q' }).send();
  await peer.next();
  await peer.next();
  peer.send('<iq type="result" id="1" from="cay@y/q"/><iq type="result" id="1" from="bea@x/p"/>');
  assert.equal((await bea).from?.toString(), 'bea@x/p');
  assert.equal((await cay).from?.toString(), 'cay@y/q');
});

onWire('idFrom: an answer by hand is taken from the peer only', async ({ client, peer }) => {
  const waiting = client.waitFor(idFrom('1', 'ann@localhost/desk', 'bea@x/p'));
  await client.send(xml('iq', { type: 'get', id: '1', to: 'bea@x/p' }));
  await peer.next();
  peer.send('<iq type="result" id="1" from="eve@x/p"/><iq type="result" id="1" from="bea@x/p"/>');
  assert.equal((await waiting).from?.toString(), 'bea@x/p');
});

// Requests of others.

onWire('a request that nobody handles: feature-not-implemented, cancel', async ({ peer }) => {
  peer.send(REQUEST);
  assert.equal(await peer.next(), errorTo('feature-not-implemented'));
});

onWire(
  'a request that nobody handles: another condition where it is set so',
  async ({ peer }) => {
    peer.send(REQUEST);
    assert.equal(await peer.next(), errorTo('service-unavailable'));
  },
  { unhandledIq: 'service-unavailable' },
);

onWire(
  'a request that nobody handles: the whole error where it is set so',
  async ({ peer }) => {
    peer.send(REQUEST);
    assert.equal(
      await peer.next(),
      errorTo('not-allowed', 'auth', `<text xmlns="${STANZAS}">not here</text>`),
    );
  },
  { unhandledIq: { condition: 'not-allowed', type: 'auth', text: 'not here' } },
);

onWire('a set that nobody handles is answered too', async ({ peer }) => {
  peer.send(REQUEST.replace('get', 'set'));
  assert.equal(await peer.next(), errorTo('feature-not-implemented'));
});

onWire('a request without content: bad-request', async ({ peer }) => {
  peer.send('<iq type="get" id="r" from="bea@x/p"/>');
  assert.equal(await peer.next(), errorTo('bad-request', 'modify'));
});

onWire('a result that nobody asked for is never answered', async ({ peer }) => {
  peer.send('<iq type="result" id="r" from="bea@x/p"/><iq type="error" id="s" from="bea@x/p"/>');
  await peer.sync();
});

onWire('a handler that returns a stanza answers with it', async ({ client, peer }) => {
  client.on('iq@type=get/conformance_custom', () => Custom.create({ data: 'yes' }));
  peer.send(REQUEST);
  assert.equal(
    await peer.next(),
    '<iq type="result" id="r" to="bea@x/p"><query xmlns="urn:c"><data>yes</data></query></iq>',
  );
});

onWire('a handler that returns an element answers with it', async ({ client, peer }) => {
  client.on('iq/conformance_custom', () => xml('x', { xmlns: 'urn:x' }));
  peer.send(REQUEST);
  assert.equal(await peer.next(), '<iq type="result" id="r" to="bea@x/p"><x xmlns="urn:x"/></iq>');
});

onWire('a handler that returns an IQ sends it as it is', async ({ client, peer }) => {
  client.on('iq/conformance_custom', (iq) => iq.replyError({ condition: 'conflict' }));
  peer.send(REQUEST);
  assert.equal(await peer.next(), errorTo('conflict'));
});

onWire('a handler may answer by reply and send', async ({ client, peer }) => {
  client.on('iq/conformance_custom', async (iq) => {
    await iq.reply().send();
  });
  peer.send(REQUEST);
  assert.equal(await peer.next(), '<iq type="result" id="r" to="bea@x/p"/>');
  await peer.sync();
});

onWire('a handler may answer by client.iq.result', async ({ client, peer }) => {
  client.on('iq/conformance_custom', async (iq) => {
    await client.iq.result({ id: iq.id ?? '', to: iq.from }).send();
  });
  peer.send(REQUEST);
  assert.equal(await peer.next(), '<iq type="result" id="r" to="bea@x/p"/>');
  await peer.sync();
});

onWire('a handler may take its time', async ({ client, peer }) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  client.on('iq/conformance_custom', async () => {
    await promise;
    return Custom.create();
  });
  peer.send(REQUEST);
  await peer.sync();
  resolve();
  assert.equal(await peer.next(), '<iq type="result" id="r" to="bea@x/p"><query xmlns="urn:c"/></iq>');
});

onWire('a handler that throws a stanza error answers with it', async ({ client, peer }) => {
  client.on('iq/conformance_custom', () => {
    throw new StanzaErrorReply('item-not-found', 'modify', 'no such thing');
  });
  peer.send(REQUEST);
  assert.equal(
    await peer.next(),
    errorTo('item-not-found', 'modify', `<text xmlns="${STANZAS}">no such thing</text>`),
  );
});

onWire('a stanza error may carry an application condition', async ({ client, peer }) => {
  client.on('iq/conformance_custom', () => {
    throw new StanzaErrorReply('not-acceptable', 'modify', '', xml('odd', { xmlns: 'urn:o' }));
  });
  peer.send(REQUEST);
  assert.equal(await peer.next(), errorTo('not-acceptable', 'modify', '<odd xmlns="urn:o"/>'));
});

onWire('a handler that rejects later answers likewise', async ({ client, peer }) => {
  client.on('iq/conformance_custom', async () => {
    await Promise.resolve();
    throw new StanzaErrorReply('gone');
  });
  peer.send(REQUEST);
  assert.equal(await peer.next(), errorTo('gone'));
});

onWire('a handler whose own request timed out: remote-server-timeout, wait', async ({ client, peer }) => {
  client.on('iq/conformance_custom', async () => {
    await client.iq.get({ id: 'own', to: 'far.example' }).send({ timeoutMs: 1 });
  });
  peer.send(REQUEST);
  assert.equal(await peer.next(), '<iq type="get" id="own" to="far.example"/>');
  assert.equal(await peer.next(), errorTo('remote-server-timeout', 'wait'));
});

onWire('a handler that lets an IqError through tells nothing of it', async ({ client, peer }) => {
  client.on('iq/conformance_custom', async () => {
    await client.iq.get({ id: 'own', to: 'far.example' }).send();
  });
  peer.send(REQUEST);
  await peer.next();
  peer.send(
    `<iq type="error" id="own" from="far.example"><error type="auth"><forbidden xmlns="${STANZAS}"/></error></iq>`,
  );
  assert.equal(await peer.next(), errorTo('undefined-condition'));
});

onWire(
  'a handler that throws anything else: undefined-condition, and the stream lives',
  async ({ client, peer, logged }) => {
    client.on('iq/conformance_custom', () => {
      throw new TypeError('secret detail');
    });
    peer.send(REQUEST);
    assert.equal(await peer.next(), errorTo('undefined-condition'));
    await peer.sync();
    assert.ok(logged.some(({ event }) => event === 'handler-failed'));
  },
);

onWire('a handler that does nothing leaves the request unhandled', async ({ client, peer }) => {
  client.on('iq/conformance_custom', () => {});
  peer.send(REQUEST);
  assert.equal(await peer.next(), errorTo('feature-not-implemented'));
});

onWire('of two handlers that answer the first counts', async ({ client, peer }) => {
  client.on('iq/conformance_custom', () => Custom.create({ data: '1' }));
  client.on('iq/conformance_custom', async (iq) => {
    await iq.reply(Custom.create({ data: '2' })).send();
  });
  peer.send(REQUEST);
  assert.match(await peer.next(), /<data>[12]<\/data>/);
  await peer.sync();
});

onWire(
  'a request answered twice: the second answer is not sent, and told',
  async ({ client, peer, logged }) => {
    client.on('iq/conformance_custom', async (iq) => {
      await iq.reply().send();
      await iq.replyError({ condition: 'conflict' }).send();
    });
    peer.send(REQUEST);
    assert.equal(await peer.next(), '<iq type="result" id="r" to="bea@x/p"/>');
    await peer.sync();
    assert.ok(logged.some(({ event }) => event === 'iq-answered-twice'));
  },
);

onWire('two requests with one id are two requests', async ({ client, peer }) => {
  client.on('iq/conformance_custom', () => Custom.create());
  peer.send(REQUEST + REQUEST);
  const answer = '<iq type="result" id="r" to="bea@x/p"><query xmlns="urn:c"/></iq>';
  assert.deepEqual([await peer.next(), await peer.next()], [answer, answer]);
});

onWire('an observer beside a handler does not change the answer', async ({ client, peer }) => {
  const seen: string[] = [];
  client.on('iq', (iq) => void seen.push(iq.id ?? ''));
  client.on('iq/conformance_custom', () => Custom.create());
  peer.send(REQUEST);
  assert.match(await peer.next(), /result/);
  assert.deepEqual(seen, ['r']);
});

onWire('disco#info and ping are answered beside handlers', async ({ client, peer }) => {
  client.on('iq', () => {});
  peer.send('<iq type="get" id="d"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>');
  assert.match(await peer.next(), /<feature var="urn:xmpp:ping"\/>/);
});

onWire('a handler comes before what the session answers by itself', async ({ client, peer }) => {
  client.on(stanzaPath('iq@type=get'), () => xml('mine', { xmlns: 'urn:m' }));
  peer.send('<iq type="get" id="p"><ping xmlns="urn:xmpp:ping"/></iq>');
  assert.equal(await peer.next(), '<iq type="result" id="p"><mine xmlns="urn:m"/></iq>');
});

// Values that no IQ has.

onWire('an unknown type is a typed error', async ({ client }) => {
  assert.throws(() => client.iq.make({ type: 'got' as 'get' }), { code: 'xmpp-value-invalid' });
  const iq = client.iq.get();
  assert.throws(() => (iq.type = 'got' as 'get'), { code: 'xmpp-value-invalid' });
});

onWire('an unknown condition is a typed error', async ({ client }) => {
  const condition = 'made-up' as StanzaErrorCondition;
  assert.throws(() => client.iq.error({ id: 'r', condition }), { code: 'xmpp-value-invalid' });
  assert.throws(() => Iq.create().replyError({ condition }), { code: 'xmpp-value-invalid' });
  assert.throws(() => (Iq.create().error.condition = condition), { code: 'xmpp-value-invalid' });
});

onWire('an unknown error type is a typed error', async ({ client }) => {
  const type = 'sometimes' as StanzaErrorType;
  assert.throws(() => client.iq.error({ id: 'r', type }), { code: 'xmpp-value-invalid' });
  assert.throws(() => (Iq.create().error.type = type), { code: 'xmpp-value-invalid' });
});

onWire('an address that is none is a typed error', async ({ client }) => {
  assert.throws(() => client.iq.get({ to: '@' }), { code: 'xmpp-jid-malformed' });
});

onWire('an IQ without a type is not sent', async ({ client }) => {
  const iq = client.iq.get();
  iq.type = undefined;
  await assert.rejects(iq.send(), { code: 'xmpp-value-invalid' });
});

test('an IQ made without a client says so when it is sent', async () => {
  await assert.rejects(Iq.create({ type: 'get' }).send(), { code: 'xmpp-not-connected' });
});

// The parts of an IQ.

test('reply goes to the sender, keeps the id and leaves the content behind', () => {
  const iq = Iq.create({ type: 'get', id: 'r', query: 'urn:q' });
  iq.from = 'bea@x/p';
  iq.to = 'ann@localhost/desk';
  assert.equal(iq.reply().toString(), '<iq type="result" id="r" to="bea@x/p"/>');
});

test('reply may keep the content', () => {
  const iq = Iq.create({ type: 'get', id: 'r', query: 'urn:q' });
  const reply = iq.reply(undefined, { clear: false });
  assert.equal(reply.toString(), '<iq type="result" id="r"><query xmlns="urn:q"/></iq>');
  assert.equal(iq.toString(), '<iq type="get" id="r"><query xmlns="urn:q"/></iq>');
});

test('reply goes back even to a sender whose address is malformed', () => {
  const iq = Iq.create({ type: 'get', id: 'r' });
  iq.setAttr('from', '@@');
  assert.equal(iq.from, undefined);
  assert.equal(iq.reply().attr('to'), '@@');
});

test('error: made on access, with its defaults, and makes the IQ an error', () => {
  const iq = Iq.create({ type: 'result', id: 'r' });
  iq.error.text = 'no';
  assert.equal(
    iq.toString(),
    `<iq type="error" id="r"><error type="cancel"><feature-not-implemented xmlns="${STANZAS}"/><text xmlns="${STANZAS}">no</text></error></iq>`,
  );
});

test('error: looking for one makes none', () => {
  const iq = Iq.create({ type: 'result' });
  assert.equal(iq.findSub(StanzaErrorPart), undefined);
  assert.equal(iq.toString(), '<iq type="result"/>');
});

test('error: a new condition takes the place of the old', () => {
  const iq = Iq.create();
  iq.error.condition = 'gone';
  iq.error.condition = 'conflict';
  assert.equal(
    iq.toString(),
    `<iq type="error"><error type="cancel"><conflict xmlns="${STANZAS}"/></error></iq>`,
  );
});

test('error: gone and redirect are conditions with an address', () => {
  const iq = Iq.create();
  iq.error.gone = 'xmpp:new@x';
  assert.equal(iq.error.condition, 'gone');
  iq.error.redirect = 'xmpp:other@x';
  assert.deepEqual(
    [iq.error.condition, iq.error.gone, iq.error.redirect],
    ['redirect', undefined, 'xmpp:other@x'],
  );
  iq.error.redirect = undefined;
  assert.equal(iq.error.condition, undefined);
});

test('error: assigning undefined removes it', () => {
  const iq = Iq.create({ type: 'error' });
  iq.error.text = 'x';
  (iq as { error: unknown }).error = undefined;
  assert.equal(iq.toString(), '<iq type="error"/>');
});

test('query: the namespace of the query element, whichever it is', () => {
  const iq = Iq.create();
  assert.equal(iq.query, undefined);
  iq.query = 'urn:a';
  assert.equal(iq.query, 'urn:a');
  iq.query = 'urn:b';
  assert.equal(iq.toString(), '<iq><query xmlns="urn:b"/></iq>');
  iq.query = undefined;
  assert.equal(iq.toString(), '<iq/>');
});

test('query: the namespace of a registered plugin enables the plugin', () => {
  const iq = Iq.create();
  iq.query = 'urn:c';
  assert.ok(iq.findSub(Custom) !== undefined);
});

test('payload: the child elements; writing replaces them', () => {
  const iq = Iq.create({ query: 'urn:q' });
  iq.payload = [xml('a', { xmlns: 'urn:a' }), xml('b', { xmlns: 'urn:b' })];
  assert.equal(iq.toString(), '<iq><a xmlns="urn:a"/><b xmlns="urn:b"/></iq>');
  assert.deepEqual(
    iq.payload.map(({ name }) => name),
    ['a', 'b'],
  );
});

// Nothing stays behind.

onWire('after results, errors, timeouts and aborts nothing is kept', async ({ client, peer }) => {
  const done = client.iq.get({ id: '1' }).send();
  const failed = assert.rejects(client.iq.get({ id: '2' }).send());
  await peer.next();
  await peer.next();
  peer.send('<iq type="result" id="1"/><iq type="error" id="2"/>');
  await done;
  await failed;
  await assert.rejects(client.iq.get().send({ timeoutMs: 1 }));
  await assert.rejects(client.iq.get().send({ signal: AbortSignal.abort() }));
  assert.equal(client.handlers, 0);
});

onWire('every step is logged', async ({ client, peer, logged }) => {
  const asked = client.iq.get({ id: '1' }).send();
  await peer.next();
  peer.send('<iq type="result" id="1"/>');
  await asked;
  await assert.rejects(client.iq.get({ id: '2' }).send({ timeoutMs: 1 }));
  client.on('iq/conformance_custom', () => Custom.create());
  await peer.next();
  peer.send(REQUEST);
  await peer.next();
  const events = logged.map(({ event }) => event);
  for (const event of ['iq-request', 'iq-result', 'iq-failed', 'handler', 'iq-answer']) {
    assert.ok(events.includes(event), event);
  }
  assert.ok(!JSON.stringify(logged).includes('pw'));
});
