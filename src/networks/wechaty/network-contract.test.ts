/** Wechaty as a network of the hub: the promises that all networks keep, with the real driver and a puppet of the test's. */
import { networkContract, type NetworkHarness } from '../../../test/contract/network.ts';
import { DRIVER_MAIN, FakeWeChat, TOPIC } from '../../../test/fakes/wechat.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { createWechatyNetwork } from './index.ts';

async function open(): Promise<NetworkHarness> {
  const wechat = await new FakeWeChat().listen();
  const kind = createWechatyNetwork({ clock: createSystemClock(), main: DRIVER_MAIN });
  const network = kind.open('wx', kind.config.parse(wechat.settings()));
  return {
    network: { run: (port, signal) => network.run({ ...port, folder: wechat.folder }, signal) },
    room: TOPIC,
    say: async (text) => void wechat.say(text),
    async heard(count) {
      await wechat.until(() => wechat.said.length >= count);
      return wechat.said.map(({ text }) => text);
    },
    cut: () => wechat.cut(),
    restore: async () => wechat.restore(),
    [Symbol.asyncDispose]: () => wechat[Symbol.asyncDispose](),
  };
}

networkContract('wechaty', open, { documentedAs: 'wechaty' });
