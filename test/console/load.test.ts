// A busy hub does not make a busy browser: the overview of many accounts is there at once, and the live flow of hundreds
// of messages a second costs a page little, because only what is in sight is drawn. What a browser spends is counted as
// processor time, which the machine's other work does not lengthen.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { CDPSession } from 'playwright-core';
import { delay } from '../e2e/bridge-hub.ts';
import { enter } from '../e2e/bridge-people.ts';
import { skipChromium } from './browser.ts';
import { goTo, openConsole } from './console-hub.ts';

const accounts = 50;
const links = 200;
const firstPaintLimitMs = 1000;
/** A paint is told by the clock: what the machine does besides makes some of them late, and none early. */
const loads = 5;
const perSecond = 200;
const measuredMs = 8000;
/** Of one core. */
const shareLimit = 0.3;

test(
  'the overview of 50 accounts and 200 links is painted within a second',
  { skip: skipChromium },
  async (t) => {
    await using opened = await openConsole(toManyAccounts());
    const { hub, browser } = opened;
    const paintsMs: number[] = [];
    let page = await browser.open();
    for (let load = 0; load < loads; load += 1) {
      await page.context().close();
      page = await browser.open();
      await page.goto(`${hub.base}/`);
      const tiles = page.locator('.tile');
      await tiles.nth(accounts - 1).waitFor({ state: 'attached' });
      paintsMs.push(
        await page.evaluate<number>(`performance.getEntriesByName('first-contentful-paint')[0].startTime`),
      );
    }
    t.diagnostic(`first paint ${paintsMs.map((ms) => ms.toFixed(0)).join(', ')} ms`);
    assert.ok(Math.min(...paintsMs) < firstPaintLimitMs);

    await goTo(page, hub, 'links');
    await page
      .locator('.map-link')
      .nth(links - 1)
      .waitFor({ state: 'attached' });
    assert.deepEqual(browser.takeErrors(), []);
  },
);

test(
  '200 messages a second keep the live flow below a third of a core',
  { skip: skipChromium },
  async (t) => {
    await using opened = await openConsole(`
accounts:
  house: { network: house, name: Courtyard, rooms: [lobby], telnet: { listen: "127.0.0.1:0", flood: false } }
`);
    const { hub, browser } = opened;
    const page = await browser.open();
    await goTo(page, hub, 'live');
    await page.getByText('Quiet so far').waitFor();
    await using ann = await enter(await hub.process.telnet(), 'ann');
    const session = await browser.session(page);
    // Counted in processor time, not by the clock.
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });

    const startedMs = performance.now();
    const before = await readTaskSeconds(session);
    let said = 0;
    while (performance.now() - startedMs < measuredMs) {
      const due = Math.floor(((performance.now() - startedMs) / 1000) * perSecond);
      for (; said < due; said += 1)
        ann.send(`say 第 ${said} message of a busy afternoon, of an ordinary length\r\n`);
      await delay(20);
    }
    const share = ((await readTaskSeconds(session)) - before) / ((performance.now() - startedMs) / 1000);
    t.diagnostic(`${said} messages: ${(share * 100).toFixed(1)} % of a core`);
    await page.getByText(`第 ${said - 1} message`).waitFor();
    assert.ok((await page.locator('.flow-row').count()) < 100);
    assert.ok(share < shareLimit, `${share}`);
    assert.deepEqual(browser.takeErrors(), []);
  },
);

function toManyAccounts(): string {
  const rooms = Array.from({ length: 8 }, (_, index) => `r${index}`);
  const lines = Array.from(
    { length: accounts },
    (_, index) =>
      `  h${index}: { network: house, name: H${index}, rooms: [${rooms.join(', ')}], telnet: false }`,
  );
  const joined = Array.from({ length: links }, (_, index) => {
    const room = rooms[index % rooms.length] ?? '';
    return `  - { name: l${index}, rooms: [h${index % accounts}/${room}, h${(index * 7 + 1) % accounts}/${room}] }`;
  });
  return `accounts:\n${lines.join('\n')}\nlinks:\n${joined.join('\n')}\n`;
}

/** What the page's own thread has done so far. */
async function readTaskSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
}
