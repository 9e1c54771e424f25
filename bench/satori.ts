/**
 * The Satori face: how soon a bot is told what is in the journal. The hub is the one that people start, in a process of its
 * own, and so is the bot, which posts by REST and hears by the WebSocket.
 */
import { Access } from '../src/hub/access.ts';
import { HubHome } from '../test/servers/hub-process.ts';
import { startChild } from './child.ts';
import type { Figure } from './figures.ts';
import { benchPush } from './push.ts';
import type { WebClientsResult } from './web-clients.ts';

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
  const figures = await benchPush({ via: 'satori', port, token, room: 'house/lobby' }, (plan) =>
    clients.ask<WebClientsResult>(plan),
  );
  await hub.stop();
  return figures;
}
