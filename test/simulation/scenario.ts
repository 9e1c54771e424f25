/**
 * One simulated run: a seed draws the networks, their traits, the links, what people say and what goes wrong, the
 * hub's crashes among it. After the troubles everything gets time to settle; then the rules are checked.
 */
import { Hub } from '../../src/hub/hub.ts';
import { createLink, type Link } from '../../src/hub/links.ts';
import { toRoomRef, type RoomRef } from '../../src/hub/message.ts';
import type { Journal } from '../../src/hub/journal.ts';
import { JournalError } from '../../src/hub/errors.ts';
import type { Log } from '../../src/hub/log.ts';
import { createMemoryJournal, type MemoryJournal, type Survivor } from '../../src/engines/sqlite/memory.ts';
import { acknowledgedIsDurable } from './acknowledged.ts';
import { Decider } from './decider.ts';
import { FakeServer, type Said, type Traits } from './fake-network.ts';
import { Program } from './program.ts';
import { VirtualTime } from './virtual-clock.ts';

export interface ScenarioOptions {
  seed: number;
  /** Crash the hub when this many timers have fired, and at no other time. */
  crashAt?: number;
  /** Fewer people and messages, for trying a crash at every step. */
  small?: boolean;
}

/** What a run leaves for the rules to look at. */
export interface Outcome {
  seed: number;
  servers: FakeServer[];
  program: Program;
  decider: Decider;
  /** With those that only stand for private conversations. */
  links: Link[];
  /** What the account may do with a send that cannot be found out about, by server. */
  whenUnknown: Map<string, 'resend' | 'leave'>;
  journal: Journal;
  steps: number;
  /** Steps until the troubles ended. */
  activeSteps: number;
  crashes: number;
  virtualMs: number;
  /** What went wrong while it ran. */
  violations: string[];
  /** Ends the hub. */
  dispose(): Promise<void>;
}

/** Time in which people talk and things go wrong. */
const activeMs = 180_000;
/** Time by which everything must have settled afterwards. */
const settleMs = 4 * 3600_000;

/** Who writes alone to somebody elsewhere, on both networks. */
const correspondent = 'ann';
/** Events of one network that no honest run comes near. */
const ringLimit = 2_000;

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

export async function runScenario(options: ScenarioOptions): Promise<Outcome> {
  const time = new VirtualTime(options.seed);
  const draw = (limit: number) => Math.floor(time.random() * limit);
  const servers = drawServers(time, options.small ? 2 : 2 + draw(3));
  const links = drawLinks(servers, draw, options.small ? 1 : 1 + draw(3));
  const [one, other] = servers as [FakeServer, FakeServer];
  const pairs = draw(2) === 0 ? [pair(one, other)] : [];
  const whenUnknown = new Map(
    servers.map((server) => [server.name, draw(4) === 0 ? 'leave' : 'resend'] as const),
  );
  const violations: string[] = [];

  let survivor: Survivor | undefined;
  let process: { hub: Hub; journal: MemoryJournal; stop: () => void } | undefined;
  let down = false;
  let crashes = 0;

  const start = async () => {
    down = false;
    const { clock, stop } = time.createClock();
    const journal = createMemoryJournal({ clock, commitDelayMs: 2, ...(survivor && { survivor }) });
    const hub = new Hub({
      journal: options.small
        ? journal
        : failing(journal, time, () => servers.some((server) => server.troubled)),
      clock,
      log: silent,
      settings: { laneQueue: draw(2) === 0 ? 3 : 512 },
    });
    process = { hub, journal, stop };
    try {
      violations.push(...(await acknowledgedIsDurable(servers, journal)));
      await hub.start();
      await hub.apply({
        accounts: servers.map((server) => ({
          id: server.name,
          kind: 'fake',
          fingerprint: '',
          open: () => server.open(),
          whenUnknown: whenUnknown.get(server.name)!,
        })),
        links,
      });
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      crash();
    }
  };
  const crash = () => {
    if (!process || down) return;
    crashes += 1;
    down = true;
    process.stop();
    survivor = process.journal.crash(draw(2) === 0 ? 'kept' : 'lost');
    for (const server of servers) server.cut('the hub crashed');
    time.after(1 + time.random() * 10_000, () => void start());
  };

  void start();
  drawTalk(time, servers, draw, options.small ? 6 : 20 + draw(60));
  drawStalls(time, servers, draw);
  const program = new Program(time, () => (down ? undefined : process?.hub));
  drawPosts(time, servers, draw, program, options.small ? 2 : draw(10));
  const decider = new Decider(time, () => (down ? undefined : process?.hub));
  drawRequests(time, servers, draw, decider, options.small ? 1 : draw(5));
  const crashLimit = options.crashAt === undefined ? draw(6) : 0;
  let nextCrash = options.crashAt ?? 50 + draw(1500);
  /** The next crash comes while the journal writes: then something may be promised that is not kept. */
  let inWriting = draw(2) === 0;
  await time.run(() => {
    const isTime = options.crashAt !== undefined || !inWriting || process?.journal.isBatchOpen === true;
    if (time.steps >= nextCrash && isTime && (crashes < crashLimit || options.crashAt !== undefined)) {
      inWriting = draw(2) === 0;
      nextCrash = options.crashAt === undefined ? time.steps + 20 + draw(1500) : Number.POSITIVE_INFINITY;
      crash();
    }
    return time.nowMs > activeMs || rings(servers);
  });
  const activeSteps = time.steps;
  for (const server of servers) {
    server.troubled = false;
    server.stalled = false;
  }
  if (down) await time.run(() => !down);
  const deadline = time.nowMs + settleMs;
  let nextLook = 0;
  let settled = false;
  await time.run(() => {
    if (settled || time.nowMs > deadline || rings(servers)) return true;
    if (time.nowMs < nextLook || !process) return false;
    nextLook = time.nowMs + 30_000;
    void isSettled(process.journal, servers).then(
      (answer) => (settled = answer && program.isSettled && decider.isSettled),
    );
    return false;
  });
  if (rings(servers)) violations.push('it rings: a message goes round and round');
  else if (!settled) violations.push('it did not settle: deliveries or events are left');
  const { journal, stop } = process!;
  return {
    seed: options.seed,
    servers,
    program,
    decider,
    links: [...links, ...pairs],
    whenUnknown,
    journal: readable(journal, time),
    steps: time.steps,
    activeSteps,
    crashes,
    virtualMs: time.nowMs,
    violations,
    dispose: async () => stop(),
  };
}

