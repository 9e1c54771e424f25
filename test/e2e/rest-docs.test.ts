// docs/rest.md is tried out: every command and program in it is run, in its order, against a hub, and every path of the
// hub's own description is in its table.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { promisify } from 'node:util';
import { RestHub } from './rest-hub.ts';

const run = promisify(execFile);
const page = await readFile(new URL('../../docs/rest.md', import.meta.url), 'utf8');
/** How long a command that never ends by itself is listened to. */
const listenSeconds = 2;

/** The commands and programs of the page. */
function examples(): { language: string; code: string }[] {
  return [...page.matchAll(/^```(sh|js)\n(.*?)^```$/gms)].flatMap(([, language = '', code = '']) =>
    language === 'sh'
      ? code.split(/\n(?=curl )/).map((each) => ({ language, code: each }))
      : { language, code },
  );
}

test('every example of docs/rest.md works', async () => {
  await using hub = await RestHub.start();
  const TOKEN = await hub.token('bot', ['read', 'send']);
  const ADMIN = await hub.token('boss', ['admin']);
  const body = { room: 'house/lobby', text: '晚饭 is ready' };
  const posted = (await hub.ask(TOKEN, 'POST', '/v1/messages', body)).body;
  const { version } = (await hub.ask(ADMIN, 'GET', '/v1/configuration')).body;
  const env = {
    ...process.env,
    HUB: await hub.url(),
    TOKEN,
    ADMIN,
    ID: posted.id,
    CURSOR: posted.cursor,
    VERSION: version,
  };
  const all = examples();
  assert.ok(all.length > 15);
  for (const { language, code } of all) {
    if (language === 'js') {
      const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], { env });
      assert.match(stdout, /message house\/lobby 晚饭 is ready/);
    } else if (code.includes('curl -sSN')) {
      const listening = code.replace('curl', `curl --max-time ${listenSeconds}`);
      const ended = run('sh', ['-c', listening], { env }).catch((error: { stdout: string }) => error);
      assert.match((await ended).stdout, /^data: .*晚饭/m);
    } else {
      const failed = await run('sh', ['-ec', code], { env }).catch((error: unknown) => error);
      assert.ok(!(failed instanceof Error), `${code}\n${JSON.stringify(failed)}`);
    }
  }
  assert.deepEqual((await hub.ask(TOKEN, 'GET', '/v1/links')).body, { links: [] });
});

test('docs/rest.md names every path, and no other', async () => {
  await using hub = await RestHub.start();
  const { paths } = (await hub.ask('', 'GET', '/openapi.json')).body as {
    paths: Record<string, Record<string, unknown>>;
  };
  const served = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\/$/, '')}`),
  );
  const table = [...page.matchAll(/^\| (`[A-Z`, ]+`) \| `([^`?]+)[^`]*` \|/gm)].flatMap(
    ([, methods = '', path = '']) => [...methods.matchAll(/[A-Z]+/g)].map(([method]) => `${method} ${path}`),
  );
  assert.deepEqual(table.toSorted(), served.toSorted());
});
