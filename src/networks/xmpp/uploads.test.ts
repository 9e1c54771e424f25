import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import test from 'node:test';
import { samples } from '../../../test/fakes/media-samples.ts';
import { createMediaStore } from '../../../test/fakes/media-store.ts';
import { FakePort } from '../../../test/fakes/port.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { toMediaSegment } from '../../hub/media.ts';
import type { MediaSegment } from '../../hub/message.ts';
import { xml, type XmlElement } from '../../wire/xmpp/element.ts';
import type { Connection } from './connection.ts';
import { Uploads } from './uploads.ts';

const UPLOAD_NS = 'urn:xmpp:http:upload:0';

function field(name: string, value: string): XmlElement {
  return xml('field', { var: name }, xml('value', {}, value));
}

/** A server that is its own place for files, a kept picture, and how often was what. */
async function scene() {
  const stack = new AsyncDisposableStack();
  const state = { status: 201, silent: false, limitBytes: 1000, received: [] as Buffer[], now: 0 };
  const http = createServer((request, response) => {
    void Array.fromAsync(request as AsyncIterable<Buffer>).then((pieces) => {
      if (state.status < 300) state.received.push(Buffer.concat(pieces));
      response.writeHead(state.status).end();
    });
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
  stack.defer(() => {
    http.closeAllConnections();
    http.close();
  });
  const base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  let slots = 0;
  const answer = (request: XmlElement): XmlElement => {
    if (state.silent) throw new Error('no answer in time');
    if (request.elements()[0]?.ns === UPLOAD_NS) {
      slots += 1;
      const put = xml('put', { url: `${base}/put/${slots}` });
      return xml('slot', { xmlns: UPLOAD_NS }, put, xml('get', { url: `${base}/get/${slots}` }));
    }
    const fields = [field('FORM_TYPE', UPLOAD_NS), field('max-file-size', String(state.limitBytes))];
    const form = xml('x', { xmlns: 'jabber:x:data', type: 'result' }, ...fields);
    const info = 'http://jabber.org/protocol/disco#info';
    return xml('query', { xmlns: info }, xml('feature', { var: UPLOAD_NS }), form);
  };
  const media = stack.use(await createMediaStore());
  const port = new FakePort();
  port.media = media.store;
  const stored = await media.store.save(Readable.from([samples.png]), { name: 'a.png' });
  const file: MediaSegment = { ...toMediaSegment(stored), url: media.store.resolve(stored.url) };
  /** Each is a run of the account. */
  const connect = (): Connection => ({
    port,
    stream: {
      iq: async (request: XmlElement) => xml('iq', { type: 'result' }, answer(request)),
    } as Connection['stream'],
    domain: 'example.org',
    signal: new AbortController().signal,
    serverTime: { offset: async () => ({ offsetMs: 0, marginMs: 0 }) },
    fail() {},
  });
  const uploads = new Uploads({
    clock: { ...createSystemClock(), now: () => state.now },
    caFile: undefined,
  });
  const warned = () => port.logged.filter(({ level }) => level === 'warn').length;
  return {
    state,
    base,
    file,
    uploads,
    connect,
    warned,
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

test('a file that is said twice at once, or soon again, is uploaded once', async () => {
  await using it = await scene();
  const { uploads, file, base, state } = it;
  const connection = it.connect();
  const links = await Promise.all([uploads.link(file, connection), uploads.link(file, connection)]);
  assert.deepEqual(links, [`${base}/get/1`, `${base}/get/1`]);
  assert.equal(await uploads.link(file, it.connect()), `${base}/get/1`);
  assert.deepEqual(state.received, [samples.png]);
  state.now = 2 * 60 * 60_000;
  assert.equal(await uploads.link(file, connection), `${base}/get/2`);
});

test('what the server does not take goes by the hub’s own link, and is tried again the next time', async () => {
  await using it = await scene();
  const { uploads, file, base, state } = it;
  const connection = it.connect();
  state.silent = true;
  assert.equal(await uploads.link(file, connection), file.url);
  state.silent = false;
  state.status = 507;
  assert.equal(await uploads.link(file, connection), file.url);
  assert.equal(it.warned(), 2);
  state.status = 201;
  assert.equal(await uploads.link(file, connection), `${base}/get/2`);
});

test('a file that is too large is not offered, and one that is not kept is nothing to upload', async () => {
  await using it = await scene();
  const { uploads, file, state } = it;
  state.limitBytes = 10;
  const connection = it.connect();
  assert.equal(await uploads.link(file, connection), file.url);
  const foreign: MediaSegment = { type: 'image', url: 'https://elsewhere.example/a.png' };
  assert.equal(uploads.concerns(foreign, connection), false);
  assert.equal(await uploads.link(foreign, connection), foreign.url);
  const gone: MediaSegment = { type: 'image', url: `media:${'0'.repeat(40)}/a.png` };
  assert.equal(await uploads.link(gone, connection), gone.url);
  assert.deepEqual([state.received, it.warned()], [[], 0]);
});
