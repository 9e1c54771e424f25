/** What the hub promises to programs: everything, in order, from where they stopped, each at its own pace. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { DeliveryError, RequestError } from '../../src/hub/errors.ts';
import type { HubEvent, OutcomeEvent } from '../../src/hub/event.ts';
import type { Outcome, Posted } from '../../src/hub/face.ts';
import { textBody, type RoomRef } from '../../src/hub/message.ts';
import { linkedPair, World } from './world.ts';

/** Follows until `count` events have come, letting time pass for it. */
async function follow(world: World, after: number, count: number): Promise<HubEvent[]> {
  const controller = new AbortController();
  const read = async () => {
    const events: HubEvent[] = [];
    for await (const page of world.hub.follow(after, { kinds: ['message'] }, controller.signal)) {
      events.push(...page.events);
      if (events.length >= count) break;
    }
    return events;
  };
  return world.finish(read());
}

function native(events: readonly HubEvent[]): (string | undefined)[] {
  return events.map((event) => event.native);
}

test('follow gives what was and what comes, in order, and resumes from any position', async () => {
  const { world, a } = await linkedPair();
  const all = Array.from({ length: 1200 }, (_, number) => `#${number}`);
  for (const id of all.slice(0, 1100)) void a.message('r', 'ann', id, { native: id });
  await world.pass(1000);
  const following = follow(world, 0, all.length);
  for (const id of all.slice(1100)) void a.message('r', 'ann', id, { native: id });
  const events = await following;
  assert.deepEqual(native(events), all);
  const stoppedAt = events[700]!.position;
  world.crash();
  await world.start();
  assert.deepEqual(native(await follow(world, stoppedAt, 499)), all.slice(701));
});

test('follow waits for what is not there yet, and ends when it is told to', async () => {
  const { world, a } = await linkedPair();
  const controller = new AbortController();
  const events: (string | undefined)[] = [];
  const following = (async () => {
    for await (const page of world.hub.follow(0, {}, controller.signal)) events.push(...native(page.events));
  })();
  assert.equal(await world.settlesWithin(following, 60_000), false);
  await world.finish(a.message('r', 'ann', 'one', { native: '1' }));
  await world.pass(10);
  assert.deepEqual(events, ['1']);
  controller.abort();
  await world.finish(following);
  await world.finish(a.message('r', 'ann', 'two', { native: '2' }));
  assert.deepEqual(events, ['1']);
});

test('a follower that does not read delays nobody', async () => {
  const { world, a, b } = await linkedPair();
  const slow = world.hub.follow(0, {}, new AbortController().signal)[Symbol.asyncIterator]();
  await world.finish(a.message('r', 'ann', 'first', { native: '0' }));
  await world.finish(slow.next());
  for (let number = 1; number <= 50; number += 1) {
    const kept = a.message('r', 'ann', 'more', { native: String(number) });
    assert.equal(await world.settlesWithin(kept, 3), true);
  }
  await world.pass(1000);
  assert.equal(b.server.texts('r').length, 51);
  const next = await world.finish(slow.next());
  assert.equal(next.done ? '' : next.value.events[0]?.native, '1', 'it goes on where it was');
});

test('a reader whose place was deleted is told of the gap, once', async () => {
  const day = 24 * 3600_000;
  const { world, a } = await linkedPair({}, { settings: { retentionMs: day, trimEveryMs: 60_000 } });
  for (let number = 0; number < 10; number += 1) a.server.say('r', 'ann', `old ${number}`);
  await world.pass(day * 2);
  a.server.say('r', 'ann', 'new');
  await world.pass(1000);
  const page = await world.finish(world.hub.read(3, {}, 100));
  assert.equal(page.gap, true);
  assert.equal(page.events.length, 1);
  const next = await world.finish(world.hub.read(page.next, {}, 100));
  assert.deepEqual([next.gap, next.events], [false, []]);
  const followed = world.hub.follow(3, {}, new AbortController().signal)[Symbol.asyncIterator]();
  const first = await world.finish(followed.next());
  assert.deepEqual(first.done ? undefined : [first.value.gap, first.value.events.length], [true, 1]);
});

test('what a program posts is its own message: named, answered, edited by nobody else', async () => {
  const { world, a, b } = await linkedPair();
  const hello = a.server.say('r', 'ann', 'hello');
  await world.pass(100);
  const [event] = (await world.finish(world.hub.read(0, {}, 1))).events;
  await world.finish(world.hub.post({ room: 'b/r', body: textBody('hi'), by: 'bot', replyTo: event!.id }));
  await world.pass(100);
  assert.equal(a.server.find('r', 'hi').replyTo, hello.native);
  const posted = (await world.finish(world.hub.read(event!.position, {}, 1))).events[0];
  assert.equal(posted?.postedBy, 'bot');
  await world.finish(b.edit(b.server.find('r', 'hi'), 'mallory', 'bye'));
  await world.pass(100);
  assert.deepEqual(a.server.texts('r'), ['hello', 'hi']);
});

