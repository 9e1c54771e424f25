// The libraries as other programs get them: built, installed as a package, imported by their public names. And every
// example in docs/xmpp.md, docs/onebot.md and in the sources' comments is compiled against that package, so that none goes stale.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, glob, mkdir, mkdtemp, mkdtempDisposable, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { OneBotImplementation } from '../fakes/onebot-implementation.ts';
import * as library from '../../src/wire/xmpp/public.ts';

const root = join(import.meta.dirname, '..', '..');
const tsc = join(root, 'node_modules', '.bin', 'tsc');

/** What a program prints; its output is the error where it fails. */
function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(stdout + stderr, { cause: error }));
    });
  });
}

// Built once: the projects of all tests lie inside it and find the package above them.
const shared = await mkdtempDisposable(join(tmpdir(), 'hutong-library-'));
after(() => shared.remove());
const modules = join(shared.path, 'node_modules');
await mkdir(join(modules, 'hutong'), { recursive: true });
for (const name of ['saxes', 'ws', 'zod', '@types']) {
  await symlink(join(root, 'node_modules', name), join(modules, name));
}
await copyFile(join(root, 'package.json'), join(modules, 'hutong', 'package.json'));
await run(
  tsc,
  ['-p', join(root, 'tsconfig.publish.json'), '--outDir', join(modules, 'hutong', 'dist')],
  root,
);

