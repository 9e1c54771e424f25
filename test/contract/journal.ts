/**
 * What every engine promises, as one suite: an engine passes it by calling `journalContract` in its own tests. What
 * only one engine can show (a disk that is full, a second process) is tested beside that engine.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { JournalError } from '../../src/hub/errors.ts';
import type { ActEvent, HubEvent, MessageEvent, OutcomeEvent } from '../../src/hub/event.ts';
import type { Journal, NewEntry, Settlement } from '../../src/hub/journal.ts';
import { textBody, toPlainText, type RoomRef } from '../../src/hub/message.ts';

/** A place where a journal lives: opened, closed and opened again it holds the same. */
export interface JournalPlace extends AsyncDisposable {
  open(): Promise<Journal>;
}

const lobby: RoomRef = 'house/lobby';
const muc: RoomRef = 'jabber/muc@example.org';
const group: RoomRef = 'qq/group:1';
/** Later than anything that a test does. */
const never = Date.UTC(2100, 0);

interface Extra {
  native?: string;
  key?: string;
  at?: number;
  lanes?: readonly RoomRef[];
  begun?: boolean;
  text?: string | undefined;
  /** The program that said it. */
  postedBy?: string;
}

let made = 0;
function nextId(): string {
  made += 1;
  return `id${String(made).padStart(20, '0')}`;
}

function entry(event: HubEvent, extra: Extra): NewEntry {
  const deliveries = (extra.lanes ?? []).map((lane) => ({ lane, begun: extra.begun ?? false }));
  const text = 'text' in extra ? extra.text : 'body' in event ? toPlainText(event.body) : undefined;
  return {
    event,
    key: extra.key ?? `key of ${event.id}`,
    deliveries,
    ...(text !== undefined && { text }),
  };
}

function common(room: RoomRef, { native, postedBy, at = Date.now() }: Extra) {
  return {
    id: nextId(),
    position: 0,
    room,
    at,
    ...(native !== undefined && { native }),
    ...(postedBy !== undefined && { postedBy }),
  };
}

function said(room: RoomRef, text: string, extra: Extra = {}): NewEntry & { event: MessageEvent } {
  const event: MessageEvent = {
    ...common(room, extra),
    kind: 'message',
    sender: { id: 'ann', name: 'ann' },
    body: textBody(text),
  };
  return { ...entry(event, extra), event };
}

function joined(room: RoomRef, extra: Extra = {}): NewEntry {
  return entry({ ...common(room, extra), kind: 'join', who: { id: 'bob', name: 'bob' } }, extra);
}

function act(
  kind: ActEvent['kind'],
  target: { event: HubEvent },
  text: string,
  extra: Extra = {},
): NewEntry & { event: ActEvent } {
  const base = {
    ...common(target.event.room, extra),
    actor: { id: 'ann', name: 'ann' },
    target: target.event.id,
  };
  const event: ActEvent =
    kind === 'edit'
      ? { ...base, kind, body: textBody(text) }
      : kind === 'recall'
        ? { ...base, kind }
        : { ...base, kind, emoji: text, added: true };
  return { ...entry(event, extra), event };
}

function sent(delivery: number | undefined, ...natives: string[]): Settlement {
  return {
    delivery: delivery ?? -1,
    at: Date.now(),
    state: 'sent',
    copies: natives.map((native, part) => ({ native, part })),
  };
}

function failed(state: 'unknown' | 'parked' | 'dropped', delivery: number | undefined): Settlement {
  return { delivery: delivery ?? -1, at: Date.now(), state, reason: `it is ${state}`, copies: [] };
}

function later(delivery: number | undefined, dueAt: number): Settlement {
  return { delivery: delivery ?? -1, at: Date.now(), state: 'pending', dueAt, reason: 'busy', copies: [] };
}

function texts(events: readonly HubEvent[]): string[] {
  return events.map((event) => ('body' in event ? toPlainText(event.body) : event.kind));
}

async function trimAll(
  journal: Journal,
  eventsBefore: number,
  keysBefore: number,
  limit = 3,
): Promise<number> {
  for (let events = 0; ;) {
    const slice = await journal.trim(eventsBefore, keysBefore, limit);
    assert.ok(slice.events <= limit);
    events += slice.events;
    if (slice.done) return events;
  }
}

