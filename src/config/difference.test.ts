// What an edit would change, in words, and never with a secret.
import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import type { NetworkKind } from '../hub/network.ts';
import type { Configuration } from './configuration.ts';
import { difference } from './difference.ts';
import { loadConfiguration } from './load.ts';
import { secretsOf } from './secrets.ts';
import { readApplied, toSnapshot, writeApplied } from './snapshot.ts';

const kind: NetworkKind<unknown> = {
  kind: 'fake',
  config: z.looseObject({}),
  open: () => ({ async run() {} }),
};

function load(text: string, environment = { P: 'first-secret', Q: 'second-secret' }): Configuration {
  return loadConfiguration({
    file: 'hutong.yaml',
    text,
    folder: '/x',
    environment,
    networks: [kind],
    faces: [],
  });
}

function changes(before: string, after: string): string[] {
  const old = toSnapshot(load(before));
  return difference(old, toSnapshot(load(after), old.salt)).map(({ text, needsRestart }) =>
    needsRestart ? `${text} (restart)` : text,
  );
}

const base = `
accounts:
  a: { network: fake, nick: x, password: "\${P}" }
  b: { network: fake }
links:
  - { name: one, rooms: [a/r, b/r] }
`;

test('a file that means the same changes nothing, however it is written', () => {
  const same = base
    .replace('nick: x, password: "${P}"', 'unknown: resend, password: first-secret, nick: "x"')
    .replace('links:', 'http: { listen: "127.0.0.1:3010" }\njournal: { engine: sqlite }\nlinks:')
    .replace('name: one', 'name: one, direction: both, filter: { text: [] }');
  assert.deepEqual(changes(base, same), []);
});

test('accounts and links that come, go and change are named, with the keys', () => {
  const after = `
accounts:
  a: { network: fake, nick: y, tls: { ca: c.pem } }
  c: { network: fake }
links:
  - { name: one, rooms: [a/r, c/r], direction: from-first, filter: { nick: [bot$] } }
  - { name: two, rooms: [a/s, c/s] }
`;
  assert.deepEqual(changes(base, after), [
    'account a changed: nick "x" → "y"; password (not shown); tls.ca set to "c.pem"',
    'account b removed',
    'account c added (fake)',
    'link one changed: direction "both" → "from-first"; rooms ["a/r","b/r"] → ["a/r","c/r"]; filter.nick [] → ["bot$"]',
    'link two added: a/s, c/s',
  ]);
});

test('what takes a restart is told so', () => {
  const after = `data: /y\nhttp: { listen: "127.0.0.1:4000" }\njournal: { retention: 90d }\n${base}`;
  assert.deepEqual(changes(base, after), [
    'data "/x/data" → "/y" (restart)',
    'http.listen "127.0.0.1:3010" → "127.0.0.1:4000" (restart)',
    'journal.retention set to "90d" (restart)',
  ]);
});

test('a secret that changed is told, and neither is shown nor kept', async () => {
  assert.deepEqual(changes(base, base.replace('${P}', '${Q}')), ['account a changed: password (not shown)']);
  const values = new Map<string, string>();
  await writeApplied(
    {
      async set(entries) {
        for (const [key, value] of entries) values.set(key, value!);
      },
    },
    load(base),
  );
  assert.doesNotMatch([...values.values()].join(), /first-secret/);
  const applied = await readApplied({ get: async (key) => values.get(key) });
  assert.deepEqual(difference(applied!, toSnapshot(load(base), applied!.salt)), []);
});

test('the secrets of a configuration are known, so that the log can leave them out', () => {
  assert.deepEqual(secretsOf(load(base)), ['first-secret']);
  const url = load('accounts: { a: { network: fake, url: "ws://u:pw@host/", token: { value: t0k3n } } }\n');
  assert.deepEqual(secretsOf(url), ['ws://u:pw@host/', 't0k3n']);
});

test('an account that is called like a secret hides no more than any other', () => {
  const config = load('accounts: { token: { network: fake, url: "ws://host/", token: t0k3n } }\n');
  assert.deepEqual(secretsOf(config), ['t0k3n']);
});
