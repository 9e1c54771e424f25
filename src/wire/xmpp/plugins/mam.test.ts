import assert from 'node:assert/strict';
import test from 'node:test';
import { createFakeToolkit } from '../../../../test/fakes/xmpp-stream.ts';
import { parseJid } from '../jid.ts';
import { MAM_NS } from '../mam.ts';
import { Mam } from './mam.ts';

const result = (
  queryId: string,
  id: string,
  from: string,
) => `<message from='${from}'><result xmlns='${MAM_NS}' queryid='${queryId}' id='${id}'>
  <forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='room@c.example/ann'><body>${id}</body></message></forwarded></result></message>`;

/** An archive that gives two messages a page, and as many forged ones. */
function createArchive(own: string, all: readonly string[]) {
  const client = createFakeToolkit();
  const requests: string[] = [];
  const { stream } = client;
  stream.answer = (request, wire) => {
    const query = request.child('query', MAM_NS);
    requests.push(wire);
    const queryId = query?.attr('queryid') ?? '';
    const after = query?.child('set', 'http://jabber.org/protocol/rsm')?.childText('after');
    const start = after === undefined ? 0 : all.indexOf(after) + 1;
    const page = all.slice(start, start + 2);
    for (const id of page) {
      void stream.receive(result(queryId, `forged-${id}`, 'eve@example.org'));
      void stream.receive(result('another', `stray-${id}`, own));
      void stream.receive(result(queryId, id, own));
    }
    const complete = start + 2 >= all.length;
    return `<fin xmlns='${MAM_NS}' complete='${complete}'><set xmlns='http://jabber.org/protocol/rsm'><last>${page.at(-1) ?? ''}</last></set></fin>`;
  };
  return { client, mam: client.plugins.enable(Mam), requests };
}

test('an archive is read to its end, without what others put in between', async () => {
  const { mam, requests } = createArchive('room@c.example', ['a', 'b', 'c']);
  const read = await Array.fromAsync(mam.read({ archive: 'room@c.example', pageSize: 2 }));
  assert.deepEqual(
    read.map(({ id, message }) => [id, message.childText('body')]),
    [
      ['a', 'a'],
      ['b', 'b'],
      ['c', 'c'],
    ],
  );
  assert.equal(requests.length, 2);
});

test('the own archive is read by peer and time', async () => {
  const { mam, requests } = createArchive('ann@example.org', ['a']);
  const query = { with: 'bea@example.org', startMs: 0, endMs: 1000, after: 'z', before: 'q' };
  assert.equal((await mam.page(query)).items.length, 1);
  const sent = requests[0] ?? '';
  for (const part of [
    /<field var="with"><value>bea@example.org<\/value>/,
    /<field var="start"><value>1970-01-01T00:00:00.000Z</,
    /<field var="end"><value>1970-01-01T00:00:01.000Z</,
    /<max>50<\/max><after>z<\/after><before>q<\/before>/,
  ]) {
    assert.match(sent, part);
  }
});

test('what the archive keeps is read and set', async () => {
  const client = createFakeToolkit();
  const mam = client.plugins.enable(Mam);
  client.stream.answer = () =>
    `<prefs xmlns='${MAM_NS}' default='roster'><always><jid>bea@example.org</jid><jid>@@</jid></always></prefs>`;
  const prefs = await mam.preferences();
  assert.deepEqual(
    [prefs.default, prefs.always.map(String), prefs.never],
    ['roster', ['bea@example.org'], []],
  );
  await mam.setPreferences({ default: 'always', never: [parseJid('eve@example.org')] });
  assert.match(
    client.stream.sent.at(-1) ?? '',
    new RegExp(
      `<prefs xmlns="${MAM_NS}" default="always"><always/><never><jid>eve@example.org</jid></never></prefs>`,
    ),
  );
  client.stream.answer = () =>
    `<metadata xmlns='${MAM_NS}'><start id='a' timestamp='2026-01-01T00:00:00Z'/><end id='z' timestamp='odd'/></metadata>`;
  const { start, end } = await mam.metadata('room@c.example');
  assert.deepEqual(
    [start.id, start.timestamp?.getTime(), end.timestamp],
    ['a', Date.UTC(2026, 0, 1), undefined],
  );
});
