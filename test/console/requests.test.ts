// Requests in the console, by a real hub and the strict OneBot implementation: who asks on QQ is accepted and refused in a
// browser, QQ hears of it, also through a kill of the hub; what somebody answers in QQ itself is shown, too.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { eventually } from '../e2e/bridge-hub.ts';
import { GROUP, OneBotImplementation } from '../fakes/onebot-implementation.ts';
import { skipChromium } from './browser.ts';
import { goTo, openConsole } from './console-hub.ts';
import { keepPicture } from './pictures.ts';

const friend = { request_type: 'friend', user_id: 5, comment: '你好，我是<b>五</b>' };
const newcomer = { request_type: 'group', sub_type: 'add', group_id: GROUP, user_id: 77, comment: '想进来' };
const invitation = { request_type: 'group', sub_type: 'invite', group_id: 999, user_id: 10_001 };

function toYaml(qq: OneBotImplementation): string {
  return `
accounts:
  house: { network: house, name: Courtyard, rooms: [lobby] }
  qq: { network: onebot, url: "${qq.url}" }
`;
}

/** The request of who has this name. */
function card(page: Page, name: string) {
  return page.locator('.request').filter({ hasText: name });
}

test(
  'who asks on QQ is shown with their words, accepted and refused with a reason, and QQ hears of it',
  { skip: skipChromium },
  async () => {
    await using qq = await new OneBotImplementation().listen();
    await using opened = await openConsole(toYaml(qq));
    const { hub, browser } = opened;
    await qq.until(() => qq.connections > 0);
    const page = await browser.open();
    await goTo(page, hub, 'requests');
    await page.getByText('Nobody waits').waitFor();
    await qq.ask('f1', friend);
    await qq.ask('g1', newcomer);
    await qq.ask('i1', invitation);
    await card(page, '用户5').getByText('你好，我是<b>五</b>').waitFor();
    await card(page, '用户10001').getByText('邻居').waitFor();
    await card(page, '用户77').getByText('想进来').waitFor();
    assert.deepEqual(await browser.violations(page), []);
    await keepPicture(page, 'requests');

    await card(page, '用户5').getByRole('button', { name: 'Accept' }).click();
    await qq.until(() => qq.requests.get('f1')?.approved === true);
    await card(page, '用户77').getByRole('button', { name: 'Refuse' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('人满了');
    await dialog.getByRole('button', { name: 'Refuse' }).click();
    await qq.until(() => qq.requests.get('g1')?.approved === false);
    assert.equal(qq.requests.get('g1')?.reason, '人满了');

    // Somebody accepts the invitation in QQ itself.
    const entered = { post_type: 'notice', notice_type: 'group_increase', sub_type: 'invite', group_id: 999 };
    await qq.notify({ ...entered, user_id: 10_000, operator_id: 10_001 });
    await page.getByText('Nobody waits').waitFor();
    await page.getByText('Answered', { exact: true }).click();
    await card(page, '用户5').getByText('Accepted').waitFor();
    await card(page, '用户77').getByText('Reason: 人满了').waitFor();
    await card(page, '邻居').getByText('Accepted').waitFor();
    assert.deepEqual(browser.takeErrors(), []);
  },
);

test(
  'an answer given while QQ is away goes out after a kill of the hub, once',
  { skip: skipChromium },
  async () => {
    await using qq = await new OneBotImplementation().listen();
    await using opened = await openConsole(toYaml(qq));
    const { hub, browser } = opened;
    await qq.until(() => qq.connections > 0);
    await qq.ask('f1', friend);
    const page = await browser.open();
    await goTo(page, hub, 'overview');
    await page.getByText('1 request waits for an answer.').waitFor({ timeout: 20_000 });
    await goTo(page, hub, 'requests');
    await card(page, '用户5').waitFor();
    await qq.cut();
    await card(page, '用户5').getByRole('button', { name: 'Accept' }).click();
    await page.getByText('Nobody waits').waitFor();
    await hub.process.kill();
    await qq.listen();
    await hub.again();
    await eventually('QQ hears of it', () => qq.requests.get('f1')?.approved === true, 40_000);
    await page.getByText('Answered', { exact: true }).click();
    await card(page, '用户5').getByText('Accepted').waitFor();
    assert.equal(qq.calls.filter(({ action }) => action === 'set_friend_add_request').length, 1);
  },
);
