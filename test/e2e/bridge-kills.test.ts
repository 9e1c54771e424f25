// Nothing that reached the hub is lost. People talk at the telnet door and in an XMPP room of a real server; the rooms are
// linked by a hub that is a process of its own, and that process is killed with -9 at random moments and started again:
// while it starts, between two messages, with messages on the way in both directions. Whoever spoke at the telnet door
// comes back after each kill and says again what was not seen to be accepted, with another tag, so that each try is known
// from the others. In the end:
// - what the hub accepted from telnet (its speaker saw the own line), and all else that is in the journal, has arrived in
//   the XMPP room, whole, in order, and once;
// - all that was said in the XMPP room, while the hub ran and while it was dead, has arrived in the house, whole, in
//   order, and once; a reader at the telnet door has seen all of it, live or in the history, each connection in order.
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { HubHome } from '../servers/hub-process.ts';
import { skipEjabberd, startEjabberd } from '../servers/ejabberd.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import type { XmppServer } from '../servers/xmpp-server.ts';
import { Guest, PASSWORD, USERS } from './bridge-guest.ts';
import {
  delay,
  ENVIRONMENT,
  eventually,
  isDelivered,
  journaled,
  openDeliveries,
  toYaml,
} from './bridge-hub.ts';
import { Reader, Speaker, type Seen } from './bridge-people.ts';
import { countCopies, Texts, toTagged } from './bridge-texts.ts';

const SEED = Number(process.env['HUTONG_SEED'] ?? 20_260_101);

/**
 * When a hub is killed: at any time while it starts, once it has accepted so many messages, or once so many have arrived
 * in the XMPP room. In each case others are on the way.
 */
const MOMENTS = ['starting', 'accepting', 'accepting', 'delivering', 'delivering'] as const;
const EARLY_KILL_MS = 900;
/** How long every other hub lives on after the message at which it is to be killed, at most. */
const KILL_DELAY_MS = 60;
/** So many messages of the XMPP room are said while the hub is dead, at most. */
const SAID_TO_NOBODY = 25;
/** Twenty starts of a hub take their time on a machine that runs other tests beside: four minutes were seen. */
const TIMEOUT_MS = 15 * 60_000;

test(
  'a thousand Chinese messages each way with Prosody, the hub killed twenty times: all arrive, in order, once',
  { skip: skipProsody, timeout: TIMEOUT_MS },
  async (t) => {
    await using server = await startProsody({
      users: USERS,
      extraConfig: 'muc_room_default_persistent = true',
    });
    await talkAndKill(t, server, { messages: 1000, kills: 20 });
  },
);

test(
  'a hundred messages each way with ejabberd, the hub killed three times: all arrive, in order, once',
  { skip: skipEjabberd, timeout: TIMEOUT_MS },
  async (t) => {
    await using server = await startEjabberd({ users: USERS });
    await talkAndKill(t, server, { messages: 100, kills: 3 });
  },
);

test(
  'the same with a component of Prosody, where the speaker is an occupant of their own',
  { skip: skipProsody, timeout: TIMEOUT_MS },
  async (t) => {
    const component = { domain: 'house.localhost', secret: PASSWORD };
    await using server = await startProsody({
      users: USERS,
      component,
      extraConfig: 'muc_room_default_persistent = true',
    });
    await talkAndKill(t, server, {
      messages: 200,
      kills: 8,
      account: `  jabber: { network: xmpp, component: ${component.domain}, secret: "\${XMPP_PASSWORD}", server: "xmpp://127.0.0.1:${server.componentPort}" }\n`,
      prefix: '',
    });
  },
);

interface Plan {
  messages: number;
  kills: number;
  /** The line of the account; a client's if it is not given. */
  account?: string;
  /** What stands before the speaker's words in the XMPP room. */
  prefix?: string;
}

