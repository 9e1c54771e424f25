// Handlers, waiters and collectors: which run, in which order, and when they go.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createMatcher, id, Message, stanzaPath, xpath } from '../public.ts';
import { createWire, type Wire } from './wire.ts';

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

const message = (body: string) => `<message from="bea@x/p" type="chat"><body>${body}</body></message>`;

onWire('a handler gets every stanza that matches', async ({ client, peer }) => {
  const seen: (string | undefined)[] = [];
  client.on('message/body', (stanza) => void seen.push(stanza.body));
  peer.send(message('1') + '<presence/>' + message('2'));
  await peer.sync();
  assert.deepEqual(seen, ['1', '2']);
});

onWire('all handlers that match run, in the order of registration', async ({ client, peer }) => {
  const seen: string[] = [];
  client.on(xpath('message'), () => void seen.push('a'));
  client.on('message', () => void seen.push('b'));
  client.on('message@type=chat/body', () => void seen.push('c'));
  peer.send(message('1'));
  await peer.sync();
  assert.deepEqual(seen, ['a', 'b', 'c']);
});

onWire('all handlers of a stanza get the same object', async ({ client, peer }) => {
  const seen = new Set<unknown>();
  client.on('message', (stanza) => void seen.add(stanza));
  client.on('message', (stanza) => void seen.add(stanza));
  peer.send(message('1'));
  await peer.sync();
  assert.equal(seen.size, 1);
});

onWire('a handler for one stanza gets one', async ({ client, peer }) => {
  const seen: unknown[] = [];
  client.once('message', (stanza) => void seen.push(stanza));
  peer.send(message('1') + message('2'));
  await peer.sync();
  assert.equal(seen.length, 1);
  assert.equal(client.handlers, 0);
});

onWire('a handler for one stanza may register itself again', async ({ client, peer }) => {
  const seen: (string | undefined)[] = [];
  const again = (): void =>
    void client.once('message', (stanza) => {
      seen.push(stanza.body);
      again();
    });
  again();
  peer.send(message('1') + message('2'));
  await peer.sync();
  assert.deepEqual(seen, ['1', '2']);
  assert.equal(client.handlers, 1);
});

onWire('a handler that is taken away gets nothing more', async ({ client, peer }) => {
  const seen: unknown[] = [];
  const remove = client.on('message', () => {
    seen.push(1);
    remove();
  });
  peer.send(message('1') + message('2'));
  await peer.sync();
  assert.equal(seen.length, 1);
});

onWire('a handler may take away another that comes after it', async ({ client, peer }) => {
  const seen: string[] = [];
  client.on('message', () => {
    seen.push('first');
    remove();
  });
  const remove = client.on('message', () => void seen.push('second'));
  peer.send(message('1'));
  await peer.sync();
  assert.deepEqual(seen, ['first']);
});

onWire('a handler registered by a handler gets later stanzas, not this one', async ({ client, peer }) => {
  const seen: (string | undefined)[] = [];
  client.once('message', () => {
    client.on('message', (stanza) => void seen.push(stanza.body));
  });
  peer.send(message('1') + message('2'));
  await peer.sync();
  assert.deepEqual(seen, ['2']);
});

onWire('a signal takes a handler away', async ({ client, peer }) => {
  const controller = new AbortController();
  const seen: unknown[] = [];
  client.on('message', () => void seen.push(1), { signal: controller.signal });
  client.on('message', () => void seen.push(1), { signal: AbortSignal.abort() });
  controller.abort();
  assert.equal(client.handlers, 0);
  peer.send(message('1'));
  await peer.sync();
  assert.deepEqual(seen, []);
});

onWire('a slow handler holds up neither others nor later stanzas', async ({ client, peer }) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const seen: (string | undefined)[] = [];
  client.on('message', () => promise);
  client.on('message', (stanza) => void seen.push(stanza.body));
  peer.send(message('1') + message('2'));
  await peer.sync();
  assert.deepEqual(seen, ['1', '2']);
  resolve();
});

