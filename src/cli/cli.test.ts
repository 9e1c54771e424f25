// The command line as somebody types it, on a data folder of its own, with a network that only pretends.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import test from 'node:test';
import { z } from 'zod';
import { journalPath } from '../engines/sqlite/file.ts';
import { tryLock } from '../engines/sqlite/lock.ts';
import { openSqliteJournal } from '../engines/sqlite/sqlite-journal.ts';
import { openSqliteReader } from '../engines/sqlite/sqlite-reader.ts';
import { loadText } from '../config/find.ts';
import { writeApplied } from '../config/snapshot.ts';
import { Access } from '../hub/access.ts';
import { createSystemClock } from '../hub/clock.ts';
import { AccountError } from '../hub/errors.ts';
import { textBody } from '../hub/message.ts';
import type { NetworkKind } from '../hub/network.ts';
import { fileSetting } from '../hub/settings.ts';
import type { WebFace } from '../http/face.ts';
import { toConfigContext } from './beside.ts';
import { runCommandLine } from './cli.ts';
import type { Composition, Shell } from './command.ts';
import { noteRunning } from './running.ts';

const fakeConfig = z.strictObject({
  password: z.string().default('right'),
  telnet: z.strictObject({ listen: z.string() }).optional(),
  ca: fileSetting().optional(),
});

