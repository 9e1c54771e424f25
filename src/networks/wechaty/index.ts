/** The network `wechaty`: WeChat, by any Wechaty puppet, which runs in a process of its own. */
import type { Clock } from '../../hub/clock.ts';
import type { NetworkKind } from '../../hub/network.ts';
import { wechatyConfig, type WechatyConfig } from './config.ts';

export interface WechatyParts {
  clock: Clock;
  /** Another program in the place of the driver that is installed, for tests. */
  main?: string;
}

/** The kind of network that is reached by Wechaty puppets. */
export function createWechatyNetwork({ clock, main }: WechatyParts): NetworkKind<WechatyConfig> {
  return {
    kind: 'wechaty',
    config: wechatyConfig,
    open(id, config) {
      const starts = { unproved: 0 };
      return {
        async run(port, signal) {
          // Only an account that runs needs what is behind it.
          const { runAccount } = await import('./account.ts');
          await runAccount({ id, config, clock, main, starts, port, signal });
        },
      };
    },
  };
}
