/**
 * The Satori face: how soon a bot is told what is in the journal. The hub is the one that people start, in a process of its
 * own, and so is the bot, which posts by REST and hears by the WebSocket.
 */
import { Access } from '../src/hub/access.ts';
import { HubHome } from '../test/servers/hub-process.ts';
import { startChild } from './child.ts';
import { createFigure, median, percentile, type Figure } from './figures.ts';
import type { WebClientsPlan, WebClientsResult } from './web-clients.ts';

const messages = 500;
const messageEveryMs = 10;
const targetMs = 5;

const yaml = `
http: { listen: "127.0.0.1:0", requestsPerMinute: 1000000 }
accounts:
  house: { network: house, rooms: [lobby], telnet: false }
faces:
  satori: { ownMessages: true }
`;

export async function benchSatori(): Promise<Figure[]> {
  await using home = await HubHome.create(yaml);
  const hub = home.start();
  const port = Number((await hub.http()).split(':').at(-1));
  await using journal = await home.openJournal();
  const token = await new Access(journal).createToken({
    name: 'bench',
    scopes: ['read', 'send'],
    createdAt: 0,
  });
  await using clients = startChild('web-clients.ts');
  const plan: WebClientsPlan = {
    do: 'push',
    via: 'satori',
    port,
    token,
    room: 'house/lobby',
    messages,
    everyMs: messageEveryMs,
  };
  const { sinceSentMs = [], sinceKeptMs = [] } = await clients.ask<WebClientsResult>(plan);
  await hub.stop();
  const p50 = median(sinceKeptMs);
  return [
    createFigure('event pushed after its append, p50', toMs(p50), `< ${targetMs} ms`, p50 < targetMs),
    { what: 'event pushed after its POST was sent, p50', value: toMs(median(sinceSentMs)) },
    { what: 'event pushed after its POST was sent, p99', value: toMs(percentile(sinceSentMs, 0.99)) },
  ];
}

function toMs(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}
