// Which stanzas a matcher matches: stanza paths, XPaths, masks, ids and combinations, each on XML as it arrives.
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import {
  anyOf,
  attribute,
  boolean,
  computed,
  createMatcher,
  defineStanza,
  flag,
  id,
  idFrom,
  Iq,
  langText,
  Message,
  parseXml,
  registerStanzaPlugin,
  stanzaPath,
  subText,
  toStanza,
  xml,
  xmlMask,
  xpath,
  type Matcher,
  type Stanza,
} from '../public.ts';

const Inner = defineStanza({
  name: 'inner',
  namespace: 'urn:m',
  plugin: 'match_inner',
  interfaces: { node: attribute(), data: subText() },
});
const Item = defineStanza({
  name: 'item',
  namespace: 'urn:m',
  plugin: 'match_item',
  interfaces: { node: attribute() },
});
const Outer = defineStanza({
  name: 'query',
  namespace: 'urn:m',
  plugin: 'match_outer',
  interfaces: {
    node: attribute(),
    ready: attribute(boolean),
    mode: attribute(),
    data: subText(),
    title: langText(),
    hidden: flag(),
    upper: computed({ get: (stanza) => stanza.attr('node')?.toUpperCase() }),
  },
});
const Token = defineStanza({
  name: 'token',
  namespace: 'urn:m',
  plugin: 'match_token',
  extension: true,
  interfaces: { match_token: attribute({ read: String, write: String, what: 'text' }, { name: 'v' }) },
});

const registrations = [
  registerStanzaPlugin(Iq, Outer),
  registerStanzaPlugin(Outer, Inner),
  registerStanzaPlugin(Outer, Item, { iterable: true }),
  registerStanzaPlugin(Iq, Token),
  registerStanzaPlugin(Message, Outer),
];
after(() => {
  for (const remove of registrations) remove();
});

const M = 'xmlns="urn:m"';

function check(
  name: string,
  matcher: () => Matcher<Stanza>,
  yes: readonly string[],
  no: readonly string[] = [],
): void {
  test(name, () => {
    for (const text of yes) assert.equal(matcher().matches(toStanza(parseXml(text))), true, text);
    for (const text of no) assert.equal(matcher().matches(toStanza(parseXml(text))), false, text);
  });
}

const path = (name: string, text: string, yes: readonly string[], no: readonly string[] = []) =>
  check(`path ${text}: ${name}`, () => stanzaPath(text), yes, no);

