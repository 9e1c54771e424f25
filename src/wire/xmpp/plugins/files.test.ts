import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { createFakeToolkit } from '../../../../test/fakes/xmpp-stream.ts';
import { parseXml } from '../parse-xml.ts';
import { Message } from '../stanza/message.ts';
import { Oob } from './oob.ts';
import { checkHashes, FileSharing, Sharing, toHashes } from './sharing.ts';
import { Upload } from './upload.ts';

const UPLOAD = 'urn:xmpp:http:upload:0';
const INFO = 'http://jabber.org/protocol/disco#info';
const ITEMS = 'http://jabber.org/protocol/disco#items';

/** A server whose upload service gives this slot. */
function createUploader(slot: string, limit = '100') {
  const client = createFakeToolkit();
  client.stream.answer = (request) => {
    const isService = request.attr('to') === 'upload.example.org';
    if (request.child('query', INFO)) {
      return isService
        ? `<query xmlns='${INFO}'><feature var='${UPLOAD}'/><x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE'><value>${UPLOAD}</value></field><field var='max-file-size'><value>${limit}</value></field></x></query>`
        : `<query xmlns='${INFO}'/>`;
    }
    if (request.child('query', ITEMS)) {
      return `<query xmlns='${ITEMS}'><item jid='other.example.org'/><item jid='upload.example.org'/></query>`;
    }
    return slot;
  };
  return { client, upload: client.plugins.enable(Upload) };
}

test('a file is put where the server says, with the headers that are allowed only', async () => {
  const seen: {
    method: string | undefined;
    auth: string | undefined;
    evil: unknown;
    type: string | undefined;
    body: string;
  }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { authorization: auth, 'content-type': type, 'x-evil': evil } = request.headers;
      seen.push({ method: request.method, auth, evil, type, body: Buffer.concat(chunks).toString() });
      response.writeHead(request.url === '/full' ? 413 : 201).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await using _ = { [Symbol.asyncDispose]: async () => void server.close() };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const slot = (path: string) =>
    `<slot xmlns='${UPLOAD}'><put url='${url}${path}'><header name='Authorization'>Basic abc</header><header name='X-Evil'>1</header></put><get url='https://files.example.org/x.png'/></slot>`;
  const { client, upload } = createUploader(slot('/x'));
  const file = { name: '图.png', data: Buffer.from('picture'), mediaType: 'image/png' };
  assert.equal(await upload.upload(file), 'https://files.example.org/x.png');
  assert.deepEqual(seen, [
    { method: 'PUT', auth: 'Basic abc', evil: undefined, type: 'image/png', body: 'picture' },
  ]);
  assert.match(
    client.stream.sent.at(-1) ?? '',
    /<request xmlns="urn:xmpp:http:upload:0" filename="图.png" size="7" content-type="image\/png"\/>/,
  );
  const full = createUploader(slot('/full'));
  await assert.rejects(full.upload.upload(file), { code: 'xmpp-upload-failed', message: /413/ });
});

test('a file that is too large, a slot in the clear and a missing service are refused before anything is sent', async () => {
  const data = Buffer.from('picture');
  const { upload } = createUploader('', '3');
  await assert.rejects(upload.upload({ name: 'x', data }), {
    code: 'xmpp-value-invalid',
    message: /7 bytes/,
  });
  for (const slot of [
    `<slot xmlns='${UPLOAD}'><put url='http://files.example.org/x'/><get url='https://files.example.org/x'/></slot>`,
    `<slot xmlns='${UPLOAD}'><put url='https://files.example.org/x'/><get url='javascript:alert(1)'/></slot>`,
    `<slot xmlns='${UPLOAD}'/>`,
  ]) {
    await assert.rejects(createUploader(slot).upload.upload({ name: 'x', data }), {
      code: 'xmpp-protocol-violation',
    });
  }
  const client = createFakeToolkit();
  client.stream.answer = (request) => `<query xmlns='${request.child('query', INFO) ? INFO : ITEMS}'/>`;
  const none = client.plugins.enable(Upload);
  await assert.rejects(none.upload({ name: 'x', data }), {
    code: 'xmpp-value-invalid',
    message: /takes no files/,
  });
});

test('links of a message are those to the web', () => {
  const client = createFakeToolkit();
  const oob = client.plugins.enable(Oob);
  const message = oob.attach(client.message({}, 'bea@example.org'), 'https://x.example/a.png');
  assert.equal(
    message.toString(),
    '<message to="bea@example.org"><body>https://x.example/a.png</body><x xmlns="jabber:x:oob"><url>https://x.example/a.png</url></x></message>',
  );
  const given = Message.wrap(
    parseXml(
      "<message><x xmlns='jabber:x:oob'><url>file:///etc/passwd</url></x><x xmlns='jabber:x:oob'/><x xmlns='jabber:x:oob'><url>http://x.example/</url><desc>X</desc></x></message>",
    ),
  );
  assert.deepEqual(oob.linksOf(given), [{ url: 'http://x.example/', description: 'X' }]);
});

test('a shared file has its name without a path, its size, hashes and addresses', () => {
  const client = createFakeToolkit();
  const sharing = client.plugins.enable(Sharing);
  const data = Buffer.from('picture');
  const message = sharing.attach(
    client.message(),
    { name: 'a.png', mediaType: 'image/png', sizeBytes: 7, width: 8, hashes: toHashes(data) },
    ['https://x.example/a.png'],
    'inline',
  );
  const again = Message.wrap(parseXml(message.toString()));
  const [shared] = sharing.filesOf(again);
  assert.deepEqual(
    [shared?.file.name, shared?.file.sizeBytes, shared?.file.width, shared?.urls, shared?.disposition],
    ['a.png', 7, 8, ['https://x.example/a.png'], 'inline'],
  );
  assert.equal(checkHashes(data, shared?.file.hashes ?? new Map()), 'same');
  assert.equal(checkHashes(Buffer.from('other'), shared?.file.hashes ?? new Map()), 'other');
  assert.equal(
    checkHashes(
      data,
      new Map([
        ['md5', 'x'],
        ['sha-1', 'x'],
      ]),
    ),
    'unknown',
  );
  const odd = Message.wrap(
    parseXml(
      "<message><file-sharing xmlns='urn:xmpp:sfs:0' disposition='odd'><file xmlns='urn:xmpp:file:metadata:0'><name>..\\..\\/etc/passwd</name><size>-5</size></file><sources><url-data xmlns='http://jabber.org/protocol/url-data' target='javascript:x'/><url-data xmlns='http://jabber.org/protocol/url-data' target='https://x.example/'/></sources></file-sharing><file-sharing xmlns='urn:xmpp:sfs:0'/></message>",
    ),
  );
  const [file, ...more] = sharing.filesOf(odd);
  assert.deepEqual(
    [file?.file.name, file?.file.sizeBytes, file?.urls, more.length],
    ['passwd', undefined, ['https://x.example/'], 0],
  );
  assert.equal(odd.subs(FileSharing)[0]?.disposition, undefined);
});