/** Online with the right password, refused with the wrong one. */
const fake: NetworkKind<z.infer<typeof fakeConfig>> = {
  kind: 'fake',
  config: fakeConfig,
  open: (id, config) => ({
    parseRoom(room) {
      if (room === 'nope') throw new Error('there is no room nope');
      return room;
    },
    async run(port, signal) {
      if (config.password !== 'right')
        throw new AccountError('account-auth', 'the server refuses the password');
      port.online({
        self: { id: `${id}@example.org`, name: id },
        actions: { send: async () => ({}) },
        limits: { textBytes: 1000, sendsUnderWay: 1, sendTimeoutMs: 1000 },
        carries: [],
      });
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  }),
};

/** A face that has a listener of its own. */
const door: WebFace<{ listen: string }> = {
  kind: 'door',
  config: z.strictObject({ listen: z.string() }),
  open: () => () => {},
};

const composition: Composition = {
  version: '1.2.3',
  networks: [fake],
  drivers: [],
  faces: [door],
  loadRest: async () => ({ routes() {}, sent() {} }),
  builtIn: 'accounts: { house: { network: fake } }\n',
  clock: createSystemClock(),
  engines: {
    sqlite: {
      open: (folder) => openSqliteJournal({ folder }),
      openBeside: (folder) => openSqliteReader({ folder }),
      isThere: (folder) => existsSync(journalPath(folder)),
      isInUse(folder) {
        const lock = tryLock(folder);
        lock?.release();
        return lock === undefined;
      },
    },
  },
};

async function setup(files: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-cli-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const run = async (line: string, input = '', environment: Record<string, string> = {}) => {
    let [out, err] = ['', ''];
    const shell: Shell = {
      args: line.split(' ').filter(Boolean),
      folder,
      environment,
      out: (text) => (out += text),
      err: (text) => (err += text),
      stdin: Readable.from([input]) as NodeJS.ReadStream,
      isTerminal: false,
    };
    return { code: await runCommandLine(composition, shell), out, err };
  };
  return { folder, run, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

test('help tells every command, a group of them, and one', async () => {
  await using place = await setup();
  const all = await place.run('--help');
  assert.equal(all.code, 0);
  for (const name of ['start', 'check', 'doctor', 'token create', 'user add', 'links', 'search']) {
    assert.match(all.out, new RegExp(`\\n {2}${name} `));
  }
  assert.equal((await place.run('')).out, all.out);
  assert.match((await place.run('token --help')).out, /token revoke/);
  const one = await place.run('help token create');
  assert.match(one.out, /--scope=SCOPE/);
  assert.equal((await place.run('token create --help')).out, one.out);
  assert.match((await place.run('--version')).out, /^hutong 1\.2\.3 /);
});

test('what is not understood is told, with what was probably meant, and exits with 2', async () => {
  await using place = await setup();
  const cases = {
    strat: /Unknown command "strat"\. Did you mean "start"\?/,
    'tokn --help': /Unknown command "tokn"\. Did you mean "token"\?/,
    'token crate x': /Unknown command "token crate"\. Did you mean "create"\?/,
    token: /"token" needs one of: create, list, revoke/,
    'check --confg=x': /knows no option --confg\. Did you mean "--config"\?/,
    'links --limit=3': /"links" knows no option --limit/,
    'check --config': /--config needs a value/,
    'check --config=a --config=b': /--config is given more than once/,
    '--hlep': /There is no option --hlep\. Did you mean "--help"\?/,
    '--verison': /Did you mean "--version"\?/,
    'token create': /Something is missing; usage: token create NAME --scope=SCOPE/,
    'token create a b': /"b" is one word too many/,
    'token create a --scope=raed': /"raed" is no scope\. Did you mean "read"\?/,
    'token create a': /--scope is missing/,
    'search x --limit=0': /--limit is a whole number/,
    'start --log-level=loud': /"loud" is no log level/,
  };
  for (const [line, expected] of Object.entries(cases)) {
    const { code, err, out } = await place.run(line);
    assert.match(err, expected);
    assert.deepEqual([code, out], [2, ''], line);
  }
});

test('a configuration with a mistake, or none where one was named, exits with 1', async () => {
  await using place = await setup({ 'hutong.yaml': 'accounts: { a: { network: fak } }\n' });
  const wrong = await place.run('check');
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /^hutong: hutong\.yaml:1:27: accounts\.a\.network: unknown network "fak"/);
  const missing = await place.run('links --config nowhere.yaml');
  assert.deepEqual([missing.code, missing.err], [1, 'hutong: nowhere.yaml: there is no such file\n']);
});

test('a token is made, shown once, listed without its secret, and revoked', async () => {
  await using place = await setup();
  const made = await place.run('token create bot --scope=read --scope=send --account=house');
  assert.equal(made.code, 0, made.err);
  assert.match(made.out, /^hutong_[0-9a-f]{18}_[\w-]{43}\n$/);
  const listed = await place.run('token list');
  assert.match(listed.out, /^bot\tread,send\thouse\t/);
  assert.ok(!listed.out.includes(made.out.trim().slice(-43)));
  assert.equal((await place.run('token create bot --scope=read')).code, 1);
  assert.equal((await place.run('token revoke bot')).code, 0);
  assert.match((await place.run('token list')).err, /There are no tokens/);
});

test('a token for a bot of Wechaty has the form that its clients need, and may read and speak', async () => {
  await using place = await setup();
  const made = await place.run('token create ding --face=wechaty --account=house');
  assert.match(made.out, /^insecure_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\n$/);
  const listed = await place.run('token list');
  assert.match(listed.out, /^ding\tread,send\thouse\t/);
  assert.ok(!listed.out.includes(made.out.slice(-13, -1)));
  assert.equal((await place.run('token revoke ding')).code, 0);
  const other = await place.run('token create x --face=waas');
  assert.deepEqual([other.code, /needs no tokens of its own/.test(other.err)], [2, true]);
});

test('a token is bound to rooms of accounts that are there', async () => {
  await using place = await setup();
  const rooms = '--room=house/lobby --room=house/tea';
  assert.equal((await place.run(`token create bot --scope=send ${rooms}`)).code, 0);
  assert.match(
    (await place.run('token list')).out,
    /^bot\tsend\thouse\/lobby,house\/tea\t\S+ \S+\tnever used\n$/,
  );
  const wrong = { lobby: /"lobby" is no room: expected ACCOUNT\/ROOM/, 'huose/tea': /Did you mean "house"/ };
  for (const [room, expected] of Object.entries(wrong)) {
    const { code, err } = await place.run(`token create other --scope=send --room=${room}`);
    assert.match(err, expected);
    assert.equal(code, 2);
  }
});

test('a user is added with a password from standard input, which is asked for nowhere else than on a terminal', async () => {
  await using place = await setup();
  assert.equal((await place.run('user add ann --password-stdin', 'correct horse\nignored\n')).code, 0);
  assert.match((await place.run('user list')).out, /^ann\tuser\t/);
  assert.equal((await place.run('user add ann --admin --password-stdin', 'correct horse\n')).code, 0);
  assert.match((await place.run('user list')).out, /^ann\tadmin\t/);
  assert.match((await place.run('user add bob')).err, /use --password-stdin/);
  assert.match((await place.run('user add bob --password-stdin', 'short\n')).err, /8 to 1024 characters/);
  assert.equal((await place.run('user remove ann')).code, 0);
  assert.equal((await place.run('user remove ann')).code, 1);
});

test('commands work beside a hub that has the journal open, and the hub sees what they change', async () => {
  await using place = await setup();
  const journal = await openSqliteJournal({ folder: join(place.folder, 'data') });
  try {
    const { out } = await place.run('token create bot --scope=read');
    assert.equal((await new Access(journal).verifyToken(out.trim()))?.name, 'bot');
    await place.run('token revoke bot');
    assert.equal(await new Access(journal).verifyToken(out.trim()), undefined);
  } finally {
    await journal.close();
  }
});

test('check leaves nothing behind where nothing ran', async () => {
  await using place = await setup();
  const { code, out } = await place.run('check');
  assert.equal(code, 0);
  assert.match(
    out,
    /the built-in configuration is right: 1 account, 0 links\.\nNothing runs, and nothing ever ran, on the data in \S+data\.\n$/,
  );
  assert.deepEqual(await readdir(place.folder), []);
});

test('check compares an edited file with what runs', async () => {
  const text = 'accounts: { house: { network: fake } }\n';
  await using place = await setup({ 'hutong.yaml': text });
  const context = toConfigContext({ composition, shell: { folder: place.folder, environment: {} } as Shell });
  const running = loadText(join(place.folder, 'hutong.yaml'), text, context);
  const journal = await openSqliteJournal({ folder: running.dataFolder });
  try {
    await writeApplied(journal, running);
    await noteRunning(journal, { version: '1', startedAt: 0, http: '127.0.0.1:1' });
    assert.match(
      (await place.run('check')).out,
      new RegExp(`same as what runs \\(process ${process.pid}\\)`),
    );
    const edited =
      'http: { listen: "127.0.0.1:9" }\naccounts: { house: { network: fake }, b: { network: fake } }\n';
    await writeFile(join(place.folder, 'hutong.yaml'), edited);
    assert.match(
      (await place.run('check')).out,
      /\n {2}http\.listen "127\.0\.0\.1:3010" → "127\.0\.0\.1:9" \(after a restart\)\n {2}account b added \(fake\)\n$/,
    );
  } finally {
    await journal.close();
  }
  assert.match((await place.run('check')).out, /what ran last on the data in .* \(nothing runs now\)/);
});

test('search finds Chinese, and what somebody wrote cannot steer the terminal', async () => {
  await using place = await setup();
  const journal = await openSqliteJournal({ folder: join(place.folder, 'data') });
  const body = textBody('你好，世界\n2026-01-01 00:00:00  forged\u001b[31m');
  const event = {
    kind: 'message' as const,
    id: 'e1',
    position: 0,
    room: 'house/lobby' as const,
    at: 0,
    sender: { id: 'x', name: 'ann\u202e' },
    body,
  };
  await journal.append({ event, key: 'k', text: '你好，世界', deliveries: [] });
  await journal.close();
  const { out } = await place.run('search 世界 --room=house/lobby');
  assert.match(
    out,
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}house\/lobby {2}ann\\u202e: 你好，世界 ⏎ 2026-01-01 00:00:00 {2}forged\\u001b\[31m\n$/,
  );
  assert.match((await place.run('search 再见')).err, /Nothing was found/);
});

test('links shows who is joined with whom, and which way', async () => {
  await using place = await setup({
    'hutong.yaml': `
accounts: { a: { network: fake }, b: { network: fake } }
links:
  - { name: one, rooms: [a/x, b/y, b/z] }
  - { name: two, rooms: [a/x, b/w], direction: to-first }
`,
  });
  assert.equal((await place.run('links')).out, 'one: a/x ↔ b/y, b/z\ntwo: a/x ← b/w\n');
});

test('links are added and removed in the file, with its comments kept', async () => {
  const yaml = `# ours
accounts: { a: { network: fake }, b: { network: fake } } # two
links:
  - { name: one, rooms: [a/x, b/y] } # the first
`;
  await using place = await setup({ 'hutong.yaml': yaml });
  const text = () => readFile(join(place.folder, 'hutong.yaml'), 'utf8');
  const tried = await place.run('links add two a/x b/z --direction=from-first --dry-run');
  assert.deepEqual(tried, { code: 0, out: 'link two added: a/x, b/z\n', err: '' });
  assert.equal(await text(), yaml);
  const added = await place.run('links add two a/x b/z --direction=from-first');
  assert.equal(added.out, 'link two added: a/x, b/z\n');
  assert.match(added.err, /from the next start/);
  assert.equal(await text(), `${yaml}  - { name: two, rooms: [a/x, b/z], direction: from-first }\n`);
  const wrong = await place.run('links add three a/x c/z');
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /hutong\.yaml:6:\d+: links\[2\]\.rooms\[1\]: there is no account "c"/);
  assert.match((await place.run('links remove tow')).err, /there is no link "tow"\. Did you mean "two"\?/);
  assert.equal((await place.run('links remove two')).out, 'link two removed\n');
  assert.equal(await text(), yaml);
});

test('doctor tells a good account from a refused one, and a free port from a taken one', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as AddressInfo;
  await using place = await setup({
    'hutong.yaml': `
http: { listen: "127.0.0.1:${port}" }
accounts: { good: { network: fake }, bad: { network: fake, password: wrong-one } }
faces: { door: { listen: "127.0.0.1:0" } }
`,
  });
  const { code, out } = await place.run('doctor');
  taken.close();
  assert.equal(code, 1);
  assert.match(out, /^ok {5}Node /m);
  assert.match(out, /^ok {5}the data folder .* can be written \(it is made at the first start\)$/m);
  assert.match(
    out,
    new RegExp(
      `^WRONG  http\\.listen 127\\.0\\.0\\.1:${port} cannot be listened on: another program has it$`,
      'm',
    ),
  );
  assert.match(out, /^ok {5}faces\.door\.listen 127\.0\.0\.1:0 can be listened on$/m);
  assert.match(out, /^ok {5}account good: online as good@example\.org$/m);
  assert.match(out, /^WRONG {2}account bad: the server refuses the password$/m);
  assert.match(out, /\n2 things are wrong\.\n$/);
  assert.doesNotMatch(out, /wrong-one/);
});

