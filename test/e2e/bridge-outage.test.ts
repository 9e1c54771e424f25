// A chat server that is away costs its own rooms some time and nobody anything else. Two rooms of the house are linked with
// a room on one Prosody each, and people talk on all sides. The first Prosody is killed, is away for ten seconds while the
// talk goes on, and comes back on the same data:
// - all that was said in the first house room meanwhile arrives in its XMPP room afterwards, in order and once, and what
//   was said in that XMPP room up to the kill and after it arrives in the house in order and once;
// - the other rooms do not notice: half of their messages are as fast as before, within 50 ms, in both directions.
import assert from 'node:assert/strict';
import test from 'node:test';
import { HubHome } from '../servers/hub-process.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import { MUC_DOMAIN } from '../servers/xmpp-server.ts';
import { Guest, USERS } from './bridge-guest.ts';
import { delay, ENVIRONMENT, eventually, isDelivered, journaled, keepSaying, toYaml } from './bridge-hub.ts';
import { Onlooker } from './bridge-people.ts';

const ALLEY = `alley@${MUC_DOMAIN}`;
const YARD = `yard@${MUC_DOMAIN}`;
/** About fifty messages a second in each direction of each link. */
const SAY_EVERY_MS = 20;
const BEFORE_MS = 4_000;
const OUTAGE_MS = 10_000;
/** So many messages at once go to the first Prosody right before it is killed. */
const BURST = 60;
const BURST_HEAD_START_MS = 8;
/** How much later half of the messages may be while the other server is away. */
const ALLOWED_MS = 50;

