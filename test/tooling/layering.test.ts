// The layers are lint rules, and a rule that stopped catching anything would look just like a clean tree. So each
// import below is written into a file of a scratch tree, oxlint judges them all in one run with the project's own
// rules, and what it refuses must be exactly what is marked as refused.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';

const root = join(import.meta.dirname, '..', '..');

/** By importing file: the specifiers that its layer may use, and those that it may not. */
const imports: Readonly<Record<string, { allowed: string[]; refused: string[] }>> = {
  'src/main.ts': {
    allowed: ['./hub/hub.ts', './networks/house/index.ts', './engines/sqlite/open.ts', './config/load.ts'],
    refused: [],
  },
  'src/wire/xmpp/stream.ts': {
    allowed: ['./jid.ts', './sasl/scram.ts', '../http/client.ts', 'node:net', 'saxes'],
    refused: [
      '../../hub/errors.ts',
      '../../networks/xmpp/index.ts',
      '../../http/server.ts',
      '../../config/load.ts',
    ],
  },
  'src/wire/xmpp/sasl/scram.ts': {
    allowed: ['../jid.ts', '../../http/client.ts'],
    refused: ['../../../hub/errors.ts', '../../../main.ts'],
  },
  'clients/typescript/client.ts': {
    allowed: ['./wire.ts'],
    refused: ['../../src/faces/rest/schemas/event.ts', 'zod', 'node:http'],
  },
  'src/hub/lanes.ts': {
    allowed: ['./journal.ts', 'zod'],
    refused: [
      '../wire/xmpp/jid.ts',
      '../networks/house/index.ts',
      '../faces/rest/index.ts',
      '../engines/sqlite/open.ts',
      '../http/server.ts',
      '../config/load.ts',
      '../main.ts',
      '../../test/fakes/network.ts',
    ],
  },
  'src/hub/render/quote.ts': { allowed: ['../message.ts'], refused: ['../../wire/xmpp/jid.ts'] },
  'src/engines/sqlite/open.ts': {
    allowed: ['./schema.ts', '../../hub/journal.ts', 'node:sqlite'],
    refused: [
      '../postgres/open.ts',
      '../../wire/xmpp/jid.ts',
      '../../networks/house/index.ts',
      '../../config/load.ts',
    ],
  },
  'src/engines/sqlite/steps/one.ts': {
    allowed: ['../schema.ts', '../../../hub/journal.ts'],
    refused: ['../../postgres/open.ts', '../../../http/server.ts'],
  },
  'src/networks/house/index.ts': {
    allowed: ['./rooms.ts', './telnet/door.ts', '../../hub/network.ts', '../../wire/telnet/codec.ts'],
    refused: [
      '../xmpp/convert.ts',
      '../../networks/xmpp/convert.ts',
      '../../faces/rest/index.ts',
      '../../engines/sqlite/open.ts',
      '../../config/load.ts',
      '../../http/server.ts',
      '../../main.ts',
      '../../../test/fakes/network.ts',
    ],
  },
  'src/networks/house/telnet/door.ts': {
    allowed: ['../rooms.ts', '../../../hub/commands.ts', '../../../wire/telnet/codec.ts'],
    refused: ['../../xmpp/convert.ts', '../../../config/load.ts'],
  },
  'src/faces/rest/index.ts': {
    allowed: ['../../hub/face.ts', '../../http/server.ts', '../../wire/telnet/codec.ts'],
    refused: ['../waas/index.ts', '../../networks/house/index.ts', '../../config/load.ts'],
  },
  'src/faces/rest/routes/events.ts': {
    allowed: ['../index.ts', '../../../hub/face.ts', '../../../http/server.ts'],
    refused: ['../../waas/index.ts', '../../../networks/house/index.ts', '../../../main.ts'],
  },
  'src/http/server.ts': {
    allowed: ['../hub/errors.ts'],
    refused: ['../config/load.ts', '../networks/house/index.ts', '../wire/xmpp/jid.ts', '../main.ts'],
  },
  'src/media/store.ts': {
    allowed: ['./folder.ts', '../hub/media.ts', '../wire/http/client.ts', 'fastify'],
    refused: [
      '../wire/xmpp/jid.ts',
      '../http/server.ts',
      '../networks/xmpp/index.ts',
      '../config/load.ts',
      '../main.ts',
    ],
  },
  'src/config/load.ts': {
    allowed: ['../hub/errors.ts'],
    refused: ['../networks/xmpp/index.ts', '../engines/sqlite/open.ts', '../http/server.ts'],
  },
  'src/new/thing.ts': {
    allowed: ['../hub/errors.ts', '../config/load.ts'],
    refused: [
      '../networks/house/index.ts',
      '../faces/rest/index.ts',
      '../engines/sqlite/open.ts',
      '../main.ts',
      '../../tools/a.ts',
    ],
  },
  'src/hub/lanes.test.ts': {
    allowed: ['./lanes.ts', '../engines/sqlite/open.ts', '../../test/fakes/network.ts'],
    refused: ['../main.ts'],
  },
  'test/e2e/house.test.ts': { allowed: ['../../src/hub/hub.ts'], refused: ['../../src/main.ts'] },
  'console/src/api/hub.ts': {
    // The third of them is a type import, see `toStatement`.
    allowed: ['./call.ts', '../app/router.ts', '../../../src/faces/rest/schemas/token.ts'],
    refused: [
      '../../../src/faces/rest/schemas/token.ts',
      '../../../src/hub/configuration.ts',
      '../../../src/hub/hub.ts',
    ],
  },
  'bench/main.ts': { allowed: ['./fanout.ts'], refused: ['../src/main.ts'] },
};

