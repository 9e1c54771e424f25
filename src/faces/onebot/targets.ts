/** Bots that we call, as the configuration lists them. */
import type { CalledBot, CallingParts } from './called-bot.ts';
import type { BotTarget, OneBotFaceConfig } from './config.ts';
import type { Numbers } from './numbers.ts';
import { postEvents } from './posting.ts';
import { keepConnected } from './reverse.ts';
import type { Bot } from './rights.ts';

/** Calls all of them until the tail stops. Resolves when all have ended; never rejects. */
export async function callTargets(
  config: OneBotFaceConfig,
  numbers: Numbers,
  parts: CallingParts,
): Promise<void> {
  await Promise.all(
    config.targets.map(async (target) => {
      const called: CalledBot = {
        target,
        bot: await toBot(target, config, numbers),
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
