// Each screen of the console, by a real hub in a real browser: in light and dark, as wide as a desk and as narrow as a
// telephone, in both languages. Chromium shows them, axe judges them.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { enter } from '../e2e/bridge-people.ts';
import { skipChromium, type Look } from './browser.ts';
import { goTo, openConsole } from './console-hub.ts';
import { isUpdatingDocs, keepPicture, showPicture } from './pictures.ts';

const yaml = `
accounts:
  house: { network: house, name: Courtyard, rooms: [lobby, tea, 茶馆], telnet: { listen: "127.0.0.1:0" } }
  # A server that is not there: this account keeps trying.
  jabber: { network: xmpp, jid: bridge@localhost, password: secret-of-the-test, server: "xmpp://127.0.0.1:9", tls: false }
links:
  - { name: lobby, rooms: [house/lobby, jabber/lobby@conference.localhost, house/tea] }
  - { name: news, rooms: [house/茶馆, jabber/news@conference.localhost], direction: to-first }
`;

/** Screen, and what it must show once it is there. */
const screens: readonly (readonly [address: string, shows: (page: Page) => Promise<unknown>])[] = [
  ['overview', (page) => page.getByRole('link', { name: 'jabber', exact: true }).waitFor()],
  ['live', (page) => page.getByRole('log').or(page.locator('.empty')).waitFor()],
  ['queue', (page) => page.locator('.empty, .deliveries').waitFor()],
  ['requests', (page) => page.locator('.empty').waitFor()],
  ['rooms?room=house/lobby&view=history', (page) => page.getByRole('log').waitFor()],
  ['rooms?room=house/lobby', (page) => page.locator('.room-bar').waitFor()],
  ['rooms?search=豆汁儿', (page) => page.locator('.results mark').first().waitFor()],
  ['links', (page) => page.locator('.map-link, td').first().waitFor()],
  ['connect', (page) => page.locator('.network').first().waitFor()],
  ['connect?account=jabber', (page) => page.getByText(/127\.0\.0\.1:9/).waitFor()],
  ['requests', (page) => page.locator('.empty').waitFor()],
  ['bots', (page) => page.locator('.empty, table').first().waitFor()],
  ['settings?account=jabber', (page) => page.getByLabel('jid').waitFor()],
  ['settings?face=onebot', (page) => page.locator('.settings-form h2').waitFor()],
  ['settings?part=media', (page) => page.locator('.settings-form h2').waitFor()],
  ['settings?part=text', (page) => page.locator('textarea').waitFor()],
];

const looks: readonly Look[] = [
  { theme: 'light' },
  { theme: 'dark', language: 'zh' },
  { theme: 'light', language: 'zh', width: 390, height: 844 },
  { theme: 'dark', width: 390, height: 844 },
];

test(
  'every screen shows itself without an error, and axe has nothing against it',
  { skip: skipChromium },
  async (t) => {
    await using opened = await openConsole(yaml, { inHouse: true });
    const { hub, browser } = opened;
    await using ann = await enter(await hub.process.telnet(), 'ann');
    for (const line of [
      'Good morning. The kettle is on, who is in for tea?',
      '早上好，胡同里的豆汁儿还热着呢',
      'https://example.org/menu has today’s list',
    ]) {
      ann.send(`say ${line}\r\n`);
      await ann.until(/^ann: /);
    }

    for (const look of looks) {
      const { theme = 'light', width = 1280, language = 'en' } = look;
      const page = await browser.open(look);
      for (const [address, shows] of screens) {
        await t.test(`${address}, ${theme}, ${width} pixels, ${language}`, async () => {
          await goTo(page, hub, address);
          await shows(page);
          assert.deepEqual(await browser.violations(page), []);
          assert.deepEqual(browser.takeErrors(), []);
          if (isForDocs(address, look)) await keepForDocs(page, address);
          await showPicture(page, `${toName(address)}-${theme}-${width}-${language}`);
        });
      }
      await page.context().close();
    }
  },
);

function toName(address: string): string {
  const [screen = '', query = ''] = address.split('?');
  const [key = '', value = ''] = query.split('=');
  const what = query.includes('view=history') ? 'history' : value === 'media' ? value : key;
  return what === '' ? screen : `${screen}-${what}`;
}

/** One look of each screen is in the documents: most by day and on a desk, some otherwise. */
function isForDocs(address: string, { theme, width, language }: Look): boolean {
  const isPlain = theme === 'light' && width === undefined;
  if (address.startsWith('overview') || address.startsWith('rooms?search')) return isPlain;
  return address.startsWith('settings?account') && theme === 'dark' && language === 'zh';
}

async function keepForDocs(page: Page, address: string): Promise<void> {
  if (isUpdatingDocs && address === 'overview') await page.locator('.traffic:not(.unseen) canvas').waitFor();
  await keepPicture(page, toName(address));
}