test('a room’s history is what was said there and what was delivered there', async () => {
  const { world, a, b } = await linkedPair();
  a.server.say('r', 'ann', 'from a');
  await world.pass(100);
  b.server.say('r', 'bob', 'from b');
  b.server.say('s', 'bob', 'elsewhere');
  await world.pass(100);
  for (const room of ['a/r', 'b/r'] as const) {
    const history = await world.finish(world.hub.history(room, undefined, 10));
    assert.deepEqual(
      history.map((event) => ('body' in event ? event.body : [])),
      [textBody('from a'), textBody('from b')],
    );
  }
});

/** Posts into a room as the program `bot`, and lets it arrive. */
async function say(world: World, text: string, room: RoomRef = 'a/r', key?: string): Promise<Posted> {
  const made = await world.finish(
    world.hub.post({ room, body: textBody(text), by: 'bot', ...(key !== undefined && { key }) }),
  );
  await world.pass(100);
  return made;
}

/** All outcomes that the journal tells, in order: `room state`. */
async function outcomes(world: World): Promise<string[]> {
  const page = await world.finish(world.hub.read(0, { kinds: ['outcome'] }, 1000));
  return page.events.map((event) => {
    const { lane, state } = event as OutcomeEvent;
    return `${lane} ${state}`;
  });
}

/** The deliveries of an outcome: `room state`. */
function states({ deliveries }: Outcome): string[] {
  return deliveries.map(({ lane, state }) => `${lane} ${state}`).toSorted();
}

function refusedAs(code: string) {
  return (error: unknown) => error instanceof RequestError && error.code === code;
}

test('a program writes to one person in the room in which the account talks with them alone', async () => {
  const world = new World();
  const a = world.account('a', { direct: 'one room' });
  world.account('b');
  await world.start();
  const room = world.hub.direct('a', 'ann');
  assert.equal(room, 'a/dm:ann');
  await world.finish(world.hub.post({ room, body: textBody('only for you'), by: 'bot' }));
  await world.pass(100);
  assert.deepEqual(a.server.texts('dm:ann'), ['only for you']);
  assert.throws(() => world.hub.direct('b', 'ann'), { code: 'not-supported' });
  assert.throws(() => world.hub.direct('nobody', 'ann'), { code: 'account-unknown' });
});

test('a program edits and recalls what it posted, in all rooms that have it', async () => {
  const { world, a, b } = await linkedPair();
  const { id } = await say(world, 'frist');
  await world.finish(world.hub.edit({ message: id, body: textBody('first'), by: 'bot' }));
  await world.pass(100);
  assert.deepEqual([a.server.texts('r'), b.server.texts('r')], [['first'], ['first']]);
  await world.finish(world.hub.recall({ message: id, by: 'bot' }));
  await world.pass(100);
  assert.deepEqual([a.server.texts('r'), b.server.texts('r')], [[], []]);
});

test('what another program posted only it or an administrator changes, what people said nobody', async () => {
  const { world, a } = await linkedPair();
  a.server.say('r', 'ann', 'hello');
  await world.pass(100);
  const said = (await world.finish(world.hub.read(0, {}, 1))).events[0]!.id;
  const { id } = await say(world, 'mine');
  const body = textBody('forged');
  for (const [message, by] of [
    [said, 'bot'],
    [id, 'other'],
  ] as const) {
    await assert.rejects(world.finish(world.hub.edit({ message, body, by })), refusedAs('not-allowed'));
    await assert.rejects(world.finish(world.hub.recall({ message, by })), refusedAs('not-allowed'));
  }
  const anyones = { by: 'root', anyones: true };
  await assert.rejects(
    world.finish(world.hub.recall({ message: said, ...anyones })),
    refusedAs('not-allowed'),
  );
  await assert.rejects(
    world.finish(world.hub.recall({ message: 'nothing', ...anyones })),
    refusedAs('message-unknown'),
  );
  await world.finish(world.hub.recall({ message: id, ...anyones }));
  await world.pass(100);
  assert.deepEqual(a.server.texts('r'), ['hello']);
});

