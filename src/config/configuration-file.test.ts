// hutong.yaml changed by programs while the hub runs: what is asked for is tried, shown and made; what is wrong, late or
// cannot be written changes nothing; secrets go in and do not come out.
import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { z } from 'zod';
import { secretMask, type ConfigurationOperation } from '../hub/configuration.ts';
import { ConfigError } from '../hub/errors.ts';
import type { NetworkKind } from '../hub/network.ts';
import { secretSetting } from '../hub/settings.ts';
import { ConfigurationFile, type Runtime } from './configuration-file.ts';
import type { Configuration } from './configuration.ts';
import { difference } from './difference.ts';
import { loadText, type ConfigContext } from './find.ts';
import { toSnapshot } from './snapshot.ts';

const kind: NetworkKind<unknown> = {
  kind: 'fake',
  config: z.strictObject({
    nick: z.string().optional(),
    pin: secretSetting().optional(),
    url: z.string().optional(),
    rooms: z.array(z.string()).optional(),
  }),
  open: () => ({ async run() {} }),
};

const file = `# Our bridge.
accounts:
  a: { network: fake, nick: x }   # the first
  b:
    network: fake
    pin: "1234-hidden"   # typed by hand
    url: "ws://u:hidden-too@host/"

# The links.
links:
  - { name: one, rooms: [a/r, b/r] }
`;

/** A service on a file in a folder of its own, and what it made run, newest last. */
async function setup({ text }: { text: string | undefined } = { text: file }) {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-config-'));
  const path = join(folder, 'hutong.yaml');
  if (text !== undefined) await writeFile(path, text);
  const context: ConfigContext = {
    environment: { PIN: 'from-environment' },
    networks: [kind],
    faces: [],
    builtIn: '\naccounts:\n  house: { network: fake, rooms: [lobby] }\n',
    folder,
  };
  let running = loadText(text === undefined ? undefined : path, text ?? context.builtIn, context);
  const applied: Configuration[] = [];
  const refused: string[] = [];
  const doing: { apply?: () => Promise<void> } = {};
  const runtime: Runtime = {
    difference(next) {
      const before = toSnapshot(running);
      return difference(before, toSnapshot(next, before.salt));
    },
    async apply(next) {
      await doing.apply?.();
      running = next;
      applied.push(next);
    },
    refuse: (error) => void refused.push(error.message),
  };
  const service = new ConfigurationFile({ path, text, context, runtime });
  return {
    folder,
    path,
    service,
    applied,
    refused,
    doing,
    text: () => readFile(path, 'utf8'),
    /** Applies operations to the file as it is now. */
    async operate(...operations: ConfigurationOperation[]) {
      const { version } = await service.read();
      return service.apply({ operations }, version);
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true });
    },
  };
}

const newLink = { name: 'two', rooms: ['a/s', 'b/s'] };

function isConfigError(code: string, message: RegExp) {
  return (error: unknown): boolean =>
    error instanceof ConfigError && error.code === code && message.test(error.message);
}

test('what is read has no secret in it', async () => {
  await using hub = await setup();
  const view = await hub.service.read();
  assert.equal(view.file, 'hutong.yaml');
  assert.deepEqual(view.accounts, {
    a: { network: 'fake', nick: 'x' },
    b: { network: 'fake', pin: secretMask, url: secretMask },
  });
  assert.deepEqual(view.links, [{ name: 'one', rooms: ['a/r', 'b/r'] }]);
  assert.equal(
    view.text,
    file.replace('"1234-hidden"', secretMask).replace('"ws://u:hidden-too@host/"', secretMask),
  );
});

