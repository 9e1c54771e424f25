// A large file that a bot of the `wechaty` package brings and an XMPP server gets: it goes through the hub without ever being in
// its memory, and comes out as it went in.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempDisposable, open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Access } from '../../src/hub/access.ts';
import { skipWithoutClients } from '../clients/installed.ts';
import { startClient } from '../clients/start.ts';
import { takeFreePorts } from '../servers/free-port.ts';
import { HubHome, type HubProcess } from '../servers/hub-process.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import { MUC_DOMAIN } from '../servers/xmpp-server.ts';
import { eventually, ENVIRONMENT, toAccount } from './bridge-hub.ts';
import { Guest, USERS } from './bridge-guest.ts';

const mebi = 1024 * 1024;
const fileMiB = 200;
/** What it may take of the hub's memory, meanwhile and afterwards. */
const allowedMiB = 64;
const sampleEveryMs = 20;
/** Prosody writes some megabytes in a second where the machine does much else. */
const PATIENCE_MS = 240_000;
const ROOM = `files@${MUC_DOMAIN}`;

const uploads = { fileLimitBytes: (fileMiB + 1) * mebi, dailyLimitBytes: 10 * fileMiB * mebi };

/** Each piece differs from the others. Answers the hash of all. */
async function writeFile(path: string, mib: number): Promise<string> {
  const hash = createHash('sha256');
  await using file = await open(path, 'w');
  for (let index = 0; index < mib; index += 1) {
    const piece = Buffer.alloc(mebi, `piece ${index} of ${mib}`);
    hash.update(piece);
    await file.write(piece);
  }
  return hash.digest('hex');
}

async function hashOf(url: string): Promise<string> {
  const response = await fetch(url);
  assert.equal(response.status, 200);
  const hash = createHash('sha256');
  for await (const piece of response.body!) hash.update(piece);
  return hash.digest('hex');
}

async function residentMiB({ pid }: HubProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

async function peakWhile(hub: HubProcess, work: () => Promise<void>): Promise<number> {
  let peak = 0;
  const over = new AbortController();
  const sampling = (async () => {
    while (!over.signal.aborted) {
      peak = Math.max(peak, await residentMiB(hub));
      await sleep(sampleEveryMs);
    }
  })();
  try {
    await work();
  } finally {
    over.abort();
    await sampling;
  }
  return peak;
}

test(
  `a file of ${fileMiB} MiB goes from a Wechaty bot to an XMPP server and takes no more than ${allowedMiB} MiB of the hub`,
  { skip: skipProsody || skipWithoutClients('wechaty') },
  async (t) => {
    const [port = 0] = await takeFreePorts(1);
    await using server = await startProsody({
      users: USERS,
      uploads,
      extraConfig: 'muc_room_default_persistent = true',
    });
    await using bea = await Guest.connect(server, 'bea', ROOM);
    await using folder = await mkdtempDisposable(join(tmpdir(), 'hutong-wechaty-'));
    const endpoint = `127.0.0.1:${port}`;
    const yaml = `http: { listen: "127.0.0.1:0" }
media: { fileMegabytes: ${fileMiB}, allow: ["127.0.0.1"] }
accounts:
  house: { network: house, rooms: [lobby], telnet: { listen: "127.0.0.1:0" } }
${toAccount('jabber', server)}links:
  - { name: files, rooms: [house/lobby, "jabber/${ROOM}"] }
faces:
  wechaty: { listen: "${endpoint}", tls: false, account: jabber }
`;
    await using home = await HubHome.create(yaml, ENVIRONMENT);
    const hub = home.start();
    await hub.said(/"msg":"joined"/);
    await using journal = await home.openJournal();
    const bot = async (name: string, mib: number) => {
      const path = join(folder.path, `${name}.bin`);
      const sha256 = await writeFile(path, mib);
      const token = await new Access(journal).createToken(
        { name, scopes: ['read', 'send'], createdAt: 0 },
        'wechaty',
      );
      const env = { WECHATY_TOKEN: token, WECHATY_ENDPOINT: endpoint, BOT_NAME: name, BOT_FILE: path };
      const client = await startClient(
        'wechaty',
        'wechaty-bot.mjs',
        { ...env, HOME: folder.path },
        'ready as',
      );
      return { sha256, client };
    };
    const links = () => bea.texts(ROOM).flatMap((text) => /http:\S+\.bin/.exec(text) ?? []);

    // The first file loads what later ones share.
    const small = await bot('small', 2);
    await using _small = small.client;
    await bea.say(ROOM, 'file small');
    await eventually('the small file is there', () => links().length === 1, PATIENCE_MS);

    const large = await bot('large', fileMiB);
    await using _large = large.client;
    const before = await residentMiB(hub);
    const peak = await peakWhile(hub, async () => {
      await bea.say(ROOM, 'file large');
      await eventually('the large file is there', () => links().length === 2, PATIENCE_MS);
    });
    const left = (await residentMiB(hub)) - before;
    const most = peak - before;
    t.diagnostic(
      `from ${before.toFixed(0)} MiB, ${most.toFixed(0)} more at most and ${left.toFixed(0)} after`,
    );
    assert.ok(left < allowedMiB, `${left} MiB more are left`);
    assert.ok(most < allowedMiB, `${most} MiB more at most`);
    const [smallLink, largeLink] = links();
    assert.match(String(largeLink), /^http:\/\/127\.0\.0\.1:\d+\/file_share\//);
    assert.deepEqual([await hashOf(smallLink!), await hashOf(largeLink!)], [small.sha256, large.sha256]);
  },
);
