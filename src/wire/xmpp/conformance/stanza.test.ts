// Declared stanzas: how interfaces stand in the XML, what reading, writing and deleting do, languages, lists, plugins,
// overrides and extensions. Everything is judged by the XML that would go over the wire.
import assert from 'node:assert/strict';
import test from 'node:test';
import { inspect } from 'node:util';
import {
  attribute,
  boolean,
  child,
  children,
  computed,
  dateTime,
  decimal,
  defineStanza,
  flag,
  integer,
  Iq,
  Jid,
  jid,
  langText,
  Message,
  oneOf,
  ownText,
  parseJid,
  parseXml,
  Presence,
  registerStanzaPlugin,
  type Stanza,
  subText,
  toStanza,
  XmlElement,
  xml,
  type StanzaDefinition,
  type StanzaOf,
} from '../public.ts';

const Thing = defineStanza({
  name: 'thing',
  namespace: 'urn:t',
  interfaces: {
    node: attribute(),
    count: attribute(integer),
    ratio: attribute(decimal),
    ready: attribute(boolean),
    mode: attribute(oneOf('fast', 'slow')),
    kind: attribute(oneOf('a', 'b'), { default: 'a' }),
    owner: attribute(jid),
    since: attribute(dateTime),
    renamed: attribute(integer, { name: 'other-name' }),
    data: subText(),
    size: subText(integer),
    kept: subText(undefined, { keepEmpty: true }),
    foreign: subText(undefined, { namespace: 'urn:f' }),
    deep: subText(undefined, { name: ['outer', 'inner'] }),
    title: langText(),
    hidden: flag(),
    length: computed({ get: (stanza) => stanza.nodes.length }),
  },
});

const read = (text: string): StanzaOf<typeof Thing> => Thing.wrap(parseXml(text));
const T = 'xmlns="urn:t"';

/** What a property says of an XML. */
function reads(name: string, inner: string, property: keyof StanzaOf<typeof Thing>, expected: unknown): void {
  test(`reading: ${name}`, () => {
    const found: unknown = read(inner)[property];
    const isShown = found instanceof Date || found instanceof Jid;
    assert.deepEqual(isShown ? found.toString() : found, expected);
  });
}

reads('an attribute', `<thing ${T} node="x"/>`, 'node', 'x');
reads('an absent attribute is undefined', `<thing ${T}/>`, 'node', undefined);
reads('an attribute as a whole number', `<thing ${T} count=" -12 "/>`, 'count', -12);
reads('a number that is none is undefined', `<thing ${T} count="12x"/>`, 'count', undefined);
reads('a number with a point is no whole number', `<thing ${T} count="1.5"/>`, 'count', undefined);
reads(
  'a number too large to hold is undefined',
  `<thing ${T} count="99999999999999999"/>`,
  'count',
  undefined,
);
reads('an empty number is undefined', `<thing ${T} count=""/>`, 'count', undefined);
reads('a number with a point', `<thing ${T} ratio="1.5"/>`, 'ratio', 1.5);
reads('infinity is no number', `<thing ${T} ratio="Infinity"/>`, 'ratio', undefined);
reads('true', `<thing ${T} ready="true"/>`, 'ready', true);
reads('1 is true', `<thing ${T} ready="1"/>`, 'ready', true);
reads('0 is false', `<thing ${T} ready="0"/>`, 'ready', false);
reads('another word is neither', `<thing ${T} ready="yes"/>`, 'ready', undefined);
reads('one of some words', `<thing ${T} mode="slow"/>`, 'mode', 'slow');
reads('a word that is none of them is undefined', `<thing ${T} mode="Slow"/>`, 'mode', undefined);
reads('a default where the attribute is absent', `<thing ${T}/>`, 'kind', 'a');
reads('a default where the attribute says nothing known', `<thing ${T} kind="z"/>`, 'kind', 'a');
reads('an address', `<thing ${T} owner="Ann@X/y"/>`, 'owner', 'ann@x/y');
reads('a malformed address is undefined', `<thing ${T} owner="@"/>`, 'owner', undefined);
reads(
  'a moment',
  `<thing ${T} since="1969-07-21T02:56:15Z"/>`,
  'since',
  String(new Date('1969-07-21T02:56:15Z')),
);
reads('a moment that is none is undefined', `<thing ${T} since="soon"/>`, 'since', undefined);
reads('an attribute by another name', `<thing ${T} other-name="3"/>`, 'renamed', 3);
reads('the text of a child', `<thing ${T}><data>x</data></thing>`, 'data', 'x');
reads('an absent child is undefined', `<thing ${T}/>`, 'data', undefined);
reads('an empty child is the empty text', `<thing ${T}><data/></thing>`, 'data', '');
reads('the first of two children', `<thing ${T}><data>1</data><data>2</data></thing>`, 'data', '1');
reads(
  'a child of another namespace is not it',
  `<thing ${T}><data xmlns="urn:x">x</data></thing>`,
  'data',
  undefined,
);
reads(
  'a child of the namespace declared',
  `<thing ${T}><foreign xmlns="urn:f">x</foreign></thing>`,
  'foreign',
  'x',
);
reads('a child as a number', `<thing ${T}><size>7</size></thing>`, 'size', 7);
reads(
  'text with entities and CDATA',
  `<thing ${T}><data>a&amp;<![CDATA[<b>]]></data></thing>`,
  'data',
  'a&<b>',
);
reads('a text inside an element', `<thing ${T}><outer><inner>x</inner></outer></thing>`, 'deep', 'x');
reads('a flag that is there', `<thing ${T}><hidden/></thing>`, 'hidden', true);
reads('a flag that is not', `<thing ${T}/>`, 'hidden', false);
reads('what is computed', `<thing ${T}><a/><b/></thing>`, 'length', 2);

