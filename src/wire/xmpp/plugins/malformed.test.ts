// Whatever somebody sends in the names of the plugins' elements, no handler fails: each decides what it is, and the
// stream answers on.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createFakeToolkit } from '../../../../test/fakes/xmpp-stream.ts';
import { ALL_PLUGINS } from './all.ts';
import { Commands } from './commands.ts';
import { Registrations } from './registration.ts';
import { DataForm } from './forms.ts';
import { VCards } from './vcard.ts';

const ELEMENTS: readonly (readonly [name: string, namespace: string])[] = [
  ['query', 'http://jabber.org/protocol/disco#info'],
  ['query', 'http://jabber.org/protocol/disco#items'],
  ['query', 'jabber:iq:version'],
  ['query', 'jabber:iq:register'],
  ['query', 'http://jabber.org/protocol/muc#admin'],
  ['query', 'http://jabber.org/protocol/muc#owner'],
  ['command', 'http://jabber.org/protocol/commands'],
  ['ping', 'urn:xmpp:ping'],
  ['vCard', 'vcard-temp'],
  ['pubsub', 'http://jabber.org/protocol/pubsub'],
  ['event', 'http://jabber.org/protocol/pubsub#event'],
  ['c', 'http://jabber.org/protocol/caps'],
  ['x', 'jabber:x:data'],
  ['x', 'jabber:x:oob'],
  ['x', 'jabber:x:conference'],
  ['x', 'http://jabber.org/protocol/muc'],
  ['x', 'http://jabber.org/protocol/muc#user'],
  ['x', 'vcard-temp:x:update'],
  ['delay', 'urn:xmpp:delay'],
  ['stanza-id', 'urn:xmpp:sid:0'],
  ['origin-id', 'urn:xmpp:sid:0'],
  ['occupant-id', 'urn:xmpp:occupant-id:0'],
  ['replace', 'urn:xmpp:message-correct:0'],
  ['retract', 'urn:xmpp:message-retract:1'],
  ['apply-to', 'urn:xmpp:fasten:0'],
  ['reactions', 'urn:xmpp:reactions:0'],
  ['reply', 'urn:xmpp:reply:0'],
  ['fallback', 'urn:xmpp:fallback:0'],
  ['store', 'urn:xmpp:hints'],
  ['request', 'urn:xmpp:receipts'],
  ['received', 'urn:xmpp:receipts'],
  ['composing', 'http://jabber.org/protocol/chatstates'],
  ['displayed', 'urn:xmpp:chat-markers:0'],
  ['sent', 'urn:xmpp:carbons:2'],
  ['received', 'urn:xmpp:carbons:2'],
  ['result', 'urn:xmpp:mam:2'],
  ['prefs', 'urn:xmpp:mam:2'],
  ['request', 'urn:xmpp:http:upload:0'],
  ['file-sharing', 'urn:xmpp:sfs:0'],
  ['nick', 'http://jabber.org/protocol/nick'],
  ['privilege', 'urn:xmpp:privilege:2'],
];

const CONTENTS = [
  '',
  'text',
  '<x/>',
  "<items node='urn:xmpp:bookmarks:1'><item/></items>",
  "<items node='urn:xmpp:avatar:metadata'><item><metadata xmlns='urn:xmpp:avatar:metadata'><info/></metadata></item></items>",
  "<items node='http://jabber.org/protocol/nick'><item id=''/></items>",
  "<forwarded xmlns='urn:xmpp:forward:0'/>",
  "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='@'/></forwarded>",
  "<x xmlns='jabber:x:data'/>",
  "<x xmlns='jabber:x:data' type='submit'><field/><field var='a'><value><value/></value></field></x>",
  "<item/><status code='x'/><status/><invite/><destroy/>",
  "<moderated xmlns='urn:xmpp:message-moderate:1'/><retract xmlns='urn:xmpp:message-retract:0'/>",
  '<PHOTO><BINVAL>%%%</BINVAL></PHOTO><photo>%</photo>',
  "<perm/><perm access='iq'><namespace/></perm>",
  '<remove/>',
  "<body start='-1' end='x'/><file/><sources/>",
];

const ATTRIBUTES = [
  '',
  "id='1'",
  "id='' node='' ver='' hash='' jid='@' stamp='x' code='x' by='@@'",
  "node='link' sessionid='x' action='odd'",
];
const SENDERS = [
  '',
  "from='@'",
  "from='ann@example.org'",
  "from='tea@c.example'",
  "from='tea@c.example/bea'",
  "from='example.org'",
];

test('no malformed element makes a handler fail', async () => {
  const failures: unknown[] = [];
  let handled = 0;
  const client = createFakeToolkit({
    log(level, event, fields) {
      if (event === 'handler') handled++;
      if (level === 'error') failures.push([event, fields['handler'], String(fields['error'])]);
    },
  });
  for (const plugin of ALL_PLUGINS) client.plugins.enable(plugin);
  client.plugins
    .get(Commands)
    .offer({ node: 'link', name: 'Link', run: () => ({ form: DataForm.create(), next: () => ({}) }) });
  client.plugins.get(VCards).answer(() => undefined);
  client.plugins.get(Registrations).open({
    form: async () => ({ form: DataForm.create(), registered: false }),
    submit: async () => {},
    cancel: async () => {},
  });
  const wires: string[] = [];
  for (const [name, namespace] of ELEMENTS) {
    for (const attributes of ATTRIBUTES) {
      for (const content of CONTENTS) {
        const element = `<${name} xmlns='${namespace}' ${attributes}>${content}</${name}>`;
        const from = SENDERS[wires.length % SENDERS.length] ?? '';
        wires.push(
          `<message ${from} type='groupchat'>${element}</message>`,
          `<message ${from} id='m' type='chat'>${element}<body>x</body></message>`,
          `<message ${from} type='error'>${element}</message>`,
          `<presence ${from}>${element}</presence>`,
          `<presence ${from} type='unavailable'>${element}</presence>`,
          `<iq ${from} id='i' type='get'>${element}</iq>`,
          `<iq ${from} id='i' type='set'>${element}</iq>`,
          `<iq ${from} id='i' type='result'>${element}</iq>`,
        );
      }
    }
  }
  for (const wire of wires) await client.stream.receive(wire);
  assert.ok(handled > wires.length / 4, `${handled} handlers saw ${wires.length} stanzas`);
  assert.deepEqual(failures, []);
  assert.equal((await client.stream.ask("<ping xmlns='urn:xmpp:ping'/>")).attr('type'), 'result');
});