async function talkAndKill(
  t: TestContext,
  server: XmppServer,
  { messages, kills, account, prefix = '<ann> ' }: Plan,
): Promise<void> {
  const startedMs = performance.now();
  const texts = new Texts(SEED);
  const room = `alley@${server.mucDomain}`;
  await using bea = await Guest.connect(server, 'bea', room);
  await using home = await HubHome.create(
    toYaml(account === undefined ? { jabber: server } : {}, [['house/lobby', `jabber/${room}`]], account),
    ENVIRONMENT,
  );
  const ann = new Speaker('ann', texts.messages(messages, { lines: false }));
  const cai = new Reader('cai');
  const reading: Promise<void>[] = [];

  const said = texts.messages(messages, { lines: true }).map((text, index) => toTagged(index + 1, 1, text));
  const voice = new Voice(bea, room, said);

  const kinds = { starting: 0, accepting: 0, delivering: 0 };
  for (let life = 0; life < kills; life += 1) {
    const hub = home.start();
    // The hub has to have been in the room once: what was said before that is not its business.
    const moment = life === 0 ? 'delivering' : MOMENTS[texts.below(MOMENTS.length)]!;
    kinds[moment] += 1;
    if (moment === 'starting') await delay(texts.below(EARLY_KILL_MS));
    else {
      const address = await hub.telnet();
      if (life === 0) await hub.said(/"msg":"joined"/);
      const share = Math.ceil((messages * (life + 1)) / (kills + 1));
      const until = ann.accepted.length + texts.below(share - ann.accepted.length + 1);
      reading.push(cai.read(address));
      await ann.enter(address);
      await Promise.all([ann.speak(until, share), voice.say(until)]);
      voice.goOn(voice.count + texts.below(share - until + SAID_TO_NOBODY));
      if (moment === 'delivering') await bea.until(isHeard(bea, texts.below(until - bea.heard.length)));
      if (texts.below(2) === 0) await delay(texts.below(KILL_DELAY_MS));
    }
    await hub.kill();
    await ann.leave();
    if (life > 0) await voice.say(voice.count + texts.below(SAID_TO_NOBODY));
  }
  const address = await home.start().telnet();
  reading.push(cai.read(address));
  await ann.enter(address);
  await Promise.all([ann.speak(messages, messages), voice.say(messages)]);
  const talkedMs = performance.now();

  await using journal = await home.openJournal();
  const untilDelivered = async () => {
    const inRoom = await journaled(journal, `jabber/${room}`);
    return `all that was said has arrived: ${inRoom.length} of ${messages} from the room; ${await openDeliveries(journal)}`;
  };
  await eventually(untilDelivered, async () => {
    const inRoom = await journaled(journal, `jabber/${room}`);
    return inRoom.length >= messages && isDelivered(journal);
  });
  const doneMs = performance.now();

  // From telnet into the room. That the hub has heard the last of it does not mean that bea has.
  const accepted = await journaled(journal, 'house/lobby');
  await eventually(
    'bea has heard all that was delivered',
    async () => bea.texts(room).length >= accepted.length,
  );
  const heard = bea.texts(room);
  const expected = accepted.map((text) => `${prefix}${text}`);
  assert.equal(ann.accepted.length, messages);
  assertInOrder(ann.accepted, accepted, 'what the speaker saw is in the journal, in order');
  assertInOrder(accepted, ann.spoken, 'the journal holds nothing that was not said, in the order of saying');
  assert.deepEqual(withoutCopies(heard), expected, 'the room has what the journal has, in order');
  const roomCopies = countCopies(heard);
  assert.equal(roomCopies, 0, 'the room’s archive shows what was sent: no copies');

  // From the room into the house.
  const fromRoom = await journaled(journal, `jabber/${room}`);
  assert.deepEqual(withoutCopies(fromRoom), said, 'the journal has what was said in the room, in order');
  const journalCopies = countCopies(fromRoom);
  assert.equal(journalCopies, 0, 'the room’s ids show what was heard: no copies');
  for (const hub of home.hubs) await hub.stop();
  await Promise.allSettled(reading);
  const { seenTwice, missed } = checkReader(cai.sessions(), said, accepted);

  const again = ann.spoken.length - messages;
  t.diagnostic(
    `seed ${SEED}: ${messages} messages each way, ${kills} kills (${Object.entries(kinds)
      .map(([kind, count]) => `${count} while ${kind}`)
      .join(', ')}), ` +
      `${seconds(talkedMs - startedMs)} of talk, then ${seconds(doneMs - talkedMs)} until all had arrived`,
  );
  t.diagnostic(
    `telnet → room: ${again} were said again after a kill, ${accepted.length - messages} of the first tries had been kept; ` +
      `copies in the room: ${roomCopies}`,
  );
  t.diagnostic(
    `room → house: copies in the journal: ${journalCopies}; shown live twice at the telnet door, before and after a kill: ${seenTwice}`,
  );
  assert.deepEqual(missed, [], 'the reader has seen all');
}

