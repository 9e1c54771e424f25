/** The house as a network of the hub: the promises that all networks keep, with a person at its telnet door. */
import { networkContract, type NetworkHarness } from '../../../test/contract/network.ts';
import { connectLines, type LineClient } from '../../../test/fakes/line-client.ts';
import { takeFreePorts } from '../../../test/servers/free-port.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { createHouseNetwork } from './index.ts';

const furtherLine = '  | ';
const said = /^\[hutong\]: ?/;

networkContract(
  'the house',
  async (): Promise<NetworkHarness> => {
    const [port] = await takeFreePorts(1);
    const listen = `127.0.0.1:${port}`;
    const kind = createHouseNetwork({ clock: createSystemClock() });
    const heard: string[] = [];
    let client: LineClient | undefined;
    const person = () => {
      if (!client) throw new Error('nobody is there');
      return client;
    };
    const leave = () => client?.[Symbol.asyncDispose]();
    const read = (lines: readonly string[]) => {
      for (const line of lines) {
        if (said.test(line)) heard.push(line.replace(said, ''));
        else if (line.startsWith(furtherLine))
          heard.push(`${heard.pop()}\n${line.slice(furtherLine.length)}`);
      }
    };
    return {
      network: kind.open('house', kind.config.parse({ telnet: { listen } })),
      room: 'lobby',
      severalLines: false,
      async enter() {
        await leave();
        client = await connectLines(listen);
        client.send('login ann\r\n');
        await client.until(/^You are ann/);
      },
      async say(text) {
        person().send(`say ${text}\r\n`);
        const lines = await person().until(/^(ann: |This was not said)/);
        read(lines.slice(0, -1));
        if (!lines.at(-1)?.startsWith('ann: ')) throw new Error(lines.at(-1));
      },
      async heard(count) {
        // What was shown before an answer to a command has come before it.
        while (heard.length < count) {
          person().send('help say\r\n');
          read(await person().until(/^say TEXT/));
        }
        return heard;
      },
      async [Symbol.asyncDispose]() {
        await leave();
      },
    };
  },
  { documentedAs: 'house' },
);
