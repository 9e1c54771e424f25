// The first administrator, as somebody meets them who starts hutong for the first time; and what the command line does
// to people who are logged in at that moment. The hub is a process, killed as a power cut would.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freshMs } from '../../src/hub/fresh-values.ts';
import { HubHome, type HubProcess } from '../servers/hub-process.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const yaml = `
http: { listen: "127.0.0.1:0" }
accounts:
  house: { network: house, telnet: false }
`;

/** A browser, as far as logging in needs one. */
class Browser {
  #cookie = '';

  async post(http: string, path: string, body: object): Promise<unknown> {
    const answer = await fetch(`http://${http}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { cookie: this.#cookie, origin: `http://${http}` },
    });
    this.#cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? this.#cookie;
    return answer.json();
  }

  async session(http: string): Promise<unknown> {
    return (await fetch(`http://${http}/api/session`, { headers: { cookie: this.#cookie } })).json();
  }
}

const success = { message: 'success', code: 0 };
const failed = { message: 'failed', code: -1 };

function firstPassword(hub: HubProcess): Promise<string> {
  return hub.said(/log in as "admin" with the password (\S+)/);
}

async function runCommand(home: HubHome, words: readonly string[], input = ''): Promise<string> {
  const child = spawn(process.execPath, [main, ...words, '--config', home.config], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(code, 0, out);
  return out;
}

test('the first administrator logs in once with the printed password and chooses another', async () => {
  await using home = await HubHome.create(yaml);
  let hub = home.start();
  const password = await firstPassword(hub);
  await hub.kill();
  hub = home.start();
  assert.equal(await firstPassword(hub), password, 'it is the same until it is used');
  let http = await hub.http();

  const browser = new Browser();
  assert.deepEqual(await browser.post(http, '/api/login', { username: 'admin', password }), success);
  assert.deepEqual(await browser.session(http), { user: { name: 'admin', role: 'admin', mustChange: true } });
  assert.deepEqual(
    await browser.post(http, '/api/password', { password, newPassword: 'my own words' }),
    success,
  );
  await hub.kill();

  hub = home.start();
  http = await hub.http();
  assert.deepEqual(await browser.session(http), {
    user: { name: 'admin', role: 'admin', mustChange: false },
  });
  assert.deepEqual(await new Browser().post(http, '/api/login', { username: 'admin', password }), failed);
  assert.ok(!hub.log.some(({ msg }) => msg.includes(password)), 'and it is printed no more');
});

test('users that the command line adds, changes and removes are so within half a second', async () => {
  await using home = await HubHome.create(yaml);
  await runCommand(home, ['user', 'add', 'ann', '--admin', '--password-stdin'], 'correct horse\n');
  const hub = home.start();
  const http = await hub.http();
  assert.ok(!hub.log.some(({ msg }) => msg.includes('with the password')), 'there is an administrator');
  const ann = new Browser();
  assert.deepEqual(
    await ann.post(http, '/api/login', { username: 'ann', password: 'correct horse' }),
    success,
  );
  assert.deepEqual(await ann.session(http), { user: { name: 'ann', role: 'admin', mustChange: false } });
  assert.match(await runCommand(home, ['user', 'list']), /^ann\tadmin\t/);

  await runCommand(home, ['user', 'add', 'ann', '--password-stdin'], 'battery staple\n');
  await sleep(freshMs); // As long as the hub may take what it read for true.
  assert.deepEqual(await ann.session(http), { user: null });
  assert.deepEqual(
    await ann.post(http, '/api/login', { username: 'ann', password: 'battery staple' }),
    success,
  );
  assert.deepEqual(await ann.session(http), { user: { name: 'ann', role: 'admin', mustChange: false } });
  await runCommand(home, ['user', 'remove', 'ann']);
  await sleep(freshMs);
  assert.deepEqual(await ann.session(http), { user: null });
});

test('metrics are open to this machine, under its own names only', async () => {
  await using home = await HubHome.create(yaml);
  const hub = home.start();
  const http = await hub.http();
  const status = async (headers: Record<string, string> = {}) =>
    (await fetch(`http://${http}/metrics`, { headers })).status;
  assert.equal(await status(), 200);
  assert.equal(await status({ 'x-forwarded-for': '127.0.0.1' }), 401);
  assert.equal(await status({ origin: 'http://evil.example' }), 401);
  const token = (await runCommand(home, ['token', 'create', 'p', '--scope=read'])).trim();
  assert.equal(await status({ 'x-forwarded-for': '10.0.0.1', authorization: `Bearer ${token}` }), 200);
  assert.match(await runCommand(home, ['token', 'list']), /^p\tread\tall accounts\t\S+.*\tused /);
});

test('a certificate that cannot be used ends the start, with the file and the setting', async () => {
  await using home = await HubHome.create(
    yaml.replace('127.0.0.1:0"', '127.0.0.1:0", tls: { cert: gone.pem, key: gone.key }'),
  );
  const { code, errors } = await home.start().ended();
  assert.equal(code, 1);
  assert.match(errors, /gone\.pem \(http\.tls\.cert\) cannot be read: ENOENT/);
});
