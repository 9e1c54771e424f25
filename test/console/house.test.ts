// The house in the browser beyond speaking: guests who never log in, a picture that is pasted, edits and reactions, who is
// here and who is writing, unread marks.
import assert from 'node:assert/strict';
import test from 'node:test';
import { enter } from '../e2e/bridge-people.ts';
import { openBrowser, skipChromium } from './browser.ts';
import { ConsoleHub, goTo, houseNick, openConsole } from './console-hub.ts';

const yaml = `
accounts:
  house:
    network: house
    name: Courtyard
    rooms: [lobby, tea]
    telnet: { listen: "127.0.0.1:0" }
    web: { guests: true }
`;

/** A PNG of one pixel. */
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

test(
  'a guest comes in without a login, and finds the same people and the same words',
  { skip: skipChromium },
  async () => {
    await using hub = await ConsoleHub.start(yaml);
    await using browser = await openBrowser();
    await using ann = await enter(await hub.process.telnet(), 'ann');
    const page = await browser.open({ width: 390, height: 844 });
    await page.goto(`${hub.base}/`);
    await page.getByRole('link', { name: 'Come in as a guest' }).click();
    await page.getByLabel('Your name here').fill('ann');
    await page.getByRole('button', { name: 'Come in' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Your name here').fill('zoë');
    await page.getByRole('button', { name: 'Come in' }).click();
    const field = page.getByLabel('Say something in lobby');
    await field.fill('hello from the browser');
    await field.press('Enter');
    await ann.until(/^zoë: hello from the browser$/);

    ann.send('say 你好，zoë\r\n');
    await page.getByText('你好，zoë').waitFor();
    await page.getByRole('button', { name: '2 here' }).click();
    await page.locator('.people').getByText('ann').waitFor();
    assert.deepEqual(await browser.violations(page), []);
    await page.reload();
    await page.getByText('你好，zoë').waitFor();

    await field.fill('tall\n'.repeat(60));
    await field.press('Enter');
    await ann.until(/^zoë: tall/);
    await page.locator('.message').getByText('tall').waitFor();
    // The day stays readable above what passes below it.
    const [below, seen] = await page.evaluate<[below: boolean, seen: string]>(`(() => {
      const said = [...document.querySelectorAll('.message')].at(-1);
      said.scrollIntoView({ block: 'end' });
      const { left, top, height } = document.querySelector('.day').getBoundingClientRect();
      const seen = document.elementFromPoint(left + 20, top + height / 2);
      return [said.getBoundingClientRect().top < top, seen.className];
    })()`);
    assert.deepEqual([below, seen], [true, 'day']);
    ann.send('look\r\n');
    await ann.until(/^zoë/);
    assert.deepEqual(browser.takeErrors(), []);
  },
);

test('pictures, edits, recalls, reactions, writing and what is unread', { skip: skipChromium }, async () => {
  await using opened = await openConsole(yaml, { inHouse: true });
  const { hub, browser } = opened;
  const page = await browser.open();
  await goTo(page, hub, 'rooms?room=house/lobby');
  const field = page.getByLabel('Say something in lobby');
  await field.fill('a word to mend');
  await field.press('Enter');
  const own = page.locator('.message.own').first();
  await own.getByText('a word to mend').waitFor();

  const guest = await browser.open({ stranger: true });
  await guest.goto(`${hub.base}/#/guest`);
  await guest.getByLabel('Your name here').fill('zoe');
  await guest.getByRole('button', { name: 'Come in' }).click();
  const seen = guest.locator('.message', { hasText: 'a word to mend' });
  await seen.hover();
  await seen.getByRole('button', { name: 'React' }).click();
  await seen.getByRole('button', { name: '🎉' }).click();
  await own.getByRole('button', { name: '🎉 1' }).waitFor();
  await guest.getByLabel('Say something in lobby').pressSequentially('hm');
  await page.getByText('zoe is writing').waitFor();

  await own.hover();
  await own.getByRole('button', { name: 'Edit' }).click();
  // What writes from the right turns no word of the page's own.
  await field.fill('a mended word, \u202edaeh sti no');
  await field.press('Enter');
  await guest.getByText('a mended word').waitFor();
  await guest.getByText('(edited)').waitFor();
  const mark = (await guest.getByText('(edited)').boundingBox())!;
  const words = (await guest.locator('.message bdi', { hasText: 'a mended word' }).boundingBox())!;
  assert.ok(mark.x >= words.x + words.width, `${mark.x} is not behind ${words.x + words.width}`);

  // As a browser pastes a picture.
  await field.evaluate((element, base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const event = new Event('paste', { bubbles: true, cancelable: true });
    const files = [
      Object.assign(new Blob([bytes], { type: 'image/png' }), { name: 'dot.png', lastModified: 0 }),
    ];
    Object.defineProperty(event, 'clipboardData', { value: { files } });
    element.dispatchEvent(event);
  }, pixel);
  const picture = guest.locator('.picture img');
  await picture.waitFor({ state: 'attached' });
  const address = (await picture.getAttribute('src')) ?? '';
  assert.match(address, /^\/media\//);
  assert.equal((await fetch(`${hub.base}${address}`)).headers.get('content-type'), 'image/png');

  await page.locator('input[type=file]').setInputFiles({
    name: 'list.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('tea, buns'),
  });
  await guest.locator('.message a', { hasText: 'list' }).waitFor();

  await own.hover();
  await own.getByRole('button', { name: 'Take back' }).click();
  await guest.getByText('taken back').waitFor();

  await goTo(page, hub, 'rooms?room=house/tea');
  await page.getByLabel('Say something in tea').waitFor();
  await guest.getByLabel('Say something in lobby').fill('while you were out');
  await guest.getByLabel('Say something in lobby').press('Enter');
  await guest.getByText('while you were out').waitFor();
  await goTo(page, hub, 'rooms?room=house/lobby');
  await page.getByText('while you were out').waitFor();
  await page.locator('.unread').waitFor();
  assert.equal(await page.locator('.room-bar').getByText(`as ${houseNick}`).count(), 1);
  assert.deepEqual(browser.takeErrors(), []);
});
