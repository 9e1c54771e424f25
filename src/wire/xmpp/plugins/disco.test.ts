import assert from 'node:assert/strict';
import test from 'node:test';
import { createFakeToolkit } from '../../../../test/fakes/xmpp-stream.ts';
import { IqError } from '../errors.ts';
import { parseXml } from '../parse-xml.ts';
import { Caps, toCapsHash } from './caps.ts';
import { Disco, DiscoInfoQuery, readDiscoInfo } from './disco.ts';

const INFO = 'http://jabber.org/protocol/disco#info';
const ITEMS = 'http://jabber.org/protocol/disco#items';

test('an entity says what it is and can do, with its forms', async () => {
  const client = createFakeToolkit();
  const disco = client.plugins.enable(Disco);
  client.stream.answer = () =>
    `<query xmlns='${INFO}'><identity category='conference' type='text' name='午茶'/><feature var='urn:a'/>
     <feature/><x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>urn:f</value></field></x></query>`;
  const info = await disco.info('tea@conference.example.org');
  assert.deepEqual(info.identities, [{ category: 'conference', type: 'text', name: '午茶', lang: '' }]);
  assert.deepEqual([...info.features], ['urn:a']);
  assert.equal(info.forms[0]?.fields[0]?.values[0], 'urn:f');
  assert.match(client.stream.sent[0] ?? '', /type="get" .*to="tea@conference\.example\.org"/);
});

test('an answer without its content breaks the protocol', async () => {
  const client = createFakeToolkit();
  const disco = client.plugins.enable(Disco);
  client.stream.answer = () => '<other xmlns="urn:o"/>';
  await assert.rejects(disco.info('example.org'), { code: 'xmpp-protocol-violation' });
});

test('items come page after page, and a list that goes in circles ends', async () => {
  const client = createFakeToolkit();
  const disco = client.plugins.enable(Disco);
  const after: (string | undefined)[] = [];
  client.stream.answer = (request) => {
    const set = request.child('query', ITEMS)?.child('set', 'http://jabber.org/protocol/rsm');
    after.push(set?.childText('after'));
    return `<query xmlns='${ITEMS}'><item jid='a@x.example'/><item name='no address'/><item jid='b@x.example' node='n'/>
      <set xmlns='http://jabber.org/protocol/rsm'><last>b</last></set></query>`;
  };
  const items = await Array.fromAsync(disco.items('x.example'));
  assert.deepEqual(
    items.map(({ jid, node }) => [String(jid), node]),
    [
      ['a@x.example', undefined],
      ['b@x.example', 'n'],
      ['a@x.example', undefined],
      ['b@x.example', 'n'],
    ],
  );
  assert.deepEqual(after, [undefined, 'b']);
});

test('the own root, nodes and addresses are told; an unknown node is not found', async () => {
  const client = createFakeToolkit();
  const disco = client.plugins.enable(Disco);
  disco.setInfo({ jid: 'puppet@qq.example.org' }, () => ({
    identities: [{ category: 'client', type: 'pc', name: '小明' }],
    features: ['urn:puppet'],
  }));
  disco.setItems({ node: 'rooms' }, () => [{ jid: 'r@qq.example.org', name: 'R' }]);
  const root = await client.stream.ask(`<query xmlns='${INFO}'/>`);
  const features = root.child('query', INFO)?.elements('feature') ?? [];
  assert.ok(features.some((each) => each.attr('var') === ITEMS));
  const puppet = await client.stream.ask(`<query xmlns='${INFO}'/>`, { to: 'puppet@qq.example.org/x' });
  assert.equal(puppet.child('query', INFO)?.child('identity')?.attr('name'), '小明');
  const rooms = await client.stream.ask(`<query xmlns='${ITEMS}' node='rooms'/>`);
  assert.equal(rooms.child('query', ITEMS)?.child('item')?.attr('jid'), 'r@qq.example.org');
  for (const ns of [INFO, ITEMS]) {
    const unknown = await client.stream.ask(`<query xmlns='${ns}' node='nobody knows'/>`);
    assert.ok(
      unknown.child('error')?.elements()[0]?.is('item-not-found', 'urn:ietf:params:xml:ns:xmpp-stanzas'),
    );
  }
});

