import assert from 'node:assert/strict';
import test from 'node:test';
import {
  AVATAR_DATA_NS,
  AVATAR_LIMIT_BYTES,
  AVATAR_METADATA_NS,
  fetchPublishedPhoto,
  fetchVCardPhoto,
  readAvatarHash,
  toAvatarId,
  toAvatarUpdate,
  toVCardPhoto,
} from './avatar.ts';
import { xml, type XmlElement } from './element.ts';
import { IqError } from './errors.ts';

const data = Buffer.from('a picture');
const id = toAvatarId(data);
const options = { timeoutMs: 1000 };

/** A session whose requests are answered, by the node asked for, or the vCard's. */
function createSession(answers: Readonly<Record<string, XmlElement>>) {
  return {
    async iq(request: XmlElement): Promise<XmlElement> {
      const items = request.child('pubsub', 'http://jabber.org/protocol/pubsub')?.child('items');
      const answer = answers[items?.attr('node') ?? 'vCard'];
      if (answer) return xml('iq', { type: 'result' }, answer);
      throw new IqError({ condition: 'item-not-found', type: 'cancel', text: '' }, request);
    },
  };
}

const toItems = (item: XmlElement) =>
  xml('pubsub', { xmlns: 'http://jabber.org/protocol/pubsub' }, xml('items', {}, xml('item', {}, item)));
const toMetadata = (hash: string) =>
  toItems(
    xml('metadata', { xmlns: AVATAR_METADATA_NS }, xml('info', { id: hash, bytes: '9', type: 'image/png' })),
  );
const toData = (bytes: Buffer) => toItems(xml('data', { xmlns: AVATAR_DATA_NS }, bytes.toString('base64')));

const read = (...children: XmlElement[]) => readAvatarHash(xml('presence', {}, ...children));
const fetchFrom = (answers: Readonly<Record<string, XmlElement>>) =>
  fetchPublishedPhoto(createSession(answers), 'ann@x', options);

test('a presence tells a hash, none, or nothing', () => {
  assert.equal(read(toAvatarUpdate(id)), id);
  assert.equal(read(toAvatarUpdate(id.toUpperCase())), id);
  assert.equal(read(toAvatarUpdate('')), '');
  assert.equal(read(toAvatarUpdate('no hash')), undefined);
  assert.equal(read(xml('x', { xmlns: 'vcard-temp:x:update' })), undefined);
  assert.equal(read(), undefined);
});

test('a picture in a vCard is read, and one that is too large, empty or missing is not', async () => {
  const fetch = (...children: XmlElement[]) =>
    fetchVCardPhoto(
      createSession({ vCard: xml('vCard', { xmlns: 'vcard-temp' }, ...children) }),
      'ann@x',
      options,
    );
  assert.deepEqual(await fetch(toVCardPhoto('image/png', data)), data);
  assert.equal(await fetch(toVCardPhoto('image/png', Buffer.alloc(AVATAR_LIMIT_BYTES + 1))), undefined);
  assert.equal(await fetch(toVCardPhoto('image/png', Buffer.alloc(0))), undefined);
  assert.equal(await fetch(), undefined);
  assert.equal(await fetchVCardPhoto(createSession({}), 'ann@x', options), undefined);
});

test('a published picture counts only where its bytes have the hash', async () => {
  const metadata = toMetadata(id);
  assert.deepEqual(await fetchFrom({ [AVATAR_METADATA_NS]: metadata, [AVATAR_DATA_NS]: toData(data) }), data);
  const another = toData(Buffer.from('another'));
  assert.equal(await fetchFrom({ [AVATAR_METADATA_NS]: metadata, [AVATAR_DATA_NS]: another }), undefined);
  assert.equal(await fetchFrom({ [AVATAR_METADATA_NS]: metadata }), undefined);
  assert.equal(await fetchFrom({ [AVATAR_METADATA_NS]: toMetadata('../../etc') }), undefined);
  assert.equal(await fetchFrom({}), undefined);
});