test(
  'a Prosody that is away for ten seconds delays nobody else, and all arrives afterwards, in order',
  { skip: skipProsody },
  async (t) => {
    const options = { users: USERS, extraConfig: 'muc_room_default_persistent = true' };
    await using first = await startProsody(options);
    await using second = await startProsody(options);
    await using bea = await Guest.connect(second, 'bea', YARD);
    const early = await Guest.connect(first, 'bea', ALLEY);
    await using home = await HubHome.create(
      toYaml({ first, second }, [
        ['house/lobby', `first/${ALLEY}`],
        ['house/tea', `second/${YARD}`],
      ]),
      ENVIRONMENT,
    );
    const hub = home.start();
    const address = await hub.telnet();
    await eventually('the hub is in both rooms', () => countSaid(hub.log, 'joined') === 2);
    await using ann = await Onlooker.enter(address, 'ann', 'tea');
    await using cai = await Onlooker.enter(address, 'cai');

    const talk = new AbortController();
    const beforeKill = new AbortController();
    const clock = { tea: new Map<string, number>(), yard: new Map<string, number>() };
    const teaTalk = keepSaying(SAY_EVERY_MS, talk.signal, (number) => {
      clock.tea.set(`茶 ${number}`, performance.now());
      ann.send(`say 茶 ${number}`);
    });
    const yardTalk = keepSaying(SAY_EVERY_MS, talk.signal, async (number) => {
      clock.yard.set(`院子 ${number}`, performance.now());
      await bea.say(YARD, `院子 ${number}`);
    });
    const inLobby: string[] = [];
    const sayInLobby = () => {
      cai.send(`say 大厅 ${inLobby.length}`);
      inLobby.push(`<cai> 大厅 ${inLobby.length}`);
    };
    const lobbyTalk = keepSaying(SAY_EVERY_MS, talk.signal, sayInLobby);
    const alleyTalk = keepSaying(SAY_EVERY_MS, beforeKill.signal, async (number) => {
      // The server may be gone by now; what it took is in its archive, and that counts.
      await early.say(ALLEY, `胡同 ${number}`).catch(() => beforeKill.abort());
    });

    await delay(BEFORE_MS);
    // The kill is to find messages on the way to it: of some nobody will know at first whether they went out.
    for (let number = 0; number < BURST; number += 1) sayInLobby();
    await delay(BURST_HEAD_START_MS);
    const goneMs = performance.now();
    await first.kill();
    beforeKill.abort();
    await delay(OUTAGE_MS);
    const backMs = performance.now();
    talk.abort();
    const [teaSaid, yardSaid] = await Promise.all([teaTalk, yardTalk, lobbyTalk]);
    await alleyTalk;
    await first.start();
    await using late = await Guest.connect(first, 'bea', ALLEY);
    for (let number = 0; number < 50; number += 1) await late.say(ALLEY, `回来 ${number}`);

    await using journal = await home.openJournal();
    const inJournal = () => journaled(journal, `first/${ALLEY}`);
    await eventually('all that waited has arrived', async () => {
      return (await isDelivered(journal)) && (await inJournal()).includes('回来 49');
    });
    const arrivedMs = performance.now();

    const archive = await late.archive(ALLEY);
    const ofOthers = archive.flatMap(({ nick, text }) => (nick === 'bea' ? [] : text));
    assert.deepEqual(ofOthers, inLobby);
    const ofBea = archive.flatMap(({ nick, text }) => (nick === 'bea' ? text : []));
    assert.deepEqual(await inJournal(), ofBea);
    assert.deepEqual(cai.texts('bea@first'), ofBea);

    await eventually('the other room has all', () => bea.texts(YARD).length >= teaSaid);
    await eventually('the other house room has all', () => ann.texts('bea@second').length >= yardSaid);
    assert.deepEqual(bea.texts(YARD), numbered('<ann> 茶', teaSaid));
    assert.deepEqual(ann.texts('bea@second'), numbered('院子', yardSaid));
    const heard = bea.heard.map(({ text, atMs }) => ({ text: text.replace('<ann> ', ''), atMs }));
    const shown = ann.lines.map(({ line, atMs }) => ({ text: line.replace('bea@second: ', ''), atMs }));
    const outwards = toDelays(clock.tea, heard, goneMs);
    const inwards = toDelays(clock.yard, shown, goneMs);
    t.diagnostic(
      `away for ${Math.round(backMs - goneMs)} ms; all had arrived ${Math.round(arrivedMs - backMs)} ms after its start; ` +
        `${ofOthers.length} messages to its room, ${ofBea.length} from it, none twice`,
    );
    t.diagnostic(`the other link, telnet → room: ${outwards.words}`);
    t.diagnostic(`the other link, room → telnet: ${inwards.words}`);
    for (const { before, during } of [outwards, inwards]) {
      assert.ok(
        median(during) - median(before) < ALLOWED_MS,
        `${median(before)} ms before, ${median(during)} ms meanwhile`,
      );
    }
  },
);

function countSaid(log: readonly { msg: string }[], message: string): number {
  return log.filter(({ msg }) => msg === message).length;
}

function numbered(words: string, count: number): string[] {
  return Array.from({ length: count }, (_, number) => `${words} ${number}`);
}

/** How long each message took, in milliseconds, by whether it was said before a moment or after. */
function toDelays(
  said: ReadonlyMap<string, number>,
  arrived: readonly { text: string; atMs: number }[],
  momentMs: number,
): { before: number[]; during: number[]; words: string } {
  const before: number[] = [];
  const during: number[] = [];
  for (const { text, atMs } of arrived) {
    const saidMs = said.get(text);
    if (saidMs !== undefined) (saidMs < momentMs ? before : during).push(atMs - saidMs);
  }
  return { before, during, words: `before ${toWords(before)}; meanwhile ${toWords(during)}` };
}

function toWords(delaysMs: readonly number[]): string {
  const p99 = delaysMs.toSorted((a, b) => a - b)[Math.floor(delaysMs.length * 0.99)] ?? Number.NaN;
  return `p50 ${median(delaysMs).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${Math.max(...delaysMs).toFixed(1)} ms (${delaysMs.length})`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
