import assert from 'node:assert/strict';
import test from 'node:test';
import { loadConfiguration } from '../config/load.ts';
import { createSystemClock } from '../hub/clock.ts';
import { JournalError } from '../hub/errors.ts';
import type { AccountStatus } from '../hub/face.ts';
import { createHouseNetwork } from '../networks/house/index.ts';
import { listenersSettled, notReady } from './ready.ts';

const clock = createSystemClock();
const configuration = loadConfiguration({
  file: 'hutong.yaml',
  text: 'accounts: { house: { network: house, telnet: { listen: "127.0.0.1:5267" } } }',
  folder: '/srv',
  environment: {},
  networks: [createHouseNetwork({ clock })],
  faces: [],
});

function house(state: AccountStatus['state']): AccountStatus {
  return { id: 'house', kind: 'house', state, since: 0, capabilities: [], waiting: 0 };
}

test('a hub is ready when its doors are open and its journal takes what is said', () => {
  const open = [house({ phase: 'online' })];
  assert.deepEqual(notReady(configuration, open, undefined), []);
  const full = new JournalError('journal-full', '/srv/data/journal.sqlite: the disk is full');
  assert.deepEqual(notReady(configuration, open, full), [
    'the journal does not take what is said (journal-full); the log says why',
  ]);
  const shut = [house({ phase: 'waiting', message: 'something else listens there' })];
  assert.deepEqual(notReady(configuration, shut, undefined), [
    'account house does not listen on 127.0.0.1:5267 (accounts.house.telnet.listen) yet: something else listens there',
  ]);
});

test('the start waits until a door is open or has said why it is not', async () => {
  const states: AccountStatus['state'][] = [
    { phase: 'connecting' },
    { phase: 'connecting' },
    { phase: 'waiting', message: 'something else listens there' },
  ];
  let asked = 0;
  const statuses = () => [house(states[Math.min(asked++, states.length - 1)]!)];
  await listenersSettled(configuration, statuses, clock);
  assert.ok(asked >= states.length);
});
