// A page that loses its hub says so, and when the hub is back it goes on behind the last event that it took: nothing is
// missing and nothing is there twice, however the hub ended.
import assert from 'node:assert/strict';
import { cp, rename, rm } from 'node:fs/promises';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { enter } from '../e2e/bridge-people.ts';
import { skipChromium } from './browser.ts';
import { goTo, openConsole, openLive, type ConsoleHub } from './console-hub.ts';

const yaml = `
accounts:
  house: { network: house, name: Courtyard, rooms: [lobby], telnet: { listen: "127.0.0.1:0" } }
`;

test('a screen that lost its hub says so and misses nothing', { skip: skipChromium }, async () => {
  await using opened = await openConsole(yaml, { inHouse: true });
  const { hub, browser } = opened;
  const live = await browser.open();
  await goTo(live, hub, 'live');
  const history = await browser.open();
  await goTo(history, hub, 'rooms?room=house/lobby&view=history');
  const room = await browser.open();
  await goTo(room, hub, 'rooms?room=house/lobby');
  await room.locator('.room-bar').waitFor();
  const pages = [live, history, room];
  const said: string[] = [];

  await say(hub, said, 'before');
  for (const page of pages) await shows(page, said);
  for (let round = 1; round <= 2; round += 1) {
    await hub.process.kill();
    for (const page of pages) await page.getByText('The hub is not heard.').waitFor();
    await hub.again();
    // The pages try again in their own time: most of this is said while they are away.
    await say(hub, said, `round ${round}`);
    for (const page of pages) {
      await shows(page, said);
      await page.getByText('The hub is not heard.').waitFor({ state: 'hidden' });
    }
  }
  // That a connection is refused is what the browser itself writes down.
  const errors = browser.takeErrors().filter((error) => !/ERR_|WebSocket connection/.test(error));
  assert.deepEqual(errors, []);
});

test(
  'what comes while the flow is paused or another screen shows is there afterwards',
  { skip: skipChromium },
  async () => {
    await using opened = await openConsole(yaml);
    const { hub, browser } = opened;
    const page = await openLive(browser, hub);
    const said: string[] = [];
    await say(hub, said, 'seen');
    await shows(page, said);

    await page.getByRole('button', { name: 'Pause' }).click();
    await say(hub, said, 'while it is paused');
    await page.getByRole('button', { name: /^Go on \(\d+ new\)/ }).waitFor();
    assert.equal(await page.getByText('while it is paused').count(), 0);
    await page.getByRole('button', { name: /^Go on/ }).click();
    await shows(page, said);

    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    await say(hub, said, 'while settings show');
    await page.getByRole('link', { name: 'Live flow' }).click();
    await shows(page, said);

    await page.getByLabel('Contains').fill('PAUSED 2');
    await page.getByText('while it is paused 2').waitFor();
    assert.equal(await page.locator('.flow-row').count(), 1);
    await page.getByLabel('Contains').fill('nobody said this');
    await page.getByRole('button', { name: 'Show all' }).click();
    await shows(page, said);
  },
);

/** Says some lines by telnet, and adds them to what was said. */
async function say(hub: ConsoleHub, said: string[], what: string): Promise<void> {
  await using ann = await enter(await hub.process.telnet(), `ann${said.length}`);
  for (let number = 1; number <= 5; number += 1) {
    const line = `${what} ${number}`;
    ann.send(`say ${line}\r\n`);
    await ann.until(new RegExp(`: ${line}$`));
    said.push(line);
  }
}

/** Waits until the page shows the last line, and holds it to all of them: each once, in order. */
async function shows(page: Page, said: readonly string[]): Promise<void> {
  await page.getByText(said.at(-1) ?? '', { exact: true }).waitFor();
  const isFlow = (await page.locator('.flow').count()) > 0;
  const texts = await page.locator(isFlow ? '.flow-row .said' : '.message .body').allInnerTexts();
  const inOrder = (isFlow ? texts.toReversed() : texts).map((text) => text.trim());
  assert.deepEqual(
    inOrder.filter((text) => said.includes(text)),
    said,
  );
}

test(
  'a hub whose data was put back is followed anew, and the gap is told',
  { skip: skipChromium },
  async () => {
    await using opened = await openConsole(yaml);
    const { hub, browser } = opened;
    const page = await openLive(browser, hub);
    const said: string[] = [];
    await hub.process.stop();
    const copy = `${hub.home.data}.copy`;
    await cp(hub.home.data, copy, { recursive: true });
    await hub.again();
    await say(hub, said, 'forgotten');
    await shows(page, said);

    await hub.process.stop();
    await rm(hub.home.data, { recursive: true });
    await rename(copy, hub.home.data);
    await hub.again();
    await page.getByText('Older events are no longer kept').waitFor();
    await page.getByText('The hub is not heard.').waitFor({ state: 'hidden' });
    await say(hub, said, 'said after it');
    await shows(page, said);
  },
);

test(
  'a search leads to the place in the conversation, and a day to where it begins',
  { skip: skipChromium },
  async () => {
    await using opened = await openConsole(yaml);
    const { hub, browser } = opened;
    const said: string[] = [];
    for (let round = 1; round <= 30; round += 1) await say(hub, said, `line of round ${round}, number`);
    const page = await browser.open();
    await goTo(page, hub, 'rooms');
    await page.getByRole('searchbox').fill('round 2 number 3');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: /line of round 2, number 3/ }).click();
    const found = page.locator('.message.focus');
    await found.getByText('line of round 2, number 3').waitFor();
    assert.ok(await found.isVisible());
    const box = await found.boundingBox();
    assert.ok(box !== null && box.y > 100 && box.y < 700, JSON.stringify(box));

    await page.getByLabel('Go to').fill(new Date().toISOString().slice(0, 10));
    await page
      .locator('.message.focus')
      .getByText(said[0] ?? '')
      .waitFor();
    await shows(page, said);
    await page.getByRole('button', { name: 'To the newest' }).click();
    await say(hub, said, 'after all that');
    await shows(page, said);
  },
);
