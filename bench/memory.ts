/** What the hub holds in memory: after `hutong start` with nothing configured, and over very many messages. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFigure, median, type Figure } from './figures.ts';
import { HubProcess } from './hub-process.ts';
import { runLoad } from './load.ts';

const mebi = 1024 * 1024;
const startTargetMiB = 120;
/** Free ports; otherwise what a hub without a file runs. */
const config = `
http: { listen: "127.0.0.1:0" }
accounts:
  house: { network: house, name: Hutong, rooms: [lobby], telnet: { listen: "127.0.0.1:0" } }
`;
/** How long after the start an idle hub is looked at. */
const settleMs = 3000;

/** Resident memory of `hutong start`, the journal's thread included. The first start fills the compile cache. */
export async function benchStartMemory(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const what of ['a start', 'the next start']) {
    const mib = await measureStart();
    const value = `${mib.toFixed(0)} MiB`;
    figures.push(createFigure(`RSS after ${what}`, value, `< ${startTargetMiB} MiB`, mib < startTargetMiB));
  }
  return figures;
}

async function measureStart(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-bench-start-'));
  const file = join(folder, 'hutong.yaml');
  await writeFile(file, config);
  // As `npm start` does it.
  const preload = new URL('../tools/compile-cache.mjs', import.meta.url).href;
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', preload, main, 'start', '--config', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    // Once it has said what it has to say of its start, it is ready.
    await once(child.stdout, 'data');
    child.stdout.resume();
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' });
    return (Number(stdout) * 1024) / mebi;
  } finally {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
    await rm(folder, { recursive: true });
  }
}

const people = 10;
const retentionMs = 3000;
const trimEveryMs = 500;
const pollMs = 100;
const samples = 40;
/** Messages after which the process is believed to have its size: heaps and page cache grow up to here. */
const warmUpMessages = 200_000;
const flatTarget = 0.1;

/** Resident memory while `messages` are said in the house after a warm-up, with old ones trimmed all the time. */
export async function benchFlatMemory(messages: number): Promise<Figure[]> {
  await using hub = await HubProcess.start({ settings: { retentionMs, trimEveryMs } });
  const over = new AbortController();
  const load = runLoad(
    {
      protocol: 'house',
      port: hub.telnetPort,
      people,
      inFlight: 64,
      textBytes: 32,
      forMs: 3.6e6,
      warmUpMs: 0,
    },
    over.signal,
  ).catch((error: unknown) => {
    if (!over.signal.aborted) throw error;
  });
  const sizesMiB: number[] = [];
  const startedAt = performance.now();
  let appended = 0;
  while (appended < warmUpMessages + messages) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    const sample = await hub.ask('sample');
    ({ appended } = sample);
    const due = warmUpMessages + (messages * sizesMiB.length) / samples;
    if (appended >= due) sizesMiB.push(sample.rssBytes / mebi);
  }
  const perSecond = (appended * 1000) / (performance.now() - startedAt);
  over.abort();
  await load;
  const middle = median(sizesMiB);
  const [least, most] = [Math.min(...sizesMiB), Math.max(...sizesMiB)];
  const off = Math.max(most - middle, middle - least) / middle;
  return [
    { what: 'messages said, journaled and trimmed', value: `${appended} at ${perSecond.toFixed(0)}/s` },
    {
      what: 'RSS at the start, in the middle and at the end of it',
      value: [sizesMiB[0], sizesMiB[Math.floor(sizesMiB.length / 2)], sizesMiB.at(-1)]
        .map((mib) => (mib ?? Number.NaN).toFixed(0))
        .join(', ')
        .concat(' MiB'),
    },
    createFigure(
      `RSS furthest from its median (${middle.toFixed(0)} MiB)`,
      `± ${(off * 100).toFixed(0)} %`,
      `± ${flatTarget * 100} %`,
      off <= flatTarget,
    ),
  ];
}
