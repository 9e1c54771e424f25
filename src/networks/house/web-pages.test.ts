/** One person in several pages at once: tabs, a telephone and a desk; and telnet beside. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { lines, openWebHouse, toClient, type Browser, type WebHouse } from '../../../test/fakes/house-web.ts';
import { textBody } from '../../hub/message.ts';
import { VirtualTime } from '../../../test/simulation/virtual-clock.ts';

const user = { name: 'ann', role: 'user' } as const;

/** One more page of the user, with a secret of its own. */
async function openPage(house: WebHouse, page: string, room = 'lobby'): Promise<Browser> {
  // A login of its own: what is over of one holds of the other.
  const browser = await house.browse({ ...user });
  browser.send({ type: 'join', client: toClient(page), room });
  browser.session = String((await browser.next('welcome'))['session']);
  await browser.next('room');
  return browser;
}

/** Says something and answers the message's id. */
async function say(browser: Browser, text: string): Promise<string> {
  const done = await browser.ask({ type: 'say', body: textBody(text) });
  assert.equal(done.type, 'done', JSON.stringify(done));
  return String(done['id']);
}

async function heard(browser: Browser): Promise<string> {
  return lines([(await browser.next('said'))['message']])[0]!;
}

test('a user with two pages is one person: both see everything, own words too', async () => {
  await using house = await openWebHouse();
  await using bob = await house.login('bob');
  await using desk = await openPage(house, 'desk');
  await using phone = await openPage(house, 'phone');
  assert.equal(phone.session, desk.session);
  bob.send('look\r\nwho\r\n');
  assert.deepEqual(await bob.until('ann'), ['ann has entered the room!', 'bob', 'ann']);
  assert.deepEqual([await bob.line(), await bob.line()], ['bob', 'ann']);
  const id = await say(desk, 'from the desk');
  assert.equal(await heard(phone), 'ann: from the desk');
  assert.equal((await phone.ask({ type: 'edit', id, body: textBody('mended') })).type, 'done');
  assert.equal((await desk.next('edited'))['id'], id);
  bob.send('say to both\r\nmsg ann psst\r\n');
  for (const page of [desk, phone]) assert.equal((await page.next('whisper'))['text'], 'psst');
  await using late = await openPage(house, 'tablet');
  assert.equal((await late.next('whisper'))['text'], 'psst', 'a page that comes later has it, too');
});

test('the person leaves with the last page, not before; nobody sees pages come and go', async () => {
  await using house = await openWebHouse();
  await using bob = await house.login('bob');
  await using desk = await openPage(house, 'desk');
  await using phone = await openPage(house, 'phone');
  desk.send({ type: 'leave' });
  assert.equal(await desk.end(), 1000);
  await say(phone, 'still here');
  phone.send({ type: 'leave' });
  assert.equal(await phone.end(), 1000);
  assert.deepEqual(await bob.until(/left/), [
    'ann has entered the room!',
    'ann: still here',
    'ann has left the room!',
  ]);
});

test('each page shows its own room; the person is in every room that one shows', async () => {
  await using house = await openWebHouse({ config: { web: { guests: true }, rooms: ['lobby', 'tea'] } });
  await using bob = await house.login('bob');
  await using desk = await openPage(house, 'desk');
  await using phone = await openPage(house, 'phone', 'tea');
  await say(phone, 'in tea');
  await say(desk, 'in the lobby');
  assert.equal(await heard(desk), 'ann: in the lobby');
  bob.send('look\r\nwho\r\njoin tea\r\nlook\r\n');
  assert.deepEqual(await bob.until(/^You are/), [
    'ann has entered the room!',
    'ann: in the lobby',
    'bob',
    'ann',
    'bob',
    'ann',
    'You are bob, in tea; 1 other is here. Type help for the commands',
  ]);
  assert.deepEqual([await bob.line(), await bob.line()], ['ann', 'bob']);
  assert.equal((await desk.ask({ type: 'nick', nick: 'anna' })).type, 'done');
  for (const page of [desk, phone]) assert.equal((await page.next('renamed'))['oldNick'], 'ann');
  assert.equal(await bob.line(), 'ann is now known as anna');
  phone.send({ type: 'enter', room: 'lobby' });
  assert.equal((await phone.next('room'))['room'], 'lobby');
  assert.equal(await bob.line(), 'anna has left the room!');
  await say(phone, 'all of me is here');
  assert.equal(await heard(desk), 'anna: all of me is here');
});

