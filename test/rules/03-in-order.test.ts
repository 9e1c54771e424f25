/**
 * Rule 3: in order, at least once, and once where the network lets one know; what cannot be delivered is parked,
 * shown, and in people's hands.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { DeliveryError } from '../../src/hub/errors.ts';
import { never, type Call, type FakeAccount, type Traits } from './fake-server.ts';
import { linkedPair, type World } from './world.ts';

const ten = Array.from({ length: 10 }, (_, number) => `#${number}`);

/** Makes the calls that `chosen` picks fail, each once. */
function failOnce(account: FakeAccount, chosen: RegExp, error: () => Promise<never>): void {
  const failed = new Set<string>();
  account.before = ({ text }) => {
    if (!chosen.test(text) || failed.has(text)) return undefined;
    failed.add(text);
    return error();
  };
}

const after = (world: World, delayMs: number) =>
  new Promise<void>((resolve) => world.time.after(delayMs, resolve));
const busy = () => Promise.reject(new DeliveryError('failed', 'busy, try again'));
const banned = () => Promise.reject(new DeliveryError('failed', 'the word is banned', { permanent: true }));

test('rule 3, in order: a room gets what was said in the order in which it was said', async () => {
  for (const sendsUnderWay of [1, 4, 64]) {
    const { world, a, b } = await linkedPair({ b: { limits: { sendsUnderWay } } });
    for (const text of ten) a.server.say('r', 'ann', text);
    await world.pass(1000);
    assert.deepEqual(b.server.texts('r'), ten);
  }
});

test('rule 3, in order: a send that fails for now is tried again before what is behind it goes out', async () => {
  const { world, a, b } = await linkedPair();
  failOnce(b, /[1357]/, busy);
  for (const text of ten) a.server.say('r', 'ann', text);
  await world.pass(60_000);
  assert.deepEqual(b.server.texts('r'), ten);
});

test('rule 3, in order: what a room gives back in any order goes out again before anything else does', async () => {
  const { world, a, b } = await linkedPair({ b: { limits: { sendsUnderWay: 4 } } });
  const givenBackAfterMs = new Map([
    ['#0', 4_000],
    ['#1', 1_000],
    ['#2', 6_000],
  ]);
  b.before = ({ text }) => {
    const delayMs = givenBackAfterMs.get(text);
    givenBackAfterMs.delete(text);
    return delayMs === undefined ? undefined : after(world, delayMs).then(busy);
  };
  for (const text of ten.slice(0, 3)) a.server.say('r', 'ann', text);
  await world.pass(1_500);
  for (const text of ten.slice(3)) a.server.say('r', 'ann', text);
  await world.pass(4_000);
  assert.equal(b.calls.length, 3, 'what is new waits until the last of them has come back');
  await world.pass(60_000);
  assert.deepEqual(b.server.texts('r'), ten);
});

