/**
 * How many line deliveries a second the house makes with every message journaled, beside what IRC servers make that
 * keep nothing: the same clients, the same lines, the same machine, in turns.
 */
import { createFigure, median, type Figure } from './figures.ts';
import { HubProcess } from './hub-process.ts';
import { startIrcServer } from './irc-servers.ts';
import { runLoad } from './load.ts';

const crowds = [100, 1000];
const inFlight = 64;
const textBytes = 32;
const forMs = 2500;
const warmUpMs = 1500;
/** The servers take turns, so that a busy moment of the machine does not fall on one of them alone. */
const rounds = 3;
/** Who is compared with, and whether the house shall be ahead (1) or as near as it can. */
const rivals = [
  { name: 'ngircd', target: 1 },
  { name: 'inspircd', target: undefined },
] as const;

interface Server extends AsyncDisposable {
  port: number;
}

async function startHouse(): Promise<Server> {
  const hub = await HubProcess.start();
  return { port: hub.telnetPort, [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose]() };
}

/** Deliveries a second; `undefined` where the server is not installed. */
async function measure(name: string, people: number): Promise<number | undefined> {
  const protocol = name === 'house' ? 'house' : 'irc';
  await using server = await (name === 'house' ? startHouse() : startIrcServer(name));
  if (!server) return undefined;
  const load = await runLoad({
    protocol,
    port: server.port,
    people,
    inFlight,
    textBytes,
    forMs,
    warmUpMs,
  });
  if (!load.complete) console.error(`${name}: not everything arrived at everybody`);
  return load.deliveries / (load.ms / 1000);
}

function toMillions(perSecond: number): string {
  return `${(perSecond / 1e6).toFixed(2)} M/s`;
}

export async function benchHouseFanout(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const people of crowds) {
    const found = new Map<string, number[]>();
    for (let round = 0; round < rounds; round++) {
      for (const name of ['house', ...rivals.map((rival) => rival.name)]) {
        const perSecond = await measure(name, people);
        if (perSecond !== undefined) found.set(name, [...(found.get(name) ?? []), perSecond]);
      }
    }
    const of = (name: string) => median(found.get(name) ?? []);
    const house = of('house');
    figures.push({ what: `${people} people: house, journaled`, value: toMillions(house) });
    for (const { name, target } of rivals) {
      const rival = of(name);
      if (Number.isNaN(rival)) {
        figures.push({ what: `${people} people: ${name}`, value: 'not installed' });
        continue;
      }
      const ratio = house / rival;
      const what = `${people} people: house / ${name} (${toMillions(rival)})`;
      const value = ratio.toFixed(2);
      figures.push(
        target === undefined ? { what, value } : createFigure(what, value, `> ${target}`, ratio > target),
      );
    }
  }
  return figures;
}
