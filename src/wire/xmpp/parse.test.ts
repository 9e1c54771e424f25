import assert from 'node:assert/strict';
import test from 'node:test';
import { serialise } from './serialise.ts';
import { StreamParser, type ParserLimits } from './parse.ts';
import { XmlElement, type XmlNode } from './element.ts';

const HEADER =
  "<?xml version='1.0'?><stream:stream from='localhost' id='1' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

function parse(chunks: readonly (Buffer | string)[], limits?: Partial<ParserLimits>) {
  const seen = {
    header: undefined as XmlElement | undefined,
    elements: [] as XmlElement[],
    ended: false,
    error: '',
  };
  const parser = new StreamParser(
    {
      onHeader: (header) => (seen.header = header),
      onElement: (element) => seen.elements.push(element),
      onEnd: () => (seen.ended = true),
      onError: (error) => (seen.error = error.condition),
    },
    limits,
  );
  for (const chunk of chunks) parser.feed(Buffer.from(chunk));
  return seen;
}

/** A stanza of exactly this many bytes, some of them Chinese. */
const stanza = (bytes: number) => `<message>${'好'.repeat(9)}${'a'.repeat(bytes - 27 - 19)}</message>`;
const toAttributes = (count: number) => Array.from({ length: count }, (_, i) => ` a${i}=''`).join('');

const stanzaOf = (elements: number) => `<message>${'<a/>'.repeat(elements - 1)}</message>`;
const afterHeader = (xml: string, limits?: Partial<ParserLimits>) => parse([HEADER + xml], limits);

test('a stream gives its header, its stanzas and its end', () => {
  const seen = afterHeader("<message to='a'><body>你好 &amp; 👋</body></message><presence/></stream:stream>");
  assert.equal(seen.header?.attr('from'), 'localhost');
  assert.deepEqual(
    seen.elements.map((element) => serialise(element)),
    ['<message to="a"><body>你好 &amp; 👋</body></message>', '<presence/>'],
  );
  assert.equal(seen.ended, true);
});

test('a stream cut at any byte gives the same stanzas', () => {
  const stream = Buffer.from(
    `${HEADER}\r\n <message xml:lang='zh' p:k='v' xmlns:p='urn:p'><body>𠮷a&#x4f60;\r\n<![CDATA[<好>]]></body><x xmlns='urn:x'><y/></x></message>  <presence/>\n</stream:stream>`,
  );
  const whole = parse([stream]);
  assert.equal(whole.elements.length, 2);
  for (let at = 1; at < stream.length; at++) {
    assert.deepEqual(parse([stream.subarray(0, at), stream.subarray(at)]), whole, `cut at ${at}`);
  }
  assert.deepEqual(parse(Array.from(stream, (byte) => Buffer.from([byte]))), whole, 'byte by byte');
});

test('namespaces are resolved whatever the prefixes are', () => {
  const [element] = afterHeader(
    "<c:message xmlns:c='jabber:client'><c:body>a</c:body><h:body xmlns:h='urn:h'>b</h:body></c:message>",
  ).elements;
  assert.equal(element?.childText('body'), 'a');
  assert.equal(element?.childText('body', 'urn:h'), 'b');
});

test('text and CDATA that touch are one text', () => {
  assert.equal(
    afterHeader('<message><body>a<![CDATA[<b>]]>c</body></message>').elements[0]?.childText('body'),
    'a<b>c',
  );
});

test('an attribute may have any name without meaning anything', () => {
  const [element] = afterHeader("<message __proto__='a' constructor='b'/>").elements;
  assert.equal(element?.attr('__proto__'), 'a');
  assert.equal(element?.attr('constructor'), 'b');
  assert.equal(element?.attr('toString'), undefined);
});

for (const [what, xml, condition] of [
  ['a DTD', "<!DOCTYPE x [<!ENTITY a 'b'>]>", 'not-well-formed'],
  ['a processing instruction', '<?php a?>', 'restricted-xml'],
  ['a comment', '<message><!-- a --></message>', 'restricted-xml'],
  ['an entity nobody declared', '<message>&a;</message>', 'not-well-formed'],
  ['an entity named like a method of objects', '<message>&toString;</message>', 'not-well-formed'],
  ['a reference to a forbidden character', '<message>&#0;</message>', 'not-well-formed'],
  ['a control character', '<message>\u0001</message>', 'not-well-formed'],
  ['an unbound prefix', '<a:message/>', 'not-well-formed'],
  ['an attribute twice', "<message a='1' a='2'/>", 'not-well-formed'],
  ['a wrong end tag', '<message></presence>', 'not-well-formed'],
  ['text between stanzas', 'abc<message/>', 'not-well-formed'],
  ['a no-break space between stanzas', '<presence/>\u00a0<message/>', 'not-well-formed'],
] as const) {
  test(`${what} ends the stream`, () => {
    const seen = afterHeader(`${xml}<presence id='after'/>`);
    assert.equal(seen.error, condition);
    assert.ok(!seen.elements.some((element) => element.attr('id') === 'after'));
  });
}