/** The journal for looking at afterwards: each call moves the time on until it is answered. */
function readable(journal: Journal, time: VirtualTime): Journal {
  return new Proxy(journal, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]) => {
        let answered = false;
        const answer = (Reflect.apply(method, target, args) as Promise<unknown>).finally(
          () => (answered = true),
        );
        await time.run(() => answered);
        return answer;
      };
    },
  });
}

/** More has happened than all that people said can explain. */
function rings(servers: readonly FakeServer[]): boolean {
  return servers.some((server) => server.feed.length > ringLimit);
}

async function isSettled(journal: Journal, servers: readonly FakeServer[]): Promise<boolean> {
  const waiting = await journal.deliveries({ states: ['pending', 'sending'] }, 0, 1);
  return waiting.length === 0 && servers.every((server) => server.told >= server.feed.length);
}

function drawServers(time: VirtualTime, count: number): FakeServer[] {
  const draw = (limit: number) => Math.floor(time.random() * limit);
  return Array.from({ length: count }, (_, index) => {
    const find = (['sure', 'sure', 'unsure', 'none'] as const)[draw(4)]!;
    const traits: Traits = {
      find,
      sendsUnderWay: [1, 1, 4, 64][draw(4)]!,
      canEdit: draw(3) > 0,
      canRecall: draw(3) > 0,
      canRename: draw(2) === 0,
      carriesAuthor: draw(2) === 0,
      textBytes: draw(3) === 0 ? 60 : 10_000,
      echoes: find === 'sure' && draw(2) === 0,
      overlap: draw(6),
      rejectsPending: draw(2) === 0,
      zombie: draw(4) === 0,
    };
    return new FakeServer(`net${index}`, ['r0', 'r1'].slice(0, 1 + draw(2)), traits, time);
  });
}

function drawLinks(servers: readonly FakeServer[], draw: (limit: number) => number, count: number): Link[] {
  const all = servers.flatMap((server) =>
    [...server.rooms.keys()].map((room) => toRoomRef(server.name, room)),
  );
  const used = new Set<RoomRef>();
  return Array.from({ length: count }, (_, index): Link | undefined => {
    // A room is in one link here, so that each message has one way to each room and order can be checked.
    const rooms = all.filter((room) => !used.has(room) && draw(3) > 0).slice(0, 3);
    if (rooms.length < 2) return undefined;
    for (const room of rooms) used.add(room);
    const direction = draw(5) === 0 ? 'from-first' : 'both';
    return createLink({ name: `link${index}`, rooms, direction, renames: draw(5) > 0 });
  }).filter((link) => link !== undefined);
}

/** Two people of two networks write to each other alone. For who checks the rules it is a link like any other. */
function pair(one: FakeServer, other: FakeServer): Link {
  const room = 'alone';
  for (const [server, to] of [
    [one, other],
    [other, one],
  ] as const) {
    server.rooms.set(room, []);
    server.privately.set(room, { account: to.name, user: correspondent });
  }
  const rooms = [toRoomRef(one.name, room), toRoomRef(other.name, room)];
  return createLink({ name: 'private', rooms });
}

