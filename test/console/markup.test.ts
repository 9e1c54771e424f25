// What others write is text on every screen, wherever in the hub's answers it stands: names of people, accounts, links and
// files, why something failed, what a login asks.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { enter } from '../e2e/bridge-people.ts';
import { IlinkServer } from '../fakes/ilink-server.ts';
import { skipChromium } from './browser.ts';
import { goTo, openConsole, openLive } from './console-hub.ts';

const markup = `<img src=x onerror=alert(1)><script>alert(2)</script><b>"'&amp;`;

const house = 'house: { network: house, name: Courtyard, rooms: [lobby], telnet: { listen: "127.0.0.1:0" } }';

/**
 * In the page: whatever comes from the hub is read with mark-up behind all in which people and servers have a say. Not behind
 * ids and addresses, which the hub has made or checked.
 */
const readWithMarkup = `
  const foreign = new Set(['name', 'text', 'message', 'reason', 'title', 'version', 'file', 'description']);
  const parse = JSON.parse;
  JSON.parse = (text) => parse(text, (key, value) =>
    typeof value === 'string' && foreign.has(key) ? value + ${JSON.stringify(markup)} : value);
`;

test('mark-up in whatever the hub answers is text on every screen', { skip: skipChromium }, async () => {
  await using server = await new IlinkServer().listen();
  const jabber =
    'jabber: { network: xmpp, jid: bridge@localhost, password: secret-of-the-test, server: "xmpp://127.0.0.1:9", tls: false }';
  await using opened = await openConsole(`
accounts:
  ${house}
  ${jabber}
  wx: { network: ilink, url: "${server.url}", files: "${server.filesUrl}" }
links:
  - { name: lobby, rooms: [house/lobby, jabber/lobby@conference.localhost] }
`);
  const { hub, browser } = opened;
  await using ann = await enter(await hub.process.telnet(), 'ann');
  const page = await browser.open();
  page.on('dialog', () => assert.fail('a script of somebody else ran'));
  await page.addInitScript(readWithMarkup);
  await goTo(page, hub, 'live');
  await page.getByText('Quiet so far').waitFor();
  ann.send('say needle\r\n');
  await ann.until('ann: needle');
  await showsMarkup(page, 'live');
  for (const screen of [
    'overview',
    'rooms?room=house/lobby&view=history',
    'rooms?search=needle',
    'links',
    'connect?account=wx',
    'connect?account=jabber',
    'settings?part=text',
    'settings?account=house',
  ]) {
    await goTo(page, hub, screen);
    await showsMarkup(page, screen);
  }
  server.askFor('4711');
  await goTo(page, hub, 'connect?account=wx');
  await page.getByLabel('Answer', { exact: true }).waitFor();
  await showsMarkup(page, 'a login step');
  await goTo(page, hub, 'queue');
  await page.getByText('Waiting', { exact: true }).click();
  await page.getByRole('button', { name: /needle/ }).click();
  await showsMarkup(page, 'queue');
  await page.getByRole('dialog').getByText('<script>alert(2)</script>').first().waitFor();
  assert.deepEqual(browser.takeErrors(), []);
});

test(
  'people of a network whose names and words are mark-up are text, too',
  { skip: skipChromium },
  async () => {
    await using server = await new IlinkServer({ scans: true }).listen();
    const person = 'o9cq-ann@im.wechat';
    const names = { [person]: markup };
    const wx = { network: 'ilink', url: server.url, files: server.filesUrl, name: markup, names };
    await using opened = await openConsole(
      `
accounts:
  ${house}
  wx: ${JSON.stringify(wx)}
links:
  - { name: wx, rooms: [house/lobby, "wx/${person}"] }
`,
      { inHouse: true },
    );
    const { hub, browser } = opened;
    const page = await openLive(browser, hub);
    page.on('dialog', () => assert.fail('a script of somebody else ran'));
    server.say(`${markup} from afar`);
    await page.getByRole('button', { name: /from afar/ }).click();
    await page.getByRole('dialog').getByText('from afar').first().waitFor();
    await showsMarkup(page, 'journey');
    for (const screen of ['rooms?room=house/lobby', 'rooms?search=afar', 'connect?account=wx']) {
      await goTo(page, hub, screen);
      await showsMarkup(page, screen);
    }
    assert.deepEqual(browser.takeErrors(), []);
  },
);

/** Mark-up is to be read on the page, and nothing on it was made of it. */
async function showsMarkup(page: Page, screen: string): Promise<void> {
  const shown = page.getByText('<script>alert(2)</script>').first();
  await shown.waitFor({ state: 'attached' }).catch((cause: unknown) => {
    throw new Error(`no mark-up is shown: ${screen}`, { cause });
  });
  const made = page.locator('body script, img[src="x"], main b, dialog b, [onerror]');
  assert.equal(await made.count(), 0, screen);
}
