/**
 * The Wechaty face: how soon a bot is told what is in the journal, over gRPC. The hub is the one that people start, in a
 * process of its own; the bots are in this one. One of them speaks, both hear it and ask for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Access } from '../src/hub/access.ts';
import { WechatyBot } from '../test/fakes/wechaty-face.ts';
import { takeFreePorts } from '../test/servers/free-port.ts';
import { HubHome } from '../test/servers/hub-process.ts';
import { createFigure, median, percentile, type Figure } from './figures.ts';

const warmUp = 100;
const messages = 500;
const everyMs = 10;
const targetMs = 5;

export async function benchWechaty(): Promise<Figure[]> {
  const [port = 0] = await takeFreePorts(1);
  const endpoint = `127.0.0.1:${port}`;
  await using home = await HubHome.create(`
http: { listen: "127.0.0.1:0" }
accounts:
  house: { network: house, rooms: [lobby], telnet: false }
faces:
  wechaty: { listen: "${endpoint}", tls: false, account: house }
`);
  const hub = home.start();
  await hub.http();
  await using journal = await home.openJournal();
  const access = new Access(journal);
  const connect = async (name: string) => {
    const token = { name, scopes: ['read', 'send'] as const, createdAt: 0 };
    return WechatyBot.connect(endpoint, await access.createToken(token, 'wechaty'));
  };
  await using speaker = await connect('speaker');
  await using listener = await connect('listener');
  await speak(speaker, listener, warmUp);
  const { sinceKeptMs, sinceSentMs } = await speak(speaker, listener, messages);
  await hub.stop();
  const p50 = median(sinceKeptMs);
  return [
    createFigure(
      'event told after its append was answered, p50',
      toMs(p50),
      `< ${targetMs} ms`,
      p50 < targetMs,
    ),
    { what: 'event told after it was said, p50', value: toMs(median(sinceSentMs)) },
    { what: 'event told after it was said, p99', value: toMs(percentile(sinceSentMs, 0.99)) },
  ];
}

/** Has `count` messages said, one after the other, and tells how long after each was kept, and was said, it was told. */
async function speak(speaker: WechatyBot, listener: WechatyBot, count: number) {
  const sinceKeptMs: number[] = [];
  const sinceSentMs: number[] = [];
  for (let number = 0; number < count; number += 1) {
    const told = Promise.withResolvers<number>();
    listener.onMessage = () => told.resolve(performance.now());
    const sentMs = performance.now();
    const kept = speaker
      .call('messageSendText', { conversationId: 'lobby', text: `message ${number} of the benchmark` })
      .then(() => performance.now());
    const [toldMs, keptMs] = await Promise.all([told.promise, kept]);
    sinceKeptMs.push(toldMs - keptMs);
    sinceSentMs.push(toldMs - sentMs);
    await sleep(everyMs);
  }
  return { sinceKeptMs, sinceSentMs };
}

function toMs(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}
