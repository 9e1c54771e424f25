// Browsers in two houses of one hub, linked, with people in telnet beside: the hub is a process of its own, which is
// killed while they talk.
import assert from 'node:assert/strict';
import test from 'node:test';
import { WebSocket } from 'ws';
import { textBody } from '../../src/hub/message.ts';
import { Browser, lines, toClient, type Frame } from '../fakes/house-web.ts';
import { connectLines } from '../fakes/line-client.ts';
import { HubHome, type HubProcess } from '../servers/hub-process.ts';

const yaml = `
http: { listen: "127.0.0.1:0" }
accounts:
  house: { network: house, name: Hutong, web: { guests: true }, telnet: { listen: "127.0.0.1:0" } }
  barn: { network: house, name: Barn, rooms: [floor], web: { guests: true }, telnet: { listen: "127.0.0.1:0" } }
links:
  - { name: both, rooms: [house/lobby, barn/floor] }
`;

/** Messages that are said while the hub is killed. */
const messageCount = 60;

async function connect(url: string, account: string): Promise<Browser> {
  const browser = new Browser(new WebSocket(`${url.replace('http', 'ws')}/in/${account}/web`));
  await browser.next('hello');
  return browser;
}

/** Joins, and answers the room as it is shown. */
async function join(browser: Browser, nick: string, more: object = {}): Promise<Frame> {
  browser.send({ type: 'join', client: toClient(nick), nick, ...more });
  browser.session = String((await browser.next('welcome'))['session']);
  return browser.next('room');
}

async function start(home: HubHome): Promise<{ hub: HubProcess; url: string }> {
  const hub = home.start();
  return { hub, url: await hub.said(/web: (http:\/\/[^/]+)\//) };
}

function messageOf(frame: Frame) {
  return frame['message'] as { id: string; author: { name: string }; replyTo?: { id?: string } };
}

test('what one does to a message in one house is done to it in the other, by its id there', async () => {
  await using home = await HubHome.create(yaml);
  const { hub, url } = await start(home);
  const telnet = await hub.said(/telnet on (\S+), web at \/in\/barn/);
  await using ann = await connect(url, 'house');
  await using bob = await connect(url, 'barn');
  await using tom = await connectLines(telnet);
  tom.send('login tom\r\n');
  await tom.until(/^You are tom/);
  await join(ann, 'ann');
  await join(bob, 'bob');
  const said = await ann.ask({ type: 'say', body: textBody('frist') });
  assert.equal(messageOf(await ann.next('said')).id, said['id']);
  const there = messageOf(await bob.next('said'));
  assert.equal(there.author.name, 'ann@house');
  assert.notEqual(there.id, said['id']);
  await ann.ask({ type: 'edit', id: said['id'], body: textBody('first') });
  assert.equal((await bob.next('edited'))['id'], there.id);
  await bob.ask({ type: 'react', id: there.id, emoji: '👍', added: true });
  const reacted = await ann.next('reacted');
  assert.deepEqual([reacted['id'], (reacted['by'] as { name: string }).name], [said['id'], 'bob@barn']);
  await bob.ask({ type: 'say', body: textBody('I see'), replyTo: there.id });
  const answered = messageOf(await ann.next('said'));
  assert.equal(answered.replyTo?.id, said['id']);
  await using eve = await connect(url, 'house');
  const room = await join(eve, 'eve');
  assert.deepEqual(lines(room['messages']), ['ann: first', 'bob@barn: I see']);
  const [first, second] = room['messages'] as ReturnType<typeof messageOf>[];
  assert.deepEqual([first?.id, second?.id, second?.replyTo?.id], [said['id'], answered.id, said['id']]);
  assert.equal(JSON.stringify(first).includes('"reactions":[{"emoji":"👍"'), true);
  await ann.ask({ type: 'recall', id: said['id'] });
  assert.equal((await bob.next('recalled'))['id'], there.id);
  assert.deepEqual((await tom.until(/taken back/)).slice(1), [
    'ann@house: frist',
    'ann@house [edited]: first',
    'bob reacted with 👍 to "first"',
    '> ann@house: first',
    'bob: I see',
    'A message of ann@house was taken back',
  ]);
});

test('over a killed hub browsers miss nothing and see nothing twice', { timeout: 60_000 }, async () => {
  await using home = await HubHome.create(yaml);
  let { hub, url } = await start(home);
  let ann = await connect(url, 'house');
  await join(ann, 'ann');
  const wanted = Array.from({ length: messageCount }, (_, number) => `#${number}`);
  let next = 0;
  let killAt = messageCount / 4;
  while (next < messageCount) {
    const key = `key-${next}`;
    const answering = ann.ask({ type: 'say', key, body: textBody(wanted[next]!) });
    if (next < killAt) {
      assert.equal((await answering).type, 'done');
      next += 1;
      continue;
    }
    // Whether it was kept nobody knows: it is said again under its key.
    answering.catch(() => {});
    killAt += messageCount / 4;
    await hub.kill();
    ({ hub, url } = await start(home));
    ann = await connect(url, 'house');
    await join(ann, 'ann');
  }
  await using eve = await connect(url, 'barn');
  const room = await join(eve, 'eve');
  const seen = lines(room['messages']);
  while (seen.length < messageCount) seen.push(...lines([(await eve.next('said'))['message']]));
  assert.deepEqual(
    seen,
    wanted.map((text) => `ann@house: ${text}`),
  );
  await ann[Symbol.asyncDispose]();
  await using gil = await connect(url, 'house');
  const own = await join(gil, 'gil');
  assert.deepEqual(
    lines(own['messages']),
    wanted.map((text) => `ann: ${text}`),
  );
});