/** What writing makes of an empty thing. */
function writes(name: string, write: (thing: StanzaOf<typeof Thing>) => void, expected: string): void {
  test(`writing: ${name}`, () => {
    const thing = Thing.create();
    write(thing);
    assert.equal(thing.toString(), expected);
  });
}

writes('nothing', () => {}, `<thing ${T}/>`);
writes('an attribute', (thing) => (thing.node = 'x'), `<thing ${T} node="x"/>`);
writes('a number', (thing) => (thing.count = 0), `<thing ${T} count="0"/>`);
writes('false', (thing) => (thing.ready = false), `<thing ${T} ready="false"/>`);
writes('an address', (thing) => (thing.owner = parseJid('A@B/c')), `<thing ${T} owner="a@b/c"/>`);
writes(
  'a moment, in UTC',
  (thing) => (thing.since = new Date(0)),
  `<thing ${T} since="1970-01-01T00:00:00.000Z"/>`,
);
writes('an attribute by another name', (thing) => (thing.renamed = 1), `<thing ${T} other-name="1"/>`);
writes(
  'the empty text removes an attribute',
  (thing) => {
    thing.node = 'x';
    thing.node = '';
  },
  `<thing ${T}/>`,
);
writes(
  'undefined removes an attribute',
  (thing) => {
    thing.node = 'x';
    thing.node = undefined;
  },
  `<thing ${T}/>`,
);
writes(
  'null removes an attribute',
  (thing) => {
    thing.node = 'x';
    (thing as { node: unknown }).node = null;
  },
  `<thing ${T}/>`,
);
writes('a child', (thing) => (thing.data = 'x'), `<thing ${T}><data>x</data></thing>`);
writes(
  'a child again replaces it',
  (thing) => {
    thing.data = 'x';
    thing.data = 'y';
  },
  `<thing ${T}><data>y</data></thing>`,
);
writes(
  'a child again keeps its place',
  (thing) => {
    thing.data = 'x';
    thing.size = 1;
    thing.data = 'y';
  },
  `<thing ${T}><data>y</data><size>1</size></thing>`,
);
writes(
  'the empty text removes a child',
  (thing) => {
    thing.data = 'x';
    thing.data = '';
  },
  `<thing ${T}/>`,
);
writes(
  'undefined removes a child',
  (thing) => {
    thing.data = 'x';
    thing.data = undefined;
  },
  `<thing ${T}/>`,
);
writes(
  'the empty text keeps a child where it is declared so',
  (thing) => (thing.kept = ''),
  `<thing ${T}><kept/></thing>`,
);
writes(
  'undefined removes that one too',
  (thing) => {
    thing.kept = '';
    thing.kept = undefined;
  },
  `<thing ${T}/>`,
);
writes(
  'a child of another namespace',
  (thing) => (thing.foreign = 'x'),
  `<thing ${T}><foreign xmlns="urn:f">x</foreign></thing>`,
);
writes(
  'a text inside an element makes the elements on the way',
  (thing) => (thing.deep = 'x'),
  `<thing ${T}><outer><inner>x</inner></outer></thing>`,
);
writes(
  'a text inside an element keeps what is around it',
  (thing) => {
    thing.append(xml('outer', {}, xml('else')));
    thing.deep = 'x';
  },
  `<thing ${T}><outer><else/><inner>x</inner></outer></thing>`,
);
writes(
  'a text inside an element is deleted without the element',
  (thing) => {
    thing.deep = 'x';
    thing.deep = undefined;
  },
  `<thing ${T}><outer/></thing>`,
);
writes('true sets a flag', (thing) => (thing.hidden = true), `<thing ${T}><hidden/></thing>`);
writes(
  'true twice sets it once',
  (thing) => {
    thing.hidden = true;
    thing.hidden = true;
  },
  `<thing ${T}><hidden/></thing>`,
);
writes(
  'false removes a flag',
  (thing) => {
    thing.hidden = true;
    thing.hidden = false;
  },
  `<thing ${T}/>`,
);
writes(
  'many at once',
  (thing) => thing.assign({ node: 'n', data: 'd', hidden: true }),
  `<thing ${T} node="n"><data>d</data><hidden/></thing>`,
);
writes(
  'null and undefined among many delete',
  (thing) => {
    thing.assign({ node: 'n', data: 'd' }).assign({ node: null, data: undefined });
  },
  `<thing ${T}/>`,
);

