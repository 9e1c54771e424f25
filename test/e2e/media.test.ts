/**
 * A picture through a whole hub: uploaded by a program, posted, shown as a link to somebody on telnet, opened from there;
 * and a hub that is killed while a file is coming in.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import test from 'node:test';
import { Access } from '../../src/hub/access.ts';
import { connectLines } from '../fakes/line-client.ts';
import { samples } from '../fakes/media-samples.ts';
import { HubHome, type HubProcess } from '../servers/hub-process.ts';

const yaml = `
http: { listen: "127.0.0.1:0" }
accounts:
  house: { network: house, name: Hutong, rooms: [lobby], telnet: { listen: "127.0.0.1:0" } }
`;

interface Started {
  hub: HubProcess;
  base: string;
  authorization: string;
}

async function start(home: HubHome): Promise<Started> {
  const hub = home.start();
  const base = `http://${await hub.http()}`;
  await using journal = await home.openJournal();
  const name = `test-${base.split(':').at(-1)}`;
  const token = await new Access(journal).createToken({ name, scopes: ['read', 'send'], createdAt: 0 });
  return { hub, base, authorization: `Bearer ${token}` };
}

async function upload({ base, authorization }: Started, name: string, body: Uint8Array<ArrayBuffer>) {
  const url = `${base}/v1/media?name=${encodeURIComponent(name)}`;
  const answer = await fetch(url, { method: 'POST', body, headers: { authorization } });
  assert.equal(answer.status, 201);
  return (await answer.json()) as { url: string; link: string; type: string };
}

test('a picture that a program uploads is opened by somebody on telnet, after a restart too', async () => {
  await using home = await HubHome.create(yaml);
  const started = await start(home);
  const { hub, base, authorization } = started;
  await using ann = await connectLines(await hub.telnet());
  ann.send('login ann\r\nsay hello\r\n');
  await ann.until(/ann: hello/);
  const { url, type } = await upload(started, '猫.png', new Uint8Array(samples.png));
  assert.equal(type, 'image');
  const body = [{ type, url, name: '猫.png' }];
  const posted = await fetch(`${base}/v1/messages`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ room: 'house/lobby', body }),
  });
  assert.equal(posted.status, 202, await posted.text());
  const link = /http:\S+/.exec((await ann.until(/猫\.png/)).at(-1) ?? '')?.[0] ?? '';
  assert.ok(link.startsWith(`${base}/media/`), link);
  const opened = await fetch(link);
  assert.deepEqual(Buffer.from(await opened.arrayBuffer()), samples.png);
  assert.equal(opened.headers.get('content-security-policy'), "sandbox; default-src 'none'");

  await hub.kill();
  const later = await start(home);
  const again = await fetch(later.base + new URL(link).pathname);
  assert.deepEqual(Buffer.from(await again.arrayBuffer()), samples.png);
});

test('a hub that is killed in the middle of an upload has nothing of it when it runs again', async () => {
  await using home = await HubHome.create(yaml);
  const started = await start(home);
  const incoming = join(home.data, 'media', 'incoming');
  const request = httpRequest(`${started.base}/v1/media`, {
    method: 'POST',
    headers: { authorization: started.authorization, 'content-length': 1_000_000 },
  });
  const failed = once(request, 'error');
  request.write(Buffer.alloc(500_000, 1));
  for (let sizeBytes = 0; sizeBytes < 500_000;) {
    const [name] = await readdir(incoming);
    sizeBytes = name === undefined ? 0 : (await stat(join(incoming, name))).size;
  }
  await started.hub.kill();
  await failed;
  assert.equal((await readdir(incoming)).length, 1);
  const later = await start(home);
  assert.deepEqual(await readdir(incoming), []);
  const kept = await upload(later, 'x.bin', new Uint8Array(1_000_000).fill(1));
  assert.equal((await fetch(kept.link)).headers.get('content-length'), '1000000');
});

test('an upload without a token, or with one that may only read, leaves nothing', async () => {
  await using home = await HubHome.create(yaml);
  const { hub, base } = await start(home);
  await using journal = await home.openJournal();
  const reader = await new Access(journal).createToken({ name: 'reader', scopes: ['read'], createdAt: 0 });
  const ask = async (headers: Record<string, string>) =>
    (await fetch(`${base}/v1/media`, { method: 'POST', body: 'x', headers })).status;
  assert.equal(await ask({}), 401);
  assert.equal(await ask({ authorization: `Bearer ${reader}` }), 403);
  assert.deepEqual((await readdir(join(home.data, 'media'))).toSorted(), ['incoming', 'key']);
  await hub.stop();
});
