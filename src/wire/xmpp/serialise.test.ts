import assert from 'node:assert/strict';
import test from 'node:test';
import { xml } from './element.ts';
import { serialise } from './serialise.ts';

test('what XML cannot carry is replaced, and everything else survives', () => {
  const text = 'a\u0000\u0008\u001b[31m\u000b\ufffe\ud800b\udc00 你好 👋\t\n';
  assert.equal(
    serialise(xml('message', {}, xml('body', {}, text))),
    '<message><body>a\ufffd\ufffd\ufffd[31m\ufffd\ufffd\ufffdb\ufffd 你好 👋\t\n</body></message>',
  );
});

test('no text can leave its place', () => {
  assert.equal(
    serialise(xml('message', { to: `a" b='<&>\n` }, '</message><iq/>&lt;]]>')),
    '<message to="a&quot; b=&apos;&lt;&amp;&gt;&#10;">&lt;/message&gt;&lt;iq/&gt;&amp;lt;]]&gt;</message>',
  );
});

test('a namespace is written only where it changes', () => {
  const query = xml(
    'query',
    { xmlns: 'urn:q' },
    xml('item', {}),
    xml('x', { xmlns: 'jabber:x:data' }, xml('field', {})),
  );
  assert.equal(
    serialise(xml('iq', { type: 'get' }, query)),
    '<iq type="get"><query xmlns="urn:q"><item/><x xmlns="jabber:x:data"><field/></x></query></iq>',
  );
});

test('a name that is none is refused', () => {
  for (const name of ['', 'a b', 'a>', '1a', 'a:b', '<', 'xmlns:a']) {
    assert.throws(() => serialise(xml(name)), { code: 'xmpp-element-invalid' }, name);
    assert.throws(() => serialise(xml('iq', { [name]: '' })), { code: 'xmpp-element-invalid' }, name);
  }
});

test('built children take the namespace of their parent', () => {
  const message = xml(
    'message',
    {},
    xml('body', {}, 'a'),
    xml('x', { xmlns: 'urn:x' }, xml('y', {}, xml('z'))),
    undefined,
  );
  assert.equal(message.childText('body'), 'a');
  assert.equal(message.child('x', 'urn:x')?.child('y')?.child('z')?.ns, 'urn:x');
  assert.equal(message.child('x'), undefined);
});
