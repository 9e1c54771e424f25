/** What a large file costs the hub's memory while it comes in and goes out, through the web server and the REST face. */
import { spawnSync } from 'node:child_process';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Access } from '../src/hub/access.ts';
import { HubHome } from '../test/servers/hub-process.ts';
import { createFigure, type Figure } from './figures.ts';

const mebi = 1024 * 1024;
const fileMiB = 500;
const pieceBytes = mebi;
const targetMiB = 50;
const sampleEveryMs = 50;

const yaml = `
http: { listen: "127.0.0.1:0" }
media: { fileMegabytes: ${fileMiB} }
accounts:
  house: { network: house, telnet: false }
`;

export async function benchMedia(): Promise<Figure[]> {
  await using home = await HubHome.create(yaml);
  const hub = home.start();
  const base = `http://${await hub.http()}`;
  await using journal = await home.openJournal();
  const token = await new Access(journal).createToken({ name: 'bench', scopes: ['send'], createdAt: 0 });
  // The first upload loads what later ones share.
  await upload(base, token, 1);
  const before = residentMiB(hub.pid);
  const coming = await whilePeak(hub.pid, () => upload(base, token, fileMiB));
  const after = residentMiB(hub.pid);
  const going = await whilePeak(hub.pid, () => download(coming.result));
  await hub.stop();

  const grown = (mib: number) => `${(mib - before).toFixed(0)} MiB`;
  const toFigure = (what: string, mib: number) =>
    createFigure(what, grown(mib), `< ${targetMiB} MiB`, mib - before < targetMiB);
  const speed = (tookMs: number) => `${((fileMiB / tookMs) * 1000).toFixed(0)} MiB/s`;
  return [
    toFigure(`RSS more, at most, while ${fileMiB} MiB come in`, coming.peakMiB),
    toFigure('RSS more after that', after),
    toFigure('RSS more, at most, while they go out', going.peakMiB),
    { what: 'speed in, hashed and on disk', value: speed(coming.tookMs) },
    { what: 'speed out', value: speed(going.tookMs) },
  ];
}

function residentMiB(pid: number): number {
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return (Number(stdout) * 1024) / mebi;
}

async function whilePeak<T>(
  pid: number,
  work: () => Promise<T>,
): Promise<{ result: T; peakMiB: number; tookMs: number }> {
  let peakMiB = 0;
  const timer = setInterval(() => (peakMiB = Math.max(peakMiB, residentMiB(pid))), sampleEveryMs);
  const startedMs = performance.now();
  try {
    const result = await work();
    return { result, peakMiB, tookMs: performance.now() - startedMs };
  } finally {
    clearInterval(timer);
  }
}

/** Each piece differs from the others, as those of a real file do. */
function* createPieces(count: number): Generator<Buffer> {
  for (let index = 0; index < count; index += 1) yield Buffer.alloc(pieceBytes, `piece ${index} of ${count}`);
}

/** The link of what was uploaded. */
async function upload(base: string, token: string, mib: number): Promise<string> {
  const answer = Promise.withResolvers<string>();
  const sending = request(`${base}/v1/media`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-length': mib * pieceBytes },
  });
  sending.on('response', (response) => {
    Array.fromAsync(response as AsyncIterable<Buffer>).then(
      (pieces) => answer.resolve(Buffer.concat(pieces).toString()),
      answer.reject,
    );
  });
  sending.on('error', answer.reject);
  await pipeline(Readable.from(createPieces(mib)), sending);
  const { link } = JSON.parse(await answer.promise) as { link?: string };
  if (link === undefined) throw new Error(`the upload was refused: ${await answer.promise}`);
  return link;
}

async function download(link: string): Promise<void> {
  const response = await fetch(link);
  let bytes = 0;
  for await (const piece of response.body ?? []) bytes += piece.byteLength;
  if (bytes !== fileMiB * mebi) throw new Error(`${bytes} bytes came back`);
}
