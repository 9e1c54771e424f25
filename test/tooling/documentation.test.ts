// The documentation is checked against the code: every error code is explained, every setting described, the example
// is a configuration that is taken, and the two READMEs have the same parts and links.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadText } from '../../src/config/find.ts';
import { accountSchema, fileSchema, linkSchema } from '../../src/config/schema.ts';
import { knownKeys } from '../../src/config/schema-walk.ts';
import { AccessError } from '../../src/hub/access.ts';
import { createSystemClock } from '../../src/hub/clock.ts';
import { restErrorStatuses } from '../../src/faces/rest/problems.ts';
import { oneBotFaceConfig } from '../../src/faces/onebot/config.ts';
import { satoriFaceConfig } from '../../src/faces/satori/config.ts';
import { ilinkConfig } from '../../src/networks/ilink/config.ts';
import { satoriConfig } from '../../src/networks/satori/config.ts';
import { waasConfig } from '../../src/faces/waas/config.ts';
import { wechatyFaceConfig } from '../../src/faces/wechaty/config.ts';
import { errorCodes } from '../../src/hub/errors.ts';
import { createHouseNetwork } from '../../src/networks/house/index.ts';
import { createOneBotNetwork } from '../../src/networks/onebot/index.ts';
import { wechatyConfig } from '../../src/networks/wechaty/config.ts';
import { createXmppNetwork } from '../../src/networks/xmpp/index.ts';
import { HTTP_ERROR_CODES } from '../../src/wire/http/errors.ts';
import { ILINK_ERROR_CODES } from '../../src/wire/ilink/errors.ts';
import { ONEBOT_ERROR_CODES } from '../../src/wire/onebot11/errors.ts';
import { SATORI_ERROR_CODES } from '../../src/wire/satori/errors.ts';
import { XMPP_ERROR_CODES } from '../../src/wire/xmpp/errors.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const clock = createSystemClock();
const house = createHouseNetwork({ clock });
const xmpp = createXmppNetwork({ clock });
const onebot = createOneBotNetwork({ clock });

function read(name: string): string {
  return readFileSync(join(root, name), 'utf8');
}

test('docs/errors.md explains every error code, and no other', () => {
  const explained = [...read('docs/errors.md').matchAll(/^### (\S+)$/gm)].map((match) => match[1]!);
  const codes = [
    ...Object.keys(errorCodes),
    new AccessError('').code,
    ...Object.keys(restErrorStatuses),
    ...HTTP_ERROR_CODES,
    ...XMPP_ERROR_CODES,
    ...ONEBOT_ERROR_CODES,
    ...SATORI_ERROR_CODES,
    ...ILINK_ERROR_CODES,
  ];
  assert.equal(new Set(explained).size, explained.length);
  assert.deepEqual(new Set(explained), new Set(codes));
});

test('docs/configuration.md describes every key', () => {
  const text = read('docs/configuration.md');
  const described = new Set([...text.matchAll(/^\| `([a-zA-Z]+)`/gm)].map((match) => match[1]));
  const keys = [
    ...knownKeys(fileSchema, []),
    ...knownKeys(fileSchema, ['http']),
    ...knownKeys(fileSchema, ['journal']),
    ...knownKeys(fileSchema, ['media']),
    ...knownKeys(accountSchema, []),
    ...knownKeys(linkSchema, []),
    ...knownKeys(house.config, []),
    ...knownKeys(house.config, ['telnet']),
    ...knownKeys(xmpp.config, []),
    ...knownKeys(xmpp.config, ['club']),
    ...knownKeys(waasConfig, []),
    ...knownKeys(oneBotFaceConfig, []),
    ...knownKeys(onebot.config, []),
    ...knownKeys(satoriFaceConfig, []),
    ...knownKeys(satoriConfig, []),
    ...knownKeys(wechatyFaceConfig, []),
    ...knownKeys(wechatyConfig, []),
    ...knownKeys(ilinkConfig, []),
  ];
  assert.deepEqual(
    keys.filter((key) => !described.has(key)),
    [],
  );
  for (const key of knownKeys(linkSchema, ['filter'])) assert.match(text, new RegExp(`\`${key}\``));
});

/** The example with its commented lines taken in. */
function uncommented(text: string): string {
  const accounts = text
    .replace(/^ {2}# (jabber:|bridge:|qq:|  )/gm, '  $1')
    .replace(/^( +)# (server|tls): /gm, '$1$2: ');
  return accounts
    .replace('links: []', 'links:')
    .replace(/^ {2}# (- name|  (?:rooms|direction|format|filter|moderation|renames):)/gm, '  $1');
}

test('hutong.example.yaml is taken as it is, and with everything in it switched on', () => {
  const text = read('hutong.example.yaml');
  const context = {
    environment: { XMPP_PASSWORD: 'secret', COMPONENT_SECRET: 'secret', ONEBOT_TOKEN: 'secret' },
    networks: [house, xmpp, onebot],
    faces: [],
    builtIn: '',
    folder: root,
  };
  const plain = loadText(join(root, 'hutong.example.yaml'), text, context);
  assert.deepEqual(
    plain.accounts.map(({ id }) => id),
    ['house'],
  );
  const all = loadText(join(root, 'hutong.example.yaml'), uncommented(text), context);
  assert.deepEqual(
    all.links.map(({ name, rooms }) => [name, rooms.length]),
    [
      ['lobby', 2],
      ['announcements', 2],
    ],
  );
});

/** What a translation leaves as it is. */
function toParts(text: string) {
  return {
    headings: text.match(/^#+ /gm),
    commands: text.match(/^npm [^#\n]+/gm)?.map((line) => line.trim()),
    links: [...text.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1]!.replace('.zh-CN', '')),
    codes: text.match(/`\/[a-z]+`/g),
  };
}

test('the two READMEs have the same parts, commands and links', () => {
  assert.deepEqual(toParts(read('README.zh-CN.md')), toParts(read('README.md')));
});

test('links between the documents lead somewhere', () => {
  const documents = [
    'README.md',
    'README.zh-CN.md',
    'docs/configuration.md',
    'docs/club.md',
    'docs/errors.md',
  ];
  const dead = documents.flatMap((document) =>
    [...read(document).matchAll(/\]\((?!https?:)([^)#]+)/g)]
      .map((match) => join(root, dirname(document), match[1]!))
      .filter((path) => !existsSync(path)),
  );
  assert.deepEqual(dead, []);
});
