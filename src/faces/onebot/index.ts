/**
 * The OneBot face: hutong as an implementation of OneBot 11, so that bots which were written for QQ serve every network.
 * Each account is a self of its own at `/onebot/ACCOUNT`; `/onebot` is one that speaks for all.
 *
 * @see https://github.com/botuniverse/onebot-11
 */
import type { WebFace } from '../../http/face.ts';
import { oneBotFaceConfig, type OneBotFaceConfig } from './config.ts';

/** @param about what bots are told of this program */
export function createOneBotFace(about: { version: string }): WebFace<OneBotFaceConfig> {
  return {
    kind: 'onebot',
    config: oneBotFaceConfig,
    check({ targets }, { accounts }) {
      return targets
        .filter(({ account }) => account !== undefined && !accounts.includes(account))
        .map(({ account }) => ({ key: 'targets', message: `there is no account "${account}"` }));
    },
    open: (host) => async (server, web) => {
      // Only a hub that runs needs what is behind it.
      const { addOneBot } = await import('./onebot.ts');
      await addOneBot(server, web, { ...host, ...about });
    },
  };
}
