// The REST face by real HTTP: what it is, who may, what it answers.
import assert from 'node:assert/strict';
import test from 'node:test';
import { openRest } from '../../../test/fakes/rest.ts';

test('the hub and its accounts are told to whoever may read', async () => {
  await using world = await openRest();
  const reader = await world.token('reader', ['read']);
  const hub = await world.ask(reader, 'GET', '/v1');
  assert.equal(hub.status, 200, JSON.stringify(hub.body));
  assert.deepEqual(hub.body, { id: world.hub.id, version: '1.2.3', head: `${world.hub.id}-0` });
  const { accounts } = (await world.ask(reader, 'GET', '/v1/accounts')).body;
  assert.equal(accounts[0].phase, 'online');
  console.log(JSON.stringify(accounts[0]));
  const doc = await (await fetch(`${world.url}/openapi.json`)).text();
  console.log(doc.length, doc.slice(0, 600));
  const docs = await fetch(`${world.url}/docs/`);
  console.log(docs.status, (await docs.text()).slice(0, 900));
  const js = await fetch(`${world.url}/docs/js/scalar.js`);
  console.log(js.status, (await js.text()).length);
});
