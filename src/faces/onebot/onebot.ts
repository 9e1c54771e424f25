/**
 * The OneBot face: hutong as an implementation of OneBot 11, so that bots which were written for QQ serve every network.
 * Each account is a self of its own at `/onebot/ACCOUNT`; `/onebot` is one that speaks for all. This file puts it
 * together.
 *
 * @see https://github.com/botuniverse/onebot-11
 */
import type { WebSocket } from 'ws';
import { Tail } from '../../hub/tail.ts';
import type { Routes } from '../../http/server.ts';
import { createActions } from './actions/all.ts';
import type { Parts } from './actions/action.ts';
import { serveBot } from './bot-socket.ts';
import type { OneBotFaceConfig } from './config.ts';
import { Dispatcher } from './dispatcher.ts';
import { Door } from './door.ts';
import { Events } from './events.ts';
import { addForward } from './forward.ts';
import type { OneBotHost } from './host.ts';
import { addHttpApi } from './http-api.ts';
import { Messages } from './messages.ts';
import { Numbers } from './numbers.ts';
import { People } from './people.ts';
import { Places } from './places.ts';
import { Progress } from './progress.ts';
import type { Bot } from './rights.ts';
import { SlowRefusals } from './slow-refusals.ts';
import { callTargets, type ServedBot } from './targets.ts';
import { Teller } from './teller.ts';

/** The routes of the face; what they begin ends with the web server. */
export function createOneBotFace(host: OneBotHost, config: OneBotFaceConfig): Routes {
  return async (server, web) => {
    const { hub, clock, log, journal } = host;
    const numbers = new Numbers(journal);
    const people = new People(hub, numbers);
    const places = new Places(host, numbers);
    const messages = new Messages({ ...host, numbers, people, places });
    const parts: Parts = { host, numbers, people, places, messages };
    const dispatcher = new Dispatcher(host, createActions(parts), web.closing);
    const teller = new Teller(new Events({ hub, numbers, people, places, messages }));
    const progress = new Progress(host, config.replayMinutes * 60_000);
    const tail = new Tail({ hub, clock, log, head: await journal.head() });
    const refusals = new SlowRefusals(clock, web.closing);
    const door = new Door({ host, numbers, refusals, format: config.messageFormat });
    const heartbeatMs = config.heartbeatSeconds * 1000;
    const toBytes = ({ account, selfId, format }: Bot) =>
      teller.for({ account, selfId, format, ownMessages: config.ownMessages });
    const serve = (socket: WebSocket, served: ServedBot) =>
      serveBot(socket, {
        hub,
        clock,
        log,
        dispatcher,
        tail,
        progress,
        heartbeatMs,
        toBytes: toBytes(served.bot),
        ...served,
      });

    web.closing.addEventListener('abort', () => tail.stop());
    addHttpApi(server, door, dispatcher);
    addForward(web, door, {
      prepare: ({ bot }) => progress.start(toKey(bot)),
      serve(socket, { bot, isAllowed }, role, start) {
        void serve(socket, { bot, role, key: toKey(bot), start, isAllowed });
      },
    });
    const calling = callTargets(config, { host, numbers, dispatcher, tail, progress, toBytes, serve });
    server.addHook('onClose', async () => {
      tail.stop();
      await calling;
      await progress.write();
    });
  };
}

/** Bots with the same token and self go on where any of them was: a token for each bot keeps them apart. */
function toKey({ account, caller }: Bot): string {
  return `${account ?? ''}/token/${caller.name}`;
}