test('doctor tells a broken configuration and goes no further', async () => {
  await using place = await setup({ 'hutong.yaml': 'accounts: 3\n' });
  const { code, out } = await place.run('doctor');
  assert.equal(code, 1);
  assert.match(out, /WRONG {2}the configuration:\n {7}hutong\.yaml:1:11: accounts: expected a mapping/);
});

test('an option that npm kept for itself is noticed before anything is done without it', async () => {
  await using place = await setup();
  const npm = { npm_package_json: join(place.folder, 'package.json'), npm_lifecycle_event: 'start' };
  const kept = await place.run('start', '', { ...npm, npm_config_config: 'other.yaml' });
  assert.equal(kept.code, 2);
  assert.match(
    kept.err,
    /npm took --config=other\.yaml for itself.* Type: npm start -- --config=other\.yaml\n/,
  );
  const inTwoWords = await place.run('start x.yaml', '', { ...npm, npm_config_config: 'true' });
  assert.match(inTwoWords.err, /Type: npm start -- --config=FILE\n/);
  const other = { ...npm, npm_lifecycle_event: 'hutong', npm_config_room: 'house/lobby' };
  assert.match(
    (await place.run('search hello', '', other)).err,
    /Type: npm run hutong -- search hello --room=house\/lobby\n/,
  );
  // Another package's script that merely starts us has an environment of its own.
  const foreign = {
    npm_package_json: '/elsewhere/package.json',
    npm_lifecycle_event: 'start',
    npm_config_config: 'x',
  };
  assert.equal((await place.run('check', '', foreign)).code, 0);
});

