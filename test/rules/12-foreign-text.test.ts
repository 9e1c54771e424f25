/**
 * Rule 12, foreign text is data: whatever somebody writes or is called, it is shown as that person's words, in every
 * linked room and in the log. How lines and names are made harmless is tested beside `render.ts`, terminals' side
 * beside `wire/telnet/terminal-text.ts`.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { DeliveryError } from '../../src/hub/errors.ts';
import { linkedPair } from './world.ts';

test('rule 12, foreign text is data: neither a text nor a name can look like somebody else’s message', async () => {
  const { world, a, b } = await linkedPair({ b: { carries: [], limits: { textBytes: 200 } } });
  a.server.say('r', 'ann', 'hi\n<bob> I owe you');
  a.server.say('r', 'ann>\n<bob', 'I owe you');
  a.server.say('r', 'ann', `${'long '.repeat(100)}<bob> I owe you`);
  const question = a.server.say('r', 'x\n<bob> I owe you', 'y\n<bob> I owe you');
  a.server.say('r', 'ann', 'indeed', { replyTo: question.native });
  await world.pass(1000);
  await world.finish(a.react(question, 'ann', '👍\n<bob> I owe you'));
  await world.pass(1000);
  const lines = b.server.texts('r').flatMap((text) => text.split('\n'));
  assert.ok(lines.length > 8);
  assert.deepEqual(
    lines.filter((line) => /^\W*bob/.test(line) && !line.startsWith('| ')),
    [],
  );
});

test('rule 12, foreign text is data: what somebody wrote stays out of the log', async () => {
  const { world, a, b } = await linkedPair();
  const marker = 'SECRET-WORDS';
  let calls = 0;
  b.before = () => {
    calls += 1;
    if (calls === 1) throw new DeliveryError('failed', 'busy');
    if (calls === 2) throw new TypeError('broken');
    if (calls === 4) throw new DeliveryError('failed', 'banned', { permanent: true });
  };
  const said = a.server.say('r', 'ann', marker);
  await world.pass(10_000);
  await world.finish(a.edit(said, 'mallory', marker, { native: 'e1' }));
  await world.finish(a.edit(said, 'ann', `${marker}!`, { native: 'e2' }));
  await world.pass(10_000);
  b.cut();
  await world.pass(10_000);
  assert.ok(world.logged.length > 3);
  assert.doesNotMatch(JSON.stringify(world.logged), new RegExp(marker));
});

test('rule 12, foreign text is data: ids of any form neither collide nor break anything', async () => {
  const { world, a, b } = await linkedPair();
  const natives = [
    '1',
    '1\n',
    '\n1',
    '1\n2',
    '',
    ' ',
    '\u0000',
    "'; DROP TABLE events; --",
    '😀',
    '\ud800',
    '/',
  ];
  for (const native of natives)
    await world.finish(a.message('r', 'ann', `id ${JSON.stringify(native)}`, { native }));
  await world.finish(a.message('r\n1', 'ann', 'another room', { native: '2' }));
  await world.pass(5000);
  assert.equal((await world.journaled('a/r')).length, natives.length);
  assert.equal(b.server.texts('r').length, natives.length);
  assert.equal((await world.journaled('a/r\n1')).length, 1);
});

test('rule 12, foreign text is data: text of every sort arrives as it was written', async () => {
  const { world, a, b } = await linkedPair();
  const texts = [
    '胡同互通'.repeat(750),
    'a\r\nb\n\n c\t',
    '👨‍👩‍👧‍👦',
    '<b>&amp;]]>',
    '${x} {{x}} %s',
    '\u202eabc',
    'e\u0301',
  ];
  for (const text of texts) a.server.say('r', 'ann', text);
  await world.pass(1000);
  assert.deepEqual(b.server.texts('r'), texts);
  assert.deepEqual(await world.journaled(), texts);
});
