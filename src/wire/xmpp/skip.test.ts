import assert from 'node:assert/strict';
import test from 'node:test';
import type { XmlElement } from './element.ts';
import { StreamParser } from './parse.ts';
import { serialise } from './serialise.ts';
import { StanzaSkipper, type StanzaHead } from './skip.ts';

const toPuppet = ({ name, to, type }: StanzaHead) =>
  name === 'message' && type === 'groupchat' && to?.includes('@') === true;

const stop = () => {};

function filter(chunks: readonly string[], skip: (head: StanzaHead) => boolean = toPuppet): string {
  const skipper = new StanzaSkipper(skip);
  return chunks.map((chunk) => skipper.filter(chunk)).join('');
}

const nasty = [
  '<presence from="a"/> ',
  `<message to="p@q/r" type='groupchat' x=">'"><body>no &lt;/message&gt;</body><f><message to='x'><![CDATA[</message></f></message>]]></message></f></message>`,
  "<message to='q/r' type='groupchat'><body a='/'/>yes</message>",
  "<message type='groupchat' to='p@q'/>",
  "<message y=\" to='p@q' type='groupchat' \"><![CDATA[]]]]>]]></message>",
  '<iq\n type="get"\n></iq>\n',
  '</stream:stream>',
];
const kept = [nasty[0], nasty[2], nasty[4], nasty[5], nasty[6]].join('');

test('stanzas nobody wants are dropped whole, the others come through as they are', () => {
  assert.equal(filter([nasty.join('')]), kept);
});

test('it is the same wherever the text is cut', () => {
  const text = nasty.join('');
  for (let at = 1; at < text.length; at++) {
    assert.equal(filter([text.slice(0, at), text.slice(at)]), kept, `cut at ${at}`);
  }
  assert.equal(filter([...text]), kept, 'one character at a time');
});

test('what the start tag says is read without its references', () => {
  const heads: StanzaHead[] = [];
  filter([`<message from='a@b/&lt;&#x4f60;&amp;&#9731;&apos;' id='1'>x</message>`], (head) => {
    heads.push(head);
    return false;
  });
  assert.deepEqual(heads, [{ name: 'message', from: "a@b/<你&☃'", to: undefined, type: undefined }]);
});

test('markup that XMPP does not have reaches the parser, which refuses it', () => {
  const header =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>";
  for (const bad of [
    '<!-- c -->',
    "<message to='p@q' type='groupchat'><!-- c --></message>",
    '<?x?>',
    '<!x>',
  ]) {
    let refused = '';
    const parser = new StreamParser(
      { onHeader: stop, onElement: stop, onEnd: stop, onError: ({ condition }) => (refused = condition) },
      {},
      { contentNs: 'jabber:component:accept', skip: toPuppet },
    );
    for (const text of [header, '<presence/>', bad, '<presence/>']) parser.feed(Buffer.from(text));
    assert.notEqual(refused, '', bad);
  }
});

test('a start tag longer than any real one is let through, not collected', () => {
  const long = `<message a='${'x'.repeat(20_000)}`;
  const rest = `${long.slice(0, 9)}' to='p@q' type='groupchat'>hello</message>`;
  assert.equal(filter([long, rest]), long + rest);
});

test('a component’s stanzas are read as if they were a client’s', () => {
  const seen: XmlElement[] = [];
  const parser = new StreamParser(
    { onHeader: stop, onElement: (element) => seen.push(element), onEnd: stop, onError: stop },
    {},
    { contentNs: 'jabber:component:accept', skip: toPuppet },
  );
  const header =
    "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>";
  parser.feed(Buffer.from(header));
  parser.feed(Buffer.from('<handshake/>'));
  parser.feed(
    Buffer.from("<message to='p@q' type='groupchat'><body>dropped</body></message><message to='q'>"),
  );
  parser.feed(Buffer.from('<body>kept</body></message>'));
  assert.deepEqual(
    seen.map((element) => serialise(element)),
    ['<handshake/>', '<message to="q"><body>kept</body></message>'],
  );
});