/** Runs the suite. `createPlace` makes a new, empty place; the suite disposes of it. */
export function journalContract(name: string, createPlace: () => Promise<JournalPlace>): void {
  /** A test with a journal of its own. `reopen` closes it and opens it again. */
  const check = (
    sentence: string,
    run: (journal: Journal, reopen: () => Promise<Journal>) => Promise<void>,
  ) =>
    void test(sentence, async () => {
      await using place = await createPlace();
      let journal = await place.open();
      try {
        await run(journal, async () => {
          await journal.close();
          return (journal = await place.open());
        });
      } finally {
        await journal.close();
      }
    });

  void suite(`${name} keeps the journal's contract`, () => {
    check('positions grow from 1 without a hole, and the head is the newest', async (journal) => {
      assert.equal(await journal.head(), 0);
      const appended = await Promise.all(['a', 'b', 'c'].map((text) => journal.append(said(lobby, text))));
      assert.deepEqual(
        appended.map(({ position }) => position),
        [1, 2, 3],
      );
      assert.equal(await journal.head(), 3);
    });

    check('what is called first is seen by what is called after, without awaiting', async (journal) => {
      const one = said(lobby, 'first', { native: 'n1', lanes: [muc] });
      const [appended, found, original, waiting, head] = await Promise.all([
        journal.append(one),
        journal.event(one.event.id),
        journal.original(lobby, 'n1'),
        journal.waiting(muc, 0, 10),
        journal.head(),
      ]);
      assert.deepEqual(found, { ...one.event, position: appended.position });
      assert.equal(original, one.event.id);
      assert.deepEqual(
        waiting.map(({ id }) => id),
        appended.deliveries,
      );
      assert.equal(head, 1);
    });

    check('an event comes back as it was given, with its position', async (journal) => {
      const one = said(lobby, 'line\r\nline \u0000 \ud83d\ude00 lone \ud800 "quoted"', { native: 'n' });
      await journal.append(one);
      assert.deepEqual(await journal.event(one.event.id), { ...one.event, position: 1 });
      assert.equal(await journal.event('nobody'), undefined);
    });

    check('an event with a known key adds nothing and names the known one', async (journal) => {
      const one = said(lobby, 'a', { key: 'k', lanes: [muc] });
      const [first, again] = await Promise.all([
        journal.append(one),
        journal.append(said(lobby, 'a', { key: 'k', lanes: [muc, group] })),
      ]);
      assert.deepEqual(again, {
        id: one.event.id,
        position: first.position,
        duplicate: true,
        deliveries: [],
      });
      assert.equal(await journal.head(), 1);
      assert.deepEqual(await journal.lanes(), [muc]);
    });

    check(
      'the native id of a copy makes a message in that room a duplicate, in another not',
      async (journal) => {
        const one = said(lobby, 'a', { lanes: [muc] });
        const { deliveries } = await journal.append(one);
        await journal.settle([sent(deliveries[0], 'copy')]);
        const echo = await journal.append(said(muc, 'a', { native: 'copy' }));
        assert.deepEqual(echo, { id: one.event.id, position: 1, duplicate: true, deliveries: [] });
        assert.equal((await journal.append(said(group, 'a', { native: 'copy' }))).duplicate, false);
      },
    );

    check('an act that bears the native id of its message is no duplicate of it', async (journal) => {
      const one = said(lobby, 'a', { native: 'n' });
      await journal.append(one);
      assert.equal((await journal.append(act('recall', one, '', { native: 'n' }))).duplicate, false);
    });

    check('keys with lone surrogates are stable', async (journal) => {
      await journal.append(said(lobby, 'a', { key: 'k\ud800' }));
      assert.equal((await journal.append(said(lobby, 'a', { key: 'k\ud800' }))).duplicate, true);
    });

    check(
      'what cannot be kept fails, and with it only what was appended behind it in its room',
      async (journal) => {
        const good = said(lobby, 'good');
        const same = said(lobby, 'bad');
        const behind = said(lobby, 'behind');
        const [first, bad, late, other] = await Promise.allSettled([
          journal.append(good),
          journal.append({ ...same, event: { ...same.event, id: good.event.id } }),
          journal.append(behind),
          journal.append(said(muc, 'elsewhere')),
        ]);
        assert.equal(first.status, 'fulfilled');
        assert.ok(bad.status === 'rejected' && bad.reason instanceof JournalError);
        assert.ok(late.status === 'rejected' && late.reason instanceof JournalError);
        assert.ok(other.status === 'fulfilled' && other.value.position === 2);
        assert.equal((await journal.append(behind)).position, 3, 'its caller knows now');
      },
    );

    check(
      'a lane hands out what waits, in order and in pages, and is listed until it is empty',
      async (journal) => {
        const appended = await Promise.all(
          ['a', 'b', 'c'].map((text) => journal.append(said(lobby, text, { lanes: [muc] }))),
        );
        const ids = appended.flatMap(({ deliveries }) => deliveries);
        const page = await journal.waiting(muc, 0, 2);
        assert.deepEqual(
          page.map(({ id }) => id),
          ids.slice(0, 2),
        );
        assert.deepEqual(texts((await journal.waiting(muc, ids[1] ?? 0, 2)).map(({ event }) => event)), [
          'c',
        ]);
        assert.deepEqual(await journal.waiting(group, 0, 2), []);
        assert.deepEqual(await journal.lanes(), [muc]);
        await journal.settle(ids.map((id) => sent(id)));
        assert.deepEqual(await journal.lanes(), []);
      },
    );

    check('each lane of an event has its own delivery', async (journal) => {
      const { deliveries } = await journal.append(said(lobby, 'a', { lanes: [muc, group] }));
      assert.equal(deliveries.length, 2);
      assert.deepEqual((await journal.lanes()).toSorted(), [muc, group].toSorted());
      await journal.settle([sent(deliveries[0], 'x')]);
      assert.deepEqual(await journal.lanes(), [group]);
      assert.equal((await journal.waiting(group, 0, 1))[0]?.id, deliveries[1]);
    });

    check('what was begun is known as sending after the journal is opened again', async (journal, reopen) => {
      const [first, second] = await Promise.all([
        journal.append(said(lobby, 'a', { lanes: [muc], begun: true })),
        journal.append(said(lobby, 'b', { lanes: [muc] })),
        journal.append(said(lobby, 'c', { lanes: [muc] })),
      ]);
      await journal.begin([first.deliveries[0] ?? -1, second.deliveries[0] ?? -1]);
      const waiting = await (await reopen()).waiting(muc, 0, 10);
      assert.deepEqual(
        waiting.map(({ state, event }) => [state, texts([event])[0]]),
        [
          ['sending', 'a'],
          ['sending', 'b'],
          ['pending', 'c'],
        ],
      );
    });

    check('a settled delivery stays settled: settling again changes nothing', async (journal) => {
      const one = said(lobby, 'a', { lanes: [muc] });
      const { deliveries } = await journal.append(one);
      await journal.settle([sent(deliveries[0], 'x')]);
      const before = await journal.journey(one.event.id);
      await journal.settle([sent(deliveries[0], 'y'), failed('parked', deliveries[0])]);
      await journal.settle([later(deliveries[0], 5), sent(99_999, 'z')]);
      await journal.begin(deliveries);
      assert.deepEqual(await journal.journey(one.event.id), before);
      assert.deepEqual(
        before?.copies.map(({ native }) => native),
        ['x'],
      );
    });

    check('a delivery to be tried later keeps its place, its due time and its reason', async (journal) => {
      const { deliveries } = await journal.append(said(lobby, 'a', { lanes: [muc] }));
      await journal.append(said(lobby, 'b', { lanes: [muc] }));
      await journal.begin(deliveries);
      await journal.settle([later(deliveries[0], 1234.5)]);
      const [head] = await journal.waiting(muc, 0, 1);
      assert.equal(head?.id, deliveries[0]);
      assert.deepEqual(
        [head?.state, head?.dueAt, head?.reason, head?.attempts],
        ['pending', 1234.5, 'busy', 1],
      );
      await journal.begin(deliveries);
      await journal.settle([later(deliveries[0], 2000)]);
      assert.equal((await journal.waiting(muc, 0, 1))[0]?.attempts, 2);
    });

    check('the same settlement twice counts as one try', async (journal) => {
      const { deliveries } = await journal.append(said(lobby, 'a', { lanes: [muc], begun: true }));
      const once = later(deliveries[0], 77);
      await journal.settle([once]);
      await journal.settle([once]);
      assert.equal((await journal.waiting(muc, 0, 1))[0]?.attempts, 1);
    });

    check(
      'how a delivery of a post ends is an event of the same step, told once each time it ends',
      async (journal, reopen) => {
        const lanes = [muc, group];
        const one = said(lobby, 'a', { lanes, postedBy: 'bot', at: 1000 });
        const [inMuc, inGroup] = (await journal.append(one)).deliveries;
        assert.equal(await journal.settle([later(inMuc, 0)]), 0, 'it has not ended');
        const parked = { ...failed('parked', inGroup), at: 2000 };
        const both = [{ ...sent(inMuc, 'm0', 'm1'), at: 2000 }, parked];
        assert.equal(await journal.settle(both), 2);
        assert.equal(await journal.settle(both), 0, 'repeated');
        const again = await reopen();
        await again.retry([inGroup ?? 0]);
        const [dropped] = await again.drop([inGroup ?? 0]);
        assert.equal(dropped?.state, 'dropped');
        await again.drop([inGroup ?? 0]);
        const { events } = await again.read(1, {}, 10);
        const common_ = { id: '', kind: 'outcome', room: lobby, target: one.event.id, postedBy: 'bot' };
        assert.deepEqual(
          events.map((event) => ({ ...event, id: '', at: event.position === 4 ? 0 : event.at })),
          [
            { ...common_, position: 2, at: 2000, lane: muc, state: 'sent', native: 'm0' },
            { ...common_, position: 3, at: 2000, lane: group, state: 'parked', reason: 'it is parked' },
            { ...common_, position: 4, at: 0, lane: group, state: 'dropped' },
          ],
        );
        assert.equal(new Set([one.event.id, ...events.map(({ id }) => id)]).size, 4);
        assert.deepEqual(await again.event(events[0]!.id), events[0]);
        assert.equal((await again.append(said(lobby, 'b'))).position, 5);
      },
    );

    check(
      'what comes back late is parked, and goes out again when it is retried',
      async (journal, reopen) => {
        const one = said(lobby, 'a', { lanes: [muc], postedBy: 'bot' });
        const [delivery = 0] = (await journal.append(one)).deliveries;
        const back = { delivery, lane: muc, native: 'm1', at: 3000, reason: 'nobody there' };
        assert.equal(await journal.giveBack(back), undefined, 'it is not sent yet');
        await journal.settle([{ ...sent(delivery, 'm0', 'm1'), at: 2000 }]);
        assert.equal(await journal.giveBack({ ...back, lane: group }), undefined, 'another lane');
        const parked = await journal.giveBack(back);
        assert.deepEqual(
          [parked?.id, parked?.state, parked?.reason, parked?.event.id, parked?.attempts],
          [delivery, 'parked', 'nobody there', one.event.id, 1],
        );
        assert.equal(await journal.giveBack(back), undefined, 'once');
        const again = await reopen();
        const journey = await again.journey(one.event.id);
        assert.deepEqual(
          journey?.copies.map(({ native }) => native),
          ['m0'],
        );
        const { events } = await again.read(1, { kinds: ['outcome'] }, 10);
        assert.deepEqual(
          events.map((event) => [(event as OutcomeEvent).state, event.at]),
          [
            ['sent', 2000],
            ['parked', 3000],
          ],
        );
        assert.equal((await again.retry([delivery])).length, 1);
        await again.settle([sent(delivery, 'm0', 'm1')]);
        assert.equal(await again.original(muc, 'm1'), one.event.id);
      },
    );

    check('what people said has no outcomes, and an outcome is no act on its message', async (journal) => {
      const heard = await journal.append(said(lobby, 'a', { lanes: [muc] }));
      assert.equal(await journal.settle([sent(heard.deliveries[0], 'x')]), 0);
      const one = said(lobby, 'posted', { lanes: [lobby, muc], postedBy: 'bot' });
      const { deliveries } = await journal.append(one);
      await journal.settle(deliveries.map((id) => sent(id)));
      const { events } = await journal.read(0, { kinds: ['outcome'], accounts: ['house'] }, 10);
      assert.deepEqual(
        events.map((event) => (event as OutcomeEvent).lane),
        [lobby, muc],
      );
      assert.deepEqual((await journal.journey(one.event.id))?.acts, []);
      assert.deepEqual(texts(await journal.history(lobby, undefined, 10)), ['a', 'posted']);
      assert.equal((await journal.search({ text: 'posted', limit: 10 })).length, 1);
    });

    check('outcomes are trimmed as other events are', async (journal) => {
      const { deliveries } = await journal.append(
        said(lobby, 'a', { lanes: [muc], postedBy: 'bot', at: 1000 }),
      );
      await journal.settle([{ ...sent(deliveries[0]), at: 1000 }]);
      await journal.append(said(lobby, 'b', { lanes: [muc] }));
      assert.equal(await trimAll(journal, 2000, 0), 2);
      assert.deepEqual(texts((await journal.read(2, {}, 10)).events), ['b']);
      assert.equal((await journal.waiting(muc, 0, 10)).length, 1);
    });

    check('what waits and what is in trouble is counted lane by lane', async (journal) => {
      assert.deepEqual(await journal.deliveryCounts(), []);
      const appended = await Promise.all(
        ['a', 'b', 'c'].map((text) => journal.append(said(lobby, text, { lanes: [muc, group] }))),
      );
      const [a, b, c] = appended.map(({ deliveries }) => deliveries);
      await journal.begin([c?.[0] ?? 0]);
      await journal.settle([sent(a?.[0]), failed('parked', a?.[1]), failed('unknown', b?.[1])]);
      await journal.settle([failed('dropped', c?.[1])]);
      const counts = await journal.deliveryCounts();
      assert.deepEqual(
        counts.toSorted((x, y) => (x.lane < y.lane ? -1 : 1)),
        [
          { lane: muc, waiting: 2, unknown: 0, parked: 0 },
          { lane: group, waiting: 0, unknown: 1, parked: 1 },
        ],
      );
    });

    check('parts that went out are kept when the rest is to be tried again', async (journal) => {
      const one = said(lobby, 'long', { lanes: [muc], begun: true });
      const { deliveries } = await journal.append(one);
      await journal.settle([{ ...later(deliveries[0], 0), copies: [{ native: 'p0', part: 0 }] }]);
      await journal.settle([{ ...sent(deliveries[0]), copies: [{ native: 'p1', part: 1 }] }]);
      assert.deepEqual((await journal.journey(one.event.id))?.copies, [
        { room: muc, native: 'p0', part: 0 },
        { room: muc, native: 'p1', part: 1 },
      ]);
    });

    check(
      'parked and unknown deliveries are retried and dropped by hand, others are not',
      async (journal) => {
        const appended = await Promise.all(
          ['a', 'b', 'c', 'd'].map((text) =>
            journal.append(said(lobby, text, { lanes: [muc], begun: true })),
          ),
        );
        const [parked = 0, unknown = 0, done = 0, waiting = 0] = appended.flatMap(
          ({ deliveries }) => deliveries,
        );
        await journal.settle([failed('parked', parked), failed('unknown', unknown), sent(done)]);
        assert.deepEqual(
          (await journal.waiting(muc, 0, 9)).map(({ id }) => id),
          [waiting],
        );
        const retried = await journal.retry([parked, unknown, done, waiting, 99_999]);
        assert.deepEqual(
          retried.map(({ id, state, dueAt, attempts, reason }) => [id, state, dueAt, attempts, reason]),
          [
            [parked, 'pending', 0, 1, undefined],
            [unknown, 'pending', 0, 1, undefined],
          ],
        );
        assert.deepEqual(
          (await journal.waiting(muc, 0, 9)).map(({ id }) => id),
          [parked, unknown, waiting],
        );
        const dropped = await journal.drop([parked, done, waiting]);
        assert.deepEqual(
          dropped.map(({ id, state }) => [id, state]),
          [
            [parked, 'dropped'],
            [waiting, 'dropped'],
          ],
        );
        assert.deepEqual(await journal.drop([parked]), []);
        await journal.settle([sent(parked, 'late')]);
        assert.equal((await journal.deliveries({ states: ['dropped'] }, 0, 9)).length, 2);
      },
    );

    check('deliveries are listed by state, lane and account, oldest first, in pages', async (journal) => {
      const appended = await Promise.all(
        [1, 2, 3, 4].map((number) =>
          journal.append(said(lobby, `m${number}`, { lanes: [muc, group], begun: true })),
        ),
      );
      const [a, b, c, d] = appended.map(({ deliveries }) => deliveries);
      await journal.settle([sent(a?.[0]), sent(a?.[1]), failed('parked', b?.[0]), failed('unknown', b?.[1])]);
      await journal.settle([sent(c?.[1]), later(d?.[0], 5)]);
      const list = async (filter: Parameters<Journal['deliveries']>[0], after = 0, limit = 99) =>
        (await journal.deliveries(filter, after, limit)).map(({ id }) => id);
      assert.deepEqual(await list({ states: ['pending', 'sending'] }), [c?.[0], d?.[0], d?.[1]]);
      assert.deepEqual(await list({ states: ['sending'] }), [c?.[0], d?.[1]]);
      assert.deepEqual(await list({ states: ['parked', 'unknown'] }), [b?.[0], b?.[1]]);
      assert.deepEqual(await list({ states: ['parked', 'unknown'], account: 'qq' }), [b?.[1]]);
      assert.deepEqual(await list({ states: ['sent'] }), [a?.[0], a?.[1], c?.[1]]);
      assert.deepEqual(await list({ states: ['sent'], lane: group }), [a?.[1], c?.[1]]);
      assert.deepEqual(await list({ states: ['sent'], account: 'qq' }, a?.[1]), [c?.[1]]);
      assert.deepEqual(await list({ states: ['sent', 'parked', 'pending'], account: 'jabber' }), [
        a?.[0],
        b?.[0],
        d?.[0],
      ]);
      assert.deepEqual(
        await list({ states: ['sent', 'parked', 'unknown', 'sending', 'pending'] }, a?.[1], 3),
        [b?.[0], b?.[1], c?.[0]],
      );
      assert.deepEqual(await list({ states: ['sent'], lane: lobby }), []);
      assert.deepEqual(await list({ states: ['sent'], lane: muc, account: 'qq' }), []);
      assert.deepEqual(await list({ states: [] }), []);
    });

    check('any copy leads to the message, and a copy of its edit too', async (journal) => {
      const one = said(lobby, 'a', { native: 'n', lanes: [muc, group] });
      const { deliveries } = await journal.append(one);
      await journal.settle([sent(deliveries[0], 'm0', 'm1'), sent(deliveries[1], 'q')]);
      const edit = act('edit', one, 'b', { native: 'e', lanes: [muc] });
      const edited = await journal.append(edit);
      await journal.settle([sent(edited.deliveries[0], 'shown')]);
      const reaction = act('reaction', one, '👍', { native: 'r' });
      await journal.append(reaction);
      for (const [room, native] of [
        [lobby, 'n'],
        [muc, 'm0'],
        [muc, 'm1'],
        [group, 'q'],
        [lobby, 'e'],
        [muc, 'shown'],
      ] as const) {
        assert.equal(await journal.original(room, native), one.event.id, `${room} ${native}`);
      }
      assert.equal(await journal.original(group, 'n'), undefined);
      assert.equal(await journal.original(lobby, 'r'), undefined);
      const journey = await journal.journey(one.event.id);
      assert.deepEqual(
        journey?.acts.map(({ id }) => id),
        [edit.event.id, reaction.event.id],
      );
      assert.deepEqual(journey?.copies, [
        { room: lobby, native: 'n', part: 0 },
        { room: muc, native: 'm0', part: 0 },
        { room: muc, native: 'm1', part: 1 },
        { room: group, native: 'q', part: 0 },
      ]);
      assert.deepEqual(
        journey?.deliveries.map(({ id, lane, state }) => [id, lane, state]),
        [
          [deliveries[0], muc, 'sent'],
          [deliveries[1], group, 'sent'],
        ],
      );
      assert.equal(await journal.journey('nobody'), undefined);
    });

    check('reading goes on where it stopped, and stands still at the end', async (journal) => {
      await Promise.all(['a', 'b', 'c'].map((text) => journal.append(said(lobby, text))));
      const first = await journal.read(0, {}, 2);
      assert.deepEqual([texts(first.events), first.next, first.gap], [['a', 'b'], 2, false]);
      const second = await journal.read(first.next, {}, 2);
      assert.deepEqual([texts(second.events), second.next], [['c'], 3]);
      assert.deepEqual(await journal.read(3, {}, 2), { events: [], next: 3, gap: false });
    });

    check(
      'a filtered read moves past what it leaves out, and finds everything in the end',
      async (journal) => {
        const noise = 5_000;
        await Promise.all(Array.from({ length: noise }, () => journal.append(joined(lobby))));
        await journal.append(said(muc, 'there'));
        await journal.append(said(group, 'elsewhere'));
        for (const filter of [
          { rooms: [muc] },
          { accounts: ['jabber'] },
          { accounts: ['jabber', 'house'], kinds: ['message'] },
          { rooms: [muc, group], kinds: ['message'], accounts: ['jabber'] },
        ] as const) {
          const found: HubEvent[] = [];
          for (let after = 0; ;) {
            const page = await journal.read(after, filter, 10);
            found.push(...page.events);
            if (page.next === after) break;
            after = page.next;
          }
          assert.deepEqual(texts(found), ['there'], JSON.stringify(filter));
        }
        assert.deepEqual(await journal.read(0, { rooms: ['no/room'] }, 10).then(({ events }) => events), []);
      },
    );

    check('a room shows what was said there and delivered there, oldest first, in pages', async (journal) => {
      await journal.append(said(lobby, 'older'));
      await journal.append(said(lobby, 'own 1'));
      const foreign = await journal.append(said(muc, 'foreign', { lanes: [lobby] }));
      await journal.append(joined(lobby));
      await journal.append(said(muc, 'waits', { lanes: [lobby] }));
      const reaction = await journal.append(act('reaction', said(lobby, ''), '👍', { lanes: [lobby] }));
      await journal.append(said(lobby, 'own 2'));
      await journal.settle([sent(foreign.deliveries[0]), sent(reaction.deliveries[0])]);
      // Coming and going is nothing said: it takes no place among the last messages either.
      assert.deepEqual(texts(await journal.history(lobby, undefined, 9)), [
        'older',
        'own 1',
        'foreign',
        'own 2',
      ]);
      const newest = await journal.history(lobby, undefined, 2);
      assert.deepEqual(texts(newest), ['foreign', 'own 2']);
      assert.deepEqual(texts(await journal.history(lobby, newest[0]?.position, 9)), ['older', 'own 1']);
      assert.deepEqual(await journal.history(group, undefined, 9), []);
    });

    check('what a program said in a room and was delivered there shows once', async (journal) => {
      const { deliveries } = await journal.append(said(muc, 'posted', { lanes: [muc] }));
      await journal.settle([sent(deliveries[0], 'x')]);
      assert.deepEqual(texts(await journal.history(muc, undefined, 9)), ['posted']);
    });

    check('a room shows the newest words of an edited message and no recalled one', async (journal) => {
      const one = said(lobby, 'worst', { lanes: [muc] });
      const gone = said(lobby, 'oops', { lanes: [muc] });
      const [kept, recalled] = await Promise.all([journal.append(one), journal.append(gone)]);
      await journal.settle([sent(kept.deliveries[0]), sent(recalled.deliveries[0])]);
      await journal.append(act('edit', one, 'better'));
      await journal.append(act('edit', one, 'best'));
      await journal.append(act('edit', gone, 'oops!'));
      await journal.append(act('recall', gone, ''));
      for (const room of [lobby, muc]) {
        const events = await journal.history(room, undefined, 9);
        assert.deepEqual(texts(events), ['best'], room);
        assert.equal(events[0]?.id, one.event.id);
        assert.equal(events[0]?.position, kept.position);
      }
      assert.deepEqual(texts([(await journal.event(one.event.id)) ?? one.event]), ['worst']);
    });

    check('search finds Chinese by any two neighbouring characters and by one', async (journal) => {
      await journal.append(said(lobby, '北京大学在海淀区'));
      await journal.append(said(lobby, '大北京'));
      await journal.append(said(lobby, '学习'));
      const find = async (text: string) => texts(await journal.search({ text, limit: 9 }));
      assert.deepEqual(await find('北京'), ['大北京', '北京大学在海淀区']);
      assert.deepEqual(await find('大学'), ['北京大学在海淀区']);
      assert.deepEqual(await find('北京大学'), ['北京大学在海淀区']);
      assert.deepEqual(await find('海淀 北京'), ['北京大学在海淀区']);
      assert.deepEqual(await find('京学'), []);
      assert.deepEqual(await find('学'), ['学习', '北京大学在海淀区']);
      assert.deepEqual(await find('京'), ['大北京', '北京大学在海淀区']);
      assert.deepEqual(await find('上海'), []);
    });

    check('search mixes scripts, and does not see case, width or punctuation', async (journal) => {
      await journal.append(said(lobby, 'Hello, World! QQ群123的公告：Ｎｏｄｅ.js 在 GitHub 上'));
      await journal.append(said(lobby, 'Привет МИР, 안녕하세요 ひらがな カタカナ café'));
      const count = async (text: string) => (await journal.search({ text, limit: 9 })).length;
      for (const text of [
        'hello',
        'WORLD hello',
        'qq 公告',
        'QQ群',
        'node js',
        'github上',
        'привет',
        'мир',
        '안녕',
        'ひらが',
        'カタ',
        'CAFÉ',
        '"hello" AND',
      ]) {
        assert.equal(await count(text), text.includes('AND') ? 0 : 1, text);
      }
      for (const text of ['', ' ', '!?。', '*', 'hell', 'hello 上海'])
        assert.equal(await count(text), 0, text);
    });

    check('search answers newest first, in pages, of one room where asked', async (journal) => {
      for (let number = 1; number <= 5; number += 1) {
        await journal.append(said(number % 2 === 1 ? lobby : group, `同样的话 ${number}`));
      }
      const crossed = await journal.append(said(group, '同样的话 6', { lanes: [lobby, muc] }));
      await journal.settle([sent(crossed.deliveries[0])]);
      const page = await journal.search({ text: '同样', limit: 2 });
      assert.deepEqual(texts(page), ['同样的话 6', '同样的话 5']);
      const before = page.at(-1)?.position ?? 0;
      assert.deepEqual(texts(await journal.search({ text: '同样', limit: 2, before })), [
        '同样的话 4',
        '同样的话 3',
      ]);
      assert.deepEqual(
        texts(await journal.search({ text: '同样', limit: 9, room: lobby })),
        [6, 5, 3, 1].map((number) => `同样的话 ${number}`),
      );
      assert.deepEqual(await journal.search({ text: '同样', limit: 9, room: muc }), []);
      assert.deepEqual(await journal.search({ text: '同样', limit: 9, room: 'no/room' }), []);
    });

    check('an edit changes what a message is found by, a recall removes it', async (journal) => {
      const one = said(lobby, '早上好');
      await journal.append(one);
      assert.equal((await journal.search({ text: '早上', limit: 9 })).length, 1);
      await journal.append(act('edit', one, '晚上好'));
      assert.deepEqual(await journal.search({ text: '早上', limit: 9 }), []);
      const [found] = await journal.search({ text: '晚上', limit: 9 });
      assert.equal(found?.id, one.event.id);
      assert.deepEqual(texts(found === undefined ? [] : [found]), ['晚上好']);
      await journal.append(act('recall', one, ''));
      await journal.append(act('edit', one, '晚上再见'));
      assert.deepEqual(await journal.search({ text: '晚上', limit: 9 }), []);
    });

    check('a message without words to be found by is not found', async (journal) => {
      await journal.append(said(lobby, 'hidden', { text: undefined }));
      assert.deepEqual(await journal.search({ text: 'hidden', limit: 9 }), []);
    });

    check('key-values are set in one step, deleted, and listed by prefix', async (journal) => {
      await journal.set([
        ['a/1', 'one'],
        ['a/2', 'two'],
        ['a/\u{10ffff}', 'last'],
        ['b', '值\u0000'],
      ]);
      assert.equal(await journal.get('b'), '值\u0000');
      await journal.set([
        ['a/2', undefined],
        ['a/3', 'three'],
        ['b', 'new'],
        ['none', undefined],
      ]);
      assert.deepEqual(await journal.list('a/'), [
        ['a/1', 'one'],
        ['a/3', 'three'],
        ['a/\u{10ffff}', 'last'],
      ]);
      assert.equal(await journal.get('a/2'), undefined);
      assert.equal(await journal.get('b'), 'new');
      assert.deepEqual(await journal.list('zzz'), []);
    });

    check('opened again, it holds everything and goes on where it was', async (journal, reopen) => {
      const one = said(lobby, '保存', { native: 'n', lanes: [muc] });
      const { deliveries } = await journal.append(one);
      await journal.settle([sent(deliveries[0], 'x')]);
      await journal.set([['k', 'v']]);
      const before = await journal.journey(one.event.id);
      const again = await reopen();
      assert.deepEqual(await again.journey(one.event.id), before);
      assert.equal(await again.get('k'), 'v');
      assert.equal((await again.search({ text: '保存', limit: 1 })).length, 1);
      assert.equal((await again.append(said(muc, '保存', { native: 'x' }))).duplicate, true);
      const next = await again.append(said(lobby, 'next', { lanes: [muc] }));
      assert.equal(next.position, 2);
      assert.ok((next.deliveries[0] ?? 0) > (deliveries[0] ?? 0));
    });

    check('trimming takes the oldest in slices, and tells readers of the gap', async (journal) => {
      for (let number = 1; number <= 8; number += 1) {
        await journal.append(said(lobby, `天气 ${number}`, { at: number * 1000, native: `n${number}` }));
      }
      assert.equal(await trimAll(journal, 6000, 0), 5);
      const page = await journal.read(2, {}, 9);
      assert.deepEqual([texts(page.events), page.gap], [['天气 6', '天气 7', '天气 8'], true]);
      assert.equal((await journal.read(5, {}, 9)).gap, false);
      assert.equal((await journal.search({ text: '天气', limit: 99 })).length, 3);
      assert.equal((await journal.history(lobby, undefined, 99)).length, 3);
      assert.equal(await journal.original(lobby, 'n5'), undefined);
      assert.equal((await journal.original(lobby, 'n6')) === undefined, false);
    });

    check('trimming thousands of messages leaves the rest to be found', async (journal) => {
      const count = 3_000;
      await Promise.all(
        Array.from({ length: count }, (_, number) =>
          journal.append(said(lobby, `第${number}条消息 message ${number}`, { at: number })),
        ),
      );
      const find = async (text: string) => (await journal.search({ text, limit: count })).length;
      assert.equal(await find('消息'), count);
      assert.equal(await trimAll(journal, count - 10, 0, 500), count - 10);
      assert.equal(await find('消息'), 10);
      assert.equal(await find(`message ${count - 10}`), 1);
      assert.equal(await find(`message ${count - 11}`), 0);
    });

    check(
      'positions and deliveries are not used again after everything is trimmed',
      async (journal, reopen) => {
        const { deliveries } = await journal.append(said(lobby, 'a', { at: 1, lanes: [muc] }));
        await journal.settle([sent(deliveries[0], 'x')]);
        assert.equal(await trimAll(journal, never, 0), 1);
        assert.equal((await journal.read(0, {}, 9)).gap, true);
        const next = await (await reopen()).append(said(lobby, 'b', { lanes: [muc] }));
        assert.equal(next.position, 2);
        assert.ok((next.deliveries[0] ?? 0) > (deliveries[0] ?? 0));
      },
    );

    check(
      'a trimmed event is still known when it is seen again, until its key is trimmed too',
      async (journal) => {
        const one = said(lobby, 'a', { at: 1, key: 'k', native: 'n', lanes: [muc] });
        const { deliveries } = await journal.append(one);
        await journal.settle([sent(deliveries[0], 'copy')]);
        await trimAll(journal, never, 0);
        const known = { id: one.event.id, position: 0, duplicate: true, deliveries: [] };
        assert.deepEqual(await journal.append(said(lobby, 'a', { key: 'k' })), known);
        assert.deepEqual(await journal.append(said(lobby, 'a', { native: 'n' })), known);
        assert.deepEqual(await journal.append(said(muc, 'a', { native: 'copy' })), known);
        await trimAll(journal, never, never);
        for (const entry_ of [
          said(lobby, 'a', { key: 'k' }),
          said(lobby, 'a', { native: 'n' }),
          said(muc, 'a', { native: 'copy' }),
        ]) {
          assert.equal((await journal.append(entry_)).duplicate, false);
        }
      },
    );

    check('nothing is trimmed past a delivery that is not settled', async (journal) => {
      await journal.append(said(lobby, 'old', { at: 1 }));
      const [parked, waiting] = await Promise.all([
        journal.append(said(lobby, 'parked', { at: 2, lanes: [muc] })),
        journal.append(said(lobby, 'waits', { at: 3, lanes: [muc, group] })),
        journal.append(said(lobby, 'behind', { at: 4 })),
      ]);
      await journal.settle([failed('parked', parked.deliveries[0]), sent(waiting.deliveries[0])]);
      assert.equal(await trimAll(journal, never, never), 2);
      assert.equal((await journal.waiting(group, 0, 9)).length, 1);
      assert.equal((await journal.read(0, {}, 9)).events.length, 2);
      await journal.settle([sent(waiting.deliveries[1])]);
      assert.equal(await trimAll(journal, never, never), 2);
      assert.equal(await journal.head(), 0);
    });

    check('a time in the future that a network told does not hold up trimming', async (journal) => {
      await journal.append(said(lobby, 'from the future', { at: never * 2 }));
      assert.equal(await trimAll(journal, never, 0), 1);
    });

    check('an act stays when its message is trimmed', async (journal) => {
      const one = said(lobby, 'a', { at: 1 });
      const edit = act('edit', one, 'b', { at: 9000 });
      await journal.append(one);
      await journal.append(edit);
      await trimAll(journal, 5000, 0);
      assert.equal((await journal.event(edit.event.id))?.kind, 'edit');
      const late = act('recall', one, '');
      assert.equal((await journal.append(late)).duplicate, false);
      assert.deepEqual(await journal.search({ text: 'b', limit: 9 }), []);
    });

    check('closing writes what is under way, and later calls reject', async (journal, reopen) => {
      const appending = journal.append(said(lobby, 'last'));
      const closing = journal.close();
      await assert.rejects(journal.append(said(lobby, 'late')), { code: 'journal-closed' });
      await closing;
      assert.equal((await appending).position, 1);
      await assert.rejects(journal.head(), { code: 'journal-closed' });
      await journal.close();
      assert.deepEqual(texts((await (await reopen()).read(0, {}, 9)).events), ['last']);
    });
  });
}
