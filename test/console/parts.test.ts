// The parts of the console that need no browser: reading a stream, keeping a conversation, making forms, laying out the
// map, telling addresses from text.
import assert from 'node:assert/strict';
import test from 'node:test';
import { readSentEvents, type SentEvent } from '../../console/src/api/server-sent-events.ts';
import { toOwnPath, toParts, toWebAddress } from '../../console/src/conversation/addresses.ts';
import { addOlder, applyEvent, fromWire } from '../../console/src/conversation/messages.ts';
import { findVariant, toControl, toLabel } from '../../console/src/forms/schema.ts';
import { toBody } from '../../console/src/room/body.ts';
import { toLayout } from '../../console/src/screens/links/map-layout.ts';
import { findPlace, type ReadPage } from '../../console/src/screens/rooms/jump.ts';
import { toKnownRooms } from '../../console/src/screens/rooms/known-rooms.ts';
import type { WireAccount } from '../../src/faces/rest/schemas/account.ts';
import type { WireEvent, WireMessage } from '../../src/faces/rest/schemas/event.ts';
import type { WireLink } from '../../src/faces/rest/schemas/link.ts';

async function read(pieces: readonly string[]): Promise<SentEvent[]> {
  const events: SentEvent[] = [];
  const body = ReadableStream.from(pieces.map((piece) => new TextEncoder().encode(piece)));
  await readSentEvents(
    body,
    (event) => events.push(event),
    () => {},
  );
  return events;
}

test('a stream cut anywhere is the same events', async () => {
  const stream =
    'retry: 2000\nid: k-1\n\nid: k-2\r\ndata: {"a":"茶"}\r\n\r\n: a comment\nid: k-3\n\nevent: gap\ndata: 1\ndata: 2\n\ndata: cut off';
  const whole = await read([stream]);
  assert.deepEqual(whole, [
    { event: 'place', data: '', id: 'k-1' },
    { event: 'message', data: '{"a":"茶"}', id: 'k-2' },
    { event: 'place', data: '', id: 'k-3' },
    { event: 'gap', data: '1\n2', id: 'k-3' },
  ]);
  assert.deepEqual(await read([...stream]), whole);
});

const common = { account: 'house', room: 'house/lobby' as const, at: '2026-03-01T08:15:30.250Z' };

function message(number: number, text = `message ${number}`): WireMessage {
  return {
    ...common,
    id: `m${number}`,
    cursor: `k-${number}`,
    kind: 'message',
    sender: { id: 'ann', name: 'ann' },
    body: [{ type: 'text', text }],
    text,
  };
}

test('edits, recalls and reactions change the message they are about, and no other', () => {
  const actor = { id: 'bea', name: 'bea' };
  const act = { ...common, id: 'a', cursor: 'k-9', actor, message: 'm2' };
  const events: WireEvent[] = [
    message(1),
    message(2),
    message(2),
    { ...act, kind: 'reaction', emoji: '👍', added: true },
    { ...act, kind: 'reaction', emoji: '🎉', added: true },
    { ...act, kind: 'reaction', emoji: '👍', added: false },
    { ...act, kind: 'edit', body: [{ type: 'text', text: 'better' }], text: 'better' },
    { ...act, kind: 'recall', message: 'm1' },
    { ...act, kind: 'recall', message: 'unknown' },
  ];
  const shown = events.reduce(applyEvent, [] as readonly ReturnType<typeof fromWire>[]);
  assert.deepEqual(
    shown.map(({ id, recalled, edited, reactions }) => ({ id, recalled, edited, reactions })),
    [
      { id: 'm1', recalled: true, edited: false, reactions: {} },
      { id: 'm2', recalled: false, edited: true, reactions: { '🎉': ['bea'] } },
    ],
  );
  const older = [message(0), message(1)].map(fromWire);
  assert.deepEqual(
    addOlder(shown, older).map(({ id }) => id),
    ['m0', 'm1', 'm2'],
  );
});

test('what is an address of the web becomes a link, and nothing else does', () => {
  const page = 'https://hub.example.org/#/rooms';
  assert.deepEqual(
    toParts('see https://example.org/a?b=c. 还有(http://例子.cn/茶)，好 javascript:alert(1)'),
    [
      { text: 'see ' },
      { address: 'https://example.org/a?b=c' },
      { text: '. 还有(' },
      { address: 'http://例子.cn/茶' },
      { text: ')，好 javascript:alert(1)' },
    ],
  );
  assert.deepEqual(toParts('no address'), [{ text: 'no address' }]);
  for (const address of [
    'javascript:alert(1)',
    'data:text/html,x',
    ' java\nscript:alert(1)',
    'file:///etc/passwd',
    'blob:x',
  ]) {
    assert.equal(toWebAddress(address, page), undefined, address);
  }
  assert.equal(toWebAddress('/media/x', page), 'https://hub.example.org/media/x');
  assert.equal(toOwnPath('/media/abc/cat.png', page), '/media/abc/cat.png');
  assert.equal(toOwnPath('https://elsewhere.example/media/abc', page), undefined);
  assert.equal(toOwnPath('/v1/tokens', page), undefined);
  assert.equal(toOwnPath('/media/../v1/tokens', page), undefined);
});

const who = (nick: string) => ({ id: `id-${nick}`, nick, name: nick, kind: 'user' as const });

