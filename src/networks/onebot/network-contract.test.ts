/** QQ as a network of the hub: the promises that all networks keep, against a strict fake implementation. */
import { networkContract, type NetworkHarness } from '../../../test/contract/network.ts';
import { GROUP, OneBotImplementation } from '../../../test/fakes/onebot-implementation.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { createOneBotNetwork } from './index.ts';

networkContract(
  'onebot',
  async (): Promise<NetworkHarness> => {
    const token = 'secret';
    const qq = await new OneBotImplementation({ token }).listen();
    const kind = createOneBotNetwork({ clock: createSystemClock() });
    return {
      network: kind.open('qq', kind.config.parse({ url: qq.url, token })),
      room: `group:${GROUP}`,
      say: async (text) => void (await qq.say(text)),
      async heard(count) {
        await qq.until(() => qq.said().length >= count);
        return qq.heard();
      },
      // Its first look into the group's history.
      inside: () => qq.until(() => qq.calls.at(-1)?.action === 'get_group_msg_history'),
      cut: () => qq.cut(),
      restore: async () => void (await qq.listen()),
      [Symbol.asyncDispose]: () => qq[Symbol.asyncDispose](),
    };
  },
  { documentedAs: 'onebot (QQ)' },
);
