/** The network `onebot`: QQ, by way of any program that implements OneBot 11. */
import type { Clock } from '../../hub/clock.ts';
import type { NetworkKind } from '../../hub/network.ts';
import { OneBotAccount } from './account.ts';
import { oneBotConfig, type OneBotConfig } from './config.ts';

/** The kind of network that reaches QQ. */
export function createOneBotNetwork({ clock }: { clock: Clock }): NetworkKind<OneBotConfig> {
  return { kind: 'onebot', config: oneBotConfig, open: (_, config) => new OneBotAccount(config, clock) };
}
