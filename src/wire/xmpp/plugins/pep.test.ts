// What accounts publish about themselves: nicks, pictures, bookmarks; and vCards.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createFakeToolkit } from '../../../../test/fakes/xmpp-stream.ts';
import { parseXml } from '../parse-xml.ts';
import { toAvatarId } from '../avatar.ts';
import { Avatars, AvatarUpdate, type AvatarChange } from './avatars.ts';
import { Bookmarks, type BookmarkChange } from './bookmarks.ts';
import { Nicks, type NickChange } from './nick.ts';
import { Pep, type PepEvent } from './pep.ts';
import { VCard, VCards } from './vcard.ts';

const PUBSUB = 'http://jabber.org/protocol/pubsub';
const event = (from: string, items: string) =>
  `<message from='${from}'><event xmlns='${PUBSUB}#event'>${items}</event></message>`;
const itemsOf = (node: string, items: string) =>
  `<pubsub xmlns='${PUBSUB}'><items node='${node}'>${items}</items></pubsub>`;
const NOT_FOUND =
  "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";

test('news of a node is heard by who listens, and only as long; the feature says so', async () => {
  const client = createFakeToolkit();
  const pep = client.plugins.enable(Pep);
  const heard: PepEvent[] = [];
  const end = pep.onEvent('urn:n', (each) => void heard.push(each));
  assert.ok(client.features.has('urn:n+notify'));
  const { stream } = client;
  await stream.receive(
    event(
      'bea@example.org',
      "<items node='urn:n'><item id='1'><a xmlns='urn:a'/></item><retract id='2'/></items>",
    ),
  );
  await stream.receive(event('bea@example.org', "<items node='urn:other'><item id='1'/></items>"));
  await stream.receive(event('bea@example.org/phone', "<items node='urn:n'><item id='1'/></items>"));
  await stream.receive(event('bea@example.org', "<purge node='urn:n'/>"));
  await stream.receive(event('bea@example.org', '<items/>'));
  await stream.receive(event('bea@example.org', ''));
  assert.deepEqual(
    heard.map(({ items, retracted, purged }) => [items.map(({ id }) => id), retracted, purged]),
    [
      [['1'], ['2'], false],
      [[], [], true],
    ],
  );
  end();
  assert.ok(!client.features.has('urn:n+notify'));
  await stream.receive(event('bea@example.org', "<items node='urn:n'><item id='1'/></items>"));
  assert.equal(heard.length, 2);
});

test('an item is published with what the node must be like, and taken back', async () => {
  const client = createFakeToolkit();
  const pep = client.plugins.enable(Pep);
  client.stream.answer = () => '';
  await pep.publish('urn:n', parseXml("<a xmlns='urn:a'/>"), { id: 'x', settings: { access_model: 'open' } });
  await pep.retract('urn:n', 'x');
  const [publish = '', retract = ''] = client.stream.sent;
  assert.match(
    publish,
    /<publish node="urn:n"><item id="x"><a xmlns="urn:a"\/><\/item><\/publish><publish-options>/,
  );
  assert.match(publish, /<field var="pubsub#access_model"><value>open</);
  assert.match(retract, /<retract node="urn:n" notify="true"><item id="x"\/><\/retract>/);
});

const refuse = (condition: string) =>
  `<error type='cancel'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>`;

test('a node that is another way is made right before anything is published', async () => {
  const client = createFakeToolkit();
  const pep = client.plugins.enable(Pep);
  const item = parseXml("<a xmlns='urn:a'/>");
  client.stream.answer = (_, wire) =>
    wire.includes('publish-options') ? refuse('conflict') : wire.includes('#owner') ? NOT_FOUND : '';
  await pep.publish('urn:n', item, { settings: { access_model: 'whitelist' } });
  assert.deepEqual(
    client.stream.sent.map((wire) => /<(publish|create|configure)[ >]/.exec(wire)?.[1]),
    ['publish', 'configure', 'create', 'publish'],
  );
  assert.ok(!(client.stream.sent[3] ?? '').includes('publish-options'));
  client.stream.sent.length = 0;
  client.stream.answer = (_, wire) =>
    wire.includes('publish-options') ? refuse('conflict') : refuse('forbidden');
  await assert.rejects(pep.publish('urn:n', item, { settings: { access_model: 'whitelist' } }), {
    condition: 'forbidden',
  });
  assert.equal(client.stream.sent.length, 2, 'nothing is published where others could read it');
});

