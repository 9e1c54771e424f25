import assert from 'node:assert/strict';
import test from 'node:test';
import { xml, type XmlElement, type XmlNode } from './element.ts';
import { findUploadPlace, requestUploadSlot } from './http-upload.ts';

const UPLOAD_NS = 'urn:xmpp:http:upload:0';
const INFO_NS = 'http://jabber.org/protocol/disco#info';
const ITEMS_NS = 'http://jabber.org/protocol/disco#items';
const options = { timeoutMs: 1000 };

/** A session of which everybody answers as the table says, by address and namespace; who is not in it is silent. */
function answering(answers: Readonly<Record<string, XmlElement>>) {
  const asked: XmlElement[] = [];
  return {
    asked,
    iq: async (request: XmlElement): Promise<XmlElement> => {
      asked.push(request);
      const namespace = request.elements()[0]?.ns;
      const answer = answers[`${request.attr('to')} ${namespace}`];
      if (!answer) throw new Error('no answer in time');
      return xml('iq', { type: 'result' }, answer);
    },
  };
}

function info(...content: XmlNode[]): XmlElement {
  return xml('query', { xmlns: INFO_NS }, ...content);
}

function field(name: string, value: string): XmlElement {
  return xml('field', { var: name }, xml('value', {}, value));
}

function header(name: string, value: string): XmlElement {
  return xml('header', { name }, value);
}

function service(maxFileSize?: string): XmlElement {
  return info(
    xml('feature', { var: UPLOAD_NS }),
    xml(
      'x',
      { xmlns: 'jabber:x:data', type: 'result' },
      field('FORM_TYPE', UPLOAD_NS),
      maxFileSize === undefined ? '' : field('max-file-size', maxFileSize),
    ),
  );
}

test('the place for files is the server itself, or the one of its items that says so', async () => {
  const own = answering({ [`example.org ${INFO_NS}`]: service('1000') });
  assert.deepEqual(await findUploadPlace(own, 'example.org', options), {
    jid: 'example.org',
    limitBytes: 1000,
  });
  const items = ['silent', 'chat', 'files'].map((name) => xml('item', { jid: `${name}.example.org` }));
  const among = answering({
    [`example.org ${INFO_NS}`]: info(),
    [`example.org ${ITEMS_NS}`]: xml('query', { xmlns: ITEMS_NS }, ...items),
    [`chat.example.org ${INFO_NS}`]: info(),
    [`files.example.org ${INFO_NS}`]: service('many'),
  });
  assert.deepEqual(await findUploadPlace(among, 'example.org', options), {
    jid: 'files.example.org',
    limitBytes: undefined,
  });
});

test('a server without one has none; one that does not answer is told as that', async () => {
  const none = answering({
    [`example.org ${INFO_NS}`]: info(),
    [`example.org ${ITEMS_NS}`]: xml('query', { xmlns: ITEMS_NS }),
  });
  assert.equal(await findUploadPlace(none, 'example.org', options), undefined);
  await assert.rejects(findUploadPlace(answering({}), 'example.org', options), /no answer/);
});

function slot(put: string, get: string, ...headers: XmlNode[]): XmlElement {
  return xml('slot', { xmlns: UPLOAD_NS }, xml('put', { url: put }, ...headers), xml('get', { url: get }));
}

const place = { jid: 'files.example.org', limitBytes: undefined };
const file = { name: '猫.png', sizeBytes: 7, mediaType: 'image/png' };
const ask = (answer: XmlElement) =>
  requestUploadSlot(answering({ [`${place.jid} ${UPLOAD_NS}`]: answer }), place, file, options);

test('a slot has only the headers that it may ask for, and none that could hold another', async () => {
  const given = slot(
    'https://files.example.org/put',
    'https://files.example.org/get',
    header('Authorization', 'Basic x\r\nHost: evil'),
    header('Cookie', 'a=1'),
    header('Host', 'evil.example'),
    header('Content-Length', '0'),
  );
  assert.deepEqual(await ask(given), {
    putUrl: 'https://files.example.org/put',
    getUrl: 'https://files.example.org/get',
    headers: { Authorization: 'Basic xHost: evil', Cookie: 'a=1' },
  });
});

test('a slot that is not on https is refused, unless it is on this machine', async () => {
  const good = 'https://files.example.org/x';
  for (const bad of ['http://files.example.org/x', 'http://127.0.0.1.example/x', 'file:///x', 'x', '']) {
    await assert.rejects(ask(slot(bad, good)), { code: 'xmpp-protocol-violation' }, bad);
    await assert.rejects(ask(slot(good, bad)), { code: 'xmpp-protocol-violation' }, bad);
  }
  const local = 'http://upload.localhost:5280/x';
  assert.equal((await ask(slot(local, local))).getUrl, local);
});