test('rule 3: a try whose outcome the journal does not take yet is not followed by another', async () => {
  const { world, a, b } = await linkedPair();
  failOnce(b, /#0/, busy);
  const settle = world.journal.settle.bind(world.journal);
  let refused = 0;
  world.journal.settle = (settlements) => {
    if (settlements.some(({ state }) => state === 'pending') && refused < 5) {
      refused += 1;
      return after(world, 3_000).then(() => Promise.reject(new Error('the disk is full')));
    }
    return settle(settlements);
  };
  a.server.say('r', 'ann', '#0');
  await world.pass(14_000);
  assert.equal(b.calls.length, 1);
  await world.pass(60_000);
  assert.deepEqual(b.server.texts('r'), ['#0']);
  assert.deepEqual((await world.deliveries('sent')).length, 1);
});

test('rule 3, in order: tries spread out, up to a minute, unless the network says when', async () => {
  const { world, a, b } = await linkedPair();
  b.before = busy;
  a.server.say('r', 'ann', 'hi');
  await world.pass(600_000);
  const gaps = b.calls.slice(1).map((call, index) => call.atMs - b.calls[index]!.atMs);
  gaps.slice(0, 6).forEach((gap, index) => {
    const fullMs = 500 * 2 ** index;
    assert.ok(gap >= fullMs / 2 && gap <= fullMs + 20, `gap ${index}: ${gap} ms`);
  });
  assert.ok(Math.max(...gaps) <= 60_020 && gaps.at(-1)! >= 30_000, gaps.join(' '));

  const asked = await linkedPair();
  asked.b.before = () => Promise.reject(new DeliveryError('failed', 'slow down', { retryAfterMs: 7_000 }));
  asked.a.server.say('r', 'ann', 'hi');
  await asked.world.pass(20_000);
  const [first, second] = asked.b.calls;
  const askedGapMs = second!.atMs - first!.atMs;
  assert.ok(askedGapMs >= 7_000 && askedGapMs < 7_020, `${askedGapMs} ms`);
});

test('rule 3, once: a send without an answer is looked for, and not sent again when it is found', async () => {
  const { world, a, b } = await linkedPair({ b: { can: ['find'] } });
  b.after = ({ act, text }) => (act === 'send' && text === '#3' ? never() : undefined);
  for (const text of ten) a.server.say('r', 'ann', text);
  await world.pass(60_000);
  assert.deepEqual(b.server.texts('r'), ten);
  assert.equal(b.calls.filter(({ act }) => act === 'find').length, 1);
  assert.equal((await world.deliveries('sent')).length, ten.length);
});

test('rule 3, at least once: a send without an answer is sent again when it is certain that it did not arrive', async () => {
  const { world, a, b } = await linkedPair({ b: { can: ['find'] } });
  failOnce(b, /#3/, never);
  for (const text of ten) a.server.say('r', 'ann', text);
  await world.pass(60_000);
  assert.deepEqual(b.server.texts('r'), ten);
});

test('rule 3, once: nothing is looked for while a send of the room is under way', async () => {
  const { world, a, b } = await linkedPair({ b: { can: ['find'], limits: { sendsUnderWay: 4 } } });
  let open = 0;
  b.before = ({ act, text }) => {
    if (act === 'find') assert.equal(open, 0);
    else open += 1;
    return text === '#3' && b.calls.filter((call) => call.text === '#3').length === 1 ? never() : undefined;
  };
  b.after = ({ act }) => void (act === 'find' || (open -= 1));
  for (const text of ten) a.server.say('r', 'ann', text);
  await world.pass(11_000);
  open -= 1; // The hub has stopped waiting for the one that never answers.
  await world.pass(60_000);
  assert.deepEqual(b.server.texts('r').toSorted(), ten);
});

for (const [words, traits] of [
  ['has nothing to look with', {}],
  ['cannot tell', { can: ['find'], find: 'unsure' }],
] satisfies [string, Traits][]) {
  test(`rule 3, at least once: where a network ${words}, an uncertain send is sent again`, async () => {
    const { world, a, b } = await linkedPair({ b: { ...traits, whenUnknown: 'resend' } });
    b.after = ({ act, text }) =>
      act === 'send' && text === '#1' && b.server.in('r').length === 2 ? never() : undefined;
    for (const text of ['#0', '#1', '#2']) a.server.say('r', 'ann', text);
    await world.pass(60_000);
    assert.deepEqual(b.server.texts('r'), ['#0', '#1', '#1', '#2']);
  });

  test(`rule 3, once: where a network ${words}, the setting leave leaves it as unknown, shown, and goes on`, async () => {
    const { world, a, b } = await linkedPair({ b: { ...traits, whenUnknown: 'leave' } });
    b.after = ({ act, text }) => (act === 'send' && text === '#1' ? never() : undefined);
    for (const text of ['#0', '#1', '#2']) a.server.say('r', 'ann', text);
    await world.pass(60_000);
    assert.deepEqual(b.server.texts('r'), ['#0', '#1', '#2']);
    const [unknown, ...more] = await world.deliveries('unknown');
    assert.equal(more.length, 0);
    assert.match(unknown?.reason ?? '', /cannot tell whether it went out/);
    b.after = () => {};
    assert.equal(await world.finish(world.hub.retry([unknown!.id])), 1, 'a person can have it sent again');
    await world.pass(1000);
    assert.deepEqual(b.server.texts('r'), ['#0', '#1', '#2', '#1']);
  });
}

test('rule 3, once: what was under way when the hub was killed is looked for first', async () => {
  for (const sendsUnderWay of [1, 4]) {
    const { world, a, b } = await linkedPair({ b: { can: ['find'], limits: { sendsUnderWay } } });
    b.after = ({ text }) => (text === '#3' ? never() : undefined);
    for (const text of ten) a.server.say('r', 'ann', text);
    await world.pass(500);
    world.crash();
    b.after = () => {};
    await world.start();
    await world.pass(60_000);
    assert.deepEqual(b.server.texts('r'), ten);
  }
});

test('rule 3, once: what was under way when a connection broke is looked for on the next', async () => {
  const { world, a, b } = await linkedPair({ b: { can: ['find'] } });
  b.after = ({ text }) => (text === '#3' && b.runs === 1 ? never() : undefined);
  for (const text of ten) a.server.say('r', 'ann', text);
  await world.pass(500);
  b.cut();
  await world.pass(60_000);
  assert.deepEqual(b.server.texts('r'), ten);
  assert.equal(b.runs, 2);
});

test('rule 3, once: a copy is looked for from when its message came, though a network’s clock is ahead', async () => {
  const { world, a, b } = await linkedPair({ b: { can: ['find'] } });
  const at = Date.UTC(2100, 0, 1);
  b.after = never;
  await world.finish(a.message('r', 'ann', 'from tomorrow', { native: '1', at, delayed: true }));
  const [delivery] = await world.deliveries();
  assert.ok(delivery && delivery.event.at <= delivery.changedAt);
});

test('rule 3, once: of a message in parts only those go out again that did not arrive', async () => {
  const { world, a, b } = await linkedPair({ b: { can: ['find'], limits: { textBytes: 40 } } });
  const long = ten.map((text) => `${text} is a sentence`).join('. ');
  b.after = ({ text }) => (text.includes('#4') ? never() : undefined);
  a.server.say('r', 'ann', long);
  await world.pass(500);
  world.crash();
  b.after = () => {};
  await world.start();
  await world.pass(60_000);
  assert.equal(b.server.texts('r').join(''), long);
});

test('rule 3, in order: what waits while an account is away arrives in order when it is back', async () => {
  const { world, a, b } = await linkedPair();
  b.trouble = new Error('unreachable');
  b.cut();
  for (const text of ten) a.server.say('r', 'ann', text);
  await world.pass(30_000);
  assert.deepEqual(b.server.texts('r'), []);
  b.trouble = undefined;
  await world.pass(60_000);
  assert.deepEqual(b.server.texts('r'), ten);
});

async function parkedAt(world: World, a: FakeAccount, b: FakeAccount, text: string): Promise<number> {
  b.before = (call: Call) => (call.text.includes(text) ? banned() : undefined);
  for (const each of ten) a.server.say('r', 'ann', each);
  await world.pass(1000);
  const [parked, ...more] = await world.deliveries('parked');
  assert.equal(more.length, 0);
  assert.equal(parked?.reason, 'the word is banned');
  return parked.id;
}

test('rule 3, parked: a permanent failure parks with its reason, the lane goes on, and a person can retry', async () => {
  const { world, a, b } = await linkedPair();
  const id = await parkedAt(world, a, b, '#4');
  assert.deepEqual(b.server.texts('r'), [...ten.slice(0, 4), ...ten.slice(5)]);
  world.crash();
  await world.start();
  assert.equal((await world.deliveries('parked')).length, 1, 'it stays parked through a restart');
  b.before = () => {};
  assert.equal(await world.finish(world.hub.retry([id])), 1);
  await world.pass(1000);
  assert.deepEqual(b.server.texts('r').at(-1), '#4');
  assert.equal(await world.finish(world.hub.retry([id])), 0, 'what was sent is not sent again');
});

test('rule 3, parked: what a person drops is not sent, neither then nor later', async () => {
  const { world, a, b } = await linkedPair();
  const id = await parkedAt(world, a, b, '#4');
  assert.equal(await world.finish(world.hub.drop([id])), 1);
  b.before = () => {};
  assert.equal(await world.finish(world.hub.retry([id])), 0);
  world.crash();
  await world.start();
  await world.pass(1000);
  assert.equal(b.server.texts('r').length, 9);
});

test('rule 3, parked: a delivery that waits can be dropped, one that is being sent cannot', async () => {
  const { world, a, b } = await linkedPair();
  b.before = never;
  a.server.say('r', 'ann', 'under way');
  a.server.say('r', 'ann', 'waiting');
  await world.pass(100);
  const [underWay, waiting] = await world.deliveries();
  assert.equal(await world.finish(world.hub.drop([underWay!.id, waiting!.id])), 1);
  b.before = () => {};
  b.cut();
  await world.pass(5000);
  assert.deepEqual(b.server.texts('r'), ['under way']);
});

test('rule 3, parked: edits and reactions of a parked message wait with it and go with its retry', async () => {
  const { world, a, b } = await linkedPair();
  const id = await parkedAt(world, a, b, '#4');
  const original = a.server.find('r', '#4');
  await world.finish(a.edit(original, 'ann', 'number four', { native: 'e1' }));
  await world.finish(a.react(original, 'bob', '🎉'));
  await world.pass(1000);
  assert.deepEqual(
    (await world.deliveries('parked')).map(({ event }) => event.kind),
    ['message', 'edit', 'reaction'],
  );
  b.before = () => {};
  assert.equal(await world.finish(world.hub.retry([id])), 3);
  await world.pass(1000);
  const copy = b.server.find('r', 'number four');
  assert.deepEqual(copy.reactions, ['🎉']);
  assert.equal(b.server.texts('r').length, ten.length);
});

test('rule 3, parked: a recall of a parked message ends it', async () => {
  const { world, a, b } = await linkedPair();
  await parkedAt(world, a, b, '#4');
  await world.finish(a.recall(a.server.find('r', '#4'), 'ann'));
  await world.pass(1000);
  assert.deepEqual(await world.deliveries('parked', 'pending', 'sending'), []);
  assert.equal(b.server.texts('r').length, 9);
});
