// hutong.yaml as somebody writes it: what is right becomes a configuration, what is wrong is told with its line,
// what was expected, what was found, and never with a secret.
import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import { ConfigError } from '../hub/errors.ts';
import type { NetworkKind } from '../hub/network.ts';
import { fileSetting, secretSetting } from '../hub/settings.ts';
import type { Configuration } from './configuration.ts';
import { filesOf } from './files.ts';
import { loadConfiguration } from './load.ts';

const fakeConfig = z.object({
  rooms: z.array(z.string()).default(['lobby']),
  nick: z.string().optional(),
  password: z.string().min(8).optional(),
  pin: secretSetting().optional(),
  tls: z.union([z.literal(false), z.strictObject({ ca: fileSetting() })]).optional(),
  telnet: z.strictObject({ listen: z.string() }).optional(),
});

const fake: NetworkKind<z.infer<typeof fakeConfig>> = {
  kind: 'fake',
  config: fakeConfig,
  open: (_id, config) => ({
    async run() {},
    parseRoom(name) {
      if (config.rooms.includes(name.toLowerCase())) return name.toLowerCase();
      throw new Error(`there is no room "${name}"; the rooms are ${config.rooms.join(', ')}`);
    },
  }),
};
const open: NetworkKind<unknown> = {
  kind: 'open',
  config: z.looseObject({}),
  open: () => ({ async run() {} }),
};

function load(text: string, environment: Record<string, string> = {}): Configuration {
  return loadConfiguration({
    file: 'hutong.yaml',
    text,
    folder: '/etc/hutong',
    environment,
    networks: [fake, open],
    faces: [],
  });
}

function mistakes(text: string, environment: Record<string, string> = {}): string[] {
  try {
    load(text, environment);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.split('\n');
  }
  assert.fail('it was taken');
}

const house = 'accounts:\n  house: { network: fake }\n';

test('a file with one account is enough: all else has its default', () => {
  const configuration = load(house);
  assert.equal(configuration.dataFolder, '/etc/hutong/data');
  assert.deepEqual(configuration.http, {
    listen: { host: '127.0.0.1', port: 3010 },
    proxy: [],
    connections: 4096,
    requestsPerMinute: 6000,
  });
  assert.deepEqual(configuration.journal, { engine: 'sqlite' });
  assert.deepEqual(configuration.media, {
    fileLimitBytes: 100 * 1024 * 1024,
    totalLimitBytes: 10 * 1024 * 1024 * 1024,
    allow: [],
  });
  assert.deepEqual(configuration.accounts[0]?.config, { rooms: ['lobby'] });
  assert.equal(configuration.accounts[0]?.whenUnknown, 'resend');
});

test('a link names rooms by what people call them and holds their stable ids', () => {
  const { links } = load(
    `
accounts:
  a: { network: fake, rooms: [lobby] }
  b: { network: open }
links:
  - name: all
    rooms: [a/Lobby, "b/room@host/nick"]
    direction: from-first
    format: "[{account}] {nick}: {text}"
    filter: { text: ["^!", "(?i)"], nick: [bot$], account: [b] }
    moderation: false
    renames: false
`.replace(', "(?i)"', ''),
  );
  assert.deepEqual(links, [
    {
      name: 'all',
      rooms: ['a/lobby', 'b/room@host/nick'],
      direction: 'from-first',
      format: '[{account}] {nick}: {text}',
      ignore: { text: [/^!/u], nick: [/bot$/u], account: ['b'] },
      moderation: false,
      renames: false,
    },
  ]);
});

test('an unknown key is told with its place and the key that was probably meant', () => {
  assert.deepEqual(mistakes(`${house}lnks: []\n`), [
    'hutong.yaml:3:1: lnks: unknown key. Did you mean "links"? (known here: data, http, journal, media, accounts, links, faces)',
  ]);
  assert.deepEqual(
    mistakes('accounts:\n  house:\n    network: fake\n    telnet: { lisen: "x:1", listen: "x:1" }\n'),
    [
      'hutong.yaml:4:15: accounts.house.telnet.lisen: unknown key. Did you mean "listen"? (known here: listen)',
    ],
  );
});

