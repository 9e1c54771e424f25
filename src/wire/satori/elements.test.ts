/** Texts and elements, there and back. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Part } from './content.ts';
import { createElement, writeElements } from './elements.ts';
import { parseElements } from './parse-elements.ts';
import { readContent, readMessages } from './read-content.ts';
import { writeContent } from './write-content.ts';

test('what has a meaning is escaped, in texts and in attributes', () => {
  const nodes = [createElement('at', { id: '"<1>"', name: "a'b & c" }), '<b>&amp;</b> "x"'];
  assert.equal(
    writeElements(nodes),
    `<at id="&quot;&lt;1&gt;&quot;" name="a'b &amp; c"/>&lt;b&gt;&amp;amp;&lt;/b&gt; "x"`,
  );
  assert.deepEqual(parseElements(writeElements(nodes)), nodes);
});

test('texts of every sort come back as they were', () => {
  const texts = [
    '',
    '\n',
    'one\ntwo\n\n  three',
    '\n a \n',
    '&lt; &#60; &amp;',
    '<!-- x -->',
    '< a <b',
    'a&b;',
    '👨‍👩‍👧 胡同',
  ];
  for (const text of texts) {
    assert.equal(
      readContent(writeContent([{ type: 'text', text }]))
        .parts.map((part) => ('text' in part ? part.text : ''))
        .join(''),
      text,
    );
  }
});

test('parts of every sort come back as they were', () => {
  const parts: Part[] = [
    { type: 'text', text: 'plain ' },
    { type: 'text', text: 'both', marks: ['bold', 'italic'] },
    { type: 'mention', user: '7', name: 'Ann' },
    { type: 'mention', user: 'all', name: 'all' },
    { type: 'image', url: 'https://example.org/a?b=1&c=2', name: 'a.png', alt: 'a "house"' },
    { type: 'file', url: 'internal:x/1/y', name: 'a.txt' },
    {
      type: 'forward',
      messages: [{ sender: { id: '1', name: 'Bob' }, body: [{ type: 'text', text: 'hi' }] }],
    },
  ];
  assert.deepEqual(readContent(writeContent(parts)).parts, parts);
});

test('a quote is told beside what is said', () => {
  const content = writeContent([{ type: 'text', text: 'yes' }], { id: '9', name: 'Ann', text: 'really?' });
  assert.deepEqual(readContent(content), {
    parts: [{ type: 'text', text: 'yes' }],
    quote: { id: '9', name: 'Ann', text: 'really?' },
  });
});

test('what is broken is read as well as can be', () => {
  assert.deepEqual(parseElements('<b>open'), [createElement('b', {}, ['open'])]);
  assert.deepEqual(parseElements('a</b>c'), ['ac']);
  assert.deepEqual(parseElements('1 < 2 <3 <a'), ['1 < 2 <3 <a']);
  assert.deepEqual(parseElements('&#1114112; &nope; &#x41;'), ['&#1114112; &nope; A']);
  assert.deepEqual(parseElements('<at id=1/>'), ['<at id=1/>']);
  assert.equal(parseElements('<b>'.repeat(100_000)).length, 1);
  assert.deepEqual(parseElements(`<!--${'<'.repeat(100_000)}`).length, 1);
});

test('messages that are set apart are several', () => {
  assert.deepEqual(
    readMessages('a<message>b</message><message/>c').map(({ parts }) => parts),
    ['a', 'b', 'c'].map((text) => [{ type: 'text', text }]),
  );
});

test('links say where they lead, unless that is what they say', () => {
  assert.deepEqual(read('<a href="https://a.b">https://a.b</a>'), ['https://a.b']);
  assert.deepEqual(read('<a href="https://a.b">here</a>!'), ['here (https://a.b)!']);
});

function read(content: string): (string | undefined)[] {
  return readContent(content).parts.map((part) => ('text' in part ? part.text : ''));
}
