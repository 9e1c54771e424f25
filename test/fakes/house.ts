/** A house on a fake port, its telnet door on a free port of this machine. */
import type { AccountPort } from '../../src/hub/network.ts';
import { createSystemClock, type Clock } from '../../src/hub/clock.ts';
import { createHouseNetwork } from '../../src/networks/house/index.ts';
import { connectLines, type LineClient } from './line-client.ts';
import { FakePort, runOnline, type FakeRun } from './port.ts';

export interface OpenHouse extends FakeRun<FakePort> {
  /** `host:port` of the telnet door. */
  address: string;
  /** Connects and reads what is shown to whoever comes. */
  connect(): Promise<LineClient>;
  /** Connects, logs in and reads up to the confirmation. */
  login(nick: string): Promise<LineClient>;
  /** Changes the configuration while it runs, as `HouseSetup.config`; answers whether it could. */
  update(config: object): boolean;
}

export interface HouseSetup {
  /** As in hutong.yaml, without `telnet`. */
  config?: object;
  /** As in hutong.yaml, without `listen`. */
  telnet?: object;
  port?: FakePort;
  clock?: Clock;
}

export async function openHouse({ config, telnet, port, clock }: HouseSetup = {}): Promise<OpenHouse> {
  const kind = createHouseNetwork({ clock: clock ?? createSystemClock() });
  const parse = (own: object | undefined) =>
    kind.config.parse({ ...own, telnet: { ...telnet, listen: '127.0.0.1:0' } });
  const network = kind.open('house', parse(config));
  const run = await runOnline(network, port ?? new FakePort());
  const address = telnetAddress(run.port.states);
  const connect = async () => {
    const client = await connectLines(address);
    await client.until(/^ {2}help /);
    return client;
  };
  return {
    ...run,
    address,
    connect,
    update: (next) => kind.update?.(network, parse(next)) ?? false,
    async login(nick) {
      const client = await connect();
      client.send(`login ${nick}\r\n`);
      await client.until(new RegExp(`^You are ${RegExp.escape(nick)}, in `));
      return client;
    },
  };
}

/** Where a house's telnet door listens, by what it told of its state. */
export function telnetAddress(states: readonly Parameters<AccountPort['state']>[0][]): string {
  const address = states.map((state) => /on (\S+:\d+)/.exec(state.message ?? '')?.[1]).findLast(Boolean);
  if (address === undefined) throw new Error('the house did not tell where it listens');
  return address;
}
