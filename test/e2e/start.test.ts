// `hutong start` as a process of its own, as somebody runs it: what it prints, what it refuses, how hutong.yaml is
// edited while people talk, and how it stops. The house's telnet door is real; no other network is needed here.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text as readAll } from 'node:stream/consumers';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectLines } from '../fakes/line-client.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const houseAlone = `
http: { listen: "127.0.0.1:0" }
accounts:
  house: { network: house, name: Hutong, rooms: [lobby, tea], telnet: { listen: "127.0.0.1:0" } }
`;
const linked = `${houseAlone}links:\n  - { name: both, rooms: [house/lobby, house/tea] }\n`;

async function createFolder(yaml: string) {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-start-'));
  await writeFile(join(folder, 'hutong.yaml'), yaml);
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

/** Starts hutong in a folder. `said` waits for a line of the log and answers what the pattern's group caught. */
function startHub(folder: string) {
  const child = spawn(process.execPath, [main, 'start'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const errors = readAll(child.stderr);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const lines: string[] = [];
  let wake = Promise.withResolvers<void>();
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => {
    lines.push((JSON.parse(line) as { msg: string }).msg);
    wake.resolve();
    wake = Promise.withResolvers();
  });
  let ended = false;
  reader.on('close', () => {
    ended = true;
    wake.resolve();
  });
  let read = 0;
  return {
    child,
    async said(pattern: RegExp): Promise<string> {
      for (;;) {
        while (read < lines.length) {
          const match = pattern.exec(lines[read++]!);
          if (match) return match[1] ?? match[0];
        }
        if (ended) throw new Error(`the hub ended before it said ${String(pattern)}: ${await errors}`);
        await wake.promise;
      }
    },
    async ended(): Promise<{ code: number | null; errors: string }> {
      const [code] = await exited;
      return { code, errors: await errors };
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill('SIGKILL');
      await exited;
    },
  };
}

async function enter(address: string, nick: string, room?: string) {
  const client = await connectLines(address);
  client.send(`login ${nick}\r\n`);
  if (room !== undefined) client.send(`join ${room}\r\n`);
  client.send(`say ${nick} is here\r\n`);
  await client.until(`${nick}: ${nick} is here`);
  return client;
}

/** Readiness follows the listeners: asked until it is so. */
async function untilReady(http: string): Promise<void> {
  let answer = await fetch(`http://${http}/readyz`);
  while (!answer.ok) answer = await fetch(`http://${http}/readyz`);
}

test('hutong.yaml is edited while people talk: a link works, nobody is disconnected, a bad edit changes nothing', async () => {
  await using place = await createFolder(houseAlone);
  const file = join(place.folder, 'hutong.yaml');
  await using hub = startHub(place.folder);
  const telnet = await hub.said(/^telnet on ([^\s,]+)/);
  const http = await hub.said(/^web: http:\/\/([^/]+)\/$/);
  await untilReady(http);
  await using ann = await enter(telnet, 'ann');
  await using bea = await enter(telnet, 'bea', 'tea');

  await writeFile(file, `${houseAlone}links:\n  - { name: both, rooms: [house/lobby, house/nowhere] }\n`);
  assert.match(await hub.said(/not applied.*/), /hutong\.yaml:6:40: links\[0\]\.rooms\[1\]: .*nowhere/);

  await writeFile(file, `${houseAlone}links:\n  - { name: both, rooms: [house/here, house/nowhere] }\n`);
  await hub.said(/not applied.*; 2 things are wrong:$/);
  await hub.said(/^hutong\.yaml:6:27: .*here/);
  await hub.said(/^hutong\.yaml:6:39: .*nowhere/);

  await writeFile(`${file}.new`, linked);
  await rename(`${file}.new`, file);
  await hub.said(/configuration: link both added: house\/lobby, house\/tea/);
  ann.send('say 你好\r\n');
  const seen = await bea.until(/你好/);
  assert.match(seen.at(-1)!, /ann.*你好/);

  await writeFile(file, linked.replace('"127.0.0.1:0" }\nacc', '"127.0.0.1:1" }\nacc'));
  await hub.said(/http\.listen "127\.0\.0\.1:0" → "127\.0\.0\.1:1"; this takes a restart/);
  ann.send('say still here\r\n');
  await bea.until(/still here/);
});

test('a hub that is told to stop ends in order', async () => {
  await using place = await createFolder(houseAlone);
  await using hub = startHub(place.folder);
  await using ann = await enter(await hub.said(/^telnet on ([^\s,]+)/), 'ann');
  await hub.said(/runs\. Its data/);
  hub.child.kill('SIGTERM');
  await ann.rest();
  assert.deepEqual(await hub.ended(), { code: 0, errors: '' });
});

test('a second hub on the same data is refused', async () => {
  await using place = await createFolder(houseAlone);
  await using hub = startHub(place.folder);
  await hub.said(/runs\. Its data/);
  await using second = startHub(place.folder);
  const { code, errors } = await second.ended();
  assert.equal(code, 1);
  assert.match(errors, new RegExp(`another hub runs on this data \\(process ${hub.child.pid}\\)`));
});

test('a web port that is taken ends the start, with the address and the setting', async () => {
  await using place = await createFolder(houseAlone);
  await using hub = startHub(place.folder);
  const http = await hub.said(/^web: http:\/\/([^/]+)\/$/);
  await using other = await createFolder(houseAlone.replace('127.0.0.1:0', http));
  await using second = startHub(other.folder);
  const { code, errors } = await second.ended();
  assert.equal(code, 1);
  assert.match(errors, new RegExp(`${http} \\(http\\.listen\\) is in use`));
});

test('a port for Wechaty bots that is taken ends the start, and the process', async () => {
  await using place = await createFolder(houseAlone);
  await using hub = startHub(place.folder);
  const http = await hub.said(/^web: http:\/\/([^/]+)\/$/);
  const face = `faces: { wechaty: { listen: "${http}", tls: false, gate: false } }\n`;
  await using other = await createFolder(houseAlone + face);
  await using second = startHub(other.folder);
  const { code, errors } = await second.ended();
  assert.equal(code, 1);
  assert.match(errors, new RegExp(`${http} \\(faces\\.wechaty\\.listen\\): `));
});

test('a telnet port that is taken keeps only readiness back: the hub lives and says why', async () => {
  await using place = await createFolder(houseAlone);
  await using hub = startHub(place.folder);
  const telnet = await hub.said(/^telnet on ([^\s,]+)/);
  await using other = await createFolder(
    houseAlone.replace('telnet: { listen: "127.0.0.1:0"', `telnet: { listen: "${telnet}"`),
  );
  await using second = startHub(other.folder);
  await second.said(/house: telnet is NOT open on/);
  const http = await second.said(/^web: http:\/\/([^/]+)\/$/);
  await second.said(/^Next: free /);
  assert.equal((await fetch(`http://${http}/healthz`)).status, 200);
  const ready = await fetch(`http://${http}/readyz`);
  assert.equal(ready.status, 503);
  assert.match(
    await ready.text(),
    /account house does not listen on 127\.0\.0\.1:\d+ \(accounts\.house\.telnet\.listen\) yet/,
  );
});

test('a broken hutong.yaml ends the start with every mistake and its line', async () => {
  await using place = await createFolder('acounts:\n  house: { network: house }\n');
  await using hub = startHub(place.folder);
  const { code, errors } = await hub.ended();
  assert.equal(code, 1);
  assert.match(errors, /hutong\.yaml:1:1: acounts: unknown key\. Did you mean "accounts"\?/);
});