onWire('a handler may wait for a later stanza', async ({ client, peer }) => {
  const seen: (string | undefined)[] = [];
  client.once("message@id='a'", async () => {
    seen.push((await client.waitFor(stanzaPath("message@id='b'"))).body);
  });
  peer.send(message('1').replace('<message', '<message id="a"'));
  await peer.sync();
  peer.send(message('2').replace('<message', '<message id="b"'));
  await peer.sync();
  assert.deepEqual(seen, ['2']);
});

onWire(
  'a handler that throws costs neither the stream nor the other handlers',
  async ({ client, peer, logged }) => {
    const seen: unknown[] = [];
    client.on('message', () => {
      throw new Error('at once');
    });
    client.on('message', () => Promise.reject(new Error('later')));
    client.on('message', () => void seen.push(1));
    peer.send(message('1'));
    await peer.sync();
    assert.equal(seen.length, 1);
    assert.equal(logged.filter(({ event }) => event === 'handler-failed').length, 2);
  },
);

onWire('a message whose handler throws is not answered with an error', async ({ client, peer }) => {
  client.on('message', () => {
    throw new Error('no');
  });
  peer.send(message('1'));
  await peer.sync();
});

onWire('a matcher that throws matches nothing and costs nothing', async ({ client, peer, logged }) => {
  const seen: unknown[] = [];
  const broken = createMatcher('broken', () => {
    throw new Error('no');
  });
  client.on(broken, () => void seen.push('broken'));
  client.on('message', () => void seen.push('good'));
  peer.send(message('1'));
  await peer.sync();
  assert.deepEqual(seen, ['good']);
  assert.ok(logged.some(({ event }) => event === 'matcher-failed'));
});

onWire('a stanza that matches nothing is told and harms nothing', async ({ peer, logged }) => {
  peer.send('<message id="odd"><odd xmlns="urn:odd"/></message>');
  await peer.sync();
  assert.ok(logged.some(({ event, fields }) => event === 'unmatched' && fields['id'] === 'odd'));
});

onWire('a handler’s name is in the log', async ({ client, peer, logged }) => {
  client.on('message', () => {}, { name: 'my handler' });
  peer.send(message('1'));
  await peer.sync();
  assert.ok(logged.some(({ fields }) => fields['handler'] === 'my handler'));
});

onWire('a handler may answer a message', async ({ client, peer }) => {
  client.on('message', async (stanza) => {
    await stanza.reply('yes').send();
  });
  peer.send(message('1'));
  assert.equal(await peer.next(), '<message type="chat" to="bea@x/p"><body>yes</body></message>');
});

onWire('handlers outlive a connection', async ({ client, peer, connectAgain }) => {
  const seen: unknown[] = [];
  client.on('message', () => void seen.push(1));
  peer.cut();
  await client.ended;
  const again = await connectAgain();
  again.send(message('1'));
  await again.sync();
  assert.equal(seen.length, 1);
});

onWire(
  'with more handlers at work than allowed the stream waits',
  async ({ client, peer }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const started: unknown[] = [];
    client.on('message', (stanza) => {
      started.push(stanza);
      return promise;
    });
    peer.send(message('x').repeat(10));
    await peer.sync();
    assert.equal(started.length, 3);
    const last = client.waitFor("message@id='last'");
    peer.send(message('x').replace('<message', '<message id="last"'));
    resolve();
    await last;
    assert.equal(started.length, 11);
  },
  { runningHandlers: 3 },
);

// Waiters.

onWire('a waiter resolves with the first stanza that matches, and is gone', async ({ client, peer }) => {
  const waiting = client.waitFor('message/body');
  peer.send('<presence/>' + message('1') + message('2'));
  assert.equal((await waiting).body, '1');
  assert.equal(client.handlers, 0);
});

onWire('a waiter by matcher', async ({ client, peer }) => {
  const waiting = client.waitFor(id('x'));
  peer.send('<presence id="x"/>');
  assert.equal((await waiting).attr('id'), 'x');
});

onWire('a waiter that waits in vain rejects in time, and is gone', async ({ client }) => {
  await assert.rejects(client.waitFor('message', { timeoutMs: 1 }), { code: 'xmpp-timeout' });
  assert.equal(client.handlers, 0);
});