test('every mistake is told, in the order of the file', () => {
  const told = mistakes(`
data: 5
accounts:
  house: { network: fake, rooms: lobby, nick: 7 }
  API: { network: fake }
  in: { network: fake }
  qq: { network: opne }
  qq2: { unknown: maybe, network: fake }
journal: { retention: 90 days, engine: sqlit }
`);
  assert.deepEqual(told, [
    'hutong.yaml:2:7: data: expected text (in quotes), found 5',
    'hutong.yaml:4:34: accounts.house.rooms: expected a list, found "lobby"',
    'hutong.yaml:4:47: accounts.house.nick: expected text (in quotes), found 7',
    'hutong.yaml:5:3: accounts.API: "API" cannot name an account: expected small letters (a-z), digits and "-", beginning with a letter',
    'hutong.yaml:6:3: accounts.in: "in" is reserved for the web server; choose another name',
    'hutong.yaml:7:18: accounts.qq.network: unknown network "opne"; known are fake, open. Did you mean "open"?',
    'hutong.yaml:8:19: accounts.qq2.unknown: expected one of resend, leave, found "maybe"',
    'hutong.yaml:9:23: journal.retention: expected a duration: a number and its unit (ms, s, m, h, d or w), as in "90d" or "12h"',
    'hutong.yaml:9:40: journal.engine: expected sqlite, found "sqlit"',
  ]);
});

test('a mistake in a link is told at the item it is in', () => {
  const told = mistakes(`
accounts: { house: { network: fake, rooms: [lobby, tea] }, b: { network: open } }
links:
  - name: one
    rooms:
      - house/lobby
      - house/LOBBY
      - house/nowhere
      - hose/lobby
      - lobby
    filter: { text: ["("], account: [c] }
  - { name: one, rooms: [house/tea, b/x], format: "{nick} {text} {mood}" }
  - { name: few, rooms: [house/tea] }




  - name: two
    rooms:
      - house/lobby
      - house/LOBBY
      - house/nowhere
      - hose/lobby
      - lobby
    filter: { account: [c] }
  - { name: two, rooms: [house/tea, b/x] }
`);
  assert.deepEqual(told, [
    'hutong.yaml:11:22: links[0].filter.text[0]: expected a regular expression: /(/u: Unterminated group',
    'hutong.yaml:12:51: links[1].format: {mood} is no placeholder; known are {nick} {account} {room} {text}',
    'hutong.yaml:13:25: links[2].rooms: expected at least 2 items, found 1',
    'hutong.yaml:21:9: links[3].rooms[1]: the room "house/LOBBY" is in this link twice',
    'hutong.yaml:22:9: links[3].rooms[2]: there is no room "nowhere"; the rooms are lobby, tea',
    'hutong.yaml:23:9: links[3].rooms[3]: there is no account "hose"; the accounts are house, b. Did you mean "house"?',
    'hutong.yaml:24:9: links[3].rooms[4]: expected ACCOUNT/ROOM, as in "house/lobby"; found "lobby"',
    'hutong.yaml:25:25: links[3].filter.account[0]: there is no account "c"; the accounts are house, b. Did you mean "b"?',
    'hutong.yaml:26:13: links[4].name: another link is called "two" already',
  ]);
});

test('a format has to end with the text, once', () => {
  for (const format of ['{nick}', '{text} {nick}', '{text}{text}', '']) {
    const [told] = mistakes(
      `${house}links: [{ name: x, rooms: [house/lobby, house/b], format: "${format}" }]\n`,
    );
    assert.match(told!, /expected a format that ends with \{text\}/);
  }
});

test('${NAME} is taken from the environment, in texts only', () => {
  const text = 'accounts:\n  a: { network: fake, nick: "${WHO}-${WHO}", password: "$${WHO}…${PASS}" }\n';
  const { accounts } = load(text, { WHO: 'ann: {x', PASS: 'a"b#c\n- d' });
  assert.deepEqual(accounts[0]?.config, {
    rooms: ['lobby'],
    nick: 'ann: {x-ann: {x',
    password: '${WHO}…a"b#c\n- d',
  });
});

test('a missing variable is told with its key and its name', () => {
  assert.deepEqual(mistakes('accounts:\n  a: { network: fake, nick: "${WHO}", password: "${2B}" }\n'), [
    'hutong.yaml:2:29: accounts.a.nick: the environment variable WHO is not set',
    'hutong.yaml:2:49: accounts.a.password: expected the name of an environment variable between ${ and }, found "2B"; write $${ for a plain ${',
  ]);
});

test('no error shows a secret, whether it is called one, declared one or came from the environment', () => {
  const told = mistakes(
    `accounts:
  a: { network: fake, password: "short", pin: [geheim] }
  b: { network: fake, password: 1234567, tls: "\${SECRET}", telnet: { listen: 5 } }
  c: { network: "\${SECRET}" }
`,
    { SECRET: 'open-sesame' },
  ).join('\n');
  assert.doesNotMatch(told, /short|geheim|1234567|sesame/);
  assert.match(told, /accounts\.a\.password: expected at least 8 characters, found a text \(not shown\)/);
});