path('a stanza by its name', 'iq', ['<iq/>'], ['<message/>', '<presence/>']);
path('i is no iq', 'i', [], ['<iq/>']);
path('q is no iq', 'q', [], ['<iq/>']);
path('a condition on an attribute', 'iq@type=get', ['<iq type="get"/>'], ['<iq type="set"/>', '<iq/>']);
path(
  'two conditions must both hold',
  'iq@type=get@id=1',
  ['<iq type="get" id="1"/>'],
  ['<iq type="get" id="2"/>', '<iq type="set" id="1"/>'],
);
path('a condition without a value: it is there', 'iq@id', ['<iq id="1"/>'], ['<iq/>', '<iq id=""/>']);
path('an empty value: it is not there', 'iq@id=', ['<iq/>'], ['<iq id="1"/>']);
path('an address is compared as text', "iq@from='bea@x/p'", ['<iq from="Bea@X/p"/>'], ['<iq from="bea@x"/>']);
path('the language', 'message@lang=de', ['<message xml:lang="de"/>'], ['<message/>']);
path(
  'a default counts as a value',
  'message@type=normal',
  ['<message/>', '<message type="normal"/>'],
  ['<message type="chat"/>'],
);
path('a plugin by its plugin name', 'iq/match_outer', [`<iq><query ${M}/></iq>`], ['<iq/>']);
path('names are of plugins, not of elements', 'iq/query', [], [`<iq><query ${M}/></iq>`]);
path(
  'the element in another namespace is not the plugin',
  'iq/match_outer',
  [],
  ['<iq><query xmlns="urn:other"/></iq>', '<iq><query/></iq>'],
);
path(
  'type and plugin',
  'iq@type=get/match_outer',
  [`<iq type="get"><query ${M}/></iq>`],
  [`<iq type="set"><query ${M}/></iq>`, '<iq type="get"/>'],
);
path(
  'a condition on a plugin',
  'iq/match_outer@node=a',
  [`<iq><query ${M} node="a"/></iq>`],
  [`<iq><query ${M} node="b"/></iq>`, `<iq><query ${M}/></iq>`],
);
path(
  'conditions on a plugin are all asked',
  'iq/match_outer@node=a@mode=b',
  [`<iq><query ${M} node="a" mode="b"/></iq>`],
  [`<iq><query ${M} node="a"/></iq>`],
);
path(
  'a condition on a text',
  'iq/match_outer@data=x',
  [`<iq><query ${M}><data>x</data></query></iq>`],
  [`<iq><query ${M}><data>y</data></query></iq>`],
);
path(
  'a condition on a flag',
  'iq/match_outer@hidden=true',
  [`<iq><query ${M}><hidden/></query></iq>`],
  [`<iq><query ${M}/></iq>`],
);
path(
  'a condition on a value is on its text',
  'iq/match_outer@ready=true',
  [`<iq><query ${M} ready="1"/></iq>`, `<iq><query ${M} ready="true"/></iq>`],
  [`<iq><query ${M} ready="false"/></iq>`],
);
path('a condition on what is computed', 'iq/match_outer@upper=AB', [`<iq><query ${M} node="ab"/></iq>`]);
path(
  'a condition on what is no interface holds never',
  'iq/match_outer@nothing=x',
  [],
  [`<iq><query ${M} nothing="x"/></iq>`],
);
path(
  'a plugin in a plugin',
  'iq/match_outer/match_inner',
  [`<iq><query ${M}><inner/></query></iq>`],
  [`<iq><query ${M}/></iq>`, '<iq/>'],
);
path(
  'conditions at every step',
  'iq@type=set/match_outer@node=a/match_inner@node=b',
  [`<iq type="set"><query ${M} node="a"><inner node="b"/></query></iq>`],
  [
    `<iq type="set"><query ${M} node="b"><inner node="b"/></query></iq>`,
    `<iq type="get"><query ${M} node="a"><inner node="b"/></query></iq>`,
  ],
);
path(
  'any one of a list',
  'iq/match_outer/match_item@node=2',
  [`<iq><query ${M}><item node="1"/><item node="2"/></query></iq>`],
  [`<iq><query ${M}><item node="1"/></query></iq>`],
);
path('the last step may be a text', 'message/body', ['<message><body>x</body></message>'], ['<message/>']);
path('a text that is empty does not match', 'message/body', [], ['<message><body/></message>']);
path('a text in whatever language', 'message/body', ['<message><body xml:lang="de">x</body></message>']);
path(
  'a text of a plugin',
  'iq/match_outer/data',
  [`<iq><query ${M}><data>x</data></query></iq>`],
  [`<iq><query ${M}><data/></query></iq>`, '<iq><data>x</data></iq>'],
);
path(
  'a text in a plugin in a plugin',
  'iq/match_outer/match_inner/data',
  [`<iq><query ${M}><inner><data>x</data></inner></query></iq>`],
  [`<iq><query ${M}><data>x</data></query></iq>`],
);
path(
  'the last step may be a flag',
  'iq/match_outer/hidden',
  [`<iq><query ${M}><hidden/></query></iq>`],
  [`<iq><query ${M}/></iq>`],
);
path('an attribute is no step', 'iq/match_outer/node', [], [`<iq><query ${M} node="a"/></iq>`]);
path(
  'a text is no step on the way',
  'iq/match_outer/data/match_inner',
  [],
  [`<iq><query ${M}><data>x</data><inner/></query></iq>`],
);
path('a plugin in any language', 'iq/match_outer', [`<iq><query ${M} xml:lang="de"/></iq>`]);
path('any of several of one kind', 'iq/match_outer@node=b', [
  `<iq><query ${M} node="a"/><query ${M} node="b"/></iq>`,
]);
path(
  'an extension is compared like an interface',
  'iq@match_token=x',
  [`<iq><token ${M} v="x"/></iq>`],
  [`<iq><token ${M} v="y"/></iq>`, '<iq/>'],
);
path('an extension is a step', 'iq/match_token', [`<iq><token ${M} v="x"/></iq>`], ['<iq/>']);
path('a quoted value may have any sign', `iq/match_outer@node='a/b@c="d'`, [
  `<iq><query ${M} node='a/b@c="d'/></iq>`,
]);
path('quotes of the other kind', `iq/match_outer@node="it's"`, [`<iq><query ${M} node="it's"/></iq>`]);
path('an unknown plugin matches nothing', 'iq/match_unknown', [], ['<iq/>', `<iq><query ${M}/></iq>`]);
path(
  'matching another stanza',
  'message/match_outer',
  [`<message><query ${M}/></message>`],
  [`<iq><query ${M}/></iq>`],
);

