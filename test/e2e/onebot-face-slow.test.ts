// A bot that does not read holds nobody up and takes no memory: what it has not read stays in the journal, and is read from
// there when the bot reads again.
import assert from 'node:assert/strict';
import test from 'node:test';
import { openOneBot, type Bot } from '../fakes/onebot.ts';

/** More than the system's buffers between two sockets take, and than the hub keeps in memory for all. */
const COUNT = 1_500;
const TEXT = '一二三四五六七八'.repeat(500);

async function readsAll(bot: Bot): Promise<void> {
  for (let number = 0; number < COUNT; number += 1) {
    const { raw_message } = await bot.event();
    assert.ok(raw_message.startsWith(`${number} `), `${number}: ${raw_message.slice(0, 20)}`);
  }
}

test('a bot that reads nothing is told everything when it reads again, and another is not held up', async () => {
  await using world = await openOneBot();
  await using slow = await world.connect('/onebot/a', await world.token('slow'));
  await using quick = await world.connect('/onebot/a', await world.token('quick'));
  await slow.next();
  await quick.next();
  slow.socket.pause();
  const said = Array.from({ length: COUNT }, (_, number) => world.a.say('r', 'Ann', `${number} ${TEXT}`));
  await Promise.all([...said, readsAll(quick)]);
  const { read } = world.hub;
  const places: number[] = [];
  world.hub.read = (after, filter, limit) => {
    places.push(after);
    return read(after, filter, limit);
  };
  slow.socket.resume();
  await readsAll(slow);
  assert.ok(places.length > 0, 'what it missed came out of the journal');
  assert.ok(places[0]! < COUNT, 'from where it stood');
});
