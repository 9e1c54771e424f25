/** Bots that we call, as the configuration lists them. */
import type { WebSocket } from 'ws';
import type { Tail } from '../../hub/tail.ts';
import type { BotSocketOptions } from './bot-socket.ts';
import type { BotTarget, OneBotFaceConfig } from './config.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { OneBotHost } from './host.ts';
import type { Numbers } from './numbers.ts';
import { postEvents } from './posting.ts';
import type { BotProgress } from '../../hub/bot-progress.ts';
import { keepConnected } from './reverse.ts';
import type { Bot } from './rights.ts';
import type { Telling } from './teller.ts';

export interface CallingParts {
  host: OneBotHost;
  numbers: Numbers;
  dispatcher: Dispatcher;
  tail: Tail;
  progress: BotProgress;
  readonly toTelling: (bot: Bot) => Telling;
  /** Resolves when the WebSocket is closed. */
  readonly serve: (socket: WebSocket, served: ServedBot) => Promise<void>;
}

/** A bot whose WebSocket is open. */
export type ServedBot = Pick<
  BotSocketOptions,
  'bot' | 'role' | 'key' | 'start' | 'connection' | 'isAllowed' | 'isMasked'
>;

/** A target with who it is. */
export interface CalledBot {
  target: BotTarget;
  bot: Bot;
  /** Under which its place in the events is kept. */
  key: string;
}

/** Calls all of them until the tail stops. Resolves when all have ended; never rejects. */
export async function callTargets(config: OneBotFaceConfig, parts: CallingParts): Promise<void> {
  await Promise.all(
    config.targets.map(async (target) => {
      const called: CalledBot = {
        target,
        bot: await toBot(target, config, parts.numbers),
        key: `${target.account ?? ''}/target/${target.url}`,
      };
      await (target.url.startsWith('ws') ? keepConnected(called, parts) : postEvents(called, parts, config));
    }),
  );
}

/** The owner of the hub wrote it into the configuration: it may read and speak. */
async function toBot(target: BotTarget, config: OneBotFaceConfig, numbers: Numbers): Promise<Bot> {
  const { account, messageFormat } = target;
  return {
    // No token has a `:` in its name, so nobody can pass for it.
    caller: {
      name: `onebot:${URL.parse(target.url)?.host ?? ''}`,
      scopes: ['read', 'send'],
      ...(account !== undefined && { account }),
    },
    account,
    selfId: await numbers.self(account),
    format: messageFormat ?? config.messageFormat,
  };
}
