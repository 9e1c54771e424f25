import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import { ConfigError } from '../hub/errors.ts';
import { fileSetting } from '../hub/settings.ts';
import type { FaceKind } from '../hub/face.ts';
import { loadText, type ConfigContext } from './find.ts';
import { difference } from './difference.ts';
import { toSnapshot } from './snapshot.ts';

const bell: FaceKind<{ account?: string; tune?: string | undefined; times: number }> = {
  kind: 'bell',
  config: z.strictObject({
    account: z.string().exactOptional(),
    tune: fileSetting().optional(),
    times: z.int().default(1),
  }),
  check: ({ account }, { accounts, listen }) =>
    account === undefined || accounts.includes(account)
      ? []
      : [{ key: 'account', message: `there is no account "${account}" at ${listen.host}` }],
};
const context: ConfigContext = {
  environment: {},
  networks: [{ kind: 'fake', config: z.strictObject({}), open: () => ({ run: async () => {} }) }],
  faces: [bell],
  builtIn: '',
  folder: '/',
};
const accounts = 'accounts: { a: { network: fake } }\n';

function load(faces: string) {
  return loadText('/hutong.yaml', `${accounts}faces: ${faces}\n`, context);
}

function mistakes(faces: string): string[] {
  try {
    load(faces);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

test('a face is on that is named, with its settings completed; nothing behind the name will do', () => {
  assert.deepEqual([...load('{}').faces], []);
  assert.deepEqual([...load('{ bell: }').faces], [['bell', { times: 1 }]]);
  assert.deepEqual(
    [...load('{ bell: { account: a, times: 2 } }').faces],
    [['bell', { account: 'a', times: 2 }]],
  );
});

test('a face that there is not, and settings that it has not, are told', () => {
  assert.deepEqual(mistakes('{ bel: {} }'), [
    'faces.bel: unknown face: known are bell. Did you mean "bell"?',
  ]);
  assert.deepEqual(mistakes('{ bell: { tims: 2 } }'), [
    'faces.bell.tims: unknown key. Did you mean "times"? (known here: account, tune, times)',
  ]);
  assert.equal(mistakes('{ bell: 7 }').length, 1);
});

test('settings that do not go with the rest of the file are told at their place', () => {
  assert.deepEqual(mistakes('{ bell: { account: b } }'), [
    'faces.bell.account: there is no account "b" at 127.0.0.1',
  ]);
});

test('an edit of a face needs no restart', () => {
  const before = toSnapshot(load('{ bell: { times: 2 } }'));
  const changes = (faces: string) => difference(before, toSnapshot(load(faces), before.salt));
  assert.deepEqual(changes('{ bell: { times: 3 } }'), [
    { text: 'face bell changed: times 2 → 3', needsRestart: false },
  ]);
  assert.deepEqual(changes('{}'), [{ text: 'face bell removed', needsRestart: false }]);
});

test('a file that a face names counts from the folder of the configuration', () => {
  assert.deepEqual(
    [...load('{ bell: { tune: "x/tune.pem" } }').faces],
    [['bell', { tune: '/x/tune.pem', times: 1 }]],
  );
});

test('the addresses that faces listen on are known, and told where something else of the file has them', () => {
  const door: FaceKind<{ listen: string }> = {
    kind: 'door',
    config: z.strictObject({ listen: z.string().default('127.0.0.1:3010') }),
  };
  const open = (text: string) =>
    loadText('/hutong.yaml', `${accounts}${text}\n`, { ...context, faces: [door] });
  const { faceListeners } = open('faces: { door: { listen: "127.0.0.1:8788" } }');
  assert.deepEqual([...faceListeners.get('door')!], [['faces.door.listen', '127.0.0.1:8788']]);
  assert.deepEqual([...open('faces: {}').faceListeners], []);
  assert.throws(
    () => open('faces: { door: }'),
    /faces\.door.*the port 3010 is taken by http\.listen already/,
  );
});
