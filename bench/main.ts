/**
 * `npm run bench` measures everything, `npm run bench -- NAME…` what is named. Prints a table of what was found,
 * each figure beside its target. Missing a target is no failure: that depends on the machine and on who else uses it.
 */
import { availableParallelism, loadavg } from 'node:os';
import { benchEventLoop } from './event-loop.ts';
import { type Figure, toTable } from './figures.ts';
import { benchHouseFanout } from './house-fanout.ts';
import { benchJournal } from './journal.ts';
import { benchMedia } from './media.ts';
import { benchFlatMemory, benchStartMemory } from './memory.ts';
import { benchWeb } from './web.ts';
import { benchWechaty } from './wechaty.ts';
import { benchOneBotFace } from './onebot-face.ts';
import { benchOneBotNetwork } from './onebot-network.ts';
import { benchSatori } from './satori.ts';
import { benchXmppIq } from './xmpp-iq.ts';
import { benchXmppLatency } from './xmpp-latency.ts';
import { benchXmppPuppets } from './xmpp-puppets.ts';
import { benchXmppSending } from './xmpp-sending.ts';

const usualMessages = 300_000;

interface Benchmark {
  name: string;
  help: string;
  run: (argument: string | undefined) => Promise<Figure[]>;
}

const benchmarks: readonly Benchmark[] = [
  { name: 'fanout', help: 'the house beside ngircd and InspIRCd', run: benchHouseFanout },
  { name: 'latency', help: 'what the hub adds between a house and an XMPP room', run: benchXmppLatency },
  { name: 'sending', help: 'our XMPP session beside a bare socket', run: benchXmppSending },
  { name: 'puppets', help: 'what copies addressed to puppets cost a component', run: benchXmppPuppets },
  { name: 'iq', help: 'the XMPP library by itself: requests, and stanzas parsed', run: benchXmppIq },
  { name: 'start', help: 'memory after the start', run: benchStartMemory },
  {
    name: 'flat',
    help: `memory over very many messages; flat=1000000 says how many, else ${usualMessages}`,
    run: (count) => benchFlatMemory(Number(count ?? usualMessages)),
  },
  { name: 'media', help: 'memory while a large file comes in and goes out', run: benchMedia },
  {
    name: 'web',
    help: 'the web server beside bare Fastify, event push, idle streams',
    run: benchWeb,
  },
  { name: 'loop', help: 'the event loop at 1,000 messages a second', run: benchEventLoop },
  {
    name: 'onebot',
    help: 'OneBot: messages from QQ, events to ten bots of the face',
    run: async () => [...(await benchOneBotNetwork()), ...(await benchOneBotFace())],
  },
  { name: 'satori', help: 'the Satori face: how soon a bot is told what is durable', run: benchSatori },
  { name: 'wechaty', help: 'the Wechaty face: how soon a bot is told what is durable', run: benchWechaty },
  { name: 'journal', help: 'the SQLite journal beside bare node:sqlite', run: benchJournal },
];

/** What others do on this machine spoils the figures, the ratios too when it is much. */
function warnOfOthers(): void {
  const [busy = 0] = loadavg();
  if (busy > availableParallelism() / 2) {
    console.error(`\nThis machine is busy (load ${busy.toFixed(1)} on ${availableParallelism()} cores).`);
  }
}

async function main(wanted: readonly string[]): Promise<number> {
  const chosen = new Map(
    wanted.map((word): [string, string | undefined] => {
      const [name = '', argument] = word.split('=', 2);
      return [name, argument];
    }),
  );
  const unknown = [...chosen.keys()].filter((name) => !benchmarks.some((each) => each.name === name));
  if (unknown.length > 0) {
    console.error(`There is no benchmark ${unknown.join(', ')}. There are:`);
    for (const { name, help } of benchmarks) console.error(`  ${name.padEnd(8)} ${help}`);
    return 2;
  }
  for (const { name, help, run } of benchmarks) {
    if (chosen.size > 0 && !chosen.has(name)) continue;
    warnOfOthers();
    console.log(`\n${toTable(`${name}: ${help}`, await run(chosen.get(name)))}`);
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