for (const [what, write] of [
  ['a fraction as a whole number', (thing) => (thing.count = 1.5)],
  ['NaN', (thing) => (thing.ratio = Number.NaN)],
  ['a word that is none of those declared', (thing) => (thing.mode = 'medium' as 'fast')],
  ['a number as text', (thing) => (thing.data = 3 as unknown as string)],
  ['a date that is none', (thing) => (thing.since = new Date('soon'))],
  ['a name that is no property', (thing) => thing.assign({ nothing: 1 } as object)],
] as const satisfies readonly (readonly [string, (thing: StanzaOf<typeof Thing>) => unknown])[]) {
  test(`writing ${what} is a typed error`, () => {
    assert.throws(() => write(Thing.create()), { code: 'xmpp-value-invalid' });
  });
}

test('what is not declared is kept and written back', () => {
  const text = `<thing ${T} odd="1"><odd xmlns="urn:o">x</odd>text</thing>`;
  const thing = read(text);
  thing.data = 'd';
  assert.equal(thing.toString(), `<thing ${T} odd="1"><odd xmlns="urn:o">x</odd>text<data>d</data></thing>`);
});

test('wrapping an element does not change the element', () => {
  const element = parseXml(`<thing ${T} node="x"><data>d</data></thing>`);
  Thing.wrap(element).assign({ node: 'y', data: 'e' });
  assert.equal(element.attr('node'), 'x');
  assert.equal(element.childText('data'), 'd');
});

test('wrapping another element is a typed error', () => {
  assert.throws(() => Thing.wrap(parseXml('<thing xmlns="urn:other"/>')), { code: 'xmpp-value-invalid' });
});

test('a clone shares nothing', () => {
  const thing = Thing.create({ data: 'x' });
  const clone = thing.clone();
  clone.data = 'y';
  assert.equal(thing.data, 'x');
});

test('stanzas with the same values are equal, whatever the order in the XML', () => {
  assert.ok(
    Thing.create({ node: 'n', data: 'd', size: 1 }).equals(Thing.create({ size: 1, data: 'd', node: 'n' })),
  );
});

test('stanzas with other values, or of another kind, are not equal', () => {
  assert.ok(!Thing.create({ node: 'n' }).equals(Thing.create({ node: 'm' })));
  assert.ok(!Iq.create().equals(Message.create()));
});

test('values as a plain object go in and out', () => {
  const values = Thing.create({ node: 'n', count: 2, title: 't', hidden: true }).toValues();
  const again = Thing.create();
  const { length, ...settable } = values;
  assert.equal(length, 2);
  again.assign(settable);
  assert.equal(again.toString(), `<thing ${T} node="n" count="2" kind="a"><title>t</title><hidden/></thing>`);
});

test('clear removes the children and keeps the attributes', () => {
  const thing = Thing.create({ node: 'n', data: 'd' });
  assert.equal(thing.clear().toString(), `<thing ${T} node="n"/>`);
});

