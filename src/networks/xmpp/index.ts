/**
 * The network `xmpp`: an account of any XMPP server as a client, in the rooms (MUC) of its links.
 */
import type { Clock } from '../../hub/clock.ts';
import type { NetworkKind } from '../../hub/network.ts';
import { XmppAccount } from './account.ts';
import { ClubAccount } from './club/account.ts';
import { ComponentAccount } from './component/account.ts';
import type { ComponentConfig } from './component/config.ts';
import { xmppConfig, type XmppConfig } from './config.ts';

/** The kind of network that speaks XMPP. */
export function createXmppNetwork({ clock }: { clock: Clock }): NetworkKind<XmppConfig | ComponentConfig> {
  return {
    kind: 'xmpp',
    config: xmppConfig,
    open: (id, config) => {
      if ('component' in config) return new ComponentAccount(config, clock);
      return config.club ? new ClubAccount(id, config, config.club, clock) : new XmppAccount(config, clock);
    },
  };
}