test('a dry run tells what would change, and changes nothing', async () => {
  await using hub = await setup();
  const operations: ConfigurationOperation[] = [
    { do: 'add-link', link: newLink },
    { do: 'replace-account', account: 'b', settings: { network: 'fake', pin: 'a new secret' } },
  ];
  const proposal = await hub.service.propose({ operations });
  assert.deepEqual(proposal.problems, []);
  assert.deepEqual(
    proposal.difference.map(({ text }) => text),
    ['account b changed: pin (not shown); url (not shown)', 'link two added: a/s, b/s'],
  );
  assert.equal(await hub.text(), file);
  assert.deepEqual(await readdir(hub.folder), ['hutong.yaml']);
  assert.deepEqual(hub.applied, []);
});

test('a change is in the file, with its comments, and runs when it is answered', async () => {
  await using hub = await setup();
  const { difference: changes, version } = await hub.operate({ do: 'add-link', link: newLink });
  assert.deepEqual(changes, [{ text: 'link two added: a/s, b/s', needsRestart: false }]);
  assert.equal(await hub.text(), `${file}  - { name: two, rooms: [a/s, b/s] }\n`);
  assert.deepEqual(
    hub.applied.at(-1)?.links.map(({ name }) => name),
    ['one', 'two'],
  );
  assert.equal((await hub.service.read()).version, version);
  await hub.operate({ do: 'remove-link', name: 'two' });
  assert.equal(await hub.text(), file);
});

test('several operations are made all or none', async () => {
  await using hub = await setup();
  const operations: ConfigurationOperation[] = [
    { do: 'remove-link', name: 'one' },
    { do: 'remove-account', account: 'b' },
    { do: 'set', path: ['accounts', 'a', 'nick'], value: 'y' },
  ];
  await assert.rejects(
    hub.operate(...operations, { do: 'remove-link', name: 'onee' }),
    isConfigError('config-invalid', /there is no link "onee"/),
  );
  assert.equal(await hub.text(), file);
  await hub.operate(...operations);
  assert.equal(
    await hub.text(),
    '# Our bridge.\naccounts:\n  a: { network: fake, nick: y }   # the first\n\n# The links.\nlinks: []\n',
  );
});

test('a secret that is typed is kept in the data folder and named in the file', async () => {
  await using hub = await setup();
  await hub.operate({ do: 'add-account', account: 'c', settings: { network: 'fake', pin: 'typed ${x}' } });
  assert.match(await hub.text(), /^ {2}c:\n {4}network: fake\n {4}pin: "\$\{secret:c\.pin\}"\n/m);
  const kept = join(hub.folder, 'data', 'secrets', 'c.pin');
  assert.equal(await readFile(kept, 'utf8'), 'typed ${x}');
  assert.equal((await stat(kept)).mode & 0o777, 0o600);
  assert.deepEqual(hub.applied.at(-1)?.accounts.at(-1)?.config, { pin: 'typed ${x}' });
  assert.deepEqual((await hub.service.read()).accounts['c'], { network: 'fake', pin: '${secret:c.pin}' });

  await hub.operate({ do: 'replace-account', account: 'c', settings: { network: 'fake', pin: 'another' } });
  assert.match(await hub.text(), /pin: "\$\{secret:c\.pin-2\}"/);
  assert.deepEqual(await readdir(join(hub.folder, 'data', 'secrets')), ['c.pin-2']);
  await hub.operate({ do: 'remove-account', account: 'c' });
  assert.equal(await hub.text(), file);
  assert.deepEqual(await readdir(join(hub.folder, 'data', 'secrets')), []);
});

test('a secret that comes back as it was shown stays as it is', async () => {
  await using hub = await setup();
  const { accounts, text, version } = await hub.service.read();
  await hub.operate({ do: 'replace-account', account: 'b', settings: { ...accounts['b'], nick: 'n' } });
  const edited = file.replace('host/"\n', 'host/"\n    nick: n\n');
  assert.equal(await hub.text(), edited);
  await assert.rejects(
    hub.service.apply({ text: text! }, version),
    isConfigError('config-changed', /edited/),
  );
  const again = await hub.service.read();
  await hub.service.apply({ text: again.text!.replace('Our', 'Their') }, again.version);
  assert.equal(await hub.text(), edited.replace('Our', 'Their'));
  await assert.rejects(
    hub.operate({ do: 'add-account', account: 'd', settings: { network: 'fake', pin: secretMask } }),
    isConfigError('config-invalid', /accounts\.d\.pin: is not shown, .* write it anew/),
  );
});