test('the text directly in an element', () => {
  const Nick = defineStanza({ name: 'nick', namespace: 'urn:n', interfaces: { value: ownText() } });
  const nick = Nick.create({ value: 'Ann' });
  assert.equal(nick.toString(), '<nick xmlns="urn:n">Ann</nick>');
  nick.value = undefined;
  assert.equal(nick.toString(), '<nick xmlns="urn:n"/>');
  assert.equal(nick.value, undefined);
});

test('the text directly in an element, as a number', () => {
  const Age = defineStanza({ name: 'age', namespace: 'urn:n', interfaces: { years: ownText(integer) } });
  assert.equal(Age.wrap(parseXml('<age xmlns="urn:n">42</age>')).years, 42);
});

test('an interface cannot take the name of what every stanza has', () => {
  assert.throws(() => defineStanza({ name: 'x', namespace: 'urn:x', interfaces: { parent: attribute() } }), {
    code: 'xmpp-definition-invalid',
  });
});

test('a peer cannot reach the prototype by an attribute name', () => {
  const thing = read(`<thing ${T} __proto__="x" constructor="y"/>`);
  assert.equal(thing.attr('__proto__'), 'x');
  assert.equal(thing.attr('toString'), undefined);
});

// Languages.

const TITLES = `<thing ${T} xml:lang="en"><title>Hi</title><title xml:lang="zh">你好</title><title xml:lang="de">Hallo</title></thing>`;

test("languages: the property is the text in the stanza's language", () =>
  assert.equal(read(TITLES).title, 'Hi'));
test('languages: one by its name', () => assert.equal(read(TITLES).getText('title', 'zh'), '你好'));
test('languages: one that is not there gives the first there is', () => {
  assert.equal(read(`<thing ${T}><title xml:lang="zh">你好</title></thing>`).getText('title', 'fr'), '你好');
});
test('languages: all of them', () => {
  assert.deepEqual(
    [...read(TITLES).getTexts('title')],
    [
      ['en', 'Hi'],
      ['zh', '你好'],
      ['de', 'Hallo'],
    ],
  );
});
test('languages: writing the property writes the own language only', () => {
  const thing = read(TITLES);
  thing.title = 'Hello';
  assert.deepEqual([...thing.getTexts('title').values()], ['Hello', '你好', 'Hallo']);
});
test('languages: writing one by its name', () => {
  const thing = read(TITLES);
  thing.setText('title', 'de', 'Servus');
  thing.setText('title', 'fr', 'Salut');
  assert.equal(
    thing.toString(),
    `<thing ${T} xml:lang="en"><title>Hi</title><title xml:lang="zh">你好</title><title xml:lang="de">Servus</title><title xml:lang="fr">Salut</title></thing>`,
  );
});
test('languages: deleting one by its name', () => {
  const thing = read(TITLES);
  thing.setText('title', 'zh', undefined);
  assert.deepEqual([...thing.getTexts('title').keys()], ['en', 'de']);
});
test('languages: deleting the property deletes the own language only', () => {
  const thing = read(TITLES);
  thing.title = undefined;
  assert.deepEqual([...thing.getTexts('title').keys()], ['zh', 'de']);
});
test('languages: writing all replaces all', () => {
  const thing = read(TITLES);
  thing.setTexts('title', { en: 'A', ja: 'B' });
  assert.equal(
    thing.toString(),
    `<thing ${T} xml:lang="en"><title>A</title><title xml:lang="ja">B</title></thing>`,
  );
});
test('languages: an element without a language has that of the stanza around it', () => {
  const message = Message.wrap(parseXml('<message xml:lang="de"><body>Hallo</body></message>'));
  assert.deepEqual([...message.getTexts('body')], [['de', 'Hallo']]);
});
test('languages: a part of a stanza has the language of the whole', () => {
  const iq = Iq.create();
  iq.lang = 'zh';
  assert.equal(iq.sub(Thing).lang, 'zh');
  assert.equal(iq.toString(), `<iq xml:lang="zh"><thing ${T}/></iq>`);
});
test('languages: lang is written and removed', () => {
  const thing = Thing.create();
  thing.lang = 'de';
  assert.equal(thing.toString(), `<thing ${T} xml:lang="de"/>`);
  thing.lang = undefined;
  assert.equal(thing.toString(), `<thing ${T}/>`);
});
test('languages: a field without them says so', () => {
  assert.throws(() => Thing.create().getText('data', 'de'), { code: 'xmpp-value-invalid' });
});
test('languages: in values, each under its name', () => {
  const thing = Thing.create();
  thing.assign({ 'title|de': 'Hallo', title: 'Hi' } as object);
  assert.deepEqual(thing.toValues()['title|*'], { de: 'Hallo', '': 'Hi' });
});
test('languages: a plugin may exist once for each', () => {
  const iq = Iq.create();
  iq.sub(Thing, 'de').data = 'Hallo';
  iq.sub(Thing, 'zh').data = '你好';
  assert.equal(iq.sub(Thing, 'de').data, 'Hallo');
  assert.equal(iq.subs(Thing).length, 2);
  assert.equal(iq.findSub(Thing, 'fr'), undefined);
});