/** People talk: every message has a number of its own, so that it is known again wherever it turns up. */
function drawTalk(
  time: VirtualTime,
  servers: readonly FakeServer[],
  draw: (limit: number) => number,
  count: number,
): void {
  const said: { server: FakeServer; room: string; said: Said; edits: number }[] = [];
  const people = ['ann', 'bob', 'cat'];
  for (let number = 1; number <= count; number += 1) {
    time.after(time.random() * activeMs * 0.9, () => {
      const server = servers[draw(servers.length)]!;
      const room = [...server.rooms.keys()][draw(server.rooms.size)]!;
      const alone = server.privately.has(room) ? correspondent : undefined;
      const anybody = draw(10) === 0 && server.traits.echoes ? 'me' : people[draw(people.length)]!;
      const speaker = alone ?? anybody;
      const poison = draw(30) === 0 ? ' poison' : '';
      const long = draw(6) === 0 ? ` ${'很长的话 '.repeat(20)}` : '';
      const before = said.findLast((one) => one.server === server && one.room === room);
      const replyTo = draw(5) === 0 ? before?.said.native : undefined;
      const text = `#${number}.${poison}${long} /${number}.`;
      const one = { server, room, said: server.say(room, speaker, text, replyTo), edits: 0 };
      said.push(one);
      const act = draw(8);
      if (act === 0) {
        time.after(time.random() * 15_000, () => {
          if (one.said.recalled) return;
          one.edits += 1;
          server.edit(room, one.said, one.said.sender, `#${number}. edit${one.edits} /${number}.`);
        });
      }
      if (act === 1) time.after(time.random() * 15_000, () => server.recall(room, one.said));
      if (act === 3)
        time.after(time.random() * 15_000, () => server.rename(room, speaker, `${speaker}_${number}`));
      if (act === 2)
        time.after(time.random() * 15_000, () =>
          server.edit(room, one.said, 'mallory', `#${number}. forged`),
        );
    });
  }
}

/** A program posts, now here, now there. */
function drawPosts(
  time: VirtualTime,
  servers: readonly FakeServer[],
  draw: (limit: number) => number,
  program: Program,
  count: number,
): void {
  for (let number = 1; number <= count; number += 1) {
    const server = servers[draw(servers.length)]!;
    const rooms = [...server.rooms.keys()].filter((each) => !server.privately.has(each));
    const room = rooms[draw(rooms.length)]!;
    const poison = draw(10) === 0 ? ' poison' : '';
    const text = `post ${number}${poison}`;
    const acts = draw(4);
    const waitMs = draw(15_000);
    time.after(time.random() * activeMs * 0.9, () =>
      program.post(toRoomRef(server.name, room), text, (id) =>
        time.after(waitMs, () => {
          if (acts === 1) program.recall(id);
          if (acts >= 2) {
            program.edit(id, `post ${number} edit1`, () => {
              program.edit(id, `post ${number} edit2`, () => {});
            });
          }
        }),
      ),
    );
  }
}

/** People ask something; somebody answers through the hub, with another client, or both at once. */
function drawRequests(
  time: VirtualTime,
  servers: readonly FakeServer[],
  draw: (limit: number) => number,
  decider: Decider,
  count: number,
): void {
  for (let number = 1; number <= count; number += 1) {
    const server = servers[draw(servers.length)]!;
    const rooms = [...server.rooms.keys()];
    const room = rooms[draw(rooms.length)]!;
    const who = draw(6);
    const by = {
      ...(who > 0 && { decider: draw(2) === 0 }),
      ...(who < 2 && { elsewhere: draw(2) === 0 }),
    };
    const waitMs = draw(20_000);
    time.after(time.random() * activeMs * 0.8, () => decider.ask(server, room, by, waitMs));
  }
}

/** Now and then a server answers nothing for a while. */
function drawStalls(
  time: VirtualTime,
  servers: readonly FakeServer[],
  draw: (limit: number) => number,
): void {
  for (const server of servers) {
    if (draw(3) > 0) continue;
    const at = draw(activeMs);
    time.after(at, () => (server.stalled = true));
    time.after(at + 1000 + draw(60_000), () => (server.stalled = false));
  }
}

/** A journal whose disk is full at times, for some seconds. */
function failing(journal: Journal, time: VirtualTime, troubled: () => boolean): Journal {
  let fullUntilMs = 0;
  const failable = new Set(['append', 'settle', 'begin', 'waiting', 'set']);
  return new Proxy(journal, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) => {
        if (troubled() && time.random() < 0.001) fullUntilMs = time.nowMs + time.random() * 5_000;
        if (failable.has(String(name)) && time.nowMs < fullUntilMs) {
          return Promise.reject(new JournalError('journal-full', 'the disk is full'));
        }
        return Reflect.apply(method, target, args) as unknown;
      };
    },
  });
}
