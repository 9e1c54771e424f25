/** Who is shown what and in which order, on a stream and a history that a test plays. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { FakePort } from '../../../../test/fakes/port.ts';
import { createSystemClock } from '../../../hub/clock.ts';
import type { MessageEvent } from '../../../hub/event.ts';
import { textBody } from '../../../hub/message.ts';
import { xml, type XmlElement } from '../../../wire/xmpp/element.ts';
import type { XmppStream } from '../connection.ts';
import { Attendance } from './attendance.ts';
import { Audience } from './audience.ts';
import { Ledger } from './ledger.ts';
import { Members } from './members.ts';
import { createRecap } from './recap.ts';

const room = 'jabber/club';

/** A club of some members, a few of them there. */
async function openAudience(names: readonly string[], port = new FakePort()) {
  const clock = createSystemClock();
  const members = new Members();
  const attendance = new Attendance();
  const ledger = new Ledger(room);
  const sent: string[] = [];
  const refusals = new Map<string, Error>();
  const stream = {
    sendAcked: async (stanza: XmlElement) => {
      const to = stanza.attr('to') ?? '';
      const refusal = refusals.get(to);
      if (refusal) throw refusal;
      sent.push(`${to} ${stanza.childText('body')}`);
    },
  } as unknown as XmppStream;
  const view = { room, jid: 'club@x', name: 'Club' } as const;
  const recap = createRecap(view, ledger, clock);
  const audience = new Audience({
    room: 'club',
    clock,
    members,
    attendance,
    ledger,
    recap,
    caughtUp: () => {},
  });
  audience.open(port);
  members.open(port.store);
  await members.load(port.store, await audience.load(port));
  for (const name of names) {
    if (!members.get(name)) await members.add({ jid: name, nick: name, sinceMs: 0, seen: 0 });
  }
  audience.attach(stream, false);
  const comes = async (name: string) => {
    attendance.note(name, 'r', xml('presence'));
    audience.update(members.get(name)!);
    await settle();
  };
  const goes = async (name: string) => {
    attendance.note(name, 'r', xml('presence', { type: 'unavailable' }));
    audience.update(members.get(name)!);
    await settle();
  };
  /** A member says something: it is in the history, then shown. */
  const say = (native: string, by: string) => {
    ledger.arrive(native);
    addToHistory(port, native, by);
    return audience.show({ id: native, key: native, body: `[${by}] ${native}` }, by);
  };
  /** A new session begins. */
  const reconnect = async () => {
    audience.attach(stream, false);
    await settle();
  };
  return { audience, members, attendance, ledger, port, sent, refusals, comes, goes, say, reconnect };
}

function addToHistory(port: FakePort, native: string, by: string): void {
  const history = port.histories.get('club') ?? [];
  const position = history.length + 1;
  const sender = { id: by, name: by };
  const event: MessageEvent = {
    kind: 'message',
    id: native,
    position,
    room,
    native,
    at: 0,
    sender,
    body: textBody(native),
  };
  port.histories.set('club', [...history, event]);
}

