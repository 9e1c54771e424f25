/**
 * The web server: beside bare Fastify, how soon an event is pushed, and what clients that only wait cost. The hub is the
 * one that people start, with its settings at their defaults but for the bound on requests.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Access } from '../src/hub/access.ts';
import { HubHome } from '../test/servers/hub-process.ts';
import { startChild } from './child.ts';
import { readProcessorTime } from './processor-time.ts';
import type { BareWebRequest } from './web-bare.ts';
import type { WebClientsPlan, WebClientsResult } from './web-clients.ts';
import { createFigure, percentile, type Figure } from './figures.ts';
import { benchPush } from './push.ts';

const mebi = 1024 * 1024;
const connections = 32;
const turns = 30;
/** Others on the machine make a turn dearer, never cheaper: of each server the turn counts that a tenth are below. */
const quietShare = 0.1;
const warmUpTurns = 5;
/** Answers in a turn. */
const jsonAnswers = 3_000;
const fileAnswers = 1_000;
const ratioTarget = 0.85;
/** As the console's scripts and pictures are. */
const fileBytes = 47_000;
const idleStreams = 1_000;
const idleTargetMiB = 100;
/** How long a hub is left alone before its memory is looked at. */
const settleMs = 5_000;

const yaml = `
http: { listen: "127.0.0.1:0", root: www, requestsPerMinute: 1000000 }
accounts:
  house: { network: house, rooms: [lobby], telnet: false }
`;

export async function benchWeb(): Promise<Figure[]> {
  await using home = await HubHome.create(yaml);
  const root = join(home.folder, 'www');
  await mkdir(root);
  await writeFile(join(root, 'file.js'), Buffer.alloc(fileBytes, '// a line\n'));
  const hub = home.start();
  const port = Number((await hub.http()).split(':').at(-1));
  await using journal = await home.openJournal();
  const token = await new Access(journal).createToken({
    name: 'bench',
    scopes: ['read', 'send'],
    createdAt: 0,
  });
  await using bare = startChild('web-bare.ts');
  const barePort = await bare.ask<number>({ root } satisfies BareWebRequest);
  await using clients = startChild('web-clients.ts');
  const tell = (plan: WebClientsPlan) => clients.ask<WebClientsResult>(plan);
  const servers = {
    bare: { port: barePort, pid: bare.pid },
    hub: { port, pid: hub.pid },
  };

  /** By the processor's time: what a second brings depends on who else uses the machine. */
  const compare = async (what: string, path: string, answers: number): Promise<Figure> => {
    const ask = async ({ port: of, pid }: (typeof servers)['bare']): Promise<number> => {
      const before = await readProcessorTime(pid);
      await tell({ do: 'ask', port: of, path, token, connections, answers });
      return ((await readProcessorTime(pid)) - before) / answers;
    };
    const costs = { bare: [] as number[], hub: [] as number[] };
    for (let turn = -warmUpTurns; turn < turns; turn += 1) {
      const [bareUs, hubUs] = [await ask(servers.bare), await ask(servers.hub)];
      if (turn < 0) continue;
      costs.bare.push(bareUs);
      costs.hub.push(hubUs);
    }
    const [ofBareUs, ofHubUs] = [percentile(costs.bare, quietShare), percentile(costs.hub, quietShare)];
    const ratio = ofBareUs / ofHubUs;
    const label = `${what}, processor's time: bare Fastify (${toMicros(ofBareUs)}) / hub (${toMicros(ofHubUs)})`;
    return createFigure(label, ratio.toFixed(2), `≥ ${ratioTarget}`, ratio >= ratioTarget);
  };
  const json = await compare('JSON GET', '/v1/me', jsonAnswers);
  const files = await compare(`static file of ${fileBytes / 1000} kB`, '/file.js', fileAnswers);

  const push = await benchPush({ via: 'sse', port, token, room: 'house/lobby' }, tell);

  await sleep(settleMs);
  const before = residentMiB(hub.pid);
  await tell({ do: 'idle', port, token, streams: idleStreams });
  await sleep(settleMs);
  const more = residentMiB(hub.pid) - before;
  await hub.stop();

  return [
    json,
    files,
    ...push,
    createFigure(
      `RSS more with ${idleStreams} idle event streams`,
      `${more.toFixed(0)} MiB`,
      `< ${idleTargetMiB} MiB`,
      more < idleTargetMiB,
    ),
  ];
}

function residentMiB(pid: number): number {
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return (Number(stdout) * 1024) / mebi;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function toMicros(us: number): string {
  return `${us.toFixed(1)} µs`;
}
