import assert from 'node:assert/strict';
import test from 'node:test';
import { loadConfiguration } from '../config/load.ts';
import { createSystemClock } from '../hub/clock.ts';
import { JournalError } from '../hub/errors.ts';
import type { AccountStatus } from '../hub/face.ts';
import { createHouseNetwork } from '../networks/house/index.ts';
import { listenersSettled, notReady, type Readiness } from './ready.ts';

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

function toReadiness(accounts: AccountStatus[], more: Partial<Readiness> = {}): Readiness {
  return { accounts, shutFaces: new Set(), appendFailure: undefined, ...more };
}

test('a hub is ready when its doors are open and its journal takes what is said', () => {
  const open = [house({ phase: 'online' })];
  assert.deepEqual(notReady(configuration, toReadiness(open)), []);
  const full = new JournalError('journal-full', '/srv/data/journal.sqlite: the disk is full');
  assert.deepEqual(notReady(configuration, toReadiness(open, { appendFailure: full })), [
    'the journal does not take what is said (journal-full); the log says why',
  ]);
  const shut = [house({ phase: 'waiting', message: 'something else listens there' })];
  assert.deepEqual(notReady(configuration, toReadiness(shut)), [
    'account house does not listen on 127.0.0.1:5267 (accounts.house.telnet.listen) yet: something else listens there',
  ]);
});

test('a face whose own listener does not listen is told for as long as it is on', () => {
  const withFace = {
    ...configuration,
    faceListeners: new Map([['bell', new Map([['faces.bell.listen', '127.0.0.1:7']])]]),
  };
  const shut = toReadiness([house({ phase: 'online' })], { shutFaces: new Set(['bell']) });
  assert.deepEqual(notReady(withFace, shut), [
    'face bell does not listen on 127.0.0.1:7 (faces.bell.listen) yet; the log says why',
  ]);
  assert.deepEqual(notReady(configuration, shut), []);
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
