/** XMPP as a network of the hub: the promises that all networks keep, against Prosody. */
import { networkContract, type NetworkHarness } from '../contract/network.ts';
import { createXmppNetwork } from '../../src/networks/xmpp/index.ts';
import { readHops, toHops } from '../../src/networks/xmpp/hops.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import { clock, PASSWORD, Peer, USERS } from './xmpp-peer.ts';

const nick = 'hutong';

networkContract(
  'XMPP with Prosody',
  async (): Promise<NetworkHarness> => {
    const server = await startProsody({ users: USERS, extraConfig: 'muc_room_default_persistent = true' });
    const room = `room@${server.mucDomain}`;
    let ann = await Peer.connect(server, 'ann', room);
    const kind = createXmppNetwork({ clock });
    const config = kind.config.parse({
      jid: `bridge@${server.domain}`,
      password: PASSWORD,
      nick,
      server: `xmpp://${server.host}:${server.port}`,
      tls: { ca: server.caPath },
    });
    return {
      network: kind.open('jabber', config),
      room,
      async inside(session) {
        const isInside = async () =>
          (await session.actions.rooms?.())?.some((joined) => joined.room === room) === true;
        while (!(await isInside())) await new Promise((resolve) => setImmediate(resolve));
      },
      say: async (text) => void (await ann.say(room, text)),
      heard: (count) => ann.untilHeard(room, nick, count),
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
  { skip: skipProsody, documentedAs: 'xmpp, an account' },
);
