/** The rules of the hub, checked on what a simulated run has left. Each violation is a sentence. */
import type { Delivery, Journal } from '../../src/hub/journal.ts';
import { isAct, type HubEvent, type OutcomeEvent } from '../../src/hub/event.ts';
import { splitRoomRef, toRoomRef, type RoomRef } from '../../src/hub/message.ts';
import { LinkTable } from '../../src/hub/links.ts';
import { acknowledgedIsDurable } from './acknowledged.ts';
import { requestsAreAnswered } from './decider.ts';
import type { FakeServer, Said } from './fake-network.ts';
import { programName } from './program.ts';
import type { Outcome } from './scenario.ts';

export async function checkRules(outcome: Outcome): Promise<string[]> {
  const { servers, journal, violations } = outcome;
  const events = await readAll(journal);
  const deliveries = await readDeliveries(journal);
  return [
    ...violations,
    ...(await acknowledgedIsDurable(servers, journal)),
    ...keptOnceAndInOrder(servers, events),
    ...abandonedRunsAreRefused(servers),
    ...nothingEchoes(servers),
    ...everythingArrives(outcome, deliveries),
    ...postedOnce(outcome, events),
    ...actsArrive(outcome, events, deliveries),
    ...outcomesAreTold(events, deliveries),
    ...(await requestsAreAnswered(outcome.decider, events, deliveries, journal)),
  ].map((violation) => `seed ${outcome.seed}: ${violation}`);
}

/** Rules 1 and 7: each message, and each new name, is journaled once, in the order of its room. */
function keptOnceAndInOrder(servers: readonly FakeServer[], events: readonly HubEvent[]): string[] {
  return servers.flatMap((server) =>
    [...server.rooms].flatMap(([room, said]) => {
      const kept = events
        .filter((event) => event.kind === 'message' || event.kind === 'rename')
        .filter((event) => event.postedBy === undefined)
        .filter((event) => event.room === toRoomRef(server.name, room))
        .map((event) => event.native);
      const wanted = said.filter((one) => one.token === undefined).map((one) => one.native);
      if (kept.join() === wanted.join()) return [];
      return [`kept once, in order: ${server.name}/${room} has ${wanted.join()}, the journal ${kept.join()}`];
    }),
  );
}

/** Rule 1, for programs: what was acknowledged is in the journal, once, whatever had to be asked again. */
function postedOnce({ program }: Outcome, events: readonly HubEvent[]): string[] {
  const kept = events.filter((event) => event.postedBy === programName && event.kind !== 'outcome');
  const wanted = new Set(program.asked.map(({ id }) => id));
  const strays = kept.filter(({ id }) => !wanted.has(id));
  return [
    ...program.violations,
    ...strays.map(({ id, kind }) => `posted once: the ${kind} ${id} was acknowledged to nobody`),
    ...program.asked.flatMap(({ id, kind, text }) =>
      kept.filter((event) => event.id === id).length === 1
        ? []
        : [`posted once: the ${kind} "${text}" was acknowledged as ${id} and is not there`],
    ),
  ];
}

/** Rules 4 and 5, for programs: what they do to their messages is seen where it was sent, and is nobody else's doing. */
function actsArrive(
  { program, servers }: Outcome,
  events: readonly HubEvent[],
  deliveries: readonly Delivery[],
): string[] {
  const posts = new Set(program.asked.flatMap(({ kind, id }) => (kind === 'post' ? id : [])));
  const echoes = events.filter(
    (event) => isAct(event) && posts.has(event.target) && event.postedBy === undefined,
  );
  const lost = program.asked.flatMap(({ id, kind, text, target }) => {
    if (kind === 'post') return [];
    const newest = program.asked.findLast((other) => other.kind === kind && other.target === target);
    if (newest?.id !== id) return [];
    const post = program.asked.find((other) => other.id === target)?.text ?? '';
    const number = /^post \d+/.exec(post)?.[0] ?? '';
    return deliveries.flatMap(({ event, lane, state }) => {
      if (event.id !== id || state !== 'sent') return [];
      const { account, room } = splitRoomRef(lane);
      const there = servers.find(({ name }) => name === account)?.rooms.get(room) ?? [];
      const mine = there.filter((said) => new RegExp(`${number}(?!\\d)`).test(said.text));
      const isDone = mine.some((said) =>
        kind === 'edit'
          ? said.text.includes(text) || said.recalled
          : said.recalled || said.text.includes('✗'),
      );
      return isDone ? [] : [`acts: the ${kind} of "${post}" was sent to ${lane} and is not seen there`];
    });
  });
  return [
    ...lost,
    ...echoes.map(({ kind, id }) => `nothing echoes: the ${kind} ${id} is the echo of a program's own`),
  ];
}