const readInfo = (xml: string) => readDiscoInfo(DiscoInfoQuery.wrap(parseXml(xml)));

test('the hash of capabilities is the one of the standard’s two examples', () => {
  const simple = readInfo(
    `<query xmlns='${INFO}'><identity category='client' name='Exodus 0.9.1' type='pc'/>
     <feature var='http://jabber.org/protocol/caps'/><feature var='${INFO}'/><feature var='${ITEMS}'/>
     <feature var='http://jabber.org/protocol/muc'/></query>`,
  );
  assert.equal(toCapsHash(simple), 'QgayPKawpkPSDYmwT/WM94uAlu0=');
  const withForm = readInfo(
    `<query xmlns='${INFO}'><identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>
     <identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>
     <feature var='http://jabber.org/protocol/caps'/><feature var='${INFO}'/><feature var='${ITEMS}'/>
     <feature var='http://jabber.org/protocol/muc'/>
     <x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>
     <field var='ip_version' type='text-multi'><value>ipv4</value><value>ipv6</value></field><field var='os'><value>Mac</value></field>
     <field var='os_version'><value>10.5.1</value></field><field var='software'><value>Psi</value></field>
     <field var='software_version'><value>0.11</value></field></x></query>`,
  );
  assert.equal(toCapsHash(withForm), 'q07IKJEyjvHSyhy//CH0CxmKi8w=');
  assert.equal(toCapsHash(simple, 'no-such-hash'), undefined);
});

test('one answer serves all with the same hash; a forged hash serves nobody else', async () => {
  const client = createFakeToolkit();
  const caps = client.plugins.enable(Caps);
  let asked = 0;
  const answer = `<query xmlns='${INFO}'><identity category='client' type='pc'/><feature var='urn:a'/></query>`;
  client.stream.answer = () => {
    asked += 1;
    return answer;
  };
  const ver = toCapsHash(readDiscoInfo(DiscoInfoQuery.wrap(parseXml(answer)))) ?? '';
  const presence = (from: string, hash: string) =>
    client.stream.receive(
      `<presence from='${from}'><c xmlns='http://jabber.org/protocol/caps' node='n' ver='${hash}' hash='sha-1'/></presence>`,
    );
  await presence('bea@example.org/a', ver);
  await presence('cid@example.org/b', ver);
  assert.ok((await caps.info('bea@example.org/a')).features.has('urn:a'));
  assert.ok((await caps.info('cid@example.org/b')).features.has('urn:a'));
  assert.equal(asked, 1);
  await presence('eve@example.org/x', 'forged');
  await caps.info('eve@example.org/x');
  await caps.info('eve@example.org/x');
  assert.equal(asked, 3);
  await client.stream.receive(
    `<presence from='bea@example.org/a' type='unavailable'><c xmlns='http://jabber.org/protocol/caps' node='n' ver='${ver}' hash='sha-1'/></presence>`,
  );
  client.stream.answer = () =>
    '<error type="cancel"><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>';
  await assert.rejects(caps.info('bea@example.org/a'), IqError);
});

test('what our presence carries can be asked for by its hash', async () => {
  const client = createFakeToolkit();
  const caps = client.plugins.enable(Caps);
  await caps.sendPresence({ status: 'here' });
  const element = parseXml(client.stream.sent[0] ?? '').child('c', 'http://jabber.org/protocol/caps');
  const node = `${element?.attr('node')}#${element?.attr('ver')}`;
  client.features.add('urn:later');
  const answer = await client.stream.ask(`<query xmlns='${INFO}' node='${node}'/>`);
  const query = DiscoInfoQuery.wrap(answer.child('query', INFO)!);
  assert.equal(toCapsHash(readDiscoInfo(query)), element?.attr('ver'));
});
