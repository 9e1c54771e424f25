import assert from 'node:assert/strict';
import test from 'node:test';
import { xml } from './element.ts';
import {
  readCorrection,
  readReactions,
  readReply,
  readRetraction,
  REPLY_NS,
  splitFallback,
  toCorrection,
  toReactions,
  toReply,
  toReplyFallback,
  toRetraction,
} from './message-acts.ts';

test('what is written is read back the same', () => {
  assert.equal(readCorrection(xml('message', {}, toCorrection('a'))), 'a');
  assert.deepEqual(readRetraction(xml('message', {}, ...toRetraction('a'))), { id: 'a' });
  const reactions = { id: 'a', emojis: ['👍', '🎉'] };
  assert.deepEqual(readReactions(xml('message', {}, ...toReactions(reactions))), reactions);
  const reply = { id: 'a', to: 'room@conference.example.org/ann' };
  assert.deepEqual(readReply(xml('message', {}, toReply(reply))), reply);
});

test('retractions and moderation are read in their old form too', () => {
  const retract = xml('retract', { xmlns: 'urn:xmpp:message-retract:0' });
  const old = xml('apply-to', { xmlns: 'urn:xmpp:fasten:0', id: 'a' }, retract);
  assert.deepEqual(readRetraction(xml('message', {}, old)), { id: 'a' });
  const moderated = xml('moderated', { xmlns: 'urn:xmpp:message-moderate:0', by: 'room@x/mod' }, retract);
  const removal = xml('apply-to', { xmlns: 'urn:xmpp:fasten:0', id: 'a' }, moderated);
  assert.deepEqual(readRetraction(xml('message', {}, removal)), { id: 'a', moderated: { by: 'room@x/mod' } });
  const current = xml(
    'retract',
    { xmlns: 'urn:xmpp:message-retract:1', id: 'a' },
    xml('moderated', { xmlns: 'urn:xmpp:message-moderate:1' }),
  );
  assert.deepEqual(readRetraction(xml('message', {}, current)), { id: 'a', moderated: { by: undefined } });
});

test('acts without a target are none', () => {
  assert.equal(
    readCorrection(xml('message', {}, xml('replace', { xmlns: 'urn:xmpp:message-correct:0' }))),
    undefined,
  );
  assert.equal(
    readRetraction(xml('message', {}, xml('retract', { xmlns: 'urn:xmpp:message-retract:1' }))),
    undefined,
  );
  assert.equal(
    readReactions(xml('message', {}, xml('reactions', { xmlns: 'urn:xmpp:reactions:0' }))),
    undefined,
  );
  assert.equal(readReply(xml('message')), undefined);
});

test('reactions are bounded, and one given twice counts once', () => {
  const emojis = ['👍', '👍', 'x'.repeat(1000), ...Array.from({ length: 100 }, (_, i) => `e${i}`)];
  const read = readReactions(xml('message', {}, ...toReactions({ id: 'a', emojis })));
  assert.equal(read?.emojis.length, 32);
  assert.deepEqual(read.emojis.slice(0, 2), ['👍', 'e0']);
});

test('a fallback is cut out by characters, not by UTF-16 units', () => {
  const quote = '> 😀 said\n';
  const message = xml('message', {}, toReplyFallback([...quote].length));
  assert.deepEqual(splitFallback(message, `${quote}😀 yes`, REPLY_NS), { body: '😀 yes', fallback: quote });
});

test('a fallback whose range makes no sense is left in the body', () => {
  for (const [start, end] of [
    ['5', '2'],
    ['-1', '2'],
    ['0', '99'],
    ['a', 'b'],
  ]) {
    const mark = xml(
      'fallback',
      { xmlns: 'urn:xmpp:fallback:0', for: REPLY_NS },
      xml('body', { start, end }),
    );
    assert.deepEqual(splitFallback(xml('message', {}, mark), 'text', REPLY_NS), {
      body: 'text',
      fallback: '',
    });
  }
  const whole = xml('fallback', { xmlns: 'urn:xmpp:fallback:0', for: REPLY_NS });
  assert.deepEqual(splitFallback(xml('message', {}, whole), 'text', REPLY_NS), {
    body: '',
    fallback: 'text',
  });
});