test('a nick is published, read, and heard when it changes', async () => {
  const client = createFakeToolkit();
  const nicks = client.plugins.enable(Nicks);
  const heard: NickChange[] = [];
  nicks.onNick((change) => void heard.push(change));
  const NS = 'http://jabber.org/protocol/nick';
  await client.stream.receive(
    event(
      'bea@example.org',
      `<items node='${NS}'><item id='current'><nick xmlns='${NS}'>小蜜</nick></item></items>`,
    ),
  );
  await client.stream.receive(
    event('bea@example.org', `<items node='${NS}'><item id='current'><other xmlns='urn:o'/></item></items>`),
  );
  assert.deepEqual(heard, [
    { jid: 'bea@example.org', nick: '小蜜' },
    { jid: 'bea@example.org', nick: undefined },
  ]);
  client.stream.answer = () => itemsOf(NS, `<item id='current'><nick xmlns='${NS}'>小蜜</nick></item>`);
  assert.equal(await nicks.nickOf('bea@example.org'), '小蜜');
  await nicks.publish('Ann');
  assert.match(
    client.stream.sent.at(-1) ?? '',
    new RegExp(`<item id="current"><nick xmlns="${NS}">Ann</nick></item>`),
  );
});

test('a published picture counts only with its hash', async () => {
  const client = createFakeToolkit();
  const avatars = client.plugins.enable(Avatars);
  const data = Buffer.from('picture');
  const id = toAvatarId(data);
  client.stream.answer = () => '';
  assert.equal(await avatars.publish({ mediaType: 'image/png', data, width: 8 }), id);
  assert.match(
    client.stream.sent[0] ?? '',
    new RegExp(`<item id="${id}"><data xmlns="urn:xmpp:avatar:data">${data.toString('base64')}</data>`),
  );
  assert.match(
    client.stream.sent[1] ?? '',
    new RegExp(`<info id="${id}" type="image/png" bytes="7" width="8"/>`),
  );
  client.stream.answer = () =>
    itemsOf(
      'urn:xmpp:avatar:metadata',
      `<item id='${id}'><metadata xmlns='urn:xmpp:avatar:metadata'><info id='../../etc' bytes='1'/><info id='${id.toUpperCase()}' type='image/png' bytes='-1'/></metadata></item>`,
    );
  assert.deepEqual(await avatars.published('bea@example.org'), [
    { id, mediaType: 'image/png', sizeBytes: undefined, width: undefined, height: undefined, url: undefined },
  ]);
  const give = (bytes: string) => {
    client.stream.answer = () =>
      itemsOf(
        'urn:xmpp:avatar:data',
        `<item id='${id}'><data xmlns='urn:xmpp:avatar:data'>${Buffer.from(bytes).toString('base64')}</data></item>`,
      );
  };
  give('picture');
  assert.equal((await avatars.fetch('bea@example.org', id)).toString(), 'picture');
  give('another');
  await assert.rejects(avatars.fetch('bea@example.org', id), { code: 'xmpp-protocol-violation' });
  await assert.rejects(avatars.publish({ mediaType: 'image/png', data: Buffer.alloc(600_000) }), {
    code: 'xmpp-value-invalid',
  });
});

test('pictures are heard of by both ways, of occupants each for itself', async () => {
  const client = createFakeToolkit();
  const avatars = client.plugins.enable(Avatars);
  const heard: AvatarChange[] = [];
  avatars.onAvatar((change) => void heard.push(change));
  const id = toAvatarId(Buffer.from('picture'));
  const { stream } = client;
  await stream.receive(
    event(
      'bea@example.org',
      `<items node='urn:xmpp:avatar:metadata'><item id='${id}'><metadata xmlns='urn:xmpp:avatar:metadata'><info id='${id}'/></metadata></item></items>`,
    ),
  );
  await stream.receive(
    event(
      'bea@example.org',
      "<items node='urn:xmpp:avatar:metadata'><item id='x'><metadata xmlns='urn:xmpp:avatar:metadata'/></item></items>",
    ),
  );
  const update = (from: string, photo: string, more = '') =>
    stream.receive(`<presence from='${from}'><x xmlns='vcard-temp:x:update'>${photo}</x>${more}</presence>`);
  await update('bea@example.org/phone', `<photo>${id.toUpperCase()}</photo>`);
  await update('tea@c.example/bea', '<photo/>', "<x xmlns='http://jabber.org/protocol/muc#user'/>");
  await update('bea@example.org/phone', '');
  await update('bea@example.org/phone', '<photo>odd</photo>');
  assert.deepEqual(
    heard.map(({ jid, id: picture, kind }) => [jid, picture, kind]),
    [
      ['bea@example.org', id, 'published'],
      ['bea@example.org', '', 'published'],
      ['bea@example.org', id, 'vcard'],
      ['tea@c.example/bea', '', 'vcard'],
    ],
  );
  assert.equal(avatars.toUpdate('').toString(), '<x xmlns="vcard-temp:x:update"><photo></photo></x>');
  assert.equal(AvatarUpdate.create().photo, undefined);
});

