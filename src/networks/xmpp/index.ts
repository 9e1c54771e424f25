/**
 * The network `xmpp`: an account of any XMPP server as a client, in the rooms (MUC) of its links, or a component.
 */
import type { Clock } from '../../hub/clock.ts';
import { AccountError } from '../../hub/errors.ts';
import type { NetworkKind } from '../../hub/network.ts';
import { XmppAccount } from './account.ts';
import type { ComponentConfig } from './component/config.ts';
import { xmppConfig, type XmppConfig } from './config.ts';

/** The kind of network that speaks XMPP. */
export function createXmppNetwork({ clock }: { clock: Clock }): NetworkKind<XmppConfig | ComponentConfig> {
  return {
    kind: 'xmpp',
    config: xmppConfig,
    open: (_, config) => {
      if ('component' in config) throw new AccountError('account-setup', 'components are not there yet');
      return new XmppAccount(config, clock);
    },
  };
}
