// The console by the keyboard alone: past the navigation to the content, from screen to screen, into a dialog and out of
// it to where one was, and a link made without a pointer.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { skipChromium } from './browser.ts';
import { goTo, openConsole } from './console-hub.ts';

const yaml = `
accounts:
  house: { network: house, name: Courtyard, rooms: [lobby, tea], telnet: false }
`;

test('everything can be reached and done with the keyboard', { skip: skipChromium }, async () => {
  await using opened = await openConsole(yaml);
  const { hub, browser } = opened;
  const page = await browser.open();
  await goTo(page, hub, 'overview');
  await page.keyboard.press('Tab');
  await focused(page, 'To the content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate('document.activeElement.id'), 'main');

  await goTo(page, hub, 'links');
  await page.locator('.map-room').first().waitFor();
  await tabTo(page, 'Draw a link');
  await page.keyboard.press('Enter');
  const dialog = page.locator('dialog');
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await focused(page, 'Draw a link');

  await page.keyboard.press('Enter');
  // Until it is open nothing in it takes the focus, though it is in the page already.
  await dialog.waitFor();
  await dialog.getByLabel('Room 1', { exact: true }).focus();
  await page.keyboard.type('house/lobby');
  await dialog.getByLabel('Room 2', { exact: true }).focus();
  await page.keyboard.type('house/tea');
  // Pressed on the control itself: between being reached and being pressed it may have been drawn anew.
  await tabTo(page, 'See the difference');
  await dialog.getByRole('button', { name: 'See the difference' }).press('Enter');
  await page.getByRole('button', { name: 'Apply' }).waitFor();
  await tabTo(page, 'Apply');
  await dialog.getByRole('button', { name: 'Apply' }).press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await focused(page, 'Draw a link');
  assert.match(await readFile(hub.home.config, 'utf8'), /house\/lobby[^]*house\/tea/);

  await page.getByRole('button', { name: /^lobby / }).focus();
  await page.keyboard.press('Enter');
  await dialog.getByRole('heading', { name: 'Link lobby' }).waitFor();
  assert.deepEqual(await browser.violations(page), []);
});

/** Goes on until the control with this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let tabs = 0; tabs < 60; tabs += 1) {
    await page.keyboard.press('Tab');
    if ((await nameOfFocused(page)) === name) return;
  }
  assert.fail(`the keyboard does not come to ${name}`);
}

async function focused(page: Page, name: string): Promise<void> {
  await page.locator('button:focus, a:focus').filter({ hasText: name }).waitFor();
}

function nameOfFocused(page: Page): Promise<string> {
  return page.evaluate<string>('document.activeElement.textContent.trim()');
}