/** What is under way with fakes takes no more than some turns. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function stop(audience: Audience): Promise<void> {
  await audience.detach();
}

test('all who are there are shown it, but for who said it', async () => {
  const { audience, sent, comes, say } = await openAudience(['ann', 'bea', 'cai']);
  await comes('ann');
  await comes('bea');
  await say('one', 'ann');
  assert.deepEqual(sent, ['bea [ann] one']);
  await comes('cai');
  assert.deepEqual(sent, ['bea [ann] one', 'cai [ann] one']);
  await stop(audience);
});

test('what happens while somebody is shown what they missed comes behind it, once', async () => {
  const { audience, attendance, members, port, sent, comes, say } = await openAudience(['ann', 'bea']);
  await comes('ann');
  await say('one', 'ann');
  const history = port.history.bind(port);
  const asked = Promise.withResolvers<void>();
  port.history = async (...query) => {
    const events = await history(...query);
    await asked.promise;
    return events;
  };
  attendance.note('bea', 'r', xml('presence'));
  audience.update(members.get('bea')!);
  await say('two', 'ann');
  assert.deepEqual(sent, []);
  asked.resolve();
  await settle();
  await say('three', 'ann');
  assert.deepEqual(sent, ['bea [ann] one', 'bea [ann] two', 'bea [ann] three']);
  await stop(audience);
});

test('who goes while it is looked up what they missed has still missed it', async () => {
  const { audience, attendance, members, sent, comes, say } = await openAudience(['ann', 'bea']);
  await comes('ann');
  await say('one', 'ann');
  attendance.note('bea', 'r', xml('presence'));
  audience.update(members.get('bea')!);
  attendance.note('bea', 'r', xml('presence', { type: 'unavailable' }));
  audience.update(members.get('bea')!);
  await settle();
  assert.deepEqual(sent, []);
  await comes('bea');
  assert.deepEqual(sent, ['bea [ann] one']);
  await stop(audience);
});

test('what came back is missed, what was sent is not, and who cannot be reached holds up nobody', async () => {
  const { audience, members, sent, comes, say, attendance } = await openAudience(['ann', 'bea', 'cai']);
  for (const name of ['ann', 'bea', 'cai']) await comes(name);
  await say('one', 'ann');
  await say('two', 'ann');
  audience.bounced(members.get('bea')!, 'two');
  await settle();
  await say('three', 'ann');
  assert.deepEqual(sent.slice(-1), ['cai [ann] three']);
  const before = sent.length;
  attendance.believe('bea');
  audience.reached(members.get('bea')!);
  audience.update(members.get('bea')!);
  await settle();
  assert.deepEqual(sent.slice(before), ['bea [ann] two', 'bea [ann] three']);
  await stop(audience);
});

test('a show that fails is told, and shown again it reaches only who lacks it', async () => {
  const { audience, sent, refusals, comes } = await openAudience(['ann', 'bea']);
  await comes('ann');
  await comes('bea');
  refusals.set('bea', new Error('the stream is gone'));
  const shown = { id: 't', key: 'qq\nq1\n5', body: '[q@qq] hi' };
  await assert.rejects(audience.show(shown), /the stream is gone/);
  refusals.clear();
  await audience.show(shown);
  assert.deepEqual(sent, ['ann [q@qq] hi', 'bea [q@qq] hi']);
  await stop(audience);
});

test('after a restart who was there is shown nothing again, who was away what they missed', async () => {
  const first = await openAudience(['ann', 'bea', 'cai']);
  await first.comes('ann');
  await first.comes('bea');
  await first.say('one', 'ann');
  await first.goes('bea');
  await first.say('two', 'ann');
  await stop(first.audience);
  const second = await openAudience([], first.port);
  for (const name of ['ann', 'bea', 'cai']) await second.comes(name);
  assert.deepEqual(second.sent, ['bea [ann] two', 'cai [ann] one', 'cai [ann] two']);
  await stop(second.audience);
});

test('what somebody missed and could not be sent, because the connection was lost, is still missed', async () => {
  const port = new FakePort();
  for (const native of ['old', 'older']) addToHistory(port, native, 'ann');
  await port.store.set('club/shown', '0');
  const { audience, attendance, sent, refusals, comes, reconnect } = await openAudience(['bea'], port);
  refusals.set('bea', new Error('the stream is gone'));
  await comes('bea');
  refusals.clear();
  attendance.clear();
  await reconnect();
  await comes('bea');
  assert.deepEqual(sent, ['bea [ann] old', 'bea [ann] older']);
  await stop(audience);
});

test('what was journaled and not shown by a club that crashed in its first moments is missed', async () => {
  const port = new FakePort();
  addToHistory(port, 'before there was a club', 'ann');
  await openAudience(['bea'], port);
  addToHistory(port, 'one', 'ann');
  const { audience, members, sent, comes } = await openAudience([], port);
  // Bea came when there was one message.
  members.get('bea')!.seen = 1;
  await comes('bea');
  assert.deepEqual(sent, ['bea [ann] one']);
  await stop(audience);
});

test('a new session begins where all was surely shown', async () => {
  const { audience, attendance, sent, comes, say, refusals, reconnect } = await openAudience(['ann', 'bea']);
  await comes('ann');
  await comes('bea');
  await say('one', 'ann');
  refusals.set('bea', new Error('the stream is gone'));
  await assert.rejects(say('two', 'ann'));
  refusals.clear();
  attendance.clear();
  await reconnect();
  for (const name of ['ann', 'bea']) await comes(name);
  assert.deepEqual(sent, ['bea [ann] one', 'bea [ann] two']);
  await stop(audience);
});