onWire('a waiter uses the timeout of all requests', async ({ client }) => {
  client.iqTimeoutMs = 1;
  await assert.rejects(client.waitFor('message'), { code: 'xmpp-timeout' });
});

onWire('a waiter can be called off, and is gone', async ({ client }) => {
  const controller = new AbortController();
  const waiting = client.waitFor('message', { signal: controller.signal });
  controller.abort();
  await assert.rejects(waiting, { code: 'xmpp-closed' });
  await assert.rejects(client.waitFor('message', { signal: controller.signal }), { code: 'xmpp-closed' });
  assert.equal(client.handlers, 0);
});

onWire('a lost connection rejects waiters, and they are gone', async ({ client, peer }) => {
  const waiting = client.waitFor('message');
  peer.cut();
  await assert.rejects(waiting, { code: 'xmpp-connection-lost' });
  assert.equal(client.handlers, 0);
});

onWire('closing rejects waiters', async ({ client }) => {
  const rejected = assert.rejects(client.waitFor('message'), { code: 'xmpp-closed' });
  await client.close();
  await rejected;
});

onWire('a request that a waiter took is answered by who waited', async ({ client, peer }) => {
  const waiting = client.waitFor('iq@type=get');
  peer.send('<iq type="get" id="r" from="bea@x/p"><q xmlns="urn:none"/></iq>');
  await (await waiting).reply().send();
  assert.equal(await peer.next(), '<iq type="result" id="r" to="bea@x/p"/>');
});

onWire('two waiters for the same stanza both get it', async ({ client, peer }) => {
  const waiting = [client.waitFor('message'), client.waitFor('message')];
  peer.send(message('1'));
  const [one, other] = await Promise.all(waiting);
  assert.equal(one, other);
});

// Collectors.

onWire('a collector gathers what matches until it is stopped', async ({ client, peer }) => {
  const collector = client.collect('message/body');
  peer.send(message('1') + '<presence/>' + message('2'));
  await peer.sync();
  assert.deepEqual(
    collector.stop().map(({ body }) => body),
    ['1', '2'],
  );
  peer.send(message('3'));
  await peer.sync();
  assert.equal(collector.stanzas.length, 2);
  assert.equal(client.handlers, 0);
});

onWire('a collector ends with its scope', async ({ client }) => {
  {
    using collector = client.collect('message');
    assert.equal(collector.stanzas.length, 0);
    assert.equal(client.handlers, 1);
  }
  assert.equal(client.handlers, 0);
});

onWire('a collector ends at its limit', async ({ client, peer }) => {
  const collector = client.collect('message', { limitStanzas: 2 });
  peer.send(message('x').repeat(5));
  await peer.sync();
  assert.equal(collector.stanzas.length, 2);
  assert.equal(client.handlers, 0);
});

onWire('a collector ends with the session and keeps what it has', async ({ client, peer }) => {
  const collector = client.collect('message');
  peer.send(message('1'));
  await peer.sync();
  peer.cut();
  await client.ended;
  assert.equal(client.handlers, 0);
  assert.equal(collector.stop().length, 1);
});

// Sending.

onWire('messages and presences know who sends them', async ({ client, peer }) => {
  await client.message({ type: 'chat', body: '你好' }, 'bea@x').send();
  await client.presence({ show: 'away' }).send();
  assert.equal(await peer.next(), '<message type="chat" to="bea@x"><body>你好</body></message>');
  assert.equal(await peer.next(), '<presence><show>away</show></presence>');
});

onWire('send takes any stanza and any element', async ({ client, peer }) => {
  await client.send(Message.create({ body: 'x' }));
  await client.send(client.iq.get({ id: '1', query: 'urn:q' }));
  await client.send(client.iq.result({ id: '2' }));
  assert.equal(await peer.next(), '<message><body>x</body></message>');
  assert.equal(await peer.next(), '<iq type="get" id="1"><query xmlns="urn:q"/></iq>');
  assert.equal(await peer.next(), '<iq type="result" id="2"/>');
  assert.equal(client.handlers, 0);
});
