/** The network `ilink`: a WeChat account by Tencent's own API for bots. Direct messages only. */
import type { Clock } from '../../hub/clock.ts';
import type { NetworkKind } from '../../hub/network.ts';
import { ilinkConfig, type IlinkConfig } from './config.ts';

/** The kind of network that is WeChat by Tencent's bot API. @param version hutong's, told to the server */
export function createIlinkNetwork({
  clock,
  version,
}: {
  clock: Clock;
  version: string;
}): NetworkKind<IlinkConfig> {
  return {
    kind: 'ilink',
    config: ilinkConfig,
    open: (_, config) => ({
      async run(port, signal) {
        // Only an account that runs needs what is behind it.
        const { runSession } = await import('./session.ts');
        await runSession({ config, agent: `hutong/${version}`, clock, port, signal });
      },
    }),
  };
}
