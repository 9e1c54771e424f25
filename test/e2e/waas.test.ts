// A client of the old WeChat service, written as its users did, in Debian's Python with requests: only its base URL is
// another. Against a hub of its own process, whose house needs no scan; and against an account that wants its code scanned.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { Access } from '../../src/hub/access.ts';
import { connectLines } from '../fakes/line-client.ts';
import { openWaas } from '../fakes/waas.ts';
import { skipWithout } from '../servers/available.ts';
import { HubHome } from '../servers/hub-process.ts';

const skip = skipWithout('requests', 'python3-requests', [
  '/usr/bin/python3',
  '/usr/lib/python3/dist-packages/requests',
]);

/** The client as a process; `await using` ends it. */
class OldClient implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  constructor(baseUrl: string) {
    const script = join(import.meta.dirname, 'waas-old-client.py');
    this.#child = spawn('/usr/bin/python3', [script, baseUrl], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
  }

  /** The next line that it prints. */
  async printed(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the client ended: ${this.#errors}`);
    return value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'exit');
    }
  }
}

test('with an account that never needs a scan', { skip }, async () => {
  await using home = await HubHome.create(`
http: { listen: "127.0.0.1:0" }
accounts:
  house: { network: house, name: Hutong, rooms: [lobby], telnet: { listen: "127.0.0.1:0" } }
faces:
  waas: {}
`);
  const hub = home.start();
  const address = await hub.http();
  await using journal = await home.openJournal();
  const token = await new Access(journal).createToken({
    name: 'old',
    scopes: ['read', 'send'],
    account: 'house',
    createdAt: 0,
  });
  await using client = new OldClient(`http://${address}/t/${token}`);
  const link = /^scan (http:\/\/.*)$/.exec(await client.printed())?.[1];
  assert.match(await (await fetch(link!)).text(), /Logged in/);
  assert.equal(await client.printed(), 'login Hutong');

  const ann = await connectLines(await hub.telnet());
  ann.send('login ann\r\nsay 你好\r\n');
  await ann.until(/^\[Hutong\]: @ann echo 你好$/);
  ann.send('msg Hutong just us\r\n');
  await ann.until(/^\[Hutong\] whispers to you: echo just us$/);
});

test('with an account whose code has to be scanned, from the first poll on', { skip }, async () => {
  await using world = await openWaas();
  await using client = new OldClient(world.url);
  world.wx.showCode('https://login.example/1');
  const link = /^scan (http:\/\/.*)$/.exec(await client.printed())?.[1];
  assert.equal((await fetch(link!)).headers.get('content-type'), 'image/png');
  world.wx.login();
  assert.equal(await client.printed(), 'login The Bot');
  await world.wx.say('r1', 'Ann', 'in the room');
  await world.wx.say('id-eve', 'Eve', 'alone');
  await world.wx.hasSent(2);
  assert.deepEqual(world.wx.sent.toSorted(), ['id-eve: echo alone', 'r1: @Ann echo in the room']);
});