/** Re-exports and type imports bind the layers just as much, so all three forms are tried in turn. */
function toStatement(specifier: string, index: number): string {
  const forms = [
    `import { a${index} } from '${specifier}'; console.log(a${index});`,
    `export { b${index} } from '${specifier}';`,
    `import type { C${index} } from '${specifier}'; export type D${index} = C${index};`,
  ];
  return forms[index % forms.length] ?? '';
}

interface LintReport {
  diagnostics: { code: string; filename: string; message: string; labels: { span: { line: number } }[] }[];
}

/** oxlint ends with 1 when it finds something, as it should here: what it printed is judged, not its exit code. */
async function runLint(folder: string): Promise<LintReport> {
  const { promise, resolve, reject } = Promise.withResolvers<LintReport>();
  execFile(
    join(root, 'node_modules', '.bin', 'oxlint'),
    ['--format=json'],
    { cwd: folder },
    (error, stdout) => {
      try {
        resolve(JSON.parse(stdout));
      } catch {
        reject(new Error(`oxlint printed no report: ${stdout}`, { cause: error }));
      }
    },
  );
  return promise;
}

test('every layer rule refuses what it is for and lets the rest pass', async () => {
  await using scratch = await mkdtempDisposable(join(tmpdir(), 'hutong-layers-'));
  await copyFile(join(root, '.oxlintrc.json'), join(scratch.path, '.oxlintrc.json'));

  const expected: string[] = [];
  for (const [file, { allowed, refused }] of Object.entries(imports)) {
    const specifiers = [...refused, ...allowed];
    expected.push(...refused.map((specifier) => `${file} ${specifier}`));
    await mkdir(dirname(join(scratch.path, file)), { recursive: true });
    await writeFile(join(scratch.path, file), `${specifiers.map(toStatement).join('\n')}\n`);
  }

  const report = await runLint(scratch.path);
  const found = report.diagnostics
    .filter(({ code }) => code.includes('no-restricted-imports'))
    .map(({ filename, message }) => `${filename} ${/'([^']+)'/.exec(message)?.[1] ?? message}`);

  assert.deepEqual(found.toSorted(), expected.toSorted());
});
