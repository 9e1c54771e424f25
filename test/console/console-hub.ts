/** A hub of the tests' own with a browser that is logged in to its console. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { HubHome, type HubProcess } from '../servers/hub-process.ts';
import { takeFreePorts } from '../servers/free-port.ts';
import { openBrowser, type TestBrowser } from './browser.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export const newPassword = 'eight courtyards, one lane';

/** A hub that runs on a port that stays the same over restarts, so that an open page finds it again. */
export class ConsoleHub implements AsyncDisposable {
  readonly home: HubHome;
  readonly base: string;
  process: HubProcess;

  private constructor(home: HubHome, base: string) {
    this.home = home;
    this.base = base;
    this.process = home.start();
  }

  /** @param more lines of hutong.yaml: accounts, links */
  static async start(more: string): Promise<ConsoleHub> {
    buildConsole();
    const [port = 0] = await takeFreePorts(1);
    const home = await HubHome.create(`http: { listen: "127.0.0.1:${port}" }\n${more}`);
    const hub = new ConsoleHub(home, `http://127.0.0.1:${port}`);
    await hub.ready();
    return hub;
  }

  /** Waits until the web server listens. */
  async ready(): Promise<void> {
    await this.process.said(/^web: /);
  }

  /** Starts it again, on the same data. */
  async again(): Promise<void> {
    this.process = this.home.start();
    await this.ready();
  }

  /** The administrator's one-time password, as the first start prints it. */
  oneTimePassword(): Promise<string> {
    return this.process.said(/with the password (\S+)/);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.home[Symbol.asyncDispose]();
  }
}

/** Logs in for the first time: with the one-time password, then with a new one. */
export async function logInFirst(page: Page, hub: ConsoleHub): Promise<void> {
  await page.goto(`${hub.base}/`);
  await page.getByLabel('Password').fill(await hub.oneTimePassword());
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByLabel('New password').fill(newPassword);
  await page.getByLabel('Once more').fill(newPassword);
  await page.getByRole('button', { name: 'Keep it and go on' }).click();
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
}

/** Goes to a screen, by its address. */
export async function goTo(page: Page, hub: ConsoleHub, screen: string): Promise<void> {
  await page.goto(`${hub.base}/#/${screen}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
}

/** A browser whose windows are logged in. */
async function logInBrowser(browser: TestBrowser, hub: ConsoleHub): Promise<void> {
  const page = await browser.open();
  await logInFirst(page, hub);
  await browser.remember(page);
  await page.context().close();
}

/** A window with the live flow in which nothing has happened yet. */
export async function openLive(browser: TestBrowser, hub: ConsoleHub): Promise<Page> {
  const page = await browser.open();
  await goTo(page, hub, 'live');
  await page.getByText('Quiet so far').waitFor();
  return page;
}

/** A hub, and a browser whose windows are logged in to its console; with `inHouse` also in the house's lobby. */
interface OpenConsole extends AsyncDisposable {
  hub: ConsoleHub;
  browser: TestBrowser;
}

/** As `ConsoleHub.start` and `openBrowser`; `await using` ends both. */
export async function openConsole(more: string, { inHouse = false } = {}): Promise<OpenConsole> {
  await using made = new AsyncDisposableStack();
  const hub = made.use(await ConsoleHub.start(more));
  const browser = made.use(await openBrowser());
  await logInBrowser(browser, hub);
  if (inHouse) await enterHouse(browser, hub);
  const opened = made.move();
  return { hub, browser, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** What the administrator is called in the house: `admin` is a name that it gives to nobody. */
export const houseNick = 'admin1';

/** Comes into the house's web room, once for all windows. */
async function enterHouse(browser: TestBrowser, hub: ConsoleHub): Promise<void> {
  const page = await browser.open();
  await goTo(page, hub, 'rooms?room=house/lobby');
  await isInside(page);
  await browser.remember(page);
  await page.context().close();
}

/** Resolves when the administrator is in the web room that the page shows. */
export async function isInside(page: Page): Promise<void> {
  await page.locator('.people').getByText(houseNick).waitFor();
}

/** `npm test` has built it; a test that is run by itself builds what is there now. */
function buildConsole(): void {
  const built = spawnSync(process.execPath, ['tools/setup.mjs', '--dev'], { cwd: root, encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  assert.ok(existsSync(new URL('../../console/dist/index.html', import.meta.url)));
}