/** Each delivery of a post tells how it ended, each time once: a parked one may still be dropped by a recall. */
function outcomesAreTold(events: readonly HubEvent[], deliveries: readonly Delivery[]): string[] {
  const told = Map.groupBy(
    events.filter((event): event is OutcomeEvent => event.kind === 'outcome'),
    ({ target, lane }) => `${target} in ${lane}`,
  );
  const ended = deliveries.filter(({ state }) => state !== 'pending' && state !== 'sending');
  return ended.flatMap(({ event, lane, state }) => {
    const place = `${event.id} in ${lane}`;
    const states = told.get(place)?.map((outcome) => outcome.state) ?? [];
    const isTold = event.postedBy === undefined ? states.length === 0 : states.at(-1) === state;
    const isTwice = states.some((one, index) => one === states[index - 1]);
    return isTold && !isTwice ? [] : [`outcomes: ${place} is ${state} and told as ${states.join()}`];
  });
}

/** Rule 8: what an abandoned run still calls is refused. */
function abandonedRunsAreRefused(servers: readonly FakeServer[]): string[] {
  return servers.flatMap((server) =>
    server.takenFromDead > 0 ? [`supervise: a call of an abandoned run of ${server.name} was taken`] : [],
  );
}

/** Rule 5: nothing comes back into the room where it was said. */
function nothingEchoes(servers: readonly FakeServer[]): string[] {
  return servers.flatMap((server) =>
    [...server.rooms].flatMap(([room, said]) => {
      const people = new Set(said.filter((one) => one.token === undefined).map(keyOf));
      return said
        .filter((one) => one.token !== undefined && people.has(keyOf(one)) && !isNotice(one))
        .map((one) => `nothing echoes: "${short(one)}" came back to ${server.name}/${room}`);
    }),
  );
}

/** Rules 3 and 4: everything arrives where it is linked to, in order, once where the network can tell; edits and recalls too. */
function everythingArrives(outcome: Outcome, deliveries: readonly Delivery[]): string[] {
  const { servers, links } = outcome;
  const table = new LinkTable(links);
  const places = servers.flatMap((server) =>
    [...server.rooms.keys()].map((room) => ({ server, room, ref: toRoomRef(server.name, room) })),
  );
  const violations: string[] = [];
  for (const from of places) {
    for (const to of places) {
      const there = to.server.rooms.get(to.room)!.filter((one) => one.token !== undefined);
      const mine = from.server.rooms.get(from.room)!.filter((one) => one.token === undefined);
      const keys = new Set(mine.map(keyOf));
      if (from === to) continue;
      const where = `${from.ref} → ${to.ref}`;
      if (!table.between(from.ref, to.ref)) {
        const strays = there.filter((one) => keys.has(keyOf(one)));
        violations.push(...strays.map((one) => `links: "${short(one)}" went ${where} without a link`));
        continue;
      }
      const tellsNames = table.between(from.ref, to.ref)?.renames && !from.server.privately.has(from.room);
      for (const one of mine) {
        const found =
          one.renamed === undefined
            ? arrives(outcome, one, from.ref, to, there, deliveries)
            : tellsNames && one.sender !== 'me'
              ? nameArrives(outcome, one.renamed, from.ref, to, there, deliveries)
              : nameStays(one.renamed, there, deliveries);
        violations.push(...found.map((violation) => `${where}: ${violation}`));
      }
      violations.push(...inOrder(mine, there).map((v) => `${where}: ${v}`));
    }
  }
  return violations;
}

function arrives(
  { whenUnknown }: Outcome,
  one: Said,
  from: RoomRef,
  to: { server: FakeServer; ref: RoomRef },
  there: readonly Said[],
  deliveries: readonly Delivery[],
): string[] {
  const { traits } = to.server;
  const delivery = deliveries.find(
    (candidate) =>
      candidate.lane === to.ref &&
      candidate.event.room === from &&
      candidate.event.kind === 'message' &&
      candidate.event.native === one.native,
  );
  if (!delivery) return [`#${numberOf(one)} has no delivery`];
  const copies = there.filter((said) => numberOf(said) === numberOf(one) && isFirstPart(said));
  if (delivery.state === 'dropped') return one.recalled ? [] : [`#${numberOf(one)} was dropped`];
  if (delivery.state === 'unknown') {
    return whenUnknown.get(to.server.name) === 'leave' && traits.find !== 'sure'
      ? []
      : [`#${numberOf(one)} is left as unknown`];
  }
  if (delivery.state === 'parked')
    return delivery.reason?.includes('poison') ? [] : [`#${numberOf(one)} is parked`];
  if (one.text.includes('poison')) return copies.length > 0 ? [`#${numberOf(one)} should be parked`] : [];
  const violations: string[] = [];
  if (copies.length === 0) violations.push(`#${numberOf(one)} is lost`);
  if (copies.filter((said) => !said.recalled).length > 1 && traits.find === 'sure')
    violations.push(`#${numberOf(one)} was sent ${copies.length} times`);
  if (there.some((said) => said.text.includes('forged')))
    violations.push('somebody else’s edit was carried out');
  const current = there.filter((said) => numberOf(said) === numberOf(one));
  if (!current.some((said) => said.text.includes(`/${numberOf(one)}.`)) && !one.recalled) {
    violations.push(`the end of #${numberOf(one)} is lost`);
  }
  const acted = deliveries.filter(
    (candidate) =>
      candidate.lane === to.ref &&
      'target' in candidate.event &&
      candidate.event.target === delivery.event.id,
  );
  if (acted.some((act) => act.state === 'unknown')) return violations;
  if (one.recalled && !current.some((said) => said.recalled || said.text.includes('✗'))) {
    violations.push(`#${numberOf(one)} was recalled and still stands`);
  } else if (
    !one.recalled &&
    one.edited &&
    !current.some((said) => said.text.includes(one.edited!.split(' ')[1]!))
  ) {
    violations.push(`#${numberOf(one)} was edited and stands as it was`);
  }
  return violations;
}