test('a lost page is kept a place for, the others go on meanwhile; it comes back elsewhere and leaves that place', async () => {
  const config = { web: { guests: true, awaySeconds: 3600 }, rooms: ['lobby', 'tea'] };
  await using house = await openWebHouse({ config });
  await using bob = await house.login('bob');
  await using desk = await openPage(house, 'desk');
  await using phone = await openPage(house, 'phone', 'tea');
  await desk.lose();
  await say(phone, 'on');
  bob.send('look\r\n');
  assert.deepEqual(await bob.until('ann'), ['ann has entered the room!', 'bob', 'ann']);
  await using again = await openPage(house, 'desk', 'tea');
  assert.equal(await bob.line(), 'ann has left the room!');
  await say(phone, 'together');
  assert.equal(await heard(again), 'ann: together');
});

test('what one page has read, the others are told', async () => {
  await using house = await openWebHouse({ config: { web: { guests: true }, rooms: ['lobby', 'tea'] } });
  await using desk = await openPage(house, 'desk');
  await using phone = await openPage(house, 'phone', 'tea');
  const id = await say(desk, 'read this');
  await desk.ask({ type: 'read', id });
  assert.deepEqual(await phone.next('read'), { type: 'read', room: 'lobby', id, unread: 0 });
});

test('a name that is in use is refused at either door, whoever has it there', async () => {
  await using house = await openWebHouse();
  await using desk = await openPage(house, 'desk');
  await using other = await house.connect();
  other.send('login ann\r\n');
  await other.until('The name ann is in use; please choose another');
  await using bob = await house.login('bob');
  await using web = await house.browse({ name: 'bob', role: 'user' });
  assert.equal((await web.ask({ type: 'join', client: toClient('b') }))['code'], 'nick-taken');
  bob.send('logout\r\n');
  await desk.next('left');
  assert.equal((await web.ask({ type: 'join', client: toClient('b') })).type, 'welcome');
});

test('a user whose name is reserved comes in by that name with a figure, and may choose another', async () => {
  await using house = await openWebHouse();
  await using admin = await house.browse({ name: 'admin', role: 'admin' });
  const { type, you } = await admin.ask({ type: 'join', client: toClient('a') });
  assert.deepEqual([type, (you as { nick: string }).nick], ['welcome', 'admin1']);
  assert.equal((await admin.ask({ type: 'nick', nick: 'admin' }))['code'], 'nick-refused');
  assert.equal((await admin.ask({ type: 'nick', nick: 'ann' })).type, 'done');
});

test('a login that is over ends its own pages only', async () => {
  const time = new VirtualTime(1);
  const { clock, stop } = time.createClock();
  await using house = await openWebHouse({ clock });
  await using desk = await openPage(house, 'desk');
  // The newer login of the two is the one that holds.
  await using phone = await openPage(house, 'phone');
  let over = false;
  time.after(2_000, () => (over = true));
  await time.run(() => over);
  desk.send({ type: 'people' });
  assert.equal(await desk.end(), 4006);
  assert.match(await say(phone, 'still in'), /^w-/);
  stop();
});

test('of too many pages of one person the oldest has to go', async () => {
  await using house = await openWebHouse();
  await using first = await openPage(house, 'page0');
  const others: Browser[] = [];
  for (let page = 1; page <= 32; page += 1) others.push(await openPage(house, `page${page}`));
  assert.equal(await first.end(), 4001);
  assert.equal((await others.at(-1)!.ask({ type: 'people' })).type, 'done');
  for (const each of others) await each[Symbol.asyncDispose]();
});