test('relative file names count from the folder of the file', () => {
  const configuration = load('data: var\naccounts: { a: { network: fake, tls: { ca: ca.pem } } }\n');
  assert.equal(configuration.dataFolder, '/etc/hutong/var');
  assert.deepEqual(configuration.accounts[0]?.config, {
    rooms: ['lobby'],
    tls: { ca: '/etc/hutong/ca.pem' },
  });
});

test('what is neither of two choices is told with both', () => {
  assert.deepEqual(mistakes('accounts: { a: { network: fake, tls: yes } }\n'), [
    'hutong.yaml:1:38: accounts.a.tls: expected false or a mapping (key: value), found "yes"',
  ]);
  assert.deepEqual(mistakes('accounts: { a: { network: fake, tls: {} } }\n'), [
    'hutong.yaml:1:33: accounts.a.tls.ca: is missing: expected text',
  ]);
});

test('YAML mistakes are told with their place: a duplicate key, a tab, a second document, an unknown tag', () => {
  assert.deepEqual(mistakes('accounts: {}\naccounts: {}\n'), [
    'hutong.yaml:2:1: the key "accounts" is there twice',
  ]);
  assert.match(mistakes('accounts:\n\thouse: {}\n')[0]!, /^hutong\.yaml:2:1: a tab indents this line/);
  assert.match(mistakes('accounts: {}\n---\na: 1\n')[0]!, /^hutong\.yaml:2:1: a second YAML document/);
  assert.match(mistakes('accounts: !!js/function x\n')[0]!, /^hutong\.yaml:1:11: not valid YAML/);
  assert.match(mistakes('accounts: {\n')[0]!, /^hutong\.yaml:1:11: the { that opens here is not closed/);
});

test('an empty file, a list and a file of endless aliases are refused', () => {
  assert.match(mistakes('# nothing yet\n')[0]!, /is empty: expected at least "accounts:"/);
  assert.match(mistakes('- a\n')[0]!, /hutong\.yaml:1:1: expected a mapping \(key: value\), found a list/);
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
  for (const [name, of] of ['ba', 'cb', 'dc', 'ed', 'fe']) {
    bomb.push(`${name}: &${name} [${Array(10).fill(`*${of}`).join(', ')}]`);
  }
  assert.match(mistakes(`${bomb.join('\n')}\n`)[0]!, /not valid YAML: Excessive alias count/);
});

test('a face that does not exist is refused', () => {
  assert.deepEqual(load(`${house}faces: {}\n`).links, []);
  assert.deepEqual(mistakes(`${house}faces: { waas: {} }\n`), [
    'hutong.yaml:3:10: faces.waas: unknown face: this version has none yet.',
  ]);
});

function fingerprint(account: string): string | undefined {
  return load(`accounts: { a: ${account} }\n`).accounts[0]?.fingerprint;
}

test('an account’s fingerprint does not change with the order of its keys, nor with what only the hub uses', () => {
  const one = fingerprint('{ network: fake, nick: x, rooms: [a] }');
  assert.equal(fingerprint('{ rooms: [a], nick: x, unknown: leave, network: fake }'), one);
  assert.notEqual(fingerprint('{ rooms: [b], nick: x, network: fake }'), one);
});

test('the addresses that an account listens on are known by their settings', () => {
  const { accounts } = load('accounts: { a: { network: fake, telnet: { listen: "127.0.0.1:5267" } } }\n');
  assert.deepEqual([...accounts[0]!.listens], [['accounts.a.telnet.listen', '127.0.0.1:5267']]);
});

test('a number without a unit or a host is shown how it is written', () => {
  assert.deepEqual(mistakes(`journal: { retention: 90 }\nhttp: { listen: 5267 }\n${house}`), [
    'hutong.yaml:1:23: journal.retention: expected a duration: a number and its unit (ms, s, m, h, d or w), as in "90d" or "12h"',
    'hutong.yaml:2:17: http.listen: expected a host and a port, as in "127.0.0.1:3010" or "[::1]:3010"; found "5267"',
  ]);
  assert.match(
    mistakes('accounts: { a: { network: fake, nick: 12 } }\n')[0]!,
    /expected text \(in quotes\), found 12/,
  );
});

test('accounts as a list is one mistake; a list that is too short tells how short', () => {
  const links = 'links:\n  - { name: a, rooms: [house/lobby] }\n  - { name: b, rooms: [house/lobby, x/y] }\n';
  assert.deepEqual(mistakes(`accounts:\n  - { network: fake }\n${links}`), [
    'hutong.yaml:2:3: accounts: expected a mapping (key: value), found a list',
    'hutong.yaml:4:23: links[0].rooms: expected at least 2 items, found 1',
  ]);
});

test('who only reads needs no secrets, but is told of them when something else is wrong', () => {
  const text = 'accounts:\n  a: { network: fake, password: "${PASSWORD_OF_A}" }\n';
  const options = { file: 'f', folder: '/', environment: {}, networks: [fake], faces: [] };
  assert.throws(() => loadConfiguration({ ...options, text }), /PASSWORD_OF_A is not set/);
  const read = loadConfiguration({ ...options, text, withoutSecrets: true });
  assert.deepEqual(
    read.accounts.map(({ id }) => id),
    ['a'],
  );
  assert.throws(
    () =>
      loadConfiguration({
        ...options,
        text: `${text}  b: { network: fake, nik: x }\n`,
        withoutSecrets: true,
      }),
    /PASSWORD_OF_A is not set\n.*nik: unknown key/,
  );
});

test('the files that accounts name are known by their settings', () => {
  const configuration = load(
    'accounts: { a: { network: fake, tls: { ca: ./ca.pem } }, b: { network: fake } }\n',
  );
  assert.deepEqual(filesOf(configuration), [{ setting: 'accounts.a.tls.ca', path: '/etc/hutong/ca.pem' }]);
});

test('what the web server reads counts from the folder of hutong.yaml, and its proxies are addresses', () => {
  const { http, ...rest } = load(
    `${house}\nhttp: { url: "https://chat.example.org/", root: site, tls: { cert: c.pem, key: /k.pem }, proxy: [10.0.0.0/8, "::1"] }`,
  );
  assert.deepEqual(http, {
    listen: { host: '127.0.0.1', port: 3010 },
    url: 'https://chat.example.org',
    root: '/etc/hutong/site',
    tls: { cert: '/etc/hutong/c.pem', key: '/k.pem' },
    proxy: ['10.0.0.0/8', '::1'],
    connections: 4096,
    requestsPerMinute: 6000,
  });
  assert.deepEqual(
    filesOf({ ...rest, http }).map(({ setting }) => setting),
    ['http.root', 'http.tls.cert', 'http.tls.key'],
  );
  assert.match(
    mistakes(`${house}\nhttp: { proxy: [10.0.0.0/33] }`).join(),
    /http\.proxy\[0\]: expected an address or a CIDR, as in "127\.0\.0\.1" or "10\.0\.0\.0\/8"; found "10\.0\.0\.0\/33"/,
  );
});

test('what may be fetched though it is not public is an address, a network or a host', () => {
  const { media } = load(
    `${house}\nmedia: { fileMegabytes: 5, retention: 30d, allow: [10.0.0.0/8, "::1", Files.Example, "127.0.0.1:8080"] }`,
  );
  assert.deepEqual(media, {
    fileLimitBytes: 5 * 1024 * 1024,
    totalLimitBytes: 10 * 1024 * 1024 * 1024,
    retentionMs: 30 * 86_400_000,
    allow: ['10.0.0.0/8', '::1', 'files.example', '127.0.0.1:8080'],
  });
  for (const entry of ['http://h/', '10.0.0.0/33', 'a b', 'h?x', '*.example']) {
    assert.match(
      mistakes(`${house}\nmedia: { allow: ["${entry}"] }`).join(),
      /media\.allow\[0\]: expected an address/,
    );
  }
});

function doors(http: string, ...listen: string[]): string {
  const accounts = listen.map(
    (each, index) => `  h${index}: { network: fake, telnet: { listen: "${each}" } }\n`,
  );
  return `http: { listen: "${http}" }\naccounts:\n${accounts.join('')}`;
}

test('two doors at one address are told before one of them is kept out', () => {
  assert.deepEqual(mistakes(doors('127.0.0.1:3010', '127.0.0.1:3010', '127.0.0.1:23', '0.0.0.0:23')), [
    'hutong.yaml:3:42: accounts.h0.telnet.listen: the port 3010 is taken by http.listen already',
    'hutong.yaml:5:42: accounts.h2.telnet.listen: the port 23 is taken by accounts.h1.telnet.listen already',
  ]);
  for (const apart of [
    doors('127.0.0.1:0', '127.0.0.1:0', '[::1]:0'),
    doors('127.0.0.1:3010', '127.0.0.2:3010', '[::1]:3010'),
    doors('0.0.0.0:3010', '[::1]:3010'),
  ]) {
    assert.equal(load(apart).accounts.length > 0, true);
  }
});
