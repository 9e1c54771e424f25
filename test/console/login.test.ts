// The login of an account, walked through in the wizard as a network asks for it: a code to scan that is replaced when it is
// old, digits to type, what goes wrong, an answer to choose. All of it is pushed: nothing is asked for again and again.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { IlinkServer } from '../fakes/ilink-server.ts';
import { skipChromium } from './browser.ts';
import { goTo, openConsole } from './console-hub.ts';
import { keepPicture } from './pictures.ts';

const yaml = `
accounts:
  house: { network: house, name: Courtyard, rooms: [lobby], telnet: { listen: "127.0.0.1:0" } }
`;

test(
  'an account that is logged in by a scan: each code is there as soon as the network has it, then digits, then a message',
  { skip: skipChromium },
  async () => {
    await using server = await new IlinkServer().listen();
    await using opened = await openConsole(yaml);
    const { hub, browser } = opened;
    const page = await browser.open();
    await goTo(page, hub, 'connect');
    await page.getByRole('button', { name: /WeChat bot/ }).click();
    await page.getByText('Nothing has to be set').waitFor();
    await page.getByLabel('Name of the account').fill('wx');
    await page.getByText(/^\d+ settings$/).click();
    await page.getByLabel('url', { exact: true }).fill(server.url);
    await page.getByLabel('files', { exact: true }).fill(server.filesUrl);
    await page.getByRole('button', { name: 'See the difference' }).click();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.getByRole('button', { name: 'Apply' }).click();

    const first = await codeOf(page);
    await page.getByText(/holds for \d+ s/).waitFor();
    await page.getByText(/^scan the code with WeChat/).waitFor();
    await keepPicture(page, 'login');
    assert.deepEqual(await browser.violations(page), []);
    server.scan('expired');
    await page.getByText(/was not scanned in time/).waitFor();
    assert.notEqual(await codeOf(page), first);

    server.askFor('4711');
    await answer(page, '1234');
    await page
      .getByText(/^those were not the digits/)
      .first()
      .waitFor();
    await answer(page, ' 4711 ');
    await page.getByText(/confirm it on the phone/).waitFor();
    assert.deepEqual(await browser.violations(page), []);
    server.scan('confirmed');
    await page.getByRole('heading', { name: 'A test message' }).waitFor();
    await page.getByText('online', { exact: true }).waitFor();
    const polled = asked.filter(
      (path) => path.startsWith('/v1/accounts/wx') && !/\/(login|rooms)$/.test(path),
    );
    assert.deepEqual(polled, []);
    assert.ok(asked.filter((path) => path === '/v1/account-states/sse').length <= 1, asked.join(' '));
    assert.deepEqual(server.faults, []);
    assert.deepEqual(browser.takeErrors(), []);
  },
);

test(
  'a login that waits is there again, as it is then, after the hub was away',
  { skip: skipChromium },
  async () => {
    await using server = await new IlinkServer().listen();
    const wx = `  wx: { network: ilink, url: "${server.url}", files: "${server.filesUrl}" }\n`;
    await using opened = await openConsole(yaml + wx);
    const { hub, browser } = opened;
    const page = await browser.open();
    await goTo(page, hub, 'connect?account=wx');
    const first = await codeOf(page);
    const overview = await browser.open();
    await goTo(overview, hub, 'overview');
    await overview.locator('.attention').getByText('wx').waitFor();
    await hub.process.kill();
    for (const each of [page, overview]) await each.getByText('The hub is not heard.').waitFor();
    await hub.again();
    for (const each of [page, overview]) {
      await each.getByText('The hub is not heard.').waitFor({ state: 'hidden' });
    }
    await page.locator(`.qr-picture:not([data-code="${first}"]) svg`).waitFor();
    await server.until(() => server.codes.length >= 2);
    server.scan('confirmed');
    await page.getByRole('heading', { name: 'A test message' }).waitFor();
    await overview.locator('.attention').getByText('wx').waitFor({ state: 'detached' });
  },
);

test('an answer is chosen where a network offers some', { skip: skipChromium }, async () => {
  await using opened = await openConsole(yaml);
  const { hub, browser } = opened;
  const page = await browser.open();
  // No network that is always there asks so: the answers are put in the place of the hub's.
  let choices: readonly string[] | undefined = ['install', 'not now'];
  let sent: unknown;
  const answered = await page.request.get(`${hub.base}/v1/accounts`);
  const { accounts } = (await answered.json()) as { accounts: object[] };
  await page.route('**/v1/account-states/sse', async (route) => {
    const login =
      choices === undefined
        ? { type: 'none' }
        : { type: 'code', message: 'It is not installed <b>yet</b>.', choices };
    const told = accounts.map((account) => ({
      ...account,
      phase: 'login',
      message: 'npm installs it',
      login,
    }));
    await route.fulfill({
      contentType: 'text/event-stream',
      body: `event: accounts\ndata: ${JSON.stringify({ accounts: told })}\n\n`,
    });
  });
  await page.route('**/v1/accounts/house/login', async (route) => {
    sent = route.request().postDataJSON();
    choices = undefined;
    await route.fulfill({ status: 202, json: { type: 'none' } });
  });
  await goTo(page, hub, 'connect?account=house');
  await page.getByRole('group', { name: 'It is not installed <b>yet</b>.' }).waitFor();
  assert.deepEqual(await browser.violations(page), []);
  await page.getByRole('button', { name: 'install', exact: true }).click();
  await page.getByText('The login goes on.').waitFor();
  await page.getByText('npm installs it').waitFor();
  assert.deepEqual(sent, { code: 'install' });
  await page.unrouteAll({ behavior: 'ignoreErrors' });
});

/** What the code that is drawn holds. */
async function codeOf(page: Page): Promise<string> {
  const picture = page.locator('.qr-picture:has(svg)');
  await picture.waitFor();
  return (await picture.getAttribute('data-code')) ?? '';
}

async function answer(page: Page, text: string): Promise<void> {
  await page.getByLabel('Answer', { exact: true }).fill(text);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}
