/**
 * QQ into the journal: how many messages a second an implementation can hand in. It is the tests' fake in this very
 * process, which says them as fast as the socket takes them; the hub has its journal on a disk.
 */
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../src/hub/clock.ts';
import { Hub } from '../src/hub/hub.ts';
import type { Log } from '../src/hub/log.ts';
import { openSqliteJournal } from '../src/engines/sqlite/sqlite-journal.ts';
import { createOneBotNetwork } from '../src/networks/onebot/index.ts';
import { GROUP, OneBotImplementation } from '../test/fakes/onebot-implementation.ts';
import { createFigure, type Figure } from './figures.ts';

const messages = 20_000;
const warmUp = 1_000;
const log: Log = { debug() {}, info() {}, warn() {}, error() {} };

export async function benchOneBotNetwork(): Promise<Figure[]> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hutong-bench-'));
  await using qq = await new OneBotImplementation().listen();
  const clock = createSystemClock();
  const journal = await openSqliteJournal({ folder: folder.path });
  const hub = new Hub({ journal, clock, log });
  await hub.start();
  const kind = createOneBotNetwork({ clock });
  const network = kind.open('qq', kind.config.parse({ url: qq.url, avatars: false }));
  const account = { id: 'qq', kind: 'onebot', fingerprint: '', whenUnknown: 'resend' as const };
  await hub.apply({ links: [], accounts: [{ ...account, open: () => network }] });
  try {
    await qq.until(() => qq.calls.some(({ action }) => action === 'get_status'));
    await say(qq, hub, warmUp);
    const startedMs = performance.now();
    const cpuBefore = process.threadCpuUsage();
    await say(qq, hub, messages);
    const perSecond = Math.round(messages / ((performance.now() - startedMs) / 1000));
    const cpu = process.threadCpuUsage(cpuBefore);
    return [
      createFigure(
        'messages a second from an implementation into the journal',
        perSecond.toLocaleString('en'),
        '≥ 1,000',
        perSecond >= 1_000,
      ),
      {
        what: 'CPU of the thread a message, the implementation included',
        value: `${((cpu.user + cpu.system) / messages).toFixed(0)} µs`,
      },
    ];
  } finally {
    await hub.stop();
    await journal.close();
  }
}

/** Says so many, and waits until all are durable. */
async function say(qq: OneBotImplementation, hub: Hub, count: number): Promise<void> {
  const patience = new AbortController();
  const head = (await hub.history(`qq/group:${GROUP}`, undefined, 1)).at(-1)?.position ?? 0;
  const saying = async () => {
    for (let number = 0; number < count; number += 1) await qq.say(`你好 ${number}`);
  };
  const said = saying();
  let left = count;
  for await (const { events } of hub.follow(head, { kinds: ['message'] }, patience.signal)) {
    left -= events.length;
    if (left <= 0) break;
  }
  await said;
}
