// The console under a finger, on a telephone; and desktop notices, where the browser allows them and where it does not.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { enter } from '../e2e/bridge-people.ts';
import { skipChromium } from './browser.ts';
import { goTo, houseNick, openConsole } from './console-hub.ts';
import { keepPicture, showPicture } from './pictures.ts';

const yaml = `
accounts:
  house: { network: house, name: Courtyard, rooms: [lobby, tea], telnet: { listen: "127.0.0.1:0" } }
links:
  - { name: both, rooms: [house/lobby, house/tea] }
`;

const telephone = { width: 390, height: 844, touch: true } as const;

test('on a telephone everything is reached and done by tapping', { skip: skipChromium }, async () => {
  await using opened = await openConsole(yaml, { inHouse: true });
  const { hub, browser } = opened;
  await using ann = await enter(await hub.process.telnet(), 'ann');
  ann.send('say who is in for tea?\r\n');
  await ann.until(/^ann: /);
  const page = await browser.open(telephone);
  await goTo(page, hub, 'overview');

  const bar = page.getByRole('navigation').last();
  await bar.getByRole('link', { name: 'Rooms' }).tap();
  await page.getByRole('link', { name: /^lobby/ }).tap();
  const message = page.locator('.message', { hasText: 'who is in for tea?' });
  await message.tap();
  await message.getByRole('button', { name: 'React' }).tap();
  await message.getByRole('button', { name: '👍' }).tap();
  await message.getByRole('button', { name: '👍 1' }).waitFor();
  await message.tap();
  await message.getByRole('button', { name: 'Reply' }).tap();
  await page.getByLabel('Say something in lobby').fill('me');
  await page.getByRole('button', { name: 'Send' }).tap();
  await ann.until(`${houseNick}: me`);
  await page.getByRole('button', { name: '2 here' }).tap();
  await page.locator('.people').getByText('ann').waitFor();
  await page.getByRole('button', { name: '2 here' }).tap();
  await keepPicture(page, 'telephone');
  await isWideEnough(page);

  await bar.getByRole('link', { name: 'Live flow' }).tap();
  // It follows from now on.
  await page.getByText('Quiet so far').waitFor();
  ann.send('say a journey, please\r\n');
  await page.getByRole('button', { name: /a journey, please/ }).tap();
  const sheet = page.getByRole('dialog', { name: 'Journey' });
  await sheet.getByText('delivered', { exact: true }).waitFor();
  await showPicture(page, 'touch-journey');
  await sheet.getByRole('button', { name: 'Close' }).tap();

  await bar.getByRole('button', { name: 'More' }).tap();
  await showPicture(page, 'touch-more');
  await page.getByRole('link', { name: 'Links' }).tap();
  await page.getByRole('button', { name: 'Change' }).tap();
  await page.getByRole('dialog').getByRole('heading', { name: 'Link both' }).waitFor();
  await showPicture(page, 'touch-link');
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).tap();

  await goTo(page, hub, 'settings');
  await page
    .getByRole('combobox', { name: 'Parts of the settings' })
    .selectOption({ label: 'Pictures and files' });
  await page.getByLabel('file megabytes').waitFor();
  await isWideEnough(page);
  assert.deepEqual(await smallTargets(page), []);
  assert.deepEqual(browser.takeErrors(), []);
});

test('a room is drawn to a link on the map with a finger', { skip: skipChromium }, async () => {
  await using opened = await openConsole(yaml);
  const { hub, browser } = opened;
  const page = await browser.open({ width: 1024, height: 768, touch: true });
  await goTo(page, hub, 'links');
  const room = page.locator('.map-room', { hasText: 'lobby' });
  const to = page.locator('.map-room', { hasText: 'tea' });
  const [start, end] = [await middleOf(room), await middleOf(to)];
  const fingers = await browser.session(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', points: { x: number; y: number }[]) =>
    fingers.send('Input.dispatchTouchEvent', { type, touchPoints: points });
  await touch('touchStart', [start]);
  await touch('touchMove', [{ x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 }]);
  await touch('touchMove', [end]);
  await touch('touchEnd', []);
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Room 2', { exact: true }).waitFor();
  assert.equal(await dialog.getByLabel('Room 2', { exact: true }).inputValue(), 'house/tea');
});

test(
  'somebody who names me is told by a notice while the page is out of sight, as text',
  { skip: skipChromium },
  async () => {
    await using opened = await openConsole(yaml, { inHouse: true });
    const { hub, browser } = opened;
    await using ann = await enter(await hub.process.telnet(), 'ann');
    const page = await browser.open({ notices: 'granted' });
    await page.addInitScript(recordNotices);
    await goTo(page, hub, 'rooms?room=house/lobby');
    const bell = page.getByRole('button', { name: 'Desktop notice when somebody names me' });
    await bell.click();
    await page.locator('[aria-pressed=true]').waitFor();
    ann.send(`say in sight: ${houseNick}\r\n`);
    await page.getByText('in sight:').waitFor();
    await page.evaluate('hide()');
    ann.send(`say nobody is named\r\nsay <b>${houseNick}</b>, tea!\r\n`);
    await page.getByText('tea!').waitFor();
    assert.deepEqual(await page.evaluate('notices'), [['ann', `<b>${houseNick}</b>, tea!`]]);
    // It was chosen for the browser.
    await page.reload();
    await page.locator('[aria-pressed=true]').waitFor();
    assert.deepEqual(browser.takeErrors(), []);
  },
);

test(
  'a browser that refuses notices is not asked in vain: the page says so',
  { skip: skipChromium },
  async () => {
    await using opened = await openConsole(yaml, { inHouse: true });
    const { hub, browser } = opened;
    const page = await browser.open();
    await goTo(page, hub, 'rooms?room=house/lobby');
    await page.getByRole('button', { name: 'Desktop notice when somebody names me' }).click();
    await page.getByText('The browser refuses notices for this page').waitFor();
    assert.equal(await page.locator('[aria-pressed=true]').count(), 0);
    assert.deepEqual(await browser.violations(page), []);
    assert.deepEqual(browser.takeErrors(), []);
  },
);

/** In the page: notes each notice, and can make the page one that is out of sight. */
const recordNotices = `
  globalThis.notices = [];
  globalThis.hide = () => Object.defineProperty(document, 'hidden', { get: () => true, configurable: true });
  globalThis.Notification = class extends Notification {
    constructor(title, options) {
      super(title, options);
      notices.push([title, options.body]);
    }
  };
`;

/** Nothing stands out at the side. */
async function isWideEnough(page: Page): Promise<void> {
  const [content, window] = await page.evaluate<[number, number]>(
    '[document.documentElement.scrollWidth, innerWidth]',
  );
  assert.ok(content <= window, `${content} in ${window} pixels`);
}

/** Buttons and controls that a finger can hardly hit, smaller than WCAG 2.2 (2.5.8) has them. */
async function smallTargets(page: Page): Promise<string[]> {
  return page.locator('button:visible, a.button:visible, select:visible, input:visible').evaluateAll((all) =>
    (all as { getBoundingClientRect(): { width: number; height: number }; outerHTML: string }[])
      .filter((each) => {
        const { width, height } = each.getBoundingClientRect();
        return width < 24 || height < 24;
      })
      .map((each) => each.outerHTML.slice(0, 120)),
  );
}

async function middleOf(locator: ReturnType<Page['locator']>): Promise<{ x: number; y: number }> {
  const box = await locator.boundingBox();
  assert.ok(box !== null);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
