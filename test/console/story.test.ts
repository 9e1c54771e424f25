// The way of somebody who has just installed hutong, in a real browser, with a real hub and Prosody: the one-time
// password, a password of one's own, an XMPP account connected and proved by a message, a link drawn, and then a line
// from telnet that appears everywhere it should, with its journey step by step.
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { Guest, PASSWORD, USERS } from '../e2e/bridge-guest.ts';
import { enter } from '../e2e/bridge-people.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import { MUC_DOMAIN, type XmppServer } from '../servers/xmpp-server.ts';
import { openBrowser, skipChromium } from './browser.ts';
import { ConsoleHub, goTo, houseNick, isInside, logInFirst, newPassword, openLive } from './console-hub.ts';
import { keepPicture } from './pictures.ts';

const skip = skipChromium || skipProsody;
const ROOM = `alley@${MUC_DOMAIN}`;

const yaml = `
accounts:
  # The house's own rooms.
  house: { network: house, name: Courtyard, rooms: [lobby], telnet: { listen: "127.0.0.1:0" } }
`;

test(
  'from the first start to a line of telnet in the live flow, the web room and XMPP',
  { skip },
  async (t) => {
    await using server = await startProsody({ users: USERS });
    await using bea = await Guest.connect(server, 'bea', ROOM);
    await using hub = await ConsoleHub.start(yaml);
    await using browser = await openBrowser();
    const page = await browser.open();

    await step(t, 'the one-time password lets one in once, to choose another', async () => {
      await page.goto(`${hub.base}/`);
      await page.getByLabel('Password').fill('not this one');
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByText('Name or password is not right').waitFor();
      await logInFirst(page, hub);
      await browser.remember(page);
      const again = await fetch(`${hub.base}/api/login`, {
        method: 'POST',
        body: JSON.stringify({ username: 'admin', password: await hub.oneTimePassword() }),
      });
      assert.deepEqual(await again.json(), { message: 'failed', code: -1 });
      const own = await fetch(`${hub.base}/api/login`, {
        method: 'POST',
        body: JSON.stringify({ username: 'admin', password: newPassword }),
      });
      assert.deepEqual(await own.json(), { message: 'success', code: 0 });
    });

    await step(t, 'the wizard connects an XMPP account, and a message proves it', async () => {
      await connectAccount(page, hub, server);
      await keepPicture(page, 'connect');
      await page.getByLabel('To', { exact: true }).fill(`bea@${server.domain}`);
      await page.getByLabel('Message', { exact: true }).fill('Is anybody in?');
      await page.getByRole('button', { name: 'Send the test' }).click();
      await page.getByText('delivered', { exact: true }).waitFor();
      await page.getByText('It works.').waitFor();
      await keepPicture(page, 'connect');
      await bea.until(() => bea.heard.some(({ text }) => text === 'Is anybody in?'));
    });

    await step(t, 'the password is in no answer and in no page', async () => {
      await goTo(page, hub, 'settings?part=text');
      const text = await page.locator('textarea').inputValue();
      assert.match(text, /# The house's own rooms\./);
      assert.match(text, /bridge@localhost/);
      assert.ok(!text.includes(PASSWORD), text);
    });

    await step(t, 'a link is drawn, looked at as a difference, and applied', async () => {
      await goTo(page, hub, 'links');
      await page.getByRole('button', { name: 'Draw a link' }).first().click();
      await page.getByLabel('Room 1').fill('house/lobby');
      await page.getByLabel('Room 2').fill(`jabber/${ROOM}`);
      await page.getByRole('button', { name: 'See the difference' }).click();
      await page.locator('.difference').getByText('lobby').first().waitFor();
      await page.getByRole('button', { name: 'Apply' }).click();
      await page.getByRole('button', { name: /^lobby / }).waitFor();
      await bea.until(() => bea.moves.includes(`+${ROOM}/hutong`));
      await keepPicture(page, 'links');
    });

    const live = await openLive(browser, hub);
    const room = await browser.open();
    await goTo(room, hub, 'rooms?room=house/lobby');
    await isInside(room);
    await using ann = await enter(await hub.process.telnet(), 'ann');

    await step(t, 'what telnet says appears in the live flow, in the web room and in XMPP', async () => {
      ann.send('say The kettle is on. 谁来喝茶？\r\n');
      await live.getByRole('button', { name: /The kettle is on/ }).waitFor();
      await room.locator('.message').getByText('The kettle is on. 谁来喝茶？').waitFor();
      await bea.until(() => bea.texts(ROOM).includes('<ann> The kettle is on. 谁来喝茶？'));
    });

    await step(t, 'its journey shows each step with its time', async () => {
      await live.getByRole('button', { name: /The kettle is on/ }).click();
      const sheet = live.getByRole('dialog', { name: 'Journey' });
      await sheet.getByText('delivered', { exact: true }).waitFor();
      const steps = await sheet.locator('.journey > li').allInnerTexts();
      assert.equal(steps.length, 2, steps.join('\n---\n'));
      assert.match(steps[0] ?? '', /^house\/lobby\s.*\d\d:\d\d:\d\d\s.*came in/s);
      assert.match(
        steps[1] ?? '',
        /^jabber\/alley@conference\.localhost\s+\d\d:\d\d:\d\d\s.*delivered\s+after [\d.]+ m?s/s,
      );
      assert.deepEqual(await browser.violations(live), []);
      await keepPicture(live, 'journey');
      await live.keyboard.press('Escape');
      await sheet.waitFor({ state: 'hidden' });
      await keepPicture(live, 'live');
    });

    await step(t, 'the web room answers, and is heard by telnet and XMPP', async () => {
      await bea.say(ROOM, 'Me! <script>alert(1)</script>');
      const message = room.locator('.message').filter({ hasText: 'Me! <script>alert(1)</script>' });
      await message.locator('.badge').waitFor();
      await message.hover();
      await message.getByRole('button', { name: 'Reply' }).click();
      await room.getByLabel('Say something in lobby').fill('Come over, @bea');
      await room.getByLabel('Say something in lobby').press('Enter');
      await ann.until(new RegExp(`^${houseNick}: .*Come over, @bea`));
      await bea.until(() => bea.texts(ROOM).some((text) => text.includes('Come over, @bea')));
      await room.locator('.message.own').getByText('Come over').waitFor();
      assert.deepEqual(await browser.violations(room), []);
      await keepPicture(room, 'room');
    });

    assert.deepEqual(browser.takeErrors(), []);
  },
);

async function connectAccount(page: Page, hub: ConsoleHub, server: XmppServer): Promise<void> {
  await goTo(page, hub, 'connect');
  await page.getByRole('button', { name: /XMPP/ }).click();
  await page.getByLabel('Name of the account').fill('jabber');
  await page.getByLabel('jid').fill('no address');
  await page.getByLabel('password').fill(PASSWORD);
  await page.getByLabel('nick', { exact: true }).fill('hutong');
  await page.getByLabel('server', { exact: true }).fill(`xmpp://127.0.0.1:${server.port}`);
  await page
    .getByText(/more settings/)
    .first()
    .click();
  await page
    .locator('fieldset', { hasText: 'tls' })
    .getByRole('combobox')
    .selectOption({ label: 'with settings of its own' });
  await page.getByLabel('ca', { exact: true }).fill(server.caPath);
  await page.getByRole('button', { name: 'See the difference' }).click();
  await page.getByText('is no XMPP address').waitFor();
  await page.getByLabel('jid').fill(`bridge@${server.domain}`);
  await page.getByRole('button', { name: 'See the difference' }).click();
  await page.locator('.difference').getByText('jabber').first().waitFor();
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('heading', { name: 'A test message' }).waitFor();
}

/** A part of the story: where one fails, what would come after it has no sense. */
async function step(t: TestContext, name: string, run: () => Promise<void>): Promise<void> {
  let failure: unknown;
  await t.test(name, async () => {
    try {
      await run();
    } catch (error) {
      failure = error;
      throw error;
    }
  });
  if (failure !== undefined) throw new Error(`the story ends at: ${name}`);
}
