import assert from 'node:assert/strict';
import test from 'node:test';
import type { MessageEvent } from '../../../hub/event.ts';
import { textBody } from '../../../hub/message.ts';
import { Ledger, toEventKey, toOutgoingKey } from './ledger.ts';

const room = 'jabber/club';

function local(position: number, native: string, sender = 'ann@x'): MessageEvent {
  const user = { id: sender, name: sender };
  return {
    kind: 'message',
    id: `e${position}`,
    position,
    room,
    native,
    at: position,
    sender: user,
    body: textBody(''),
  };
}

function foreign(position: number, at = position): MessageEvent {
  return { ...local(position, `q${position}`, 'q1'), room: 'qq/1', at };
}

function outgoing(at: number) {
  const author = { name: 'q', account: 'qq', user: 'q1' };
  return { room: 'club', token: `t${at}`, body: textBody(''), author, at, hops: [] };
}

const natives = (events: readonly { native?: string }[]) => events.map(({ native }) => native);

test('what is shown and what the history holds are known by the same key', () => {
  assert.equal(toEventKey(foreign(7), room), toOutgoingKey(outgoing(7)));
  const { native: _, ...post } = { ...local(1, ''), at: 5 };
  const { author: __, ...posted } = outgoing(5);
  assert.equal(toEventKey(post, room), toOutgoingKey(posted));
  assert.equal(toEventKey(local(1, 'n'), room), 'n');
});

test('without memory the position tells what was missed', () => {
  const ledger = new Ledger(room);
  const events = [local(1, 'a'), local(2, 'b'), local(3, 'c', 'bea@x')];
  assert.deepEqual(natives(ledger.missed(events, { jid: 'bea@x', seen: 1, awaySeq: 0 }, 0)), ['b']);
});

test('a foreign message that came late is missed by who left before it, though its position is older', () => {
  const ledger = new Ledger(room);
  ledger.begin('b', 'b').done = true;
  const viewer = { jid: 'bea@x', seen: 5, awaySeq: ledger.seq };
  ledger.begin('t3', toOutgoingKey(outgoing(3))).done = true;
  const events = [foreign(3), local(5, 'b')];
  assert.deepEqual(natives(ledger.missed(events, viewer, ledger.seq)), ['q3']);
});

test('what is on its way into the journal, or shown from now on, is not missed but comes', () => {
  const ledger = new Ledger(room);
  const viewer = { jid: 'bea@x', seen: 0, awaySeq: 0 };
  ledger.arrive('b');
  const before = ledger.seq;
  assert.deepEqual(natives(ledger.missed([local(1, 'a'), local(2, 'b')], viewer, before)), ['a']);
  ledger.begin('b', 'b');
  assert.deepEqual(natives(ledger.missed([local(1, 'a'), local(2, 'b')], viewer, before)), ['a']);
  assert.deepEqual(natives(ledger.missed([local(2, 'b')], viewer, ledger.seq)), ['b']);
});

test('who could not be sent something has missed it, who was sent it has not', () => {
  const ledger = new Ledger(room);
  const entry = ledger.begin('a', 'a');
  entry.to = new Map([
    ['bea@x', false],
    ['cai@x', true],
  ]);
  const missed = (jid: string, awaySeq: number) =>
    ledger.missed([local(1, 'a')], { jid, seen: 9, awaySeq }, ledger.seq).length;
  assert.equal(missed('bea@x', 9), 1);
  assert.equal(missed('cai@x', 0), 0);
});

test('a position never claims what was not seen', () => {
  const ledger = new Ledger(room);
  ledger.begin('a', 'a').done = true;
  ledger.begin('b', 'b');
  ledger.arrive('c');
  const events = [local(1, 'a'), local(2, 'b'), local(3, 'c'), local(4, 'd')];
  assert.equal(
    ledger.seenUpTo(events, 0, ({ done }) => done),
    1,
  );
  assert.equal(
    ledger.seenUpTo(events, 0, () => true),
    2,
  );
  assert.equal(
    ledger.seenUpTo(events, 3, () => true),
    4,
  );
});