test('path: matching makes nothing and changes nothing', () => {
  const iq = Iq.wrap(parseXml('<iq type="get"/>'));
  stanzaPath('iq@type=get/match_outer/match_inner/data').matches(iq);
  assert.equal(iq.toString(), '<iq type="get"/>');
});
test('path: begins at a part of a stanza too', () => {
  const outer = Outer.create({ node: 'a' });
  outer.sub(Inner);
  assert.ok(stanzaPath('match_outer@node=a/match_inner').matches(outer));
});
for (const bad of [
  '',
  '/iq',
  'iq/',
  'iq//x',
  'iq@',
  'iq@=x',
  'iq x',
  "iq@a='x",
  'iq@a=b=c',
  'iq@type=get/@x=y',
]) {
  test(`path ${JSON.stringify(bad)} is a typed error`, () => {
    assert.throws(() => stanzaPath(bad), { code: 'xmpp-matcher-invalid' });
  });
}

const byXPath = (name: string, text: string, yes: readonly string[], no: readonly string[] = []) =>
  check(`xpath ${text}: ${name}`, () => xpath(text), yes, no);

byXPath('an element with its namespace', '{jabber:client}iq', ['<iq/>'], ['<message/>']);
byXPath('the namespace of stanzas is the default', 'iq', ['<iq/>']);
byXPath('another namespace is another element', '{urn:x}iq', [], ['<iq/>']);
byXPath(
  'a child with its namespace',
  'iq/{urn:m}query',
  [`<iq><query ${M}/></iq>`],
  ['<iq><query/></iq>', '<iq><query xmlns="urn:x"/></iq>'],
);
byXPath(
  'a step without a namespace has that before it',
  'iq/{urn:m}query/item',
  [`<iq><query ${M}><item/></query></iq>`],
  [`<iq><query ${M}><item xmlns="urn:x"/></query></iq>`],
);
byXPath('children only, not what is deeper', 'iq/{urn:m}item', [], [`<iq><query ${M}><item/></query></iq>`]);
byXPath('any element', 'iq/*', ['<iq><x xmlns="urn:x"/></iq>'], ['<iq/>', '<iq>text</iq>']);
byXPath('any element of a namespace', 'iq/{urn:m}*', [`<iq><x ${M}/></iq>`], ['<iq><x xmlns="urn:x"/></iq>']);
byXPath('any namespace', 'iq/{*}x', ['<iq><x xmlns="urn:x"/></iq>', '<iq><x/></iq>'], ['<iq><y/></iq>']);
byXPath('an attribute that is there', 'iq[@id]', ['<iq id=""/>'], ['<iq/>']);
byXPath('an attribute with a value', "iq[@type='get']", ['<iq type="get"/>'], ['<iq type="set"/>']);
byXPath('several predicates', 'iq[@type="get"][@id="1"]', ['<iq type="get" id="1"/>'], ['<iq type="get"/>']);
byXPath(
  'a text',
  "message/body[.='x']",
  ['<message><body>x</body></message>'],
  ['<message><body>y</body></message>'],
);
byXPath(
  'a predicate on a child',
  "iq/{urn:m}query[@node='a']/item",
  [`<iq><query ${M}/><query ${M} node="a"><item/></query></iq>`],
  [`<iq><query ${M}><item/></query><query ${M} node="a"/></iq>`],
);
for (const bad of ['', '/iq', 'iq/', 'iq[', 'iq[@a=b]', '{urn:x', 'iq[.]', 'iq[1]', 'iq//x']) {
  test(`xpath ${JSON.stringify(bad)} is a typed error`, () => {
    assert.throws(() => xpath(bad), { code: 'xmpp-matcher-invalid' });
  });
}

