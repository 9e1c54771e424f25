/** WeChat by Tencent's bot API as a network of the hub: the promises that all networks keep, against a strict fake server. */
import assert from 'node:assert/strict';
import { networkContract, type NetworkHarness } from '../../../test/contract/network.ts';
import { ANN, IlinkServer } from '../../../test/fakes/ilink-server.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { createIlinkNetwork } from './index.ts';

networkContract(
  'ilink',
  async (): Promise<NetworkHarness> => {
    const server = await new IlinkServer({ scans: true }).listen();
    const kind = createIlinkNetwork({ clock: createSystemClock(), version: '1' });
    const config = kind.config.parse({ url: server.url, files: server.filesUrl });
    return {
      network: kind.open('wx', config),
      room: ANN,
      say: async (text) => void server.say(text),
      async heard(count) {
        await server.until(() => server.sent.length >= count);
        return server.heard();
      },
      // A bot can only answer; what has nothing in it is told to nobody.
      async enter() {
        server.write([]);
        await server.until(() => server.isAcknowledged);
      },
      cut: () => server.cut(),
      restore: async () => void (await server.listen()),
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]();
        assert.deepEqual(server.faults, []);
      },
    };
  },
  { documentedAs: 'ilink (WeChat)' },
);