/** A project that has the package. */
async function createProject(): Promise<string> {
  const folder = await mkdtemp(join(shared.path, 'project-'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  return folder;
}

// Names that examples use without saying what they are.
const SURROUNDINGS = `
import { Client, defineStanza, Iq, Message, registerStanzaPlugin, subText, type ServerAddress, type StanzaOf } from 'hutong/xmpp';
export const Custom = defineStanza({
  name: 'query',
  namespace: 'urn:example:custom',
  plugin: 'custom_xep',
  interfaces: { data: subText() },
});
registerStanzaPlugin(Iq, Custom);
declare module 'hutong/xmpp' {
  interface IqPlugins {
    custom_xep: StanzaOf<typeof Custom>;
  }
}
export declare const client: Client;
export declare const signal: AbortSignal;
export declare const password: string;
export declare const secret: string;
export declare const server: ServerAddress;
`;
const SURROUNDING_NAMES = ['Custom', 'client', 'signal', 'password', 'secret', 'server'];

/** The examples of a page, or of a source file's comments: fenced ones, and those on the line of their tag. */
function examplesOf(text: string): string[] {
  const plain = text.replaceAll(/^ *\* ?/gm, '');
  const fenced = plain.matchAll(/^```ts\n([^]*?)^```/gm);
  const short = plain.matchAll(/^@example (\S.*)$/gm);
  return [...fenced, ...short].map((match) => match[1] ?? '');
}

/** An example as a module: what it uses and does not declare is imported. */
function toModule(example: string): string {
  const isMissing = (name: string) =>
    new RegExp(`\\b${name}\\b`).test(example) &&
    !new RegExp(`(const|let|class|using) \\{?[^=;]*\\b${name}\\b`).test(example) &&
    !new RegExp(`import (type )?\\{[^}]*\\b${name}\\b`).test(example);
  const fromLibrary = Object.keys(library).filter(isMissing);
  const fromSurroundings = SURROUNDING_NAMES.filter(isMissing);
  return [
    `import { ${fromLibrary.join(', ')} } from 'hutong/xmpp';`,
    `import { ${fromSurroundings.join(', ')} } from './surroundings.ts';`,
    example.replaceAll(/^\s*declare module 'hutong\/xmpp' \{[^]*?^\}/gm, (block) =>
      // The surroundings declare this one already.
      block.includes('custom_xep') ? '' : block,
    ),
    'export {};',
  ].join('\n');
}

test('a program outside this repository imports hutong/xmpp and runs', async () => {
  const project = await createProject();
  await writeFile(
    join(project, 'program.js'),
    `import { createClient, defineStanza, Iq, registerStanzaPlugin, subText } from 'hutong/xmpp';
const Custom = defineStanza({ name: 'query', namespace: 'urn:c', plugin: 'custom', interfaces: { data: subText() } });
registerStanzaPlugin(Iq, Custom);
const client = createClient({ jid: 'ann@example.org', password: 'x' });
const iq = client.iq.get({ id: '1', to: 'example.org' });
iq.custom.data = '胡同';
console.log(String(iq));
`,
  );
  assert.equal(
    await run(process.execPath, ['program.js'], project),
    '<iq type="get" id="1" to="example.org"><query xmlns="urn:c"><data>胡同</data></query></iq>\n',
  );
});

test('every example in docs/xmpp.md and in the comments of the XMPP library compiles', async () => {
  const project = await createProject();
  const pages = [join(root, 'docs', 'xmpp.md')];
  for await (const file of glob('src/wire/xmpp/**/*.ts', { cwd: root })) {
    if (!file.endsWith('.test.ts')) pages.push(join(root, file));
  }
  const examples = pages.flatMap((page) => examplesOf(readFileSync(page, 'utf8')));
  assert.ok(examples.length >= 20, `only ${examples.length} examples were found`);
  await writeFile(join(project, 'surroundings.ts'), SURROUNDINGS);
  for (const [index, example] of examples.entries()) {
    await writeFile(join(project, `example-${index}.ts`), toModule(example));
  }
  const compilerOptions = {
    module: 'nodenext',
    target: 'esnext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    types: ['node'],
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  await run(tsc, ['-p', '.'], project);
});

test('the program of docs/onebot.md, outside this repository, compiles and talks with an implementation', async () => {
  await using qq = await new OneBotImplementation({ token: 'secret' }).listen();
  const project = await createProject();
  const [example = ''] = examplesOf(readFileSync(join(root, 'docs', 'onebot.md'), 'utf8'));
  assert.match(example, /from 'hutong\/onebot11'/);
  await writeFile(join(project, 'program.ts'), example.replace('ws://127.0.0.1:3001', qq.url));
  const compilerOptions = {
    module: 'nodenext',
    target: 'esnext',
    strict: true,
    noEmit: true,
    types: ['node'],
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  await run(tsc, ['-p', '.'], project);
  await run(process.execPath, ['program.ts'], project);
  assert.deepEqual(qq.heard(), ['你好 [face]']);
});

test('what is no interface, no value or no type is a compile error', async () => {
  const project = await createProject();
  await writeFile(join(project, 'surroundings.ts'), SURROUNDINGS);
  await writeFile(
    join(project, 'wrong.ts'),
    `import { attribute, defineStanza, integer, oneOf } from 'hutong/xmpp';
import { client } from './surroundings.ts';
const Thing = defineStanza({ name: 'thing', namespace: 'urn:t', interfaces: { count: attribute(integer), mode: attribute(oneOf('a', 'b')) } });
const thing = Thing.create();
client.iq.get().custom_xep.nothing;
client.iq.get().custom_xep.data = 3;
client.iq.get().nothing_registered;
client.iq.error({ id: '1', condition: 'made-up' });
client.iq.make({ type: 'got' });
thing.count = 'x';
thing.mode = 'c';
thing.getText('nothing', 'de');
Thing.create({ nothing: 1 });
client.on('iq/custom_xep', (iq) => iq.body);
client.iq.result({ to: 'x' });
`,
  );
  const config = {
    compilerOptions: {
      module: 'nodenext',
      target: 'esnext',
      strict: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      types: ['node'],
    },
    include: ['*.ts'],
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(config));
  await assert.rejects(run(tsc, ['-p', '.', '--pretty', 'false'], project), (error: Error) => {
    const lines = [...error.message.matchAll(/^wrong\.ts\((\d+),/gm)].map((match) => Number(match[1]));
    assert.deepEqual([...new Set(lines)], [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], error.message);
    return true;
  });
});