const byMask = (name: string, mask: string, yes: readonly string[], no: readonly string[] = []) =>
  check(`mask ${mask}: ${name}`, () => xmlMask(mask), yes, no);

byMask('the same element', '<iq/>', ['<iq/>', '<iq type="get"><x/></iq>'], ['<message/>']);
byMask(
  'attributes of the mask',
  '<iq type="get"/>',
  ['<iq type="get" id="1"/>'],
  ['<iq/>', '<iq type="set"/>'],
);
byMask(
  'children of the mask',
  `<iq><query ${M}/></iq>`,
  [`<iq><other/><query ${M} node="a"/></iq>`],
  ['<iq/>', '<iq><query xmlns="urn:x"/></iq>'],
);
byMask(
  'children in any order',
  '<message><body/><thread/></message>',
  ['<message><thread>t</thread><body>b</body></message>'],
  ['<message><body>b</body></message>'],
);
byMask(
  'text of the mask',
  '<message><body>x</body></message>',
  ['<message><body> x </body></message>'],
  ['<message><body>y</body></message>', '<message><body/></message>'],
);
byMask('no text in the mask: any text', '<message><body/></message>', ['<message><body>x</body></message>']);
byMask('one of several children may match', `<iq><query ${M}><item node="2"/></query></iq>`, [
  `<iq><query ${M}><item node="1"/><item node="2"/></query></iq>`,
]);
byMask(
  'parts of one child are not parts of several',
  `<iq><query ${M} node="a" mode="b"/></iq>`,
  [],
  [`<iq><query ${M} node="a"/><query ${M} mode="b"/></iq>`],
);
check('mask from an element', () => xmlMask(xml('iq', { type: 'get' })), ['<iq type="get"/>'], ['<iq/>']);
for (const bad of ['', 'iq', '<iq>', '<iq/><iq/>', '<!-- x --><iq/>', '<iq/></stream:stream><iq/>']) {
  test(`mask ${JSON.stringify(bad)} is a typed error`, () => {
    assert.throws(() => xmlMask(bad), { code: 'xmpp-matcher-invalid' });
  });
}

check(
  'id: the id, of whichever stanza',
  () => id('1'),
  ['<iq id="1"/>', '<message id="1"/>'],
  ['<iq id="2"/>', '<iq/>'],
);
check(
  'idFrom: id and sender',
  () => idFrom('1', 'ann@x/d', 'bea@y/p'),
  [
    '<iq id="1" from="bea@y/p"/>',
    '<iq id="1" from="bea@y"/>',
    '<iq id="1" from="y"/>',
    '<iq id="1" from="ann@x"/>',
    '<iq id="1" from="x"/>',
    '<iq id="1"/>',
  ],
  ['<iq id="2" from="bea@y/p"/>', '<iq id="1" from="eve@y/p"/>', '<iq id="1" from="bea@y/q"/>'],
);
check(
  'idFrom: a request to the own account',
  () => idFrom('1', 'ann@x/d', undefined),
  ['<iq id="1" from="ann@x/d"/>', '<iq id="1" from="ann@x"/>', '<iq id="1"/>'],
  ['<iq id="1" from="bea@x"/>'],
);
check(
  'anyOf: one of several',
  () => anyOf(stanzaPath('iq'), stanzaPath('message')),
  ['<iq/>', '<message/>'],
  ['<presence/>'],
);
check('anyOf nothing: nothing', () => anyOf(), [], ['<iq/>']);
check(
  'a function',
  () => createMatcher('odd', (stanza) => stanza.attr('id') === '3'),
  ['<iq id="3"/>'],
  ['<iq/>'],
);