test('a DTD before the stream, with an entity bomb in it, ends the stream', () => {
  const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>`;
  assert.equal(parse([bomb + HEADER]).error, 'restricted-xml');
});

test('an endless prologue is cut off', () => {
  assert.equal(parse([`<!DOCTYPE x [${'<!ENTITY a "a">'.repeat(2000)}`]).error, 'policy-violation');
});

test('another encoding is refused', () => {
  assert.equal(parse(["<?xml version='1.0' encoding='GBK'?>"]).error, 'unsupported-encoding');
});

for (const [what, bytes] of [
  ['a stray byte', [0xff]],
  ['a sequence broken off', [0xe4, 0xbd, 0x20]],
  ['an overlong sequence', [0xc0, 0xaf]],
  ['a surrogate', [0xed, 0xa0, 0x80]],
  ['GBK', [0xc4, 0xe3, 0xba, 0xc3]],
] as const) {
  test(`invalid UTF-8 ends the stream, however it is cut: ${what}`, () => {
    const stream = Buffer.concat([
      Buffer.from(`${HEADER}<message><body>`),
      Buffer.from(bytes),
      Buffer.from('</body></message>'),
    ]);
    assert.equal(parse([stream]).error, 'not-well-formed');
    assert.equal(parse(Array.from(stream, (byte) => Buffer.from([byte]))).error, 'not-well-formed');
  });
}

test('a stanza of exactly the limit is taken, one byte more is not, however they are cut', () => {
  const limits = { stanzaBytes: 100 };
  assert.equal(Buffer.byteLength(stanza(100)), 100);
  for (const pieceBytes of [1, 7, 1000]) {
    const cut = (text: string) => {
      const all = Buffer.from(HEADER + text);
      return Array.from({ length: Math.ceil(all.length / pieceBytes) }, (_, i) =>
        all.subarray(i * pieceBytes, (i + 1) * pieceBytes),
      );
    };
    const taken = parse(cut(stanza(100).repeat(3)), limits);
    assert.equal(taken.elements.length, 3);
    assert.equal(taken.error, '');
    const refused = parse(cut(stanza(100) + stanza(101)), limits);
    assert.equal(refused.error, 'policy-violation');
    assert.equal(refused.elements.length, 1);
  }
});

test('a stanza without an end is refused at the limit, long before it could fill the memory', () => {
  const seen: string[] = [];
  const parser = new StreamParser({
    onHeader() {},
    onElement() {},
    onEnd() {},
    onError: (error) => seen.push(error.condition),
  });
  parser.feed(Buffer.from(`${HEADER}<message><body>`));
  const mebibyte = Buffer.alloc(1024 * 1024, 'a');
  for (let i = 0; i < 11; i++) parser.feed(mebibyte);
  assert.deepEqual(seen, ['policy-violation']);
});

test('nesting, elements and attributes are bounded', () => {
  assert.equal(afterHeader(stanzaOf(100).repeat(5), { elements: 100 }).elements.length, 5);
  assert.equal(afterHeader(stanzaOf(101), { elements: 100 }).error, 'policy-violation');
  assert.equal(afterHeader('<a>'.repeat(128) + '</a>'.repeat(128)).error, '');
  assert.equal(afterHeader('<a>'.repeat(129)).error, 'policy-violation');
  assert.equal(afterHeader(`<message${toAttributes(256)}/>`).error, '');
  assert.equal(afterHeader(`<message${toAttributes(257)}/>`).error, 'policy-violation');
});

test('white space that keeps a stream alive is neither counted nor kept', () => {
  const limits = { stanzaBytes: 64 };
  const seen = parse(
    [HEADER, ...Array.from({ length: 1000 }, () => ' \n'), '<presence/>', ' ', ' <presence/> '],
    limits,
  );
  assert.equal(seen.error, '');
  assert.equal(seen.elements.length, 2);
});

test('nothing follows a stop, not even in the same chunk', () => {
  const seen: string[] = [];
  const parser = new StreamParser({
    onHeader() {},
    onElement(element) {
      seen.push(element.name);
      parser.stop();
    },
    onEnd: () => seen.push('end'),
    onError: (error) => seen.push(error.condition),
  });
  parser.feed(Buffer.from(`${HEADER}<proceed/><injected/></stream:stream>`));
  parser.feed(Buffer.from('<injected/>'));
  assert.deepEqual(seen, ['proceed']);
});

test('what is serialised is read back as it was', () => {
  let seed = 1;
  const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const pick = <T>(from: readonly T[]): T => from[random(from.length)]!;
  const texts = ['', 'a', '你好', '👋🏽', '<&>"\'', ']]>', '\r\n\t', '  ', 'é', '\u{10ffff}', '&amp;'];
  const element = (depth: number, ns: string): XmlElement => {
    const own = random(3) === 0 ? pick(['urn:a', 'urn:b', 'jabber:client']) : ns;
    const attributes = Object.create(null) as Record<string, string>;
    for (let i = random(4); i > 0; i--)
      attributes[pick(['id', 'to', 'xml:lang', '{urn:c}d', '{urn:a}d'])] = pick(texts);
    const children: XmlNode[] = [];
    for (let i = depth === 0 ? 0 : random(4); i > 0; i--) {
      if (random(2) === 0) children.push(element(depth - 1, own));
      else if (typeof children.at(-1) !== 'string') children.push(pick(texts.filter((text) => text !== '')));
    }
    return new XmlElement(pick(['message', 'x', 'a.b-c_1']), own, attributes, children);
  };
  for (let round = 0; round < 300; round++) {
    const original = element(4, 'jabber:client');
    assert.deepEqual(afterHeader(serialise(original)).elements, [original]);
  }
});