test('a secret that is named and not kept is told', async () => {
  await using hub = await setup();
  const operations: ConfigurationOperation[] = [
    { do: 'set', path: ['accounts', 'a', 'pin'], value: '${secret:gone}' },
    { do: 'set', path: ['accounts', 'b', 'pin'], value: '${secret:../../hutong.yaml}' },
  ];
  const { problems } = await hub.service.propose({ operations });
  assert.deepEqual(
    problems.map(({ path, message }) => `${path}: ${message}`),
    [
      'accounts.a.pin: there is no secret "gone" in the data folder; set it anew',
      'accounts.b.pin: there is no secret "../../hutong.yaml" in the data folder; set it anew',
    ],
  );
});

test('a secret from the environment is a reference, and stays one', async () => {
  await using hub = await setup();
  await hub.operate({ do: 'add-account', account: 'c', settings: { network: 'fake', pin: '${PIN}' } });
  assert.match(await hub.text(), /pin: "\$\{PIN\}"/);
  assert.deepEqual(hub.applied.at(-1)?.accounts.at(-1)?.config, { pin: 'from-environment' });
  assert.deepEqual((await hub.service.read()).accounts['c']?.['pin'], '${PIN}');
});

test('a wrong change tells where and why, and changes nothing, the secret that came with it included', async () => {
  await using hub = await setup();
  const operations: ConfigurationOperation[] = [
    { do: 'add-link', link: { ...newLink, rooms: ['a/s', 'zz/s'] } },
    { do: 'add-account', account: 'c', settings: { network: 'fake', pin: 'typed', nik: 'n' } },
  ];
  const { problems, difference: changes } = await hub.service.propose({ operations });
  assert.deepEqual(changes, []);
  assert.deepEqual(problems, [
    {
      path: 'accounts.c.nik',
      message: 'unknown key. Did you mean "nick"? (known here: nick, pin, url, rooms)',
      line: 11,
      column: 5,
    },
    {
      path: 'links[1].rooms[1]',
      message: 'there is no account "zz"; the accounts are a, b, c.',
      line: 16,
      column: 31,
    },
  ]);
  await assert.rejects(
    hub.operate(...operations),
    isConfigError('config-invalid', /hutong\.yaml:11:5: accounts\.c\.nik/),
  );
  const { version } = await hub.service.read();
  await assert.rejects(
    hub.service.apply({ text: 'accounts: {' }, version),
    isConfigError('config-invalid', /hutong\.yaml:1:11: the \{ that opens here is not closed/),
  );
  assert.equal(await hub.text(), file);
  assert.deepEqual(await readdir(hub.folder), ['hutong.yaml']);
  assert.deepEqual(hub.applied, []);
});

test('who changes a file that somebody edited meanwhile is told so', async () => {
  await using hub = await setup();
  const { version } = await hub.service.read();
  const edited = `${file}# by hand\n`;
  await writeFile(hub.path, edited);
  await assert.rejects(
    hub.service.apply({ operations: [{ do: 'add-link', link: newLink }] }, version),
    isConfigError('config-changed', /hutong\.yaml: was edited/),
  );
  assert.equal(await hub.text(), edited);
});

test('of two changes made for the same version the second is told that it came late', async () => {
  await using hub = await setup();
  const { version } = await hub.service.read();
  const change = (name: string) =>
    hub.service.apply({ operations: [{ do: 'add-link', link: { ...newLink, name } }] }, version);
  const [first, second] = await Promise.allSettled([change('two'), change('three')]);
  assert.equal(first.status, 'fulfilled');
  assert.ok(second.status === 'rejected' && isConfigError('config-changed', /edited/)(second.reason));
});

test('a file that may not be written stays, and so does what runs', async () => {
  await using hub = await setup();
  await chmod(hub.path, 0o444);
  await assert.rejects(
    hub.operate({ do: 'add-account', account: 'c', settings: { network: 'fake', pin: 'typed' } }),
    isConfigError('config-unwritable', /hutong\.yaml: cannot be written/),
  );
  assert.equal(await hub.text(), file);
  assert.deepEqual(await readdir(join(hub.folder, 'data', 'secrets')), []);
  assert.deepEqual(hub.applied, []);
});

test('without a file the first change makes it, with what runs in it', async () => {
  await using bare = await setup({ text: undefined });
  const before = await bare.service.read();
  assert.equal(before.exists, false);
  await bare.operate({ do: 'add-account', account: 'a', settings: { network: 'fake' } });
  assert.equal(
    await bare.text(),
    '# The configuration of hutong; docs/configuration.md explains every key.\naccounts:\n  house: { network: fake, rooms: [lobby] }\n  a: { network: fake }\n',
  );
  assert.equal((await stat(bare.path)).mode & 0o777, 0o600);
});

test('an edit by hand is taken over once, and an own one not again', async () => {
  await using hub = await setup();
  await hub.operate({ do: 'add-link', link: newLink });
  const own = await hub.text();
  assert.equal(hub.service.seen, own);
  await hub.service.take(own);
  assert.equal(hub.applied.length, 1);
  await writeFile(hub.path, file);
  await hub.service.take(own);
  assert.equal(hub.applied.length, 1, 'what the watcher saw before is not what stands there now');
  await hub.service.take(file);
  assert.deepEqual(
    hub.applied.at(-1)?.links.map(({ name }) => name),
    ['one'],
  );
});

test('an edit by hand that is wrong is told, and can be mended by a program', async () => {
  await using hub = await setup();
  const wrong = file.replace('b/r', 'q/r');
  await writeFile(hub.path, wrong);
  await hub.service.take(wrong);
  assert.match(hub.refused.join(), /hutong\.yaml:11:31: links\[0\]\.rooms\[1\]: there is no account "q"/);
  assert.deepEqual(hub.applied, []);
  const { problems } = await hub.service.read();
  assert.deepEqual(
    problems.map(({ path, line }) => [path, line]),
    [['links[0].rooms[1]', 11]],
  );
  await hub.operate({ do: 'replace-link', name: 'one', link: { name: 'one', rooms: ['a/r', 'b/r'] } });
  assert.equal(await hub.text(), file);
});

test('a change waits for the one before it, though that one takes long', async () => {
  await using hub = await setup();
  const entered = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  hub.doing.apply = () => {
    entered.resolve();
    return gate.promise;
  };
  const first = hub.operate({ do: 'add-link', link: newLink });
  await entered.promise;
  const edited = `${await hub.text()}# by hand\n`;
  await writeFile(hub.path, edited);
  const second = hub.service.take(edited);
  assert.equal(hub.applied.length, 0);
  gate.resolve();
  await Promise.all([first, second]);
  assert.equal(hub.applied.length, 2);
});

test('what is in the file and could not be applied is a new file to who watches it', async () => {
  await using hub = await setup();
  hub.doing.apply = async () => {
    throw new Error('the journal is full');
  };
  await assert.rejects(hub.operate({ do: 'add-link', link: newLink }), /the journal is full/);
  const edited = await hub.text();
  assert.notEqual(edited, file);
  assert.notEqual(hub.service.seen, edited);
  delete hub.doing.apply;
  await hub.service.take(edited);
  assert.equal(hub.applied.at(-1)?.links.length, 2);
});

test('a text that is larger than a file may be is refused before it is written', async () => {
  await using hub = await setup();
  const { version } = await hub.service.read();
  const large = file + '#'.repeat(1024 * 1024);
  await assert.rejects(
    hub.service.apply({ text: large }, version),
    isConfigError('config-unreadable', /has more than the 1048576 bytes/),
  );
  assert.equal(await hub.text(), file);
});
