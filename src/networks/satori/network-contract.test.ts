/** Satori as a network of the hub: the promises that all networks keep, against strict fake servers. */
import { networkContract, type NetworkHarness } from '../../../test/contract/network.ts';
import { CHANNEL, SatoriServer, type ServerOptions } from '../../../test/fakes/satori-server.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { createSatoriNetwork } from './index.ts';

const token = 'secret';

async function open(options: ServerOptions, settings: object = {}): Promise<NetworkHarness> {
  const server = await new SatoriServer({ token, ...options }).listen();
  const kind = createSatoriNetwork({ clock: createSystemClock() });
  const config = kind.config.parse({ url: server.url, token, ...settings });
  return {
    network: kind.open('sat', config),
    room: CHANNEL,
    say: async (text) => void (await server.say(text)),
    async heard(count) {
      await server.until(() => server.said().length >= count);
      return server.heard();
    },
    // The last that it asks before it takes what is said live.
    inside: () =>
      server.until(
        () => server.calls.at(-1)?.method === (options.replay ? 'guild.member.list' : 'message.list'),
      ),
    cut: () => server.cut(),
    restore: async () => void (await server.listen()),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

networkContract('satori with a history', () => open({ echo: true }), { documentedAs: 'satori' });
networkContract('satori with a server that replays', () =>
  open({ replay: true, history: false }, { textBytes: 10_000 }),
);
