import { createSystemClock } from '../../../src/hub/clock.ts';
import { networkContract } from '../network.ts';
import { createLinesNetwork } from './network.ts';
import { LinesServer } from './server.ts';

networkContract('the example network', async () => {
  const server = await new LinesServer('secret').listen();
  const kind = createLinesNetwork({ clock: createSystemClock() });
  const config = kind.config.parse({ port: server.port, name: 'bridge', password: 'secret' });
  const room = 'lobby';
  const mine = () => server.said.filter(({ by }) => by === 'bridge');
  const say = async (text: string, hops?: readonly string[]) =>
    server.say({ room, by: 'ann', text, ...(hops && { hops: [...hops] }) });
  return {
    network: kind.open('lines', config),
    room,
    say,
    inside: () => server.until(() => server.isIn(room, 'bridge')),
    async heard(count) {
      await server.until(() => mine().length >= count);
      return mine().map(({ text }) => text);
    },
    cut: () => server.cut(),
    restore: async () => void (await server.listen()),
    marks: {
      say,
      async heard(text) {
        await server.until(() => mine().some((said) => said.text === text));
        return mine().find((said) => said.text === text)?.hops ?? [];
      },
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});