// Stanzas in stanzas.

const Item = defineStanza({
  name: 'item',
  namespace: 'urn:l',
  plugin: 'conf_item',
  pluginMulti: 'conf_items',
  interfaces: { node: attribute() },
});
const List = defineStanza({
  name: 'list',
  namespace: 'urn:l',
  plugin: 'conf_list',
  interfaces: { title: subText() },
});
const L = 'xmlns="urn:l"';

interface Lists {
  conf_list: StanzaOf<typeof List> & {
    conf_item: StanzaOf<typeof Item>;
    conf_items: readonly StanzaOf<typeof Item>[];
  };
}

/** With the list in IQs and the items in the list, and neither afterwards. */
function withList(name: string, run: (iq: Iq & Lists) => void, text = '<iq/>'): void {
  test(name, () => {
    const remove = [registerStanzaPlugin(Iq, List), registerStanzaPlugin(List, Item, { iterable: true })];
    try {
      run(Iq.wrap(parseXml(text)) as Iq & Lists);
    } finally {
      for (const each of remove) each();
    }
  });
}

const TWO = `<iq><list ${L}><item node="1"/><item node="2"/></list></iq>`;

withList('plugins: a registered stanza is a property, made on access', (iq) => {
  iq.conf_list.title = 'x';
  assert.equal(iq.toString(), `<iq><list ${L}><title>x</title></list></iq>`);
});
withList('plugins: access gives the same object every time', (iq) =>
  assert.equal(iq.conf_list, iq.conf_list),
);
withList('plugins: what arrived is found', (iq) => assert.equal(iq.conf_list.conf_items.length, 2), TWO);
withList(
  'plugins: access to what arrived adds nothing',
  (iq) => {
    void iq.conf_list;
    assert.equal(iq.toString(), TWO);
  },
  TWO,
);
withList(
  'plugins: changes to what arrived are written',
  (iq) => {
    iq.conf_list.conf_items[0]!.node = 'x';
    assert.equal(iq.toString(), TWO.replace('"1"', '"x"'));
  },
  TWO,
);
withList(
  'plugins: an element of the same name in another namespace is not the plugin',
  (iq) => {
    assert.equal(iq.findSub(List), undefined);
  },
  '<iq><list xmlns="urn:other"/></iq>',
);
withList(
  'plugins: assigning undefined removes it',
  (iq) => {
    (iq as { conf_list: unknown }).conf_list = undefined;
    assert.equal(iq.toString(), '<iq/>');
  },
  TWO,
);
withList(
  'plugins: assigning a stanza replaces it',
  (iq) => {
    iq.conf_list = List.create({ title: 'new' }) as Lists['conf_list'];
    assert.equal(iq.toString(), `<iq><list ${L}><title>new</title></list></iq>`);
  },
  TWO,
);
withList('plugins: assigning something else is a typed error', (iq) => {
  assert.throws(() => ((iq as { conf_list: unknown }).conf_list = 'x'), { code: 'xmpp-value-invalid' });
});
withList('plugins: values of a plugin go in with those of the stanza', (iq) => {
  iq.assign({ conf_list: { title: 'x' } });
  assert.equal(iq.toString(), `<iq><list ${L}><title>x</title></list></iq>`);
});
withList('plugins: values of a plugin come out with those of the stanza', (iq) => {
  iq.conf_list.title = 'x';
  assert.deepEqual(iq.toValues(), { conf_list: { title: 'x' } });
});
withList('plugins: the parent is known', (iq) => assert.equal(iq.conf_list.parent, iq));
withList(
  'plugins: a part that is removed has no parent',
  (iq) => {
    const list = iq.conf_list;
    iq.removeSub(List);
    assert.equal(list.parent, undefined);
  },
  TWO,
);

