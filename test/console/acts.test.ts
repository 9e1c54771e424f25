// What one does with the console is done: tokens, settings, links drawn with the pointer, parked deliveries. And what
// others write stays what it is, text.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { enter } from '../e2e/bridge-people.ts';
import { skipChromium } from './browser.ts';
import { goTo, openConsole, openLive, type ConsoleHub } from './console-hub.ts';
import { keepPicture } from './pictures.ts';

const yaml = `
accounts:
  # The courtyard: rooms of our own.
  house: { network: house, name: Courtyard, rooms: [lobby, tea], telnet: { listen: "127.0.0.1:0" } }
  jabber: { network: xmpp, jid: bridge@localhost, password: secret-of-the-test, server: "xmpp://127.0.0.1:9", tls: false }
links:
  - { name: away, rooms: [house/tea, jabber/tea@conference.localhost] }
`;

test(
  'a token is shown once, works, and works no more when it is revoked',
  { skip: skipChromium },
  async () => {
    await using opened = await openConsole(yaml);
    const { hub, browser } = opened;
    const page = await browser.open();
    const { token } = await createToken(page, hub, 'weather');
    assert.equal(await askWith(hub, token), 200);
    await page.getByRole('button', { name: 'Listen' }).click();
    await page.getByText('Listening.').waitFor();
    await post(hub, token, [{ type: 'text', text: 'Rain at four' }]);
    await page.locator('.tap').getByText('Rain at four').waitFor();
    await keepPicture(page, 'bots');

    await page.reload();
    await page.getByRole('cell', { name: 'weather' }).waitFor();
    assert.ok(!(await page.content()).includes(token));
    await page.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No program has a token yet').waitFor();
    assert.equal(await askWith(hub, token), 401);
    assert.deepEqual(browser.takeErrors(), []);
  },
);

