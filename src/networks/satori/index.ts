/** The network `satori`: every platform that a Koishi or another Satori server is connected to. */
import type { Clock } from '../../hub/clock.ts';
import type { NetworkKind } from '../../hub/network.ts';
import { satoriConfig, type SatoriConfig } from './config.ts';

/** The kind of network that is reached by Satori. */
export function createSatoriNetwork({ clock }: { clock: Clock }): NetworkKind<SatoriConfig> {
  return {
    kind: 'satori',
    config: satoriConfig,
    open: (_, config) => ({
      async run(port, signal) {
        // Only an account that runs needs what is behind it.
        const { runSession } = await import('./session.ts');
        await runSession({ config, clock, port, signal });
      },
    }),
  };
}
