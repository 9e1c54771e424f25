import assert from 'node:assert/strict';
import test from 'node:test';
import { createFakeToolkit } from '../../../../test/fakes/xmpp-stream.ts';
import { Iq } from '../stanza/iq.ts';
import { Message, Presence } from '../stanza/message.ts';
import { ALL_PLUGINS } from './all.ts';

test('every plugin can be switched on, and leaves nothing behind when it is switched off', () => {
  const client = createFakeToolkit();
  const state = () => ({
    handlers: client.handlers,
    features: client.features.toInfo().features,
    stanzas: [Iq, Message, Presence].map(({ registry }) => [...registry.byName.keys()]),
  });
  const before = state();
  for (let round = 0; round < 2; round++) {
    for (const plugin of ALL_PLUGINS) client.plugins.enable(plugin);
    assert.equal(client.plugins.enabled.length, ALL_PLUGINS.length);
    for (const plugin of ALL_PLUGINS) client.plugins.disable(plugin);
    assert.deepEqual(state(), before);
  }
});

test('every plugin stands by itself with what it depends on', () => {
  for (const plugin of ALL_PLUGINS) {
    const client = createFakeToolkit();
    const before = client.handlers;
    client.plugins.enable(plugin);
    for (const name of client.plugins.enabled.toReversed()) client.plugins.disable(name);
    assert.equal(client.handlers, before, plugin.name);
  }
});
