import assert from 'node:assert/strict';
import test from 'node:test';
import { XmlRefusedError } from './errors.ts';
import { parseXml } from './parse-xml.ts';
import { serialise } from './serialise.ts';

test('one element is read, in the namespace of stanzas unless it names one', () => {
  assert.equal(parseXml('<iq/>').ns, 'jabber:client');
  assert.equal(parseXml('<x/>', 'urn:x').ns, 'urn:x');
  assert.equal(parseXml('<x/>', "urn:'&<").ns, "urn:'&<");
  assert.equal(parseXml('<x xmlns="urn:y"/>').ns, 'urn:y');
});

test('what is read is written as it was', () => {
  const text = '<iq type="get"><query xmlns="urn:q" a="1">x &amp; y<b/></query></iq>';
  assert.equal(serialise(parseXml(text)), text);
});

test('what is not one element is refused', () => {
  for (const text of [
    '',
    'x',
    '<a>',
    '</a>',
    '<a/><b/>',
    '<a/>x',
    '<!--x--><a/>',
    '<!DOCTYPE a><a/>',
    '<a b=1/>',
  ]) {
    assert.throws(() => parseXml(text), XmlRefusedError, text);
  }
});

test('white space around the element does not matter', () => {
  assert.equal(parseXml('\n  <a/>\n').name, 'a');
});
