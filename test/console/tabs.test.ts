// One user in several windows of the web room: there once, whatever the number of windows, and what is said in one is in the
// others. Telnet is beside, where nobody is anybody's other window.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { enter } from '../e2e/bridge-people.ts';
import { connectLines } from '../fakes/line-client.ts';
import { skipChromium } from './browser.ts';
import { goTo, houseNick, openConsole } from './console-hub.ts';

const yaml = `
accounts:
  house:
    network: house
    name: Courtyard
    rooms: [lobby, tea]
    telnet: { listen: "127.0.0.1:0" }
    web: { awaySeconds: 0 }
`;

test(
  'two windows of one user are one person: what one says is in the other, and telnet sees one come and go',
  { skip: skipChromium },
  async () => {
    await using opened = await openConsole(yaml, { inHouse: true });
    const { hub, browser } = opened;
    await using ann = await enter(await hub.process.telnet(), 'ann');
    const desk = await browser.open();
    const phone = await browser.open({ width: 390, height: 844 });
    for (const page of [desk, phone]) {
      await goTo(page, hub, 'rooms?room=house/lobby');
      await page.locator('.room-bar').getByText(`as ${houseNick}`).waitFor();
    }
    ann.send('look\r\n');
    // Whoever chose the name before has gone, and come again once.
    const seenBefore = await ann.until(houseNick);
    assert.deepEqual(seenBefore.slice(-3), [`${houseNick} has entered the room!`, 'ann', houseNick]);
    assert.deepEqual(await peopleOf(desk), [houseNick, 'ann']);

    await say(desk, 'from the desk');
    await phone.locator('.message.own').getByText('from the desk').waitFor();
    await say(phone, 'and from the telephone');
    await desk.locator('.message.own').getByText('and from the telephone').waitFor();
    // One is not told that one is writing oneself.
    await desk.getByLabel('Say something in lobby').pressSequentially('hm');
    ann.send('say hello, both of you\r\n');
    for (const page of [desk, phone]) {
      await page.getByText('hello, both of you').waitFor();
      assert.equal(await page.getByText('is writing').count(), 0);
    }

    await using other = await connectLines(await hub.process.telnet());
    other.send(`login ${houseNick}\r\n`);
    await other.until(`The name ${houseNick} is in use; please choose another`);

    await phone.context().close();
    await say(desk, 'the telephone is away');
    await desk.context().close();
    const seen = await ann.until(`${houseNick} has left the room!`);
    assert.deepEqual(
      seen.filter((line) => line.startsWith(houseNick)),
      [
        `${houseNick}: from the desk`,
        `${houseNick}: and from the telephone`,
        `${houseNick}: the telephone is away`,
        `${houseNick} has left the room!`,
      ],
    );
    assert.deepEqual(browser.takeErrors(), []);
  },
);

test('each window shows its own room, and the person is in both', { skip: skipChromium }, async () => {
  await using opened = await openConsole(yaml, { inHouse: true });
  const { hub, browser } = opened;
  await using ann = await enter(await hub.process.telnet(), 'ann', 'tea');
  const lobby = await browser.open();
  await goTo(lobby, hub, 'rooms?room=house/lobby');
  await lobby.getByLabel('Say something in lobby').waitFor();
  const tea = await browser.open();
  await goTo(tea, hub, 'rooms?room=house/tea');
  await tea.getByLabel('Say something in tea').waitFor();
  await say(tea, 'only in tea');
  await ann.until(`${houseNick}: only in tea`);
  await lobby.getByLabel('Say something in lobby').waitFor();
  assert.equal(await lobby.getByText('only in tea').count(), 0);
  ann.send('look\r\njoin lobby\r\nlook\r\n');
  await ann.until(/^You are ann, in lobby; 1 other/);
  assert.deepEqual(await ann.until('ann'), [houseNick, 'ann']);
});

async function say(page: Page, text: string): Promise<void> {
  const field = page.getByLabel(/^Say something in/);
  await field.fill(text);
  await field.press('Enter');
  await page.locator('.message.own').getByText(text).waitFor();
}

/** Who the page says is here. */
async function peopleOf(page: Page): Promise<string[]> {
  const names = await page.locator('.people li').allInnerTexts();
  return names.map((name) => name.split(' ')[0] ?? '').toSorted();
}