test('names of people who are here become mentions, in whatever case, the longest first', () => {
  assert.deepEqual(
    toBody('hi @Ann-Marie and @小明, mail ann@example.org', [who('ann'), who('ann-marie'), who('小明')]),
    [
      { type: 'text', text: 'hi ' },
      { type: 'mention', user: 'id-ann-marie', name: 'ann-marie' },
      { type: 'text', text: ' and ' },
      { type: 'mention', user: 'id-小明', name: '小明' },
      { type: 'text', text: ', mail ann@example.org' },
    ],
  );
});

test('each setting gets the control that fits its schema, and JSON where none does', () => {
  assert.deepEqual(toControl({ type: 'string', writeOnly: true }), {
    kind: 'text',
    secret: true,
    file: false,
  });
  assert.deepEqual(toControl({ type: 'string', format: 'file' }), {
    kind: 'text',
    secret: false,
    file: true,
  });
  assert.deepEqual(toControl({ enum: ['a', 'b'] }), { kind: 'choice', choices: ['a', 'b'] });
  assert.deepEqual(toControl({ type: 'array', items: { type: 'string' } }), { kind: 'lines' });
  assert.deepEqual(toControl({ type: 'array', items: { type: 'object' } }), { kind: 'json' });
  const target = { type: 'object', properties: { url: { type: 'string' } } };
  assert.deepEqual(toControl({ type: 'array', items: target }), { kind: 'groups', schema: target });
  assert.deepEqual(toControl({ type: 'array', items: { enum: ['a', 'b'] } }), {
    kind: 'some',
    choices: ['a', 'b'],
  });
  assert.deepEqual(toControl({ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }), {
    kind: 'lines',
  });
  const door = [
    { type: 'object', properties: { listen: { type: 'string' } } },
    { type: 'array', items: { type: 'object' } },
    { type: 'boolean', const: false },
  ];
  assert.equal(toControl({ anyOf: door }).kind, 'variants');
  assert.deepEqual(
    [undefined, { listen: 'x' }, [{}], false].map((value) => findVariant(door, value)),
    [-1, 0, 1, 2],
  );
  assert.equal(toLabel('selfPingSeconds'), 'self ping seconds');
});

test('a day is found in a long history, and what comes before and after the end of it too', async () => {
  const start = Date.UTC(2026, 0, 1);
  const history = Array.from({ length: 450 }, (_, number) => ({
    ...message(number),
    at: new Date(start + number * 3_600_000).toISOString(),
  }));
  const readPage: ReadPage = async (before, limit) => {
    const end = before === undefined ? history.length : history.findIndex(({ cursor }) => cursor === before);
    return history.slice(Math.max(0, end - limit), end);
  };
  const idsSince = async (at: number) => {
    const { page, isNewest } = await findPlace(readPage, at, 60);
    return [page[0]?.id, page.length, isNewest];
  };
  assert.deepEqual(await idsSince(start + 5 * 86_400_000), ['m120', 60, false]);
  assert.deepEqual(await idsSince(start - 86_400_000), ['m0', 60, false]);
  assert.deepEqual(await idsSince(start + 440 * 3_600_000), ['m440', 10, true]);
  assert.deepEqual(await idsSince(start + 500 * 3_600_000), [undefined, 0, true]);
});

const account = (id: string): WireAccount => ({
  id,
  network: 'house',
  phase: 'online',
  since: common.at,
  capabilities: [],
  login: { type: 'none' },
  waiting: 0,
});

const link = (
  name: string,
  rooms: WireLink['rooms'],
  direction: WireLink['direction'] = 'both',
): WireLink => ({
  name,
  rooms,
  direction,
  format: '{text}',
  filter: { text: [], nick: [], account: [] },
  moderation: true,
  renames: true,
});

test('rooms that only links name are known too, with what reaches them', () => {
  const links = [link('one', ['a/1', 'b/1', 'b/2']), link('news', ['a/1', 'b/3'], 'from-first')];
  const known = toKnownRooms([account('a'), account('b')], links, [{ room: 'a/9', name: 'nine', links: [] }]);
  assert.deepEqual(known.rooms.map(({ room }) => room).toSorted(), ['a/1', 'a/9', 'b/1', 'b/2', 'b/3']);
  assert.deepEqual(known.sourcesOf('a/1').toSorted(), ['a/1', 'b/1', 'b/2']);
  assert.deepEqual(known.sourcesOf('b/3').toSorted(), ['a/1', 'b/3']);
});

test('on the map nothing stands on anything else, however many rooms and links there are', () => {
  const accounts = Array.from({ length: 50 }, (_, index) => account(`a${index}`));
  const links = Array.from({ length: 200 }, (_, index) =>
    link(
      `l${index}`,
      [`a${index % 50}/${index}`, `a${(index * 7) % 50}/x${index}`],
      index % 3 === 0 ? 'to-first' : 'both',
    ),
  );
  const layout = toLayout(toKnownRooms(accounts, links, []), links, new Map([['l0', 1000]]));
  assert.equal(layout.rooms.length, 400);
  for (const column of [layout.rooms, layout.links]) {
    const ys = column.map(({ y }) => y).toSorted((a, b) => a - b);
    for (const [index, y] of ys.slice(1).entries()) assert.ok(y - (ys[index] ?? 0) >= 34, `${y}`);
    assert.ok((ys.at(-1) ?? 0) < layout.height);
  }
  assert.equal(layout.edges.length, 400);
  assert.deepEqual(new Set(layout.edges.map(({ way }) => way)), new Set(['both', 'in', 'out']));
  assert.ok(layout.edges.every(({ width }) => width >= 1.5 && width <= 6));
});
