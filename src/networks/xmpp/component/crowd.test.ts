import assert from 'node:assert/strict';
import test from 'node:test';
import { FakePort } from '../../../../test/fakes/port.ts';
import { createSystemClock, type Cancel, type Clock } from '../../../hub/clock.ts';
import type { Author } from '../../../hub/network.ts';
import { xml, type XmlElement } from '../../../wire/xmpp/element.ts';
import type { StanzaErrorCondition } from '../../../wire/xmpp/stanza-error.ts';
import type { Connection } from '../connection.ts';
import { Crowd } from './crowd.ts';
import { PuppetIndex } from './puppet-index.ts';
import { Puppet } from './puppet.ts';

const ROOM = 'room@chat';
const DOMAIN = 'qq.example.org';
const IDLE_MS = 60_000;
const LIMIT = 2;

const person = (name: string): Author => ({ name, account: 'qq', user: name });

/** A clock that goes on when it is told. */
function createManualClock(): Clock & { pass(ms: number): Promise<void> } {
  const system = createSystemClock();
  let nowMs = 0;
  const timers = new Map<object, { atMs: number; fire: () => void }>();
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    random: () => 0.5,
    id: () => system.id(),
    after(delayMs, fire): Cancel {
      const key = {};
      timers.set(key, { atMs: nowMs + delayMs, fire });
      return () => timers.delete(key);
    },
    async pass(ms) {
      nowMs += ms;
      for (const [key, { atMs, fire }] of timers) {
        if (atMs > nowMs || !timers.delete(key)) continue;
        fire();
      }
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** A room that answers presences, a store that outlives crowds, and what was sent. */
class Stage {
  readonly clock = createManualClock();
  readonly port = new FakePort();
  readonly index = new PuppetIndex(`hutong@${DOMAIN}/hutong`);
  readonly sent: XmlElement[] = [];
  readonly met: string[] = [];
  /** By nick. */
  readonly refusals = new Map<string, StanzaErrorCondition>();
  /** Who is inside, by nick. */
  readonly #inside = new Map<string, string>();
  silent = false;
  readonly over = new AbortController();
  crowd = this.createCrowd();

  createCrowd(): Crowd {
    const { clock, index } = this;
    const met = (nick: string) => void this.met.push(nick);
    return new Crowd({
      room: ROOM,
      domain: DOMAIN,
      limit: LIMIT,
      idleMs: IDLE_MS,
      nickFormat: '{nick}',
      clock,
      index,
      met,
    });
  }

  get connection(): Connection {
    return {
      port: this.port,
      stream: { send: (stanza: XmlElement) => this.#take(stanza) },
      signal: this.over.signal,
      fail: assert.fail,
    } as unknown as Connection;
  }

  async open(): Promise<this> {
    await this.crowd.open(this.connection);
    this.crowd.entered(this.connection);
    return this;
  }

  async bring(name: string, author = person(name)) {
    return this.crowd.bring(author, this.connection, this.clock.monotonicMs() + 30_000);
  }

  rename(token: string, user: string, name: string): Promise<boolean> {
    const deadlineMs = this.clock.monotonicMs() + 30_000;
    const author = { ...person(user), name };
    return this.crowd.rename({ token, author, hops: ['hub0001'] }, this.connection, deadlineMs);
  }

  async bringIn(name: string): Promise<Puppet> {
    const brought = await this.bring(name);
    assert.ok(brought instanceof Puppet);
    return brought;
  }

  /** Nicks that joined (`+`), and addresses that left (`-`). */
  get moves(): string[] {
    return this.sent.map((stanza) =>
      stanza.attr('type') === 'unavailable'
        ? `-${stanza.attr('from')?.split('@')[0]}`
        : `+${stanza.attr('to')?.split('/')[1]}`,
    );
  }

  async #take(stanza: XmlElement): Promise<void> {
    this.sent.push(stanza);
    const [to = '', from] = [stanza.attr('from'), stanza.attr('to')];
    const nick = from?.split('/')[1] ?? '';
    const holder = this.#inside.get(nick);
    if (stanza.attr('type') === 'unavailable' && holder === to) this.#inside.delete(nick);
    if (this.silent || stanza.attr('type') === 'unavailable') return;
    const isTaken = holder !== undefined && holder !== to;
    const condition = this.refusals.get(nick) ?? (isTaken ? 'conflict' : undefined);
    if (!condition) this.#inside.set(nick, to);
    const about = xml('x', { xmlns: 'http://jabber.org/protocol/muc#user' }, xml('status', { code: '110' }));
    const id = xml('occupant-id', { xmlns: 'urn:xmpp:occupant-id:0', id: `id of ${to}` });
    const answer = condition
      ? xml(
          'presence',
          { from, to, type: 'error', id: stanza.attr('id') },
          xml('error', { type: 'cancel' }, xml(condition, { xmlns: 'urn:ietf:params:xml:ns:xmpp-stanzas' })),
        )
      : xml('presence', { from, to }, about, id);
    setImmediate(() => this.index.get(to, ROOM)?.handlePresence(answer));
  }
}

test('who speaks comes in once, and what others see of others is not wanted', async () => {
  const stage = await new Stage().open();
  const ann = await stage.bringIn('ann');
  assert.equal(await stage.bringIn('ann'), ann);
  assert.deepEqual(stage.moves, ['+ann']);
  assert.deepEqual(stage.met, ['ann', 'ann']);
  assert.ok(stage.crowd.hasNick('ann'));
  assert.ok(stage.crowd.hasId(`id of ${ann.jid}`));
  const head = { name: 'presence', to: ann.jid, type: undefined };
  assert.equal(stage.index.isUnwanted({ ...head, from: `${ROOM}/bea` }), true);
  assert.equal(stage.index.isUnwanted({ ...head, from: `${ROOM}/ann` }), false);
  assert.equal(stage.index.isUnwanted({ ...head, from: 'bea@example.org/x' }), false);
  const message = { name: 'message', to: ann.jid, from: `${ROOM}/bea` };
  assert.equal(stage.index.isUnwanted({ ...message, type: 'groupchat' }), true);
  assert.equal(stage.index.isUnwanted({ ...message, type: 'error' }), false);
  const listener = { ...message, to: `hutong@${DOMAIN}/hutong`, type: 'groupchat' };
  assert.equal(stage.index.isUnwanted(listener), false);
});

test('for one more than there may be the one that was silent the longest leaves, unless all are speaking', async () => {
  const stage = await new Stage().open();
  const [ann, bea] = [await stage.bringIn('ann'), await stage.bringIn('bea')];
  await stage.clock.pass(1);
  await stage.bringIn('ann');
  ann.pending = bea.pending = 1;
  await assert.rejects(stage.bring('cai'), { code: 'delivery-failed', permanent: false });
  bea.pending = 0;
  await stage.bringIn('cai');
  assert.deepEqual(stage.moves, ['+ann', '+bea', '-qq.bea', '+cai']);
});

test('who has been silent for long leaves, and comes back with the next word', async () => {
  const stage = await new Stage().open();
  await stage.bringIn('ann');
  await stage.clock.pass(IDLE_MS / 2);
  await stage.bringIn('bea');
  for (let part = 0; part < 3; part++) await stage.clock.pass(IDLE_MS / 4);
  assert.deepEqual(stage.moves, ['+ann', '+bea', '-qq.ann']);
  await stage.bringIn('ann');
  assert.deepEqual(stage.moves.slice(3), ['+ann']);
});

test('a refusal is kept for a while, so that each word does not ask again', async () => {
  const stage = await new Stage().open();
  stage.refusals.set('ann', 'registration-required');
  for (let word = 0; word < 3; word++) {
    const refused = await stage.bring('ann');
    assert.equal('condition' in refused && refused.condition, 'registration-required');
  }
  assert.deepEqual(stage.moves, ['+ann']);
  stage.refusals.clear();
  await stage.clock.pass(60_000);
  await stage.bringIn('ann');
});

test('a name that no nick can follow keeps the nick of before', async () => {
  const stage = await new Stage().open();
  const ann = await stage.bringIn('ann');
  stage.refusals.set('Anna', 'not-acceptable');
  await stage.bring('ann', { ...person('ann'), name: 'Anna' });
  assert.equal(ann.nick, 'ann');
});

test('another name is the nick of the puppet that is inside, once for each token; nobody comes in for it', async () => {
  const stage = await new Stage().open();
  const ann = await stage.bringIn('ann');
  assert.equal(await stage.rename('t1', 'ann', 'Annabel'), true);
  assert.equal(ann.nick, 'Annabel');
  assert.deepEqual(
    [stage.moves, stage.met],
    [
      ['+ann', '+Annabel'],
      ['ann', 'Annabel'],
    ],
  );
  await stage.clock.pass(IDLE_MS * 2);
  assert.equal(ann.inside, false);
  assert.equal(await stage.rename('t1', 'ann', 'Annabel'), true, 'it was done');
  assert.equal(await stage.rename('t2', 'ann', 'Anna'), false);
  assert.equal(await stage.rename('t3', 'bea', 'Beatrice'), false);
  assert.deepEqual(stage.moves, ['+ann', '+Annabel', '-qq.ann']);
});

test('a new name that the room does not take is not shown by a nick', async () => {
  const stage = await new Stage().open();
  const ann = await stage.bringIn('ann');
  stage.refusals.set('Anna', 'not-acceptable');
  assert.equal(await stage.rename('t1', 'ann', 'Anna'), false);
  assert.equal(ann.nick, 'ann');
});

test('after a crash a nick that was changed already counts as shown', async () => {
  const stage = await new Stage().open();
  for (const name of ['ann', 'bea']) await stage.bringIn(name);
  await stage.rename('t1', 'ann', 'Anna');
  stage.crowd = stage.createCrowd();
  await stage.open();
  await stage.clock.pass(0);
  assert.equal(await stage.rename('t1', 'ann', 'Anna'), true);
  assert.equal(await stage.rename('t2', 'bea', 'Beatrice'), false);
  assert.equal(await stage.rename('t3', 'ann', 'Anna'), false, 'that was long ago');
});

/** The nicks of two of the house who are called the same, when these are in the linked room as the second speaks. */
async function nicksOfTwo(...users: string[]): Promise<(string | undefined)[]> {
  const stage = await new Stage().open();
  const members = users.map((id) => ({ id, name: 'tim' }));
  stage.port.neighbourhoods.set(ROOM, [
    { room: 'qq/den', online: true, members: [{ id: 'guest1', name: 'tim' }] },
    { room: 'house/den', online: true, members },
  ]);
  const nicks = [];
  for (const user of ['guest1', 'guest2']) {
    const brought = await stage.bring('tim', { name: 'tim', account: 'house', user });
    assert.ok(brought instanceof Puppet);
    nicks.push(brought.nick);
  }
  return nicks;
}

test('who has gone and is somebody new when they come again has the nick again', async () => {
  assert.deepEqual(await nicksOfTwo('guest2'), ['tim', 'tim']);
  assert.deepEqual(await nicksOfTwo('guest1', 'guest2'), ['tim', 'tim@house'], 'both are there');
  assert.deepEqual(await nicksOfTwo(), ['tim', 'tim@house'], 'it is not told who is there');
});

test('a room that does not answer holds nothing up for ever', async () => {
  const stage = await new Stage().open();
  stage.silent = true;
  const brought = stage.bring('ann');
  const refused = assert.rejects(brought, { code: 'delivery-failed', outcome: 'failed' });
  await stage.clock.pass(0);
  await stage.clock.pass(30_000);
  await refused;
});

test('after a crash those who were inside are called back, and their ids are still known as ours', async () => {
  const stage = await new Stage().open();
  const ann = await stage.bringIn('ann');
  const bea = await stage.bringIn('bea');
  await stage.bringIn('cai');
  stage.sent.length = 0;
  stage.crowd = stage.createCrowd();
  await stage.crowd.open(stage.connection);
  assert.ok(stage.crowd.hasNick('bea'), 'while it is there');
  stage.crowd.entered(stage.connection);
  await stage.clock.pass(0);
  assert.deepEqual(new Set(stage.moves), new Set(['-qq.bea', '-qq.cai']));
  assert.equal(stage.crowd.hasNick('bea'), false, 'whoever has the nick now is somebody else');
  for (const { jid } of [ann, bea]) assert.ok(stage.crowd.hasId(`id of ${jid}`));
  stage.sent.length = 0;
  stage.crowd = stage.createCrowd();
  await stage.open();
  await stage.clock.pass(0);
  assert.deepEqual(stage.moves, [], 'once');
});

test('who was left behind by a crash keeps nobody from a nick', async () => {
  const stage = await new Stage().open();
  await stage.bringIn('ann');
  await stage.bring('tim', { name: 'tim', account: 'house', user: 'guest1' });
  const { store } = stage.port;
  const set = store.set.bind(store);
  const slow = Promise.withResolvers<void>();
  store.set = async (key, value) => {
    if (value?.includes('"inside":false')) await slow.promise;
    await set(key, value);
  };
  stage.crowd = stage.createCrowd();
  await stage.open();
  const brought = await stage.bring('tim', { name: 'tim', account: 'house', user: 'guest2' });
  slow.resolve();
  assert.equal(brought instanceof Puppet && brought.nick, 'tim');
});

test('when the one that listens has to come in again, so do the others', async () => {
  const stage = await new Stage().open();
  const ann = await stage.bringIn('ann');
  await stage.bringIn('bea');
  stage.crowd.entered(stage.connection);
  await Promise.all([stage.bringIn('bea'), stage.clock.pass(0)]);
  assert.deepEqual(new Set(stage.moves.slice(2)), new Set(['+ann', '+bea']));
  assert.equal(stage.moves.length, 4, 'each once');
  assert.equal(ann.nick, 'ann');
});

test('when the connection comes back so do those who were inside', async () => {
  const stage = await new Stage().open();
  await stage.bringIn('ann');
  stage.sent.length = 0;
  stage.crowd.detach();
  assert.equal(stage.crowd.hasNick('ann'), false);
  await stage.open();
  await stage.clock.pass(0);
  assert.deepEqual(stage.moves, ['+ann']);
  assert.ok(stage.crowd.hasNick('ann'));
});