test('a program reacts to what anybody said in a room of its account, and nowhere else', async () => {
  const { world, a, b } = await linkedPair();
  a.server.say('r', 'ann', 'hello');
  await world.pass(100);
  const message = (await world.finish(world.hub.read(0, {}, 1))).events[0]!.id;
  const react = (room: RoomRef, added: boolean) =>
    world.finish(world.hub.react({ room, message, emoji: '👍', added, by: 'bot' }));
  await react('b/r', true);
  await world.pass(100);
  const reactions = () => [a, b].map(({ server }) => server.find('r', 'hello').reactions);
  assert.deepEqual(reactions(), [['👍'], ['👍']]);
  await react('b/r', false);
  await world.pass(100);
  assert.deepEqual(reactions(), [[], []]);
  await assert.rejects(react('b/s', true), refusedAs('message-unknown'));
});

test('what a program does to a message not yet tried is folded into it', async () => {
  const { world, b } = await linkedPair();
  b.trouble = new Error('away');
  b.cut();
  const kept = await say(world, 'frist');
  const taken = await say(world, 'oops');
  await world.finish(world.hub.edit({ message: kept.id, body: textBody('first'), by: 'bot' }));
  await world.finish(world.hub.recall({ message: taken.id, by: 'bot' }));
  b.trouble = undefined;
  await world.pass(120_000);
  assert.deepEqual(
    b.calls.map(({ act, text }) => `${act} ${text}`),
    ['send first'],
  );
});

test('where a network cannot edit, recall or react, people are told in words', async () => {
  const { world, a } = await linkedPair({ a: { can: [] } });
  const { id } = await say(world, 'frist');
  await world.finish(world.hub.edit({ message: id, body: textBody('first'), by: 'bot' }));
  await world.finish(world.hub.react({ room: 'a/r', message: id, emoji: '👍', added: true, by: 'bot' }));
  await world.finish(world.hub.recall({ message: id, by: 'bot' }));
  await world.pass(100);
  const texts = a.server.texts('r');
  assert.equal(texts.length, 4);
  assert.match(texts[1]!, /first/);
  assert.match(texts[2]!, /👍/);
});

test('an act with a key is done once, however often it is asked for and whatever breaks', async () => {
  const { world, a } = await linkedPair();
  const { id } = await say(world, 'frist');
  const edit = () =>
    world.finish(world.hub.edit({ message: id, body: textBody('first'), by: 'bot', key: 'k' }));
  const first = await edit();
  await world.pass(100);
  world.crash();
  await world.start();
  const again = await edit();
  await world.pass(100);
  assert.deepEqual(again, { ...first, duplicate: true });
  assert.equal(a.calls.filter(({ act }) => act === 'edit').length, 1);
});

test('the echo of what a program did is not done a second time', async () => {
  const { world, a, b } = await linkedPair({ b: { can: [] } });
  const { id } = await say(world, 'frist');
  await world.finish(world.hub.edit({ message: id, body: textBody('first'), by: 'bot' }));
  await world.pass(100);
  const shown = a.server.find('r', 'first');
  await world.finish(a.edit(shown, a.self.id, 'first', { own: true, native: 'echo' }));
  await world.pass(100);
  assert.equal(b.server.texts('r').length, 2);
  await world.finish(a.edit(shown, a.self.id, 'with another client', { own: true, native: 'e2' }));
  await world.pass(100);
  assert.equal(b.server.texts('r').length, 3);
});

test('the outcome of a post is an event for each room: sent with its id there, or why not', async () => {
  const { world, b } = await linkedPair();
  b.before = () => Promise.reject(new DeliveryError('failed', 'you are banned', { permanent: true }));
  const { id } = await say(world, 'hello');
  b.before = () => {};
  const { events } = await world.finish(world.hub.read(0, { kinds: ['outcome'] }, 10));
  const told = (events as OutcomeEvent[]).toSorted((x, y) => (x.lane < y.lane ? -1 : 1));
  assert.deepEqual(
    told.map((event) => [event.lane, event.state, event.native, event.reason]),
    [
      ['a/r', 'sent', 'n1', undefined],
      ['b/r', 'parked', undefined, 'you are banned'],
    ],
  );
  for (const { target, room, postedBy } of told) {
    assert.deepEqual([target, room, postedBy], [id, 'a/r', 'bot']);
  }
  const [parked] = await world.deliveries('parked');
  await world.finish(world.hub.retry([parked!.id]));
  await world.pass(100);
  assert.deepEqual((await outcomes(world)).slice(2), ['b/r sent']);
});