/** Somebody in the XMPP room who says messages one after the other, whatever becomes of the hub. */
class Voice {
  readonly #guest: Guest;
  readonly #room: string;
  readonly #said: readonly string[];
  #speaking: Promise<void> = Promise.resolve();
  /** Messages said or going to be. */
  count = 0;

  constructor(guest: Guest, room: string, said: readonly string[]) {
    this.#guest = guest;
    this.#room = room;
    this.#said = said;
  }

  /** Says what is missing up to this number of messages; resolves when the stream has them. */
  say(upTo: number): Promise<void> {
    const from = this.count;
    this.count = Math.max(from, Math.min(upTo, this.#said.length));
    const next = this.#said.slice(from, this.count);
    this.#speaking = this.#speaking.then(async () => {
      for (const text of next) await this.#guest.say(this.#room, text);
    });
    return this.#speaking;
  }

  /** The same, without being waited for. */
  goOn(upTo: number): void {
    void this.say(upTo);
  }
}

/** Whether so many more have been heard as were when it was made. */
function isHeard(guest: Guest, more: number): () => boolean {
  const wanted = guest.heard.length + Math.max(0, more);
  return () => guest.heard.length >= wanted;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Asserts that `part` is in `whole`, in the same order, with others between. */
function assertInOrder(part: readonly string[], whole: readonly string[], what: string): void {
  let at = 0;
  for (const text of part) {
    while (at < whole.length && whole[at] !== text) at += 1;
    assert.ok(at < whole.length, `${what}; missing or out of order: ${text.slice(0, 30)}`);
    at += 1;
  }
}

function withoutCopies(list: readonly string[]): string[] {
  return [...new Set(list)];
}

/** Asserts that each connection showed whole messages in order, and answers what none showed. */
function checkReader(
  sessions: readonly Seen[][],
  said: readonly string[],
  accepted: readonly string[],
): { seenTwice: number; missed: string[] } {
  const [fromRoom, fromHouse] = [new Map(said.map(toIndexed)), new Map(accepted.map(toIndexed))];
  const seen = new Set<string>();
  const live: string[] = [];
  for (const session of sessions) {
    for (const [nick, known] of [
      ['bea@jabber', fromRoom],
      ['ann', fromHouse],
    ] as const) {
      for (const old of [true, false]) {
        let before = -1;
        for (const message of session) {
          if (message.nick !== nick || message.old !== old) continue;
          const index = known.get(message.text);
          if (index === undefined && message.last) continue;
          assert.ok(index !== undefined, `${message.tag} of ${nick} was shown as it was said`);
          assert.ok(
            index > before,
            `${nick}’s message ${index + 1} was shown behind ${before + 1} (${old ? 'history' : 'live'})`,
          );
          before = index;
          if (nick !== 'bea@jabber') continue;
          seen.add(message.text);
          if (!old) live.push(message.text);
        }
      }
    }
  }
  return { seenTwice: countCopies(live), missed: said.filter((text) => !seen.has(text)) };
}

function toIndexed(text: string, index: number): [string, number] {
  return [text, index];
}
