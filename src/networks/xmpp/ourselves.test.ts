import assert from 'node:assert/strict';
import test from 'node:test';
import { FakePort } from '../../../test/fakes/port.ts';
import { MUC_STATUS, type MucPresence } from '../../wire/xmpp/muc.ts';
import type { Company } from './company.ts';
import { Ourselves } from './ourselves.ts';

const ROOM = 'alley@rooms.example';

function presence(nick: string, more: Partial<MucPresence> = {}): MucPresence {
  return { nick, available: true, codes: new Set(), destroyed: false, ...more } as MucPresence;
}

/** A company of one, with this nick and id. */
function createCompany(nick: string, id: string): Company {
  return {
    hasNick: (candidate) => candidate === nick,
    hasId: (candidate) => candidate === id,
    open: async () => {},
    entered: () => {},
    leave: async () => {},
    detach: () => {},
  };
}

test('a room that gives no ids leaves open who is ours, but for the nick', () => {
  const ourselves = new Ourselves(ROOM, 'hutong', undefined);
  ourselves.shown({ nick: 'hutong_2', occupantId: undefined });
  assert.deepEqual([ourselves.hasNick('hutong_2'), ourselves.hasNick('hutong')], [true, false]);
  assert.equal(ourselves.hasId('1'), undefined);
  assert.ok(ourselves.isListener({ sender: '1', nick: 'hutong_2' }));
});

test('an id that the room gave us is ours for good, whatever we are called', async () => {
  const { store } = new FakePort();
  const before = new Ourselves(ROOM, 'hutong', undefined);
  await before.open(store);
  before.shown({ nick: 'hutong', occupantId: 'old' });
  await before.stored;
  const ourselves = new Ourselves(ROOM, 'hutong', undefined);
  await ourselves.open(store);
  ourselves.shown({ nick: 'hutong', occupantId: 'new' });
  assert.deepEqual(
    ['old', 'new', 'other'].map((id) => ourselves.hasId(id)),
    [true, true, false],
  );
  assert.ok(ourselves.isListener({ sender: 'old', nick: 'somebody' }));
  assert.ok(!ourselves.isListener({ sender: 'other', nick: 'hutong' }));
});

test('the company is followed through its presences', () => {
  const ourselves = new Ourselves(ROOM, 'hutong', createCompany('Ann', 'a'));
  assert.ok(!ourselves.noteCompany(presence('Bea', { occupantId: 'b' }), true));
  assert.ok(ourselves.noteCompany(presence('Ann'), false));
  assert.ok(ourselves.isCompanion('Ann') && ourselves.hasNick('Ann'));
  const renaming = { available: false, codes: new Set([MUC_STATUS.nickChanged]), newNick: 'Anna' };
  assert.ok(ourselves.noteCompany(presence('Ann', renaming), false));
  assert.deepEqual([ourselves.isCompanion('Ann'), ourselves.isCompanion('Anna')], [false, true]);
  ourselves.forgetCompany();
  assert.ok(!ourselves.isCompanion('Anna'));
});

test('an id of the company counts only in a room whose ids can be believed', () => {
  const ourselves = new Ourselves(ROOM, 'hutong', createCompany('Ann', 'a'));
  assert.ok(!ourselves.noteCompany(presence('Cat', { occupantId: 'a' }), false));
  assert.ok(ourselves.noteCompany(presence('Cat', { occupantId: 'a' }), true));
});
