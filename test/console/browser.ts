/**
 * Chromium as the tests drive it, and what they ask of every page: no error, nothing that the Content-Security-Policy
 * had to stop, no violation that axe finds.
 */
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type CDPSession, type Page } from 'playwright-core';
import { skipWithout } from '../servers/available.ts';

const executable = '/usr/bin/chromium';

/** The `skip` option of tests that need a browser. */
export const skipChromium = skipWithout('chromium', 'chromium', [executable]);

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** How long a page may take to show what it should. */
const patienceMs = 10_000;

export interface Look {
  width?: number;
  height?: number;
  theme?: 'light' | 'dark';
  language?: 'en' | 'zh';
  /** A telephone: fingers instead of a pointer. */
  touch?: boolean;
  /** What the browser answers a page that asks to show notices; it is refused where nothing is said. */
  notices?: 'granted';
  /** Somebody who is not logged in, whoever else is. */
  stranger?: boolean;
}

interface AxeResults {
  violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
}

/** A browser of its own, without a profile; `await using` ends it. */
export async function openBrowser(): Promise<TestBrowser> {
  const profile = await mkdtempDisposable(join(tmpdir(), 'hutong-browser-'));
  const context = await chromium.launch({
    executablePath: executable,
    args: flags,
    env: { ...process.env, HOME: profile.path },
  });
  return new TestBrowser(context, () => profile.remove());
}

export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #remove: () => Promise<void>;
  readonly #axe = readFile(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
  readonly #errors: string[] = [];
  /** What the log in of one window gives to the next. */
  #state: Awaited<ReturnType<BrowserContext['storageState']>> | undefined;

  constructor(browser: Browser, remove: () => Promise<void>) {
    this.#browser = browser;
    this.#remove = remove;
  }

  /** Everything that pages complained about since it was asked last. */
  takeErrors(): string[] {
    return this.#errors.splice(0);
  }

  /** A window; the one who looks is logged in if an earlier one was and said `remember`. */
  async open(look: Look = {}): Promise<Page> {
    const { width = 1280, height = 800, theme = 'light', language = 'en', stranger = false } = look;
    const { touch = false, notices } = look;
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
      locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      reducedMotion: 'reduce',
      hasTouch: touch,
      isMobile: touch,
      permissions: notices === 'granted' ? ['notifications'] : [],
      ...(this.#state === undefined || stranger ? {} : { storageState: this.#state }),
    });
    const page = await context.newPage();
    page.setDefaultTimeout(patienceMs);
    page.on('pageerror', (error) => this.#errors.push(`${page.url()}: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') this.#errors.push(`${page.url()}: ${message.text()}`);
    });
    return page;
  }

  async remember(page: Page): Promise<void> {
    this.#state = await page.context().storageState();
  }

  /** The page by the protocol of its developer tools. */
  session(page: Page): Promise<CDPSession> {
    return page.context().newCDPSession(page);
  }

  /** What axe has against a page as it is shown now. Asked by the protocol, past the page's own policy. */
  async violations(page: Page): Promise<string[]> {
    await page.evaluate(await this.#axe);
    const found = await page.evaluate<AxeResults>('axe.run()');
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary?.split('\n')[1] ?? ''}`),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.#remove();
  }
}