withList(
  'lists: items are in the order of the document',
  (iq) => {
    assert.deepEqual(
      iq.conf_list.conf_items.map(({ node }) => node),
      ['1', '2'],
    );
  },
  TWO,
);
withList('lists: substanzas are the items', (iq) => assert.equal(iq.conf_list.substanzas.length, 2), TWO);
withList(
  'lists: a plugin that is no item is no substanza',
  (iq) => {
    void iq.conf_list;
    assert.deepEqual(iq.substanzas, []);
  },
  TWO,
);
withList(
  'lists: a stanza is iterable',
  (iq) => {
    assert.deepEqual(
      [...iq.conf_list].map((item) => item.attr('node')),
      ['1', '2'],
    );
  },
  TWO,
);
withList(
  'lists: two loops at once do not disturb each other',
  (iq) => {
    const pairs: string[] = [];
    for (const one of iq.conf_list)
      for (const other of iq.conf_list) pairs.push(`${one.attr('node')}${other.attr('node')}`);
    assert.deepEqual(pairs, ['11', '12', '21', '22']);
  },
  TWO,
);
withList(
  'lists: writing a list replaces the items',
  (iq) => {
    iq.conf_list.conf_items = [Item.create({ node: 'a' }), Item.create({ node: 'b' })];
    assert.equal(iq.toString(), `<iq><list ${L}><item node="a"/><item node="b"/></list></iq>`);
  },
  TWO,
);
withList(
  'lists: writing undefined empties it',
  (iq) => {
    (iq.conf_list as { conf_items: unknown }).conf_items = undefined;
    assert.equal(iq.toString(), `<iq><list ${L}/></iq>`);
  },
  TWO,
);
withList(
  'lists: writing a list leaves other content alone',
  (iq) => {
    iq.conf_list.title = 't';
    iq.conf_list.conf_items = [Item.create({ node: 'a' })];
    assert.equal(iq.toString(), `<iq><list ${L}><title>t</title><item node="a"/></list></iq>`);
  },
  TWO,
);
withList(
  'lists: append adds at the end',
  (iq) => {
    iq.conf_list.append(Item.create({ node: '3' }));
    assert.deepEqual(
      iq.conf_list.conf_items.map(({ node }) => node),
      ['1', '2', '3'],
    );
  },
  TWO,
);
withList(
  'lists: an element that is appended is an item like any other',
  (iq) => {
    iq.conf_list.append(xml('item', { node: '3' }));
    assert.equal(iq.conf_list.conf_items[2]?.node, '3');
  },
  TWO,
);
withList(
  'lists: pop takes the first item',
  (iq) => {
    assert.equal(iq.conf_list.popSub()?.attr('node'), '1');
    assert.equal(iq.toString(), `<iq><list ${L}><item node="2"/></list></iq>`);
  },
  TWO,
);
withList(
  'lists: pop takes the item at a place',
  (iq) => {
    assert.equal(iq.conf_list.popSub(1)?.attr('node'), '2');
    assert.equal(iq.conf_list.popSub(5), undefined);
  },
  TWO,
);
withList(
  'lists: the single name makes or finds the first',
  (iq) => assert.equal(iq.conf_list.conf_item.node, '1'),
  TWO,
);
withList('lists: a stanza without registration is a substanza once it is appended', (iq) => {
  iq.append(Thing.create());
  assert.deepEqual(
    iq.substanzas.map(({ definition }) => definition.name),
    ['thing'],
  );
});
withList(
  'lists: in values with their tags, and back',
  (iq) => {
    const { substanzas } = iq.conf_list.toValues();
    assert.deepEqual(substanzas, [
      { tag: '{urn:l}item', node: '1' },
      { tag: '{urn:l}item', node: '2' },
    ]);
    iq.conf_list.assign({ substanzas: [{ tag: '{urn:l}item', node: 'z' }] } as object);
    assert.equal(iq.toString(), `<iq><list ${L}><item node="z"/></list></iq>`);
  },
  TWO,
);

test('lists: declared with the stanza, they need no registration', () => {
  const Own = defineStanza({
    name: 'own',
    namespace: 'urn:l',
    interfaces: { items: children(Item), first: child(List) },
  });
  const own = Own.wrap(parseXml(`<own ${L}><item node="1"/></own>`));
  assert.equal(own.items[0]?.node, '1');
  own.items = [...own.items, Item.create({ node: '2' })];
  own.first.title = 't';
  assert.equal(
    own.toString(),
    `<own ${L}><item node="1"/><item node="2"/><list><title>t</title></list></own>`,
  );
});

