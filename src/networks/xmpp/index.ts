/**
 * The network `xmpp`: a client of any XMPP server in the rooms (MUC) of its links, a component with puppets, or a club.
 * What speaks XMPP is loaded when the first such account runs: a hub without one does not hold it in memory.
 */
import type { Clock } from '../../hub/clock.ts';
import type { AccountId } from '../../hub/message.ts';
import type { Network, NetworkKind } from '../../hub/network.ts';
import { parseClubRoom } from './club/config.ts';
import type { ComponentConfig } from './component/config.ts';
import { xmppConfig, type XmppConfig } from './config.ts';
import { parseRoomName } from './room-name.ts';

/** The kind of network that speaks XMPP. */
export function createXmppNetwork({ clock }: { clock: Clock }): NetworkKind<XmppConfig | ComponentConfig> {
  return {
    kind: 'xmpp',
    config: xmppConfig,
    open(id, config) {
      let loading: Promise<Network> | undefined;
      return {
        parseRoom: (name) =>
          'club' in config && config.club ? parseClubRoom(name, config.club) : parseRoomName(name),
        async run(port, signal) {
          const account = await (loading ??= loadAccount(id, config, clock));
          await account.run(port, signal);
        },
      };
    },
  };
}

async function loadAccount(
  id: AccountId,
  config: XmppConfig | ComponentConfig,
  clock: Clock,
): Promise<Network> {
  if ('component' in config) {
    const { ComponentAccount } = await import('./component/account.ts');
    return new ComponentAccount(config, clock);
  }
  if (config.club) {
    const { ClubAccount } = await import('./club/account.ts');
    return new ClubAccount(id, config, config.club, clock);
  }
  const { XmppAccount } = await import('./account.ts');
  return new XmppAccount(config, clock);
}