test(
  'a setting is shown as a difference, applied, and the comments of the file stay',
  { skip: skipChromium },
  async () => {
    await using opened = await openConsole(yaml);
    const { hub, browser } = opened;
    const page = await browser.open();
    await goTo(page, hub, 'settings?account=house');
    await page.getByLabel('name', { exact: true }).fill('Teahouse');
    await page.getByRole('button', { name: 'See the difference' }).click();
    await page.locator('.difference').getByText('Teahouse').waitFor();
    await keepPicture(page, 'settings');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText(/Applied: 1 change/).waitFor();
    assert.match(await readFile(hub.home.config, 'utf8'), /# The courtyard: rooms of our own\.\n.*Teahouse/);

    // Somebody with an editor was quicker.
    await page.getByLabel('name', { exact: true }).fill('Garden');
    await page.getByRole('button', { name: 'See the difference' }).click();
    await page.getByRole('button', { name: 'Apply' }).waitFor();
    await hub.home.write((await readFile(hub.home.config, 'utf8')).replace('Teahouse', 'Pavilion'));
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText(/Somebody changed the file meanwhile/).waitFor();
    assert.match(await readFile(hub.home.config, 'utf8'), /Pavilion/);

    await goTo(page, hub, 'settings?part=text');
    const area = page.getByLabel('hutong.yaml');
    await area.fill((await area.inputValue()).replace('network: house', 'network: hause'));
    await page.getByRole('button', { name: 'See the difference' }).click();
    await page.getByText(/unknown network "hause"/).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Apply' }).count(), 0);
    assert.deepEqual(await browser.violations(page), []);
  },
);

test(
  'ways in for programs are switched on, changed and off again, and files get their bounds, by forms',
  { skip: skipChromium },
  async () => {
    await using opened = await openConsole(yaml);
    const { hub, browser } = opened;
    const page = await browser.open();
    const apply = async (difference: string | RegExp) => {
      await page.getByRole('button', { name: 'See the difference' }).click();
      await page.locator('.difference').getByText(difference).first().waitFor();
      await page.getByRole('button', { name: 'Apply' }).click();
      await page.locator('.difference').waitFor({ state: 'detached' });
      await page.getByText(/Applied|Written/).waitFor();
    };
    await goTo(page, hub, 'settings?face=onebot');
    await page.getByText('It is off.').waitFor();
    await page.getByText('5 settings').click();
    const targets = page.getByRole('group', { name: 'targets', exact: true });
    await targets.getByRole('button', { name: 'Add one' }).click();
    await targets.getByLabel('url', { exact: true }).fill('no address');
    await targets.getByText(/more settings/).click();
    await targets.getByLabel('token', { exact: true }).fill('secret-of-a-bot');
    await page.getByRole('button', { name: 'See the difference' }).click();
    await targets.getByText('expected an address of a bot').waitFor();
    await targets.getByLabel('url', { exact: true }).fill('ws://127.0.0.1:9/bot');
    await apply(/onebot/);
    const text = await readFile(hub.home.config, 'utf8');
    assert.match(text, /onebot:[^]*ws:\/\/127\.0\.0\.1:9\/bot/);
    assert.ok(!text.includes('secret-of-a-bot'), text);
    assert.match(text, /# The courtyard/);
    assert.deepEqual(await browser.violations(page), []);

    await targets.getByRole('button', { name: 'Remove no. 1' }).click();
    await apply(/targets/);
    await page.getByRole('button', { name: 'Switch it off' }).click();
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('It is off.').waitFor();
    assert.doesNotMatch(await readFile(hub.home.config, 'utf8'), /onebot/);

    await page.getByRole('link', { name: 'Pictures and files' }).click();
    await page.getByLabel('file megabytes').fill('7');
    await apply(/media\.fileMegabytes/);
    assert.match(await readFile(hub.home.config, 'utf8'), /fileMegabytes: 7/);
    assert.deepEqual(browser.takeErrors(), []);
  },
);

test('a line from one room to another on the map becomes a link', { skip: skipChromium }, async () => {
  await using opened = await openConsole(yaml);
  const { hub, browser } = opened;
  const page = await browser.open();
  await goTo(page, hub, 'links');
  const lobby = page.locator('.map-room', { hasText: 'house/lobby' });
  const link = page.getByRole('button', { name: /^away / });
  await drag(page, lobby, link);
  const dialog = page.getByRole('dialog');
  assert.equal(await dialog.getByLabel('Room 3', { exact: true }).inputValue(), 'house/lobby');
  await dialog.getByRole('button', { name: 'See the difference' }).click();
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await dialog.waitFor({ state: 'hidden' });
  assert.match(await readFile(hub.home.config, 'utf8'), /away.*house\/lobby/s);

  await page.getByText('Table', { exact: true }).click();
  await page.getByRole('button', { name: 'Change' }).click();
  await dialog.getByRole('button', { name: 'Remove the link' }).click();
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('No rooms are joined yet').waitFor();
  assert.deepEqual(browser.takeErrors(), []);
});

test(
  'what could not be delivered waits, is parked with its reason, exported and dropped',
  { skip: skipChromium },
  async () => {
    await using opened = await openConsole(yaml);
    const { hub, browser } = opened;
    const page = await browser.open();
    await using ann = await enter(await hub.process.telnet(), 'ann', 'tea');
    for (const line of ['Is the tea room open?', '有人吗？']) {
      ann.send(`say ${line}\r\n`);
      await ann.until(new RegExp(`^ann: `));
    }
    await goTo(page, hub, 'queue');
    await page.getByText('Waiting', { exact: true }).click();
    await page.getByRole('row', { name: /Is the tea room open/ }).waitFor();

    await goTo(page, hub, 'settings?account=jabber');
    await page.getByRole('button', { name: 'Remove the account' }).click();
    await page.getByText(/not right yet/).waitFor();
    await goTo(page, hub, 'settings?part=text');
    const area = page.getByLabel('hutong.yaml');
    await area.fill(
      (await area.inputValue()).replace(/ {2}jabber:.*\n/, '').replace(/links:[^]*$/, 'links: []\n'),
    );
    await page.getByRole('button', { name: 'See the difference' }).click();
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText(/Applied/).waitFor();

    await goTo(page, hub, 'queue');
    const rows = page.locator('.deliveries tbody tr');
    await rows.nth(1).waitFor();
    await keepPicture(page, 'queue');
    assert.deepEqual(await browser.violations(page), []);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export' }).click();
    const exported = JSON.parse(await readFile(await (await download).path(), 'utf8')) as {
      event: { text: string };
    }[];
    assert.deepEqual(
      exported.map(({ event }) => event.text),
      ['Is the tea room open?', '有人吗？'],
    );
    await rows.first().getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Drop 1' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Drop', exact: true }).click();
    await page.getByText('1 delivery was dropped.').waitFor();
    assert.equal(await rows.count(), 1);
    await page.getByRole('button', { name: 'Drop all' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Drop', exact: true }).click();
    await page.getByText('Nothing is parked').waitFor();
    assert.deepEqual(browser.takeErrors(), []);
  },
);

test(
  'scripts, mark-up and addresses of others are text on every screen',
  { skip: skipChromium },
  async () => {
    await using opened = await openConsole(yaml, { inHouse: true });
    const { hub, browser } = opened;
    const page = await openLive(browser, hub);
    page.on('dialog', () => assert.fail('a script of somebody else ran'));
    const { token } = await createToken(page, hub, 'stranger');
    const markup = '<img src=x onerror=alert(1)><script>alert(2)</script>"\'&amp;';
    await post(hub, token, [
      { type: 'text', text: `${markup} javascript:alert(3) https://example.org/?q=<b>` },
      { type: 'card', title: markup, url: 'https://example.org/card', text: markup },
      { type: 'image', url: 'https://example.org/pixel.png', name: markup },
      { type: 'file', url: 'https://example.org/page.html', name: markup },
      { type: 'mention', user: 'all', name: markup },
    ]);
    for (const screen of [
      'live',
      'rooms?room=house/lobby',
      'rooms?room=house/lobby&view=history',
      'rooms?search=alert',
    ]) {
      await goTo(page, hub, screen);
      await page
        .getByText(/<script>alert\(2\)<\/script>/)
        .first()
        .waitFor();
      assert.equal(await page.locator('main script, main img, main b').count(), 0, screen);
      const addresses = await page.locator('main a[target]').evaluateAll((links) => links.map(String));
      assert.deepEqual(
        addresses.filter((address) => !/^https?:/.test(address)),
        [],
        screen,
      );
    }
    assert.deepEqual(browser.takeErrors(), []);
  },
);

async function createToken(page: Page, hub: ConsoleHub, name: string): Promise<{ token: string }> {
  await goTo(page, hub, 'bots');
  await page.getByRole('button', { name: 'New token' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('button', { name: 'New token' }).click();
  return { token: await page.locator('.secret').innerText() };
}

async function askWith(hub: ConsoleHub, token: string): Promise<number> {
  const { status } = await fetch(`${hub.base}/v1/me`, { headers: { authorization: `Bearer ${token}` } });
  return status;
}

async function post(hub: ConsoleHub, token: string, body: readonly unknown[]): Promise<void> {
  const answer = await fetch(`${hub.base}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ room: 'house/lobby', body }),
  });
  assert.ok(answer.ok, await answer.text());
}

async function drag(
  page: Page,
  from: ReturnType<Page['locator']>,
  to: ReturnType<Page['locator']>,
): Promise<void> {
  await from.hover();
  await page.mouse.down();
  await to.hover({ force: true });
  await page.mouse.up();
}
