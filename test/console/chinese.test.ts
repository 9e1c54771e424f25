// The console in Chinese where something is wrong: what the hub says of it is Chinese as well, with every name in it.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { USERS } from '../e2e/bridge-guest.ts';
import { enter } from '../e2e/bridge-people.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import { skipChromium } from './browser.ts';
import { goTo, openConsole } from './console-hub.ts';
import { showPicture } from './pictures.ts';

const yaml = `
accounts:
  house: { network: house, name: Courtyard, rooms: [lobby, tea], telnet: { listen: "127.0.0.1:0" } }
  # A server that is not there.
  jabber: { network: xmpp, jid: bridge@localhost, nick: alley, password: secret-of-the-test, server: "xmpp://127.0.0.1:9", tls: false }
links:
  - { name: away, rooms: [house/tea, jabber/tea@conference.localhost] }
`;

const refused = '服务器拒绝了 bridge@localhost 的登录：用户名或密码不对（not-authorized';

test(
  'accounts in trouble, parked deliveries, differences and problems are told in Chinese',
  { skip: skipChromium || skipProsody },
  async () => {
    await using server = await startProsody({ users: USERS });
    await using opened = await openConsole(yaml);
    const { hub, browser } = opened;
    const page = await browser.open({ language: 'zh' });

    /** Looks at the page as it is now, and keeps it for the eye. */
    async function look(name: string): Promise<void> {
      assert.deepEqual(await browser.violations(page), []);
      await showPicture(page, `zh-${name}`);
    }

    await goTo(page, hub, 'overview');
    await page.getByText(/127\.0\.0\.1:9 没有程序在监听：连接被拒绝/).waitFor();
    await look('trouble');

    // The wizard, with a wrong address first, then with a password that the server refuses.
    await goTo(page, hub, 'connect');
    await page.getByRole('button', { name: /XMPP/ }).click();
    await page.getByLabel('账号的名字').fill('second');
    await page.getByLabel('地址 jid').fill('no address');
    await page.getByLabel('密码 password').fill('not this one');
    await page.getByLabel('服务器 server', { exact: true }).fill(`xmpp://127.0.0.1:${server.port}`);
    await page
      .getByText(/另外 \d+ 项/)
      .first()
      .click();
    const tls = page.locator('fieldset', { hasText: 'TLS 加密 tls' });
    await tls.getByRole('combobox').selectOption({ label: '自己设置' });
    await page.getByLabel('证书颁发者 ca').fill(server.caPath);
    await seeDifference(page);
    await page.getByText('不是 XMPP 地址：应写成 用户@服务器').waitFor();
    await look('mistake');
    await page.getByLabel('地址 jid').fill(`bridge@${server.domain}`);
    await seeDifference(page);
    await page.locator('.difference').getByText('新增账号 second（xmpp）').waitFor();
    await page.getByRole('button', { name: '生效' }).click();
    await page.getByText(refused).waitFor();
    await look('refused');

    // What was said to an account that is removed is parked.
    await using ann = await enter(await hub.process.telnet(), 'ann', 'tea');
    ann.send('say Is anybody out there?\r\n');
    await ann.until(/^ann: /);
    await goTo(page, hub, 'settings?account=jabber');
    await page.getByLabel('昵称 nick').fill('hutong; "移除" removed');
    await seeDifference(page);
    await page.locator('.difference').getByText('修改账号 jabber：nick "alley" → ').waitFor();
    await look('difference');
    await page.getByRole('button', { name: '取消' }).click();
    await page.getByRole('button', { name: '删除这个账号' }).click();
    await page
      .getByText(/没有账号“jabber”/)
      .first()
      .waitFor();
    await look('unknown-account');
    await goTo(page, hub, 'links');
    await page.getByRole('button', { name: /^away / }).click();
    await page.getByRole('button', { name: '删除这个互通' }).click();
    await page.locator('.difference').getByText('删除互通 away').waitFor();
    await page.getByRole('button', { name: '生效' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await goTo(page, hub, 'settings?account=jabber');
    await page.getByRole('button', { name: '删除这个账号' }).click();
    await page.locator('.difference').getByText('删除账号 jabber').waitFor();
    await page.getByRole('button', { name: '生效' }).click();
    await page.getByText(/已生效：1 处改动/).waitFor();
    await goTo(page, hub, 'queue');
    await page.getByText('账号 jabber 已被删除').waitFor();
    await look('parked');

    // A problem by its code, with the hub's own words for this one below.
    await goTo(page, hub, 'bots');
    for (const text of [undefined, '已经有令牌叫“weather”：先收回它，或换一个名字']) {
      await page.getByRole('button', { name: '新建令牌' }).first().click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('名称').fill('weather');
      await dialog.getByRole('button', { name: '新建令牌' }).click();
      if (text === undefined) await page.getByRole('button', { name: '我记下了' }).click();
      else await dialog.getByText(text).waitFor();
    }
    await look('problem');
    assert.deepEqual(
      browser.takeErrors().filter((error) => !error.includes('status of 422')),
      [],
    );
  },
);

async function seeDifference(page: Page): Promise<void> {
  await page.getByRole('button', { name: /看差异|再检查一次/ }).click();
}
