/**
 * What a room message costs a component with 1, 20 and 100 occupants in the room, each of whom the server sends a copy:
 * processor time of this process, beside a bare socket that reads the same and does nothing with it. The person who
 * speaks is in this process, too, and costs the same each time.
 */
import { createHash, randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { createFigure, median, type Figure } from './figures.ts';
import { password, RoomClient } from './room-client.ts';
import { textBody } from '../src/hub/message.ts';
import { createSystemClock } from '../src/hub/clock.ts';
import { createXmppNetwork } from '../src/networks/xmpp/index.ts';
import { FakePort } from '../test/fakes/port.ts';
import { startProsody } from '../test/servers/prosody.ts';
import type { XmppServer } from '../test/servers/xmpp-server.ts';

const crowds = [1, 20, 100] as const;
const messages = 100;
const rounds = 5;
/** What a copy may cost at most beside its reading, as a multiple of that. */
const ratioTarget = 2;
const component = { domain: 'qq.localhost', secret: 'secret' } as const;
const text = '今天的天气很好, and so on & so forth: about as much as people say at once.';

/** Processor time a message, microseconds, by how many are in the room. */
type Costs = Map<number, number>;

export async function benchXmppPuppets(): Promise<Figure[]> {
  await using server = await startProsody({ mam: false, users: [['ann', password]], component });
  const hub = await measure(server, 'hub', useHub);
  const bare = await measure(server, 'bare', useBareSocket);
  const ratio = toCopyMicros(hub) / toCopyMicros(bare);
  return [
    { what: 'a room message, bare socket', value: show(bare) },
    { what: 'a room message, component', value: show(hub) },
    { what: 'each further copy, bare socket', value: `${toCopyMicros(bare).toFixed(2)} µs` },
    { what: 'each further copy, component', value: `${toCopyMicros(hub).toFixed(2)} µs` },
    createFigure(
      'a copy, component / bare socket',
      ratio.toFixed(2),
      `<= ${ratioTarget}`,
      ratio <= ratioTarget,
    ),
  ];
}

function show(costs: Costs): string {
  return crowds.map((size) => `${size}: ${(costs.get(size) ?? Number.NaN).toFixed(0)} µs`).join(', ');
}

/** How much one occupant more adds. */
function toCopyMicros(costs: Costs): number {
  const [few, many] = [crowds[0], crowds[2]];
  return ((costs.get(many) ?? Number.NaN) - (costs.get(few) ?? Number.NaN)) / (many - few);
}

type Use = (server: XmppServer, room: string, size: number, work: () => Promise<void>) => Promise<void>;

async function measure(server: XmppServer, name: string, use: Use): Promise<Costs> {
  const costs: Costs = new Map();
  for (const size of crowds) {
    const room = `${name}${size}@${server.mucDomain}`;
    await using ann = await RoomClient.enter(server, 'ann', room);
    const found: number[] = [];
    await use(server, room, size, async () => {
      for (let round = 0; round < rounds; round++) found.push(await costOf(ann));
    });
    costs.set(size, median(found));
  }
  return costs;
}

/** Says one thing after the other, each when the one before came back. */
async function costOf(ann: RoomClient): Promise<number> {
  const before = process.cpuUsage();
  for (let number = 0; number < messages; number++) {
    const heard = new Promise<void>((resolve) => {
      ann.onSaid = (nick) => {
        if (nick === 'ann') resolve();
      };
    });
    await ann.say(`${text} ${number}`);
    await heard;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / messages;
}

async function useHub(
  server: XmppServer,
  room: string,
  size: number,
  work: () => Promise<void>,
): Promise<void> {
  const clock = createSystemClock();
  const kind = createXmppNetwork({ clock });
  const config = kind.config.parse({
    component: component.domain,
    secret: component.secret,
    server: `xmpp://127.0.0.1:${server.componentPort}`,
  });
  const port = new FakePort();
  port.linkRooms([room]);
  const over = new AbortController();
  const running = kind.open('qq', config).run(port, over.signal);
  const { actions } = await port.until(({ session }) => session);
  for (let number = 0; number < size; number++) {
    await actions.send({
      room,
      token: `hbench01-${randomUUID()}`,
      author: { name: `puppet${number}`, account: 'qq', user: String(number) },
      body: textBody('here'),
      at: clock.now(),
      hops: [],
    });
  }
  await work();
  over.abort();
  await running;
}

async function useBareSocket(
  server: XmppServer,
  room: string,
  size: number,
  work: () => Promise<void>,
): Promise<void> {
  const socket = connect(server.componentPort, '127.0.0.1');
  let from = await writeAndWait(
    socket,
    `<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='${component.domain}'>`,
    '>',
  );
  while (!/<stream:stream[^>]*id=['"]/.test(from)) from += await writeAndWait(socket, '', '>');
  const id = /<stream:stream[^>]*id=['"]([^'"]*)/.exec(from)?.[1] ?? '';
  const proof = createHash('sha1').update(`${id}${component.secret}`).digest('hex');
  await writeAndWait(socket, `<handshake>${proof}</handshake>`, '<handshake');
  // One who listens, as the component has, and the others.
  for (let number = 0; number <= size; number++) {
    const join = `<presence from='qq.${number}@${component.domain}/hutong' to='${room}/puppet${number}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>`;
    await writeAndWait(socket, join, "code='110'");
  }
  socket.removeAllListeners('data').on('data', () => {});
  await work();
  socket.destroy();
}

/** Resolves with what has come when it holds this. */
function writeAndWait(socket: Socket, xml: string, until: string): Promise<string> {
  return new Promise((resolve) => {
    let read = '';
    const look = (chunk: Buffer) => {
      read += chunk.toString('latin1');
      if (!read.includes(until)) return;
      socket.off('data', look);
      resolve(read);
    };
    socket.on('data', look);
    if (xml !== '') socket.write(xml);
  });
}