test('a stanza is in one place: appending it elsewhere moves it', () => {
  const item = Item.create({ node: '1' });
  const one = List.create().append(item);
  const other = List.create().append(item);
  assert.equal(one.toString(), `<list ${L}/>`);
  assert.equal(other.toString(), `<list ${L}><item node="1"/></list>`);
  assert.equal(item.parent, other);
});

test('a stanza cannot be put into itself', () => {
  const list = List.create();
  const inner = list.sub(List);
  assert.throws(() => inner.append(list), { code: 'xmpp-value-invalid' });
  assert.throws(() => list.append(list), { code: 'xmpp-value-invalid' });
});

// Registration.

test('registration: taken away, the property and the paths are gone', () => {
  const remove = registerStanzaPlugin(Iq, List);
  assert.ok('conf_list' in Iq.create());
  remove();
  remove();
  assert.ok(!('conf_list' in Iq.create()));
  assert.deepEqual(Iq.wrap(parseXml(TWO)).subsNamed('conf_list'), []);
});
test('registration: twice is there until both are taken away', () => {
  const first = registerStanzaPlugin(Iq, List);
  const second = registerStanzaPlugin(Iq, List);
  first();
  assert.ok('conf_list' in Iq.create());
  second();
  assert.ok(!('conf_list' in Iq.create()));
});
test('registration: a name that another declaration has is refused', () => {
  const remove = registerStanzaPlugin(Iq, List);
  const Other = defineStanza({ name: 'other', namespace: 'urn:o', plugin: 'conf_list' });
  assert.throws(() => registerStanzaPlugin(Iq, Other), { code: 'xmpp-definition-invalid' });
  remove();
});
test('registration: an element that another declaration has is refused', () => {
  const remove = registerStanzaPlugin(Iq, List);
  const Other = defineStanza({ name: 'list', namespace: 'urn:l', plugin: 'conf_other' });
  assert.throws(() => registerStanzaPlugin(Iq, Other), { code: 'xmpp-definition-invalid' });
  remove();
});
test('registration: a name that is an interface of the parent is refused', () => {
  const Other = defineStanza({ name: 'other', namespace: 'urn:o', plugin: 'query' });
  assert.throws(() => registerStanzaPlugin(Iq, Other), { code: 'xmpp-definition-invalid' });
});
test('registration: in one stanza it says nothing about others', () => {
  const remove = registerStanzaPlugin(Iq, List);
  assert.ok(!('conf_list' in Message.create()));
  remove();
});

// Overrides and extensions.

const Shout = defineStanza({
  name: 'shout',
  namespace: 'urn:s',
  interfaces: { volume: attribute() },
  overrides: {
    body: {
      get: (parent, plugin) =>
        plugin === undefined
          ? parent.childText({ path: ['body'] })
          : parent.childText({ path: ['body'] })?.toUpperCase(),
      set(parent, plugin, value) {
        plugin.volume = '11';
        parent.setChildText({ path: ['body'] }, String(value));
      },
      remove: (parent) => parent.clear(),
    },
  },
});

test('overrides: a plugin reads and writes in place of its parent', () => {
  const remove = registerStanzaPlugin(Message, Shout, { overrides: true });
  const message = Message.create();
  message.body = 'hi';
  assert.equal(message.toString(), '<message><shout xmlns="urn:s" volume="11"/><body>hi</body></message>');
  assert.equal(message.body, 'HI');
  message.body = undefined;
  assert.equal(message.toString(), '<message/>');
  remove();
});
test('overrides: without the option nothing is overridden', () => {
  const remove = registerStanzaPlugin(Message, Shout);
  assert.equal(Message.create({ body: 'hi' }).toString(), '<message><body>hi</body></message>');
  remove();
});
test('overrides: taken away, the parent is as before', () => {
  registerStanzaPlugin(Message, Shout, { overrides: true })();
  assert.equal(Message.create({ body: 'hi' }).body, 'hi');
});
test('overrides: reading makes no plugin', () => {
  const remove = registerStanzaPlugin(Message, Shout, { overrides: true });
  const message = Message.wrap(parseXml('<message><body>hi</body></message>'));
  assert.equal(message.body, 'hi');
  assert.equal(message.toString(), '<message><body>hi</body></message>');
  remove();
});
test('overrides: of what the parent does not have are refused', () => {
  assert.throws(() => registerStanzaPlugin(Presence, Shout, { overrides: true }), {
    code: 'xmpp-definition-invalid',
  });
});

