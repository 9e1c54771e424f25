/** XMPP as a component: the promises that all networks keep, against Prosody. */
import { networkContract, type NetworkHarness } from '../contract/network.ts';
import { createXmppNetwork } from '../../src/networks/xmpp/index.ts';
import { readHops, toHops } from '../../src/networks/xmpp/hops.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import { COMPONENT } from './xmpp-component-peer.ts';
import { clock, Peer, USERS } from './xmpp-peer.ts';

networkContract(
  'an XMPP component with Prosody',
  async (): Promise<NetworkHarness> => {
    const server = await startProsody({
      users: USERS,
      component: COMPONENT,
      extraConfig: 'muc_room_default_persistent = true',
    });
    const room = `room@${server.mucDomain}`;
    let ann = await Peer.connect(server, 'ann', room);
    const kind = createXmppNetwork({ clock });
    const config = kind.config.parse({
      component: COMPONENT.domain,
      secret: COMPONENT.secret,
      server: `xmpp://127.0.0.1:${server.componentPort}`,
    });
    const isForeign = (from: string | undefined) =>
      from?.startsWith(`${room}/`) === true && from !== `${room}/ann`;
    const heard = () =>
      ann.stanzas.flatMap((stanza) =>
        stanza.name === 'message' && isForeign(stanza.attr('from')) ? (stanza.childText('body') ?? []) : [],
      );
    return {
      network: kind.open('qq', config),
      room,
      async inside(session) {
        const isInside = async () =>
          (await session.actions.rooms?.())?.some((joined) => joined.room === room) === true;
        while (!(await isInside())) await new Promise((resolve) => setImmediate(resolve));
      },
      say: async (text) => void (await ann.say(room, text)),
      async heard(count) {
        await ann.until(() => heard().length >= count);
        return heard();
      },
      cut: () => server.kill(),
      async restore() {
        await server.start();
        ann = await Peer.connect(server, 'ann', room);
      },
      marks: {
        say: async (text, hops) => void (await ann.say(room, text, ...[toHops(hops) ?? []].flat())),
        async heard(text) {
          return readHops(await ann.until((stanza) => stanza.childText('body') === text));
        },
      },
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]();
      },
    };
  },
  { skip: skipProsody, documentedAs: 'xmpp, a component' },
);
