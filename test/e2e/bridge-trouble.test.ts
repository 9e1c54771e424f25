// What goes wrong is told at the right place in plain words, stops nothing else, and loses nothing. A hub process bridges
// the house and a room on a real Prosody that works; beside them are accounts with a wrong password and a refused
// certificate, a telnet port that is taken, rooms that do not let the account in, people who send garbage, and disks that
// are full or read-only. Each time the log or the telnet line says what is wrong and where; the room that works goes on
// working; and what was accepted for the others waits in the journal, and arrives once the cause is gone.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { connectLines } from '../fakes/line-client.ts';
import { HubHome, type HubProcess } from '../servers/hub-process.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import type { XmppServer } from '../servers/xmpp-server.ts';
import { Guest, USERS } from './bridge-guest.ts';
import { ENVIRONMENT, eventually, isDelivered, journaled, toAccount, toYaml } from './bridge-hub.ts';
import { enter, Onlooker } from './bridge-people.ts';

const NOT_A_LINE_BYTES = 256 * 1024 * 1024;
/** How much the hub may grow by reading a line that never ends: garbage not yet collected, but not the line. */
const GROWTH_LIMIT_KIB = 128 * 1024;

describe('trouble', { skip: skipProsody }, () => {
  let server: XmppServer;
  let rooms = 0;
  /** A room that works: bea is in it. */
  const newRoom = () => `alley${(rooms += 1)}@${server.mucDomain}`;
  before(async () => {
    server = await startProsody({
      users: USERS,
      extraConfig: `muc_room_default_persistent = true
restrict_room_creation = true
admins = { "bea@localhost" }`,
    });
  });
  after(() => server[Symbol.asyncDispose]());

  /** Shows that telnet and the room still hear each other. */
  async function assertBridges(ann: Onlooker, bea: Guest, room: string): Promise<void> {
    const words = `还在 ${rooms} ${performance.now()}`;
    ann.send(`say ${words}`);
    await bea.say(room, words);
    await eventually('the room that works hears telnet', () => bea.texts(room).includes(`<ann> ${words}`));
    await eventually('telnet hears the room that works', () => ann.texts('bea@good').includes(words));
  }

  test('a wrong password and a refused certificate are told; what was said meanwhile arrives when they are mended', async () => {
    const [room, two, three] = [newRoom(), newRoom(), newRoom()];
    await using bea = await Guest.connect(server, 'bea', room, two, three);
    const links = [
      ['house/lobby', `good/${room}`],
      ['house/lobby', `password/${two}`],
      ['house/lobby', `stranger/${three}`],
    ];
    const wrong =
      toAccount('password', server, { password: 'quite-wrong' }) + toAccount('stranger', server, { tls: '' });
    await using home = await HubHome.create(toYaml({ good: server }, links, wrong), ENVIRONMENT);
    const hub = home.start();
    await using ann = await Onlooker.enter(await hub.telnet(), 'ann');
    await hub.said(/"account":"password".*account-auth.*password is wrong.*not tried again/);
    await hub.said(/"account":"stranger".*the certificate for localhost is refused: .*not known/);
    await hub.said(/"msg":"joined"/);
    const states = await metrics(hub);
    assert.match(states, /hutong_account_state\{account="good",network="xmpp",state="online"\} 1/);
    assert.match(states, /hutong_account_state\{account="password",network="xmpp",state="failed"\} 1/);
    assert.match(states, /hutong_account_state\{account="stranger",network="xmpp",state="waiting"\} 1/);
    assert.doesNotMatch(JSON.stringify(hub.log), /quite-wrong|secret-of-the-tests/);

    for (let number = 0; number < 20; number += 1) ann.send(`say 等 ${number}`);
    await assertBridges(ann, bea, room);
    assert.deepEqual([bea.texts(two), bea.texts(three)], [[], []]);

    const mended = toAccount('password', server) + toAccount('stranger', server);
    await home.write(toYaml({ good: server }, links, mended));
    await eventually('the other rooms have it too', () => {
      return bea.texts(two).length >= 21 && bea.texts(three).length >= 21;
    });
    assert.deepEqual(bea.texts(two), bea.texts(room), 'the same, in the same order');
    assert.deepEqual(bea.texts(three), bea.texts(room));
    await assertBridges(ann, bea, room);
  });

  test('a telnet port that is taken costs that account alone, which opens as soon as it is free', async () => {
    await using squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    const room = newRoom();
    await using bea = await Guest.connect(server, 'bea', room);
    const annex = `  annex: { network: house, name: Annex, rooms: [attic], telnet: { listen: "127.0.0.1:${port}" } }\n`;
    await using home = await HubHome.create(
      toYaml({ good: server }, [['house/lobby', `good/${room}`, 'annex/attic']], annex),
      ENVIRONMENT,
    );
    const hub = home.start();
    await using ann = await Onlooker.enter(
      await hub.said(/"account":"house","msg":"telnet on ([^\s,]+)/),
      'ann',
    );
    await hub.said(
      new RegExp(`Telnet cannot listen on 127\\.0\\.0\\.1:${port} - something else listens there`),
    );
    await hub.said(/"msg":"joined"/);
    await assertBridges(ann, bea, room);

    squatter.close();
    const address = await hub.said(/"account":"annex","msg":"telnet on ([^\s,]+)/);
    await using dan = await enter(address, 'dan');
    await hub.said(/"msg":"joined"/);
    await eventually('nothing waits any more', async () => {
      await using journal = await home.openJournal();
      return isDelivered(journal);
    });
    dan.send('history\r\n');
    await dan.until(/ann@house: 还在/);
  });

  test('rooms that do not let the account in are told with the reason; what is for them waits in the journal', async () => {
    const [room, members, secret] = [newRoom(), newRoom(), newRoom()];
    const missing = `nowhere@${server.mucDomain}`;
    await using bea = await Guest.connect(server, 'bea', room, members, secret);
    await bea.configure(members, { 'muc#roomconfig_membersonly': '1' });
    await bea.configure(secret, {
      'muc#roomconfig_passwordprotectedroom': '1',
      'muc#roomconfig_roomsecret': 'sesame',
    });
    const closed = [missing, members, secret];
    const lobby = ['house/lobby', ...[room, ...closed].map((jid) => `good/${jid}`)];
    await using home = await HubHome.create(toYaml({ good: server }, [lobby]), ENVIRONMENT);
    const hub = home.start();
    await using ann = await Onlooker.enter(await hub.telnet(), 'ann');
    await hub.said(/"room":"nowhere@\S+","reason":"[^"]*(not let us make|no such room)/);
    await hub.said(new RegExp(`"room":"${members}","reason":"only members may enter the room`));
    await hub.said(new RegExp(`"room":"${secret}","reason":"the room needs a password`));
    await hub.said(/"msg":"joined"/);
    await assertBridges(ann, bea, room);

    await using journal = await home.openJournal();
    for (const jid of closed) {
      const waiting = await journal.deliveries(
        { states: ['pending', 'sending'], lane: `good/${jid}` },
        0,
        10,
      );
      // What bea said in the open room goes to the closed ones as well.
      assert.equal(waiting.length, 2, `${jid} has both messages waiting`);
    }
  });

  test('garbage, GBK and 256 MiB without a line end are answered on their own line; the others talk on', async (t) => {
    const room = newRoom();
    await using bea = await Guest.connect(server, 'bea', room);
    await using home = await HubHome.create(
      toYaml({ good: server }, [['house/lobby', `good/${room}`]]),
      ENVIRONMENT,
    );
    const hub = home.start();
    const address = await hub.telnet();
    await hub.said(/"msg":"joined"/);
    await using ann = await Onlooker.enter(address, 'ann');

    await using garbage = await connectLines(address);
    garbage.send(randomBytes(1024 * 1024));
    garbage.send('\r\n');
    await assertBridges(ann, bea, room);

    await using gbk = await enter(address, '老张');
    const words = Buffer.concat([
      Buffer.from('say '),
      Buffer.from([0xc4, 0xe3, 0xba, 0xc3]),
      Buffer.from('\r\n'),
    ]);
    gbk.send(words);
    await gbk.until(
      'That line was left out, because it is not UTF-8; if your terminal writes GBK, type - encoding gbk',
    );
    gbk.send('encoding gbk\r\n');
    gbk.send(words);
    await eventually('the room reads the Chinese', () => bea.texts(room).includes('<老张> 你好'));

    const beforehand = await residentKib(hub.pid);
    await using endless = await enter(address, 'endless');
    const piece = Buffer.alloc(64 * 1024, 'x');
    for (let sent = 0; sent < NOT_A_LINE_BYTES; sent += piece.length) {
      if (!endless.socket.write(piece)) await once(endless.socket, 'drain');
      if (sent === NOT_A_LINE_BYTES / 2) await assertBridges(ann, bea, room);
    }
    const grown = (await residentKib(hub.pid)) - beforehand;
    endless.send('\r\nsay 我还在\r\n');
    await endless.until('That line was left out, because it is longer than 65536 bytes');
    await endless.until('endless: 我还在');
    await assertBridges(ann, bea, room);
    t.diagnostic(`256 MiB without a line end: the hub grew by ${Math.round(grown / 1024)} MiB`);
    assert.ok(grown < GROWTH_LIMIT_KIB, `grew by ${grown} KiB`);
    assert.ok(hub.running);
  });

  test('a disk that is full refuses what it cannot keep; nothing accepted is lost, and all goes on when there is space', async (t) => {
    const room = newRoom();
    await using bea = await Guest.connect(server, 'bea', room);
    await using home = await HubHome.create(
      toYaml({ good: server }, [['house/lobby', `good/${room}`]]),
      ENVIRONMENT,
    );
    await using disk = await mountSmallDisk(home.data, 'size=8m');
    if (disk === undefined) return t.skip('needs the right to mount a small file system');
    const hub = home.start();
    await using ann = await Onlooker.enter(await hub.telnet(), 'ann');
    await hub.said(/"msg":"joined"/);
    await assertBridges(ann, bea, room);

    const filler = join(home.data, 'filler');
    fill(filler);
    let said = 0;
    await eventually('telnet is told that the disk is full', () => {
      ann.send(`say 满 ${(said += 1)} ${'字'.repeat(3000)}`);
      return ann.lines.some(({ line }) => /^This was not said \(.*(full|space)/.test(line));
    });
    await bea.say(room, `满时 ${'字'.repeat(3000)}`);
    await hub.said(/"account":"good".*journal-full/);
    await bea.say(room, '还是满的');
    assert.equal((await fetch(`http://${await hub.http()}/healthz`)).status, 200);

    await rm(filler);
    await eventually('telnet is believed again', () => {
      ann.send('say 空了');
      return ann.texts('ann').includes('空了');
    });
    await assertBridges(ann, bea, room);
    assert.ok(hub.running);
    await using journal = await home.openJournal();
    await eventually('nothing waits any more', () => isDelivered(journal));
    const accepted = await journaled(journal, 'house/lobby');
    assert.deepEqual(accepted, ann.texts('ann'), 'the journal holds what the speaker saw, and nothing else');
    assert.deepEqual(
      bea.texts(room),
      accepted.map((text) => `<ann> ${text}`),
    );
    const ofBea = (await bea.archive(room)).flatMap(({ nick, text }) => (nick === 'bea' ? text : []));
    assert.deepEqual(
      await journaled(journal, `good/${room}`),
      ofBea,
      'what was said while it was full is there',
    );
    const refused = ann.lines.filter(({ line }) => line.startsWith('This was not said')).length;
    t.diagnostic(
      `${refused} messages refused at the telnet door, ${accepted.length} accepted and delivered once`,
    );
  });

  test('a read-only disk ends the start, with the folder and the reason', async (t) => {
    await using home = await HubHome.create(toYaml({}, []), ENVIRONMENT);
    await using disk = await mountSmallDisk(home.data, 'size=1m,ro');
    if (disk === undefined) return t.skip('needs the right to mount a small file system');
    const { code, errors } = await home.start().ended();
    assert.equal(code, 1);
    assert.ok(errors.includes(home.data), errors);
    assert.match(errors, /read-only|cannot be written|may not/i);
  });
});

async function metrics(hub: HubProcess): Promise<string> {
  return (await fetch(`http://${await hub.http()}/metrics`)).text();
}

/** How much memory a process has, KiB. */
async function residentKib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
}

/** Mounts a file system of its own on a folder; undefined where this machine does not let us. */
async function mountSmallDisk(folder: string, options: string): Promise<AsyncDisposable | undefined> {
  await mkdir(folder, { recursive: true });
  try {
    execFileSync('/usr/bin/mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    // Not root, or no mount here: the test is skipped and says so.
    return undefined;
  }
  return {
    // The hub may still run on it: it goes with the hub, which is ended next.
    [Symbol.asyncDispose]: async () => void execFileSync('/usr/bin/umount', ['--lazy', folder]),
  };
}

/** Writes a file until the disk has no byte left. */
function fill(file: string): void {
  for (let size = 256 * 1024; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(size));
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    }
  }
}
