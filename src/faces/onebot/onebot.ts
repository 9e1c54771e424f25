/** Puts the face together: what lasts as long as the hub, and what lasts as long as the face's settings. */
import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import { Tail } from '../../hub/tail.ts';
import { FaceSwitch } from '../../http/face-switch.ts';
import type { WebHost } from '../../http/server.ts';
import { createActions } from './actions/all.ts';
import type { Parts } from './actions/action.ts';
import { serveBot } from './bot-socket.ts';
import type { ServedBot } from './called-bot.ts';
import type { OneBotFaceConfig } from './config.ts';
import { Dispatcher } from './dispatcher.ts';
import { Door } from './door.ts';
import { Events } from './events.ts';
import { addForward, type OpenFace } from './forward.ts';
import type { OneBotHost } from './host.ts';
import { addHttpApi } from './http-api.ts';
import { Messages } from './messages.ts';
import { Numbers } from './numbers.ts';
import { People } from './people.ts';
import { Places } from './places.ts';
import { BotProgress } from '../../hub/bot-progress.ts';
import type { Bot } from './rights.ts';
import { SlowRefusals } from './slow-refusals.ts';
import { callTargets } from './targets.ts';
import { Teller } from './teller.ts';

export async function addOneBot(server: FastifyInstance, web: WebHost, host: OneBotHost): Promise<void> {
  const { hub, clock, log, journal } = host;
  const numbers = new Numbers(journal);
  const people = new People(hub, numbers);
  const places = new Places(host);
  const messages = new Messages({ ...host, numbers, people, places });
  const parts: Parts = { host, numbers, people, places, messages };
  const dispatcher = new Dispatcher(host, createActions(parts), web.closing);
  const events = new Events({ hub, numbers, people, places, messages });
  const refusals = new SlowRefusals(clock, web.closing);
  const begin = (config: OneBotFaceConfig) => open(config, { host, numbers, dispatcher, events, refusals });
  const faces = new FaceSwitch({ name: 'OneBot', clock, log, settings: host.settings, begin });
  const current = () => faces.current();
  // Before it begins: where that fails the server closes, and the face is not to be tried again for ever.
  web.closing.addEventListener('abort', () => void faces.stop());
  server.addHook('onClose', () => faces.stop());
  await current();
  addHttpApi(server, current, dispatcher);
  addForward(web, current);
}

interface Lasting {
  host: OneBotHost;
  numbers: Numbers;
  dispatcher: Dispatcher;
  events: Events;
  refusals: SlowRefusals;
}

async function open(config: OneBotFaceConfig, lasting: Lasting): Promise<OpenFace> {
  const { host, numbers, dispatcher, events, refusals } = lasting;
  const { hub, clock, log, journal } = host;
  const teller = new Teller(events);
  const progress = new BotProgress(host, {
    prefix: 'onebot/at/',
    replayMs: () => config.replayMinutes * 60_000,
  });
  const tail = new Tail({ hub, clock, log, head: await journal.head() });
  const served = new Set<Promise<void>>();
  const toTelling = ({ account, selfId, format }: Bot) =>
    teller.for({ account, selfId, format, ownMessages: config.ownMessages });
  const serve = (socket: WebSocket, bot: ServedBot): Promise<void> => {
    const heartbeatMs = config.heartbeatSeconds * 1000;
    const common = { hub, clock, log, dispatcher, tail, progress, heartbeatMs };
    const serving = serveBot(socket, { ...common, telling: toTelling(bot.bot), ...bot });
    served.add(serving);
    void serving.then(() => served.delete(serving));
    return serving;
  };
  const calling = callTargets(config, numbers, { host, dispatcher, tail, progress, toTelling, serve });
  return {
    door: new Door({ host, numbers, refusals, format: config.messageFormat }),
    prepare: ({ bot }) => progress.start(toKey(bot)),
    serve(socket, { bot, isAllowed }, begun) {
      void serve(socket, { bot, key: toKey(bot), isAllowed, isMasked: false, ...begun });
    },
    async stop() {
      tail.stop();
      await Promise.all([calling, ...served]);
      await progress.write();
    },
  };
}

/** Bots with the same token and self go on where any of them was: a token for each bot keeps them apart. */
function toKey({ account, caller }: Bot): string {
  return `${account ?? ''}/token/${caller.name}`;
}
