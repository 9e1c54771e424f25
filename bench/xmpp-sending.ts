/**
 * How fast our XMPP session sends to a real server, beside a bare TLS socket that writes the same stanzas as text
 * and does nothing else, in turns. Over when the room has echoed the last one. The server is what limits both, and
 * counting stanzas (XEP-0198) costs it something, so the bare socket is measured with and without. And how fast a
 * burst from the house goes through the hub's lane into the room.
 */
import { BareClient } from './bare-client.ts';
import { createFigure, median, type Figure } from './figures.ts';
import { benchHouse, HubProcess } from './hub-process.ts';
import { LineSpeaker } from './line-speaker.ts';
import { RoomClient, startBenchServer, toBridgeAccount, toSaid, password } from './room-client.ts';
import { serialise } from '../src/wire/xmpp/serialise.ts';
import type { XmppServer } from '../test/servers/xmpp-server.ts';

const stanzas = 4000;
const rounds = 5;
const ratioTarget = 0.9;
const pollMs = 20;
const lastText = 'that was all';

/** What everybody sends: many of one text, then one that is recognised. */
const texts = [
  ...Array.from({ length: stanzas - 1 }, (_, index) => `今天的天气很好 & so on ${index}`),
  lastText,
];

type Send = () => Promise<void>;

export async function benchXmppSending(): Promise<Figure[]> {
  await using server = await startBenchServer({ mam: false });
  const room = `lobby@${server.mucDomain}`;
  const found = {
    session: [] as number[],
    bare: [] as number[],
    uncounted: [] as number[],
    hub: [] as number[],
  };
  const time = async (kind: keyof typeof found, send: Send) => {
    const start = performance.now();
    await send();
    found[kind].push((stanzas * 1000) / (performance.now() - start));
  };
  for (let round = 0; round < rounds; round++) {
    await useSession(server, room, (send) => time('session', send));
    await useBareSocket(server, room, true, (send) => time('bare', send));
    await useBareSocket(server, room, false, (send) => time('uncounted', send));
  }
  await useHub(server, room, (send) => time('hub', send));

  const [session, bare, uncounted] = [median(found.session), median(found.bare), median(found.uncounted)];
  return [
    { what: 'our session', value: toRate(session) },
    createFigure(
      `our session / bare socket, same login (${toRate(bare)})`,
      (session / bare).toFixed(2),
      `>= ${ratioTarget}`,
      session / bare >= ratioTarget,
    ),
    {
      what: `our session / bare socket without XEP-0198 (${toRate(uncounted)})`,
      value: (session / uncounted).toFixed(2),
    },
    { what: 'house to room through the hub', value: toRate(median(found.hub)) },
  ];
}

function toRate(perSecond: number): string {
  return `${perSecond.toFixed(0)}/s`;
}

async function useSession(
  server: XmppServer,
  room: string,
  use: (send: Send) => Promise<void>,
): Promise<void> {
  await using ann = await RoomClient.enter(server, 'ann', room);
  await use(async () => {
    const { promise: echoed, resolve } = Promise.withResolvers<void>();
    ann.onSaid = (_nick, text) => {
      if (text === lastText) resolve();
    };
    for (const text of texts) await ann.session.send(toSaid(room, text));
    await echoed;
  });
}

async function useBareSocket(
  server: XmppServer,
  room: string,
  managed: boolean,
  use: (send: Send) => Promise<void>,
): Promise<void> {
  await using ann = await BareClient.enter(server, { name: 'ann', password, room, managed });
  await use(async () => {
    const echoed = ann.until(lastText);
    for (const text of texts) await ann.write(serialise(toSaid(room, text)));
    await echoed;
  });
}

async function useHub(server: XmppServer, room: string, use: (send: Send) => Promise<void>): Promise<void> {
  await using hub = await HubProcess.start({
    accounts: { house: benchHouse, jabber: toBridgeAccount(server) },
    links: [['house/lobby', `jabber/${room}`]],
  });
  await using bea = await RoomClient.enter(server, 'bea', room);
  await bea.meet('hutong');
  using speaker = await LineSpeaker.enter(hub.telnetPort, 'tom');
  await use(async () => {
    const { promise: heard, resolve } = Promise.withResolvers<void>();
    bea.onSaid = (_nick, text) => {
      if (text.endsWith(lastText)) resolve();
    };
    speaker.say(...texts);
    await heard;
  });
  // The hub ends only when its own echoes have told it that all of them went out.
  while ((await hub.ask('sample')).sent < stanzas)
    await new Promise((resolve) => setTimeout(resolve, pollMs));
}