/** A new name is told, once where the network can tell, by whatever means. */
function nameArrives(
  { whenUnknown }: Outcome,
  name: string,
  from: RoomRef,
  to: { server: FakeServer; ref: RoomRef },
  there: readonly Said[],
  deliveries: readonly Delivery[],
): string[] {
  const { traits } = to.server;
  const state = deliveries.find(
    ({ lane, event }) =>
      lane === to.ref && event.kind === 'rename' && event.room === from && event.who.name === name,
  )?.state;
  if (state === 'unknown' && whenUnknown.get(to.server.name) === 'leave' && traits.find !== 'sure') return [];
  if (state !== 'sent') return [`the name ${name} is ${state ?? 'not delivered'}`];
  const times = there.filter((said) => keyOf(said) === name).length;
  if (times === 0) return [`the name ${name} is lost`];
  return times > 1 && traits.find === 'sure' ? [`the name ${name} was told ${times} times`] : [];
}

function nameStays(name: string, there: readonly Said[], deliveries: readonly Delivery[]): string[] {
  const isTold = there.some((said) => keyOf(said) === name);
  const isDelivered = deliveries.some(({ event }) => event.kind === 'rename' && event.who.name === name);
  return isTold || isDelivered ? [`the name ${name} is nobody's news`] : [];
}

function inOrder(mine: readonly Said[], there: readonly Said[]): string[] {
  const order = new Map(mine.map((one, index) => [keyOf(one), index]));
  const seen = new Set<string>();
  let last = -1;
  for (const said of there) {
    // A message that may have gone out or not is told of as recalled, which is not the message.
    if (said.text.includes('✗ recalled')) continue;
    const key = keyOf(said);
    const index = order.get(key);
    if (index === undefined || seen.has(key)) continue;
    seen.add(key);
    if (index < last) return [`in order: #${key} came too late`];
    last = index;
  }
  return [];
}

/** What it is known by wherever it turns up: a message by its number, somebody's new name by itself. */
function keyOf(said: Said): string {
  return said.renamed ?? / is now known as (\w+)/.exec(said.text)?.[1] ?? numberOf(said);
}

/** A message's number, wherever it turns up: first of its own, not of a message that it quotes. */
function numberOf(said: Said): string {
  const own = said.text.replace(/^(<[^>]*> |\[private from [^\]]*\] )?> [^\n]*(\n|$)/, '');
  return /#(\d+)\./.exec(own)?.[1] ?? /\/(\d+)\./.exec(own)?.[1] ?? '';
}

/** The hub tells somebody that a private message of theirs was given up, and repeats its beginning. */
function isNotice({ text }: Said): boolean {
  return text.startsWith('[hutong] ');
}

function isFirstPart(said: Said): boolean {
  return /#\d+\./.test(said.text) && !/[✎✗→]/.test(said.text);
}

function short(said: Said): string {
  return said.text.slice(0, 40);
}

async function readAll(journal: Journal): Promise<HubEvent[]> {
  const events: HubEvent[] = [];
  for (let after = 0; ;) {
    const page = await journal.read(after, {}, 500);
    events.push(...page.events);
    if (page.next === after) return events;
    after = page.next;
  }
}

async function readDeliveries(journal: Journal): Promise<Delivery[]> {
  const all: Delivery[] = [];
  const states = ['pending', 'sending', 'sent', 'unknown', 'parked', 'dropped'] as const;
  for (let after = 0; ;) {
    const some = await journal.deliveries({ states: [...states] }, after, 500);
    if (some.length === 0) return all;
    all.push(...some);
    after = some.at(-1)!.id;
  }
}

/** For showing a run: what stands in every room. */
export function describeRooms(servers: readonly FakeServer[]): string {
  return servers
    .flatMap((server) =>
      [...server.rooms].map(
        ([room, said]) =>
          `${server.name}/${room} ${JSON.stringify(server.traits)}\n` +
          said
            .map(
              (one) =>
                `  ${one.native} ${one.sender} ${one.token ?? ''} ${one.recalled ? '(recalled) ' : ''}${short(one)}`,
            )
            .join('\n'),
      ),
    )
    .join('\n');
}
