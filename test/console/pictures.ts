/** The pictures of docs/console.md: made by the tests, of what they have just proved, when UPDATE_DOCS=1 asks for it. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const docsFolder = join(import.meta.dirname, '..', '..', 'docs', 'screenshots');

/** Every look of every screen, for whoever wants to see them all. */
const allFolder = process.env['CONSOLE_PICTURES'];

export const isUpdatingDocs = process.env['UPDATE_DOCS'] !== undefined;

/** Keeps a picture of the page for the documents. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = isUpdatingDocs ? docsFolder : allFolder;
  await write(page, folder, name);
}

/** Keeps a picture for the eye only, where CONSOLE_PICTURES names a folder. */
export async function showPicture(page: Page, name: string): Promise<void> {
  await write(page, allFolder, name);
}

async function write(page: Page, folder: string | undefined, name: string): Promise<void> {
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled', caret: 'hide' });
}
