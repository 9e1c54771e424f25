/** What the club waits for, on a server that a test plays. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { FakePort } from '../../../../test/fakes/port.ts';
import { createSystemClock } from '../../../hub/clock.ts';
import { xml, type XmlElement } from '../../../wire/xmpp/element.ts';
import { parseJid } from '../../../wire/xmpp/jid.ts';
import type { Avatars } from '../avatars.ts';
import type { XmppStream } from '../connection.ts';
import { Club } from './club.ts';
import { clubConfig } from './config.ts';
import { Membership } from './membership.ts';
import { Talk } from './talk.ts';

/** A club in which Bea listens. */
async function openClub() {
  const clock = createSystemClock();
  const club = new Club({
    account: 'jabber',
    config: clubConfig.parse({}),
    jid: 'club@x',
    name: 'Club',
    clock,
  });
  await club.open(new FakePort());
  const acknowledged: (() => void)[] = [];
  const stream = {
    sendAcked: (_stanza: XmlElement) => new Promise<void>((resolve) => acknowledged.push(resolve)),
  };
  club.attach(stream as unknown as XmppStream, false);
  const bea = { jid: 'bea@x', nick: 'bea', sinceMs: 0, seen: 0 };
  await club.members.add(bea);
  club.attendance.note(bea.jid, 'r', xml('presence'));
  club.audience.update(bea);
  while (!club.audience.isReceiving(bea)) await turn();
  await turn();
  let count = 0;
  const show = () => club.show({ id: `m${(count += 1)}`, body: 'hello' }, 'ann@x');
  return { club, acknowledged, show };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Shows so much that the next one has to wait. */
function fill(show: () => Promise<void> | undefined): Promise<void> {
  for (;;) {
    const waiting = show();
    if (waiting) return waiting;
  }
}

async function isOver(waiting: Promise<void>): Promise<boolean> {
  let over = false;
  void waiting.then(() => (over = true));
  await turn();
  return over;
}

test('where the server takes too slowly what is shown, what comes waits until it has taken something', async () => {
  const { club, acknowledged, show } = await openClub();
  const waiting = fill(show);
  assert.equal(await isOver(waiting), false);
  acknowledged[0]?.();
  await waiting;
  await club.detach();
});

test('nothing waits for the server while it is not read, since its answer could never come', async () => {
  const { club, show } = await openClub();
  const waiting = fill(show);
  club.reading(false);
  await waiting;
  // All that had been read is dealt with,
  for (let count = 0; count < 10; count += 1) await show();
  // and then it is read again.
  club.reading(true);
  assert.equal(await isOver(fill(show)), false);
  await club.detach();
});

test('what the archive shows while it is being taken live is taken once', async () => {
  const { club, acknowledged } = await openClub();
  const avatars = { ofPerson: () => undefined } as unknown as Avatars;
  const talk = new Talk(club, new Membership(club), avatars);
  talk.hasStanzaIds = true;
  const from = parseJid('bea@x/r');
  const stanzaId = xml('stanza-id', { xmlns: 'urn:xmpp:sid:0', by: 'club@x', id: 'archive-1' });
  const message = xml('message', { from: from.toString(), type: 'chat' }, xml('body', {}, '-who'), stanzaId);
  await Promise.all([
    talk.hear(message, from),
    talk.hearArchived({ id: 'archive-1', atMs: club.clock.now(), message }, from),
  ]);
  await turn();
  assert.equal(acknowledged.length, 1, 'one answer');
  await club.detach();
});
