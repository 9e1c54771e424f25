// The clients in clients/, against a hub of its own process: what they say and hear, through a kill of the hub; and their
// bots, with somebody at telnet.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { HutongClient } from '../../clients/typescript/client.ts';
import { HubProblem } from '../../clients/typescript/wire.ts';
import { Access } from '../../src/hub/access.ts';
import { connectLines } from '../fakes/line-client.ts';
import { skipWithout } from '../servers/available.ts';
import { takeFreePorts } from '../servers/free-port.ts';
import { HubHome, type HubProcess } from '../servers/hub-process.ts';

const python = '/usr/bin/python3';
const skip = skipWithout('Python', 'python3', [python]);
const clients = join(import.meta.dirname, '../../clients');
const picture = Buffer.from(
  '89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c6360000000020001e221bc330000000049454e44ae426082',
  'hex',
);

interface Opened {
  home: HubHome;
  hub: HubProcess;
  url: string;
  token: string;
}

/** A hub whose address stays the same when it is started again. */
async function open(): Promise<Opened & AsyncDisposable> {
  const [port] = await takeFreePorts(1);
  const home = await HubHome.create(`
http: { listen: "127.0.0.1:${port}" }
accounts:
  house: { network: house, name: Hutong, rooms: [lobby], telnet: { listen: "127.0.0.1:0" } }
`);
  const hub = home.start();
  const url = `http://${await hub.http()}`;
  await using journal = await home.openJournal();
  const token = await new Access(journal).createToken({ name: 'bot', scopes: ['admin'], createdAt: 0 });
  return { home, hub, url, token, [Symbol.asyncDispose]: () => home[Symbol.asyncDispose]() };
}

/** A program that tells what it does, line by line; `await using` ends it. */
class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  constructor(command: string, args: readonly string[], environment: Record<string, string> = {}) {
    this.#child = spawn(command, args, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
  }

  async told(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`it ended: ${this.#errors}`);
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}

for (const kind of ['sync', 'async']) {
  test(
    `the Python client (${kind}) speaks, uploads, and misses nothing through a kill`,
    { skip },
    async () => {
      await using opened = await open();
      const { home, hub, url, token } = opened;
      const script = join(import.meta.dirname, 'clients-steps.py');
      await using program = new Program(python, [script, kind, url, token]);
      const expected = [
        ['accounts', ['house']],
        ['rooms', ['house/lobby']],
        ['members', []],
        ['login', ['none']],
        ['upload', ['image', 'dot.png']],
        ['outcome', ['sent']],
        ['same', true],
        ['problem', [404, 'account-unknown']],
        ['event', 'once'],
      ];
      for (const step of expected) assert.deepEqual(await program.told(), step);
      await hub.kill();
      await home.start().http();
      await new HutongClient({ url, token }).send('house/lobby', 'last');
      assert.deepEqual(await program.told(), ['event', 'last']);
    },
  );
}

test('the TypeScript client speaks, uploads, and misses nothing through a kill', async () => {
  await using opened = await open();
  const { home, hub, url, token } = opened;
  const client = new HutongClient({ url: `${url}/`, token });
  assert.deepEqual(
    (await client.accounts()).accounts.map(({ id }) => id),
    ['house'],
  );
  assert.deepEqual(await client.rooms('house'), {
    rooms: [{ room: 'house/lobby', name: 'lobby', links: [] }],
  });
  assert.deepEqual(await client.members('house/lobby'), { members: [] });
  assert.deepEqual(await Array.fromAsync(client.loginSteps('house')), [{ type: 'none' }]);
  await assert.rejects(
    client.answerLogin('house', '1234'),
    (error) => error instanceof HubProblem && error.code === 'login-step-other',
  );
  const { type, url: kept, name } = await client.upload(picture, 'dot.png');
  assert.deepEqual([type, name], ['image', 'dot.png']);
  const sent = await client.send('house/lobby', [{ type, url: kept }], { waitMs: 10_000 });
  assert.deepEqual(sent.outcome, [{ room: 'house/lobby', state: 'sent' }]);
  const again = [];
  for (let number = 0; number < 2; number += 1) {
    again.push(await client.send('house/lobby', 'once', { key: 'k', replyTo: sent.id }));
  }
  assert.deepEqual(again[0], again[1]);
  await assert.rejects(
    client.send('nowhere/lobby', 'x'),
    (error) => error instanceof HubProblem && error.status === 404 && error.code === 'account-unknown',
  );

  const leaving = new AbortController();
  const texts: unknown[] = [];
  const killed = Promise.withResolvers<void>();
  const following = (async () => {
    const options = { after: sent.cursor, kind: 'message', signal: leaving.signal };
    for await (const { text } of client.follow(options)) {
      texts.push(text);
      if (text === 'once') await hub.kill().then(killed.resolve);
      if (text === 'after the kill') leaving.abort();
    }
  })();
  await killed.promise;
  // Said while there is no hub: it is tried until there is one.
  const late = client.send('house/lobby', 'after the kill');
  await home.start().http();
  await late;
  await following;
  assert.deepEqual(texts, ['once', 'after the kill']);
});

for (const [language, command, file] of [
  ['Python', python, 'python/examples/echo.py'],
  ['TypeScript', process.execPath, 'typescript/examples/echo.ts'],
] as const) {
  test(`the ${language} bot says again what is said`, { skip }, async () => {
    await using opened = await open();
    const { hub, url, token } = opened;
    const ann = await connectLines(await hub.telnet());
    ann.send('login ann\r\n');
    await ann.until(/^You are ann/);
    ann.send('say 你好\r\n');
    await ann.until(/^ann: 你好$/);
    const environment = { HUB: url, TOKEN: token, AFTER: 'oldest' };
    await using _bot = new Program(command, [join(clients, file)], environment);
    await ann.until(/echo 你好$/);
  });
}