test('outcomes are told to followers, never to rooms, history or search; of people’s words there are none', async () => {
  const { world, a, b } = await linkedPair();
  a.server.say('r', 'ann', 'hello');
  await say(world, 'hello too');
  const controller = new AbortController();
  const kinds: string[] = [];
  const following = (async () => {
    for await (const page of world.hub.follow(0, {}, controller.signal))
      kinds.push(...page.events.map(({ kind }) => kind));
  })();
  await world.pass(10);
  await say(world, 'and hello again');
  controller.abort();
  await world.finish(following);
  const told = ['message', 'outcome', 'outcome'];
  assert.deepEqual(kinds, ['message', ...told, ...told]);
  assert.deepEqual([a.server.texts('r').length, b.server.texts('r').length], [3, 3]);
  assert.equal((await world.finish(world.hub.history('a/r', undefined, 10))).length, 3);
  assert.equal((await world.finish(world.hub.search({ text: 'hello', limit: 10 }))).length, 3);
});

test('no outcome is lost or told twice, wherever the hub crashes', async () => {
  for (let crashMs = 1; crashMs <= 24; crashMs += 1) {
    for (const batch of ['lost', 'kept'] as const) {
      const { world } = await linkedPair({ a: { can: ['find'] }, b: { can: ['find'] } });
      const key = 'k';
      const post = () => world.hub.post({ room: 'a/r', body: textBody('hello'), by: 'bot', key });
      void post().catch(() => {});
      await world.pass(crashMs);
      world.crash(batch);
      await world.start();
      await world.finish(post());
      await world.pass(60_000);
      const when = `crash after ${crashMs} ms, batch ${batch}`;
      assert.deepEqual((await outcomes(world)).toSorted(), ['a/r sent', 'b/r sent'], when);
    }
  }
});

test('whoever waits for an outcome hears it when the last delivery has ended, or what stands when it gives up', async () => {
  const { world, b } = await linkedPair();
  b.trouble = new Error('away');
  b.cut();
  await world.pass(10);
  const { id } = await say(world, 'hello');
  const patience = new AbortController();
  const waiting = world.hub.outcome(id, patience.signal);
  const longer = world.hub.outcome(id, new AbortController().signal);
  assert.equal(await world.settlesWithin(waiting, 1000), false);
  patience.abort();
  const early = await world.finish(waiting);
  assert.deepEqual([early.ended, ...states(early)], [false, 'a/r sent', 'b/r pending']);
  b.trouble = undefined;
  await world.pass(120_000);
  const late = await world.finish(longer);
  assert.deepEqual([late.ended, ...states(late)], [true, 'a/r sent', 'b/r sent']);
  const unknown = world.hub.outcome('nothing', patience.signal);
  await assert.rejects(world.finish(unknown), refusedAs('message-unknown'));
});

test('typing is shown where it can be, and kept nowhere', async () => {
  const { world, a } = await linkedPair({ a: { can: ['typing'] } });
  await world.finish(world.hub.typing('a/r', true));
  assert.ok(a.server.typing.has('r'));
  await world.finish(world.hub.typing('a/r', false));
  await world.finish(world.hub.typing('b/r', true));
  assert.equal(a.server.typing.size, 0);
  assert.deepEqual((await world.finish(world.hub.read(0, {}, 10))).events, []);
  await assert.rejects(world.finish(world.hub.typing('c/r', true)), refusedAs('account-unknown'));
});

test('what waits and what is parked is counted room by room, and retried or dropped all at once', async () => {
  const { world, b } = await linkedPair();
  b.before = () => Promise.reject(new DeliveryError('failed', 'no', { permanent: true }));
  for (let number = 0; number < 3; number += 1) await say(world, `#${number}`);
  b.before = () => {};
  const counts = () => world.finish(world.hub.deliveryCounts());
  assert.deepEqual(await counts(), [{ lane: 'b/r', waiting: 0, unknown: 0, parked: 3 }]);
  const filter = { states: ['parked'], account: 'b' } as const;
  assert.equal(await world.finish(world.hub.retryAll({ ...filter, account: 'a' })), 0);
  assert.equal(await world.finish(world.hub.retryAll(filter)), 3);
  await world.pass(100);
  assert.deepEqual(b.server.texts('r'), ['#0', '#1', '#2']);
  b.trouble = new Error('away');
  b.cut();
  await say(world, 'late');
  assert.deepEqual(await counts(), [{ lane: 'b/r', waiting: 1, unknown: 0, parked: 0 }]);
  const dropping = world.hub.dropAll({ states: ['pending', 'sending'] });
  assert.equal(await world.finish(dropping), 1);
  assert.deepEqual(await counts(), []);
  assert.equal((await outcomes(world)).at(-1), 'b/r dropped');
});
