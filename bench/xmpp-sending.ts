/**
 * How fast our XMPP session sends to a real server, beside a bare TLS socket that writes the same stanzas as text
 * and does nothing else, in turns. Over when the room has echoed the last one. And how fast a burst from the house
 * goes through the hub's lane into the room.
 */
import { createFigure, median, type Figure } from './figures.ts';
import { benchHouse, HubProcess } from './hub-process.ts';
import { LineSpeaker } from './line-speaker.ts';
import { RoomClient, startBenchServer, toBridgeAccount, toSaid, toSessionOptions } from './room-client.ts';
import { bindResource } from '../src/wire/xmpp/establish.ts';
import { logIn } from '../src/wire/xmpp/login.ts';
import { toJoin } from '../src/wire/xmpp/muc.ts';
import { serialise } from '../src/wire/xmpp/serialise.ts';
import type { XmppServer } from '../test/servers/xmpp-server.ts';

const stanzas = 4000;
const rounds = 5;
const ratioTarget = 0.9;
const stepMs = 10_000;
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
  const perSecond = { session: [] as number[], bare: [] as number[], hub: [] as number[] };
  const time = async (kind: keyof typeof perSecond, send: Send) => {
    const start = performance.now();
    await send();
    perSecond[kind].push((stanzas * 1000) / (performance.now() - start));
  };
  for (let round = 0; round < rounds; round++) {
    await useSession(server, room, (send) => time('session', send));
    await useBareSocket(server, room, (send) => time('bare', send));
  }
  await useHub(server, room, (send) => time('hub', send));

  const [session, bare] = [median(perSecond.session), median(perSecond.bare)];
  return [
    { what: 'bare socket', value: toRate(bare) },
    { what: 'our session', value: toRate(session) },
    createFigure(
      'our session / bare socket',
      (session / bare).toFixed(2),
      `>= ${ratioTarget}`,
      session / bare >= ratioTarget,
    ),
    { what: 'house to room through the hub', value: toRate(median(perSecond.hub)) },
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
  use: (send: Send) => Promise<void>,
): Promise<void> {
  const { password, ca, server: address } = toSessionOptions(server, 'ann');
  const { signal } = new AbortController();
  const options = {
    domain: server.domain,
    username: 'ann',
    password,
    ca,
    stepMs,
    signal,
    limits: {},
    log() {},
  };
  const { transport } = await logIn(address, options);
  await bindResource(transport, 'bare', { stepMs, signal });
  transport.write(serialise(toJoin(room, 'ann', 'join', 'none')));
  transport.flush();
  // The own presence is the last thing of a join but the subject.
  await waitForText(transport.socket, 'status code=');
  transport.socket.removeAllListeners('data');
  const { socket } = transport;
  await use(async () => {
    const echoed = waitForText(socket, lastText);
    for (const text of texts) {
      if (socket.write(serialise(toSaid(room, text)))) continue;
      await new Promise<void>((resolve) => socket.once('drain', resolve));
    }
    await echoed;
  });
  socket.destroy();
}

/** Resolves when these bytes have come, wherever reads are cut. */
function waitForText(socket: NodeJS.ReadableStream, text: string): Promise<void> {
  return new Promise((resolve) => {
    let rest = '';
    const look = (chunk: Buffer) => {
      const seen = rest + chunk.toString('latin1');
      rest = seen.slice(-text.length);
      if (!seen.includes(text)) return;
      socket.off('data', look);
      resolve();
    };
    socket.on('data', look);
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