test('a picture is put into the vCard without touching the rest, and a component answers for its people', async () => {
  const client = createFakeToolkit();
  const avatars = client.plugins.enable(Avatars);
  client.stream.answer = (request) =>
    request.attr('type') === 'set'
      ? ''
      : "<vCard xmlns='vcard-temp'><FN>Ann</FN><ORG><ORGNAME>Tea</ORGNAME></ORG></vCard>";
  const data = Buffer.from('picture');
  assert.equal(await avatars.setInVCard({ mediaType: 'image/png', data }), toAvatarId(data));
  assert.match(
    client.stream.sent.at(-1) ?? '',
    /<FN>Ann<\/FN><ORG><ORGNAME>Tea<\/ORGNAME><\/ORG><PHOTO><TYPE>image\/png<\/TYPE><BINVAL>cGljdHVyZQ==</,
  );
  const cards = client.plugins.get(VCards);
  const asked = await client.stream.ask("<vCard xmlns='vcard-temp'/>");
  assert.equal(asked.attr('type'), 'error', 'nobody answers yet');
  cards.answer((to) =>
    to?.local === 'puppet'
      ? VCard.create({ fullName: '小明', photo: { mediaType: 'image/png', data } })
      : undefined,
  );
  const card = await client.stream.ask("<vCard xmlns='vcard-temp'/>", { to: 'puppet@qq.example.org' });
  const read = VCard.wrap(card.child('vCard', 'vcard-temp')!);
  assert.deepEqual([read.fullName, read.photo?.data.toString()], ['小明', 'picture']);
  const nobody = await client.stream.ask("<vCard xmlns='vcard-temp'/>", { to: 'other@qq.example.org' });
  assert.equal(nobody.attr('type'), 'error');
  assert.equal(
    VCard.wrap(parseXml("<vCard xmlns='vcard-temp'><PHOTO><BINVAL>!</BINVAL></PHOTO></vCard>")).photo,
    undefined,
  );
});

test('bookmarks are listed, set beside what others keep, removed; and only our own are heard of', async () => {
  const client = createFakeToolkit();
  const bookmarks = client.plugins.enable(Bookmarks);
  const heard: BookmarkChange[] = [];
  bookmarks.onChange((change) => void heard.push(change));
  const NS = 'urn:xmpp:bookmarks:1';
  const { stream } = client;
  stream.answer = () => NOT_FOUND;
  assert.deepEqual(await bookmarks.list(), []);
  const items = `<item id='tea@c.example'><conference xmlns='${NS}' autojoin='1' name='Tea'><nick>ann</nick><extensions><x xmlns='urn:kept'/></extensions></conference></item><item id='@'><conference xmlns='${NS}'/></item><item id='b@c.example'><other xmlns='urn:o'/></item>`;
  stream.answer = (request) => (request.attr('type') === 'get' ? itemsOf(NS, items) : '');
  assert.deepEqual(await bookmarks.list(), [
    { room: 'tea@c.example', name: 'Tea', autojoin: true, nick: 'ann', password: undefined },
  ]);
  await bookmarks.set('tea@c.example', { nick: 'anna', autojoin: true });
  const sent = stream.sent.at(-1) ?? '';
  assert.match(sent, /<nick>anna<\/nick><extensions><x xmlns="urn:kept"\/><\/extensions>/);
  assert.match(sent, /<field var="pubsub#access_model"><value>whitelist</);
  await bookmarks.remove('tea@c.example');
  await stream.receive(event('eve@example.org', `<items node='${NS}'>${items}</items>`));
  await stream.receive(
    event('ann@example.org', `<items node='${NS}'>${items}<retract id='old@c.example'/></items>`),
  );
  await stream.receive(event('ann@example.org', `<delete node='${NS}'/>`));
  assert.deepEqual(
    heard.map(({ changed, removed, cleared }) => [changed.length, removed, cleared]),
    [
      [1, ['old@c.example'], false],
      [0, [], true],
    ],
  );
});