const Token = defineStanza({
  name: 'token',
  namespace: 'urn:k',
  extension: true,
  interfaces: { token: ownText() },
});

test('extensions: a plugin is one property of its parent', () => {
  const remove = registerStanzaPlugin(Iq, Token);
  const iq = Iq.create() as Iq & { token: string | undefined };
  assert.equal(iq.token, undefined);
  assert.equal(iq.toString(), '<iq/>');
  iq.token = 'x';
  assert.equal(iq.toString(), '<iq><token xmlns="urn:k">x</token></iq>');
  assert.equal(iq.token, 'x');
  iq.token = undefined;
  assert.equal(iq.toString(), '<iq/>');
  remove();
});
test('extensions: without the interface of that name they are refused', () => {
  assert.throws(() => defineStanza({ name: 'x', namespace: 'urn:x', extension: true }), {
    code: 'xmpp-definition-invalid',
  });
});

test('a stanza that is made may set itself up', () => {
  const Stamped = defineStanza({
    name: 'stamped',
    namespace: 'urn:s',
    interfaces: { v: attribute(integer) },
    created: (stamped) => void (stamped.v = 2),
  });
  assert.equal(Stamped.create().toString(), '<stamped xmlns="urn:s" v="2"/>');
  assert.equal(Stamped.wrap(parseXml('<stamped xmlns="urn:s"/>')).v, undefined);
});

test('the same element by another declaration: the one asked for last knows it', () => {
  const Other = defineStanza({ name: 'list', namespace: 'urn:l', interfaces: { other: attribute() } });
  const iq = Iq.wrap(parseXml(`<iq><list ${L} other="x"/></iq>`));
  void iq.sub(List);
  assert.equal(iq.sub(Other).other, 'x');
  assert.equal(iq.toString(), `<iq><list ${L} other="x"/></iq>`);
});

// Messages and presences.

test('message: normal where the stanza does not say', () => assert.equal(Message.create().type, 'normal'));
test('message: reply goes back with type and thread', () => {
  const message = Message.wrap(
    parseXml('<message type="chat" from="bea@x/p"><thread>t</thread><body>hi</body></message>'),
  );
  assert.equal(
    message.reply('yes').toString(),
    '<message type="chat" to="bea@x/p"><thread>t</thread><body>yes</body></message>',
  );
});
test('message: reply to one of a room goes to the room', () => {
  const message = Message.wrap(
    parseXml('<message type="groupchat" from="room@x/bea"><body>hi</body></message>'),
  );
  assert.equal(message.reply('yes').to?.toString(), 'room@x');
});
test('presence: show, status and priority', () => {
  assert.equal(
    Presence.create({ show: 'dnd', status: 'out', priority: -1 }).toString(),
    '<presence><show>dnd</show><status>out</status><priority>-1</priority></presence>',
  );
});
test('presence: an unknown show reads as absent', () => {
  assert.equal(Presence.wrap(parseXml('<presence><show>busy</show></presence>')).show, undefined);
});
test('any stanza is told by its name', () => {
  for (const name of ['iq', 'message', 'presence'])
    assert.equal(toStanza(parseXml(`<${name}/>`)).definition.name, name);
  assert.throws(() => toStanza(parseXml('<other/>')), { code: 'xmpp-value-invalid' });
});
test('addresses are written as text or as addresses, and read as addresses', () => {
  const iq = Iq.create();
  iq.to = 'Bea@X/p';
  assert.equal(iq.to?.bare.toString(), 'bea@x');
  iq.to = parseJid('cay@y');
  assert.equal(iq.attr('to'), 'cay@y');
  iq.to = null;
  assert.equal(iq.toString(), '<iq/>');
});
test('a stanza gives plain elements and text to those who want them', () => {
  const thing: Stanza = read(`<thing ${T}>a<data>d</data></thing>`);
  assert.ok(thing.xml instanceof XmlElement);
  assert.equal(thing.innerText, 'a');
  const definition: StanzaDefinition = thing.definition;
  assert.equal(definition.namespace, 'urn:t');
});
test('a stanza in a log, or on a console, is its XML', () => {
  const message = Message.create({ type: 'chat', body: 'hi' });
  const text = '<message type="chat"><body>hi</body></message>';
  assert.equal(JSON.stringify({ message }), JSON.stringify({ message: text }));
  assert.equal(inspect(message), text);
  assert.equal(inspect({ message }), `{ message: ${text} }`);
});