test('through npm a relative --config counts from where the caller is', async () => {
  await using place = await setup({ 'package.json': '{}' });
  await mkdir(join(place.folder, 'below'));
  await writeFile(join(place.folder, 'below', 'my.yaml'), 'accounts: { house: { network: fake } }\n');
  const npm = {
    npm_package_json: join(place.folder, 'package.json'),
    npm_lifecycle_event: 'hutong',
    INIT_CWD: join(place.folder, 'below'),
  };
  assert.match((await place.run('check --config my.yaml', '', npm)).out, /^below\/my\.yaml is right/);
  assert.equal((await place.run('check --config my.yaml')).code, 1);
});

test('what reads the journal makes none, and names the folder where it looked', async () => {
  await using place = await setup({
    'hutong.yaml': 'data: ./moved\naccounts: { house: { network: fake } }\n',
  });
  for (const line of ['search x', 'deliveries', 'token list', 'user list', 'token revoke a']) {
    const { code, err } = await place.run(line);
    assert.equal(code, 1, line);
    assert.equal(err.includes(`there is no journal in ${join(place.folder, 'moved')}`), true, err);
  }
  assert.deepEqual(await readdir(place.folder), ['hutong.yaml']);
  assert.match((await place.run('token create bot --scope=read')).err, /a new one is made there/);
  assert.equal((await place.run('token list')).code, 0);
});

test('a name that is no account or room is told; what reads needs no secrets', async () => {
  await using place = await setup({
    'hutong.yaml': 'accounts: { house: { network: fake, password: "${HOUSE_PASSWORD}" } }\n',
  });
  const journal = await openSqliteJournal({ folder: join(place.folder, 'data') });
  await journal.close();
  const account = await place.run('deliveries --account=huose');
  assert.deepEqual(account, {
    code: 1,
    out: '',
    err: 'hutong: there is no account "huose"; the accounts are house. Did you mean "house"?\n',
  });
  assert.match((await place.run('search x --room=zzz/lobby')).err, /there is no account "zzz"/);
  assert.deepEqual((await place.run('search x --room=house/nope')).err, 'hutong: there is no room nope\n');
  assert.equal((await place.run('search x --room=lobby')).code, 2);
  assert.equal((await place.run('links')).code, 0);
  assert.match((await place.run('check')).err, /HOUSE_PASSWORD is not set/);
});

test('check misses a file that an account names', async () => {
  await using place = await setup({
    'hutong.yaml': 'accounts: { house: { network: fake, ca: ./none.pem } }\n',
  });
  const { code, out, err } = await place.run('check');
  assert.equal(code, 1);
  assert.equal(err, `accounts.house.ca: there is no file ${join(place.folder, 'none.pem')}\n`);
  assert.match(out, /is right/);
});
