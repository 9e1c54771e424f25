/**
 * What the hub adds to a message's way, its journal included: from telnet to an XMPP room and back, beside the same
 * room between two XMPP clients without a hub, at the same steady rate, in turns.
 */
import { createFigure, percentile, type Figure } from './figures.ts';
import { benchHouse, HubProcess } from './hub-process.ts';
import { LineSpeaker } from './line-speaker.ts';
import { RoomClient, startBenchServer, toBridgeAccount } from './room-client.ts';
import { atRate } from './steady.ts';

const perSecond = 50;
/** Long enough for the journal's write-ahead log to have its full size. */
const warmUpSeconds = 6;
/** Short turns and many: other work of the machine then falls on all ways alike. */
const seconds = 2;
const rounds = 10;
const addedTargetMs = { p50: 2, p99: 10 } as const;
/** How long the last message may take. */
const drainMs = 5000;

/** Says something and has it heard: `heard` is to be called with what was said. */
interface Way {
  name: string;
  say(text: string): void;
  listen(heard: (text: string) => void): void;
}

export async function benchXmppLatency(): Promise<Figure[]> {
  await using server = await startBenchServer({ mam: true });
  const room = `lobby@${server.mucDomain}`;
  await using hub = await HubProcess.start({
    accounts: { house: benchHouse, jabber: toBridgeAccount(server) },
    links: [['house/lobby', `jabber/${room}`]],
  });
  await using bea = await RoomClient.enter(server, 'bea', room);
  await bea.meet('hutong');
  using tom = await LineSpeaker.enter(hub.telnetPort, 'tom');

  // The two clients without a hub, in a room of their own; so each room has two occupants.
  const apart = `apart@${server.mucDomain}`;
  await using ann = await RoomClient.enter(server, 'ann', apart);
  await using dan = await RoomClient.enter(server, 'bea', apart);

  const ways: Way[] = [
    {
      name: 'client to client',
      say: (text) => void ann.say(text),
      listen: (heard) => (dan.onSaid = (_nick, text) => heard(text)),
    },
    {
      name: 'house to room',
      say: (text) => tom.say(text),
      listen: (heard) => (bea.onSaid = (_nick, text) => heard(text.replace('<tom> ', ''))),
    },
    {
      name: 'room to house',
      say: (text) => void bea.say(text),
      listen: (heard) => (tom.onLine = (line) => heard(line.replace('bea@jabber: ', ''))),
    },
  ];
  const found = new Map<Way, number[]>(ways.map((way) => [way, []]));
  for (const way of ways) await measure(way, warmUpSeconds);
  for (let round = 0; round < rounds; round++) {
    for (const way of ways) found.get(way)?.push(...(await measure(way, seconds)));
  }

  const at = (way: Way, share: number) => percentile(found.get(way) ?? [], share);
  const [base, ...hubWays] = ways as [Way, ...Way[]];
  const show = (way: Way) => `p50 ${at(way, 0.5).toFixed(2)} ms, p99 ${at(way, 0.99).toFixed(2)} ms`;
  const figures: Figure[] = [{ what: `${base.name}, ${perSecond}/s`, value: show(base) }];
  for (const way of hubWays) {
    figures.push({ what: `${way.name}, ${perSecond}/s`, value: show(way) });
    for (const [name, share] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const) {
      const addedMs = at(way, share) - at(base, share);
      const targetMs = addedTargetMs[name];
      figures.push(
        createFigure(
          `${way.name}: added at ${name}`,
          `${addedMs.toFixed(2)} ms`,
          `< ${targetMs} ms`,
          addedMs < targetMs,
        ),
      );
    }
  }
  return figures;
}

/** The time that each message took, milliseconds. */
async function measure(way: Way, forSeconds: number): Promise<number[]> {
  const total = perSecond * forSeconds;
  const said = new Map<string, number>();
  const tookMs: number[] = [];
  const { promise: done, resolve } = Promise.withResolvers<void>();
  way.listen((text) => {
    const at = said.get(text);
    if (at === undefined) return;
    tookMs.push(performance.now() - at);
    said.delete(text);
    if (tookMs.length === total) resolve();
  });
  await atRate(perSecond, forSeconds, (number) => {
    const text = `message ${number} of ${way.name}`;
    said.set(text, performance.now());
    way.say(text);
  });
  await Promise.race([done, new Promise((late) => setTimeout(late, drainMs))]);
  if (tookMs.length < total) console.error(`${way.name}: ${total - tookMs.length} did not arrive`);
  return tookMs;
}
