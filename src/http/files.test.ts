// Files under a document root, by the bytes that clients send: everything of the root, and nothing else.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtempDisposable, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { requestRaw, startWeb, toStatus } from '../../test/fakes/web.ts';
import type { FileOptions } from './files.ts';
import { consolePolicy } from './standard-headers.ts';

const secret = 'kept outside';

/** A root with files, and beside it what must never be seen. */
async function createSite(options: Partial<FileOptions> = {}) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'hutong-files-'));
  const root = join(folder.path, 'site');
  await mkdir(join(root, 'sub', 'empty'), { recursive: true });
  await mkdir(join(root, 'assets'));
  await mkdir(join(root, '.git'));
  await mkdir(join(root, '.well-known'));
  await mkdir(join(folder.path, 'site-private'));
  const files = {
    'secret.txt': secret,
    'site-private/secret.txt': secret,
    'site/index.html': '<p>home</p>',
    'site/sub/index.html': '<p>sub</p>',
    'site/page.html': '<p>0123456789</p>',
    'site/assets/app-1a2b.js': 'export {};',
    'site/.git/config': secret,
    'site/.well-known/thing': 'found',
    'site/胡同 100%.txt': '互通',
    'site/a?b#c.txt': 'odd',
    'site/none': '',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
  await symlink('../secret.txt', join(root, 'link.txt'));
  await symlink('..', join(root, 'up'));
  await symlink('page.html', join(root, 'inside.html'));
  await symlink('gone', join(root, 'dangling'));
  const web = await startWeb({
    files: { root, policy: consolePolicy, hashedUnder: '/assets/', ...options },
  });
  return {
    ...web,
    root,
    async [Symbol.asyncDispose]() {
      await web.close();
      await folder.remove();
    },
  };
}

test('a file comes with its type, its length, a date and an ETag that spares it the next time', async () => {
  await using site = await createSite();
  const answer = await fetch(`${site.url}/page.html`);
  assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8');
  assert.equal(answer.headers.get('content-length'), '17');
  assert.equal(answer.headers.get('cache-control'), 'no-cache');
  assert.equal(answer.headers.get('server'), 'hutong');
  assert.ok(Date.parse(answer.headers.get('date')!) > 0);
  assert.ok(Date.parse(answer.headers.get('last-modified')!) > 0);
  assert.equal(await answer.text(), '<p>0123456789</p>');
  // Not by fetch, which asks caches not to answer then.
  const etag = answer.headers.get('etag')!;
  const again = await requestRaw(site.port, '/page.html', `If-None-Match: ${etag}\r\n`);
  assert.deepEqual([toStatus(again), again.split('\r\n\r\n')[1]], [304, '']);
  const script = await fetch(`${site.url}/assets/app-1a2b.js`);
  assert.match(script.headers.get('content-type')!, /javascript/);
  assert.equal(script.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  const unknown = await fetch(`${site.url}/none`);
  assert.deepEqual(
    [unknown.headers.get('content-type'), unknown.headers.get('content-length'), await unknown.text()],
    ['application/octet-stream', '0', ''],
  );
});

test('HEAD answers what GET would, without the file', async () => {
  await using site = await createSite();
  const answer = await fetch(`${site.url}/page.html`, { method: 'HEAD' });
  assert.deepEqual(
    [answer.status, answer.headers.get('content-length'), await answer.text()],
    [200, '17', ''],
  );
});

test('parts of a file are served, and those that are not there are refused', async () => {
  await using site = await createSite();
  const part = async (range: string, headers = {}) => {
    const answer = await fetch(`${site.url}/page.html`, { headers: { range, ...headers } });
    return [
      answer.status,
      answer.headers.get('content-range'),
      answer.status === 416 ? '' : await answer.text(),
    ];
  };
  assert.deepEqual(await part('bytes=3-5'), [206, 'bytes 3-5/17', '012']);
  assert.deepEqual(await part('bytes=13-'), [206, 'bytes 13-16/17', '</p>']);
  assert.deepEqual(await part('bytes=-4'), [206, 'bytes 13-16/17', '</p>']);
  assert.deepEqual(await part('bytes=100-'), [416, 'bytes */17', '']);
  assert.deepEqual(await part('bytes=3-5', { 'if-range': '"another"' }), [200, null, '<p>0123456789</p>']);
  assert.deepEqual(await part('lines=1-2'), [200, null, '<p>0123456789</p>']);
});

test('a folder is its index.html, under an address that ends with a slash', async () => {
  await using site = await createSite();
  assert.equal(await (await fetch(`${site.url}/`)).text(), '<p>home</p>');
  assert.equal(await (await fetch(`${site.url}/sub/`)).text(), '<p>sub</p>');
  const bare = await fetch(`${site.url}/sub?a=1`, { redirect: 'manual' });
  assert.deepEqual([bare.status, bare.headers.get('location')], [301, '/sub/?a=1']);
  for (const path of ['/sub/empty/', '/page.html/', '/assets/']) {
    assert.equal((await fetch(site.url + path)).status, 404, path);
  }
});

test('names with spaces, other alphabets, % and ? are names like any other', async () => {
  await using site = await createSite();
  assert.equal(await (await fetch(`${site.url}/${encodeURIComponent('胡同 100%.txt')}`)).text(), '互通');
  assert.equal(await (await fetch(`${site.url}/${encodeURIComponent('a?b#c.txt')}`)).text(), 'odd');
  assert.equal(await (await fetch(`${site.url}/.well-known/thing`)).text(), 'found');
  assert.equal(await (await fetch(`${site.url}/inside.html`)).text(), '<p>0123456789</p>');
  const absolute = await requestRaw(site.port, 'http://localhost/page.html');
  assert.match(absolute, /<p>0123456789<\/p>$/);
});

/** Ways out of the root: up by dots in every spelling, by links, by what other systems take for separators. */
const waysOut = [
  '/../secret.txt',
  '/sub/../../secret.txt',
  '/%2e%2e/secret.txt',
  '/.%2e/secret.txt',
  '/%2E./secret.txt',
  '/..%2fsecret.txt',
  '/..%2Fsecret.txt',
  '/%2e%2e%2fsecret.txt',
  '/sub/%2e%2e/%2e%2e/secret.txt',
  '/%252e%252e/secret.txt',
  '/%252e%252e%252fsecret.txt',
  '/..%5csecret.txt',
  '/..\\secret.txt',
  '/sub\\..\\..\\secret.txt',
  '/%5c..%5csecret.txt',
  '/..%c0%afsecret.txt',
  '/%c0%ae%c0%ae/secret.txt',
  '/%e0%80%ae%e0%80%ae/secret.txt',
  '/..%u2215secret.txt',
  '/..%ef%bc%8fsecret.txt',
  '/..;/secret.txt',
  '/.../secret.txt',
  '/../site-private/secret.txt',
  '/%2e%2e/site-private/secret.txt',
  '//secret.txt',
  '//../secret.txt',
  '///etc/passwd',
  '/%2fetc%2fpasswd',
  '/file:///etc/passwd',
  '/page.html%00',
  '/secret.txt%00.html',
  '/%00/../secret.txt',
  '/link.txt',
  '/up/secret.txt',
  '/up/site-private/secret.txt',
  '/dangling',
  '/.git/config',
  '/%2egit/config',
  '/sub/./index.html',
  '/./.git/config',
  'http://localhost/../secret.txt',
  'http://localhost/%2e%2e/secret.txt',
  'http://localhost//../../secret.txt',
  '*',
  '*index.html',
];

test('nothing outside of the root is served, nor what is hidden in it', async () => {
  await using site = await createSite();
  for (const path of waysOut) {
    const answer = await requestRaw(site.port, path);
    assert.ok([400, 404].includes(toStatus(answer)), `${path}: ${answer.slice(0, 200)}`);
    assert.doesNotMatch(answer, /kept outside|root:/, path);
  }
});

test('a redirect cannot be bent to another site', async () => {
  await using site = await createSite();
  for (const path of [
    '//evil.example/sub',
    '//evil.example',
    '/\\evil.example/sub',
    '/%2f/evil.example/..',
  ]) {
    const answer = await requestRaw(site.port, path);
    assert.doesNotMatch(answer, /^location:/im, path);
  }
});

test('what is no file is nothing: a socket or a pipe would hold whoever reads it', async () => {
  await using site = await createSite();
  await using other = createServer();
  other.listen(join(site.root, 'socket'));
  await once(other, 'listening');
  assert.equal((await fetch(`${site.url}/socket`)).status, 404);
});

test('a file takes no other method, and an unknown address none', async () => {
  await using site = await createSite();
  const put = await fetch(`${site.url}/page.html`, { method: 'PUT', body: 'x' });
  assert.deepEqual([put.status, put.headers.get('allow')], [405, 'GET, HEAD, OPTIONS']);
  const options = await fetch(`${site.url}/page.html`, { method: 'OPTIONS' });
  assert.deepEqual([options.status, options.headers.get('allow')], [204, 'GET, HEAD, OPTIONS']);
  assert.equal((await fetch(`${site.url}/nothing`, { method: 'POST', body: 'x' })).status, 404);
  const login = await fetch(`${site.url}/api/login`);
  assert.deepEqual([login.status, login.headers.get('allow')], [405, 'OPTIONS, POST']);
});

test('while the root is missing its first page says what to do; once it is there it is served', async () => {
  const missing = { title: 'Not built', html: '<p>Run it.</p>' };
  await using site = await createSite({ missing });
  await rm(site.root, { recursive: true });
  const answer = await fetch(`${site.url}/`);
  assert.equal(answer.status, 503);
  assert.match(await answer.text(), /<h1>Not built<\/h1><p>Run it\.<\/p>/);
  assert.equal((await fetch(`${site.url}/assets/app-1a2b.js`)).status, 404);
  await mkdir(site.root);
  await writeFile(join(site.root, 'index.html'), 'built');
  assert.equal(await (await fetch(`${site.url}/`)).text(), 'built');
});

test('pages may run only what they came with', async () => {
  await using site = await createSite();
  const { headers } = await fetch(`${site.url}/`);
  const policy = headers.get('content-security-policy')!;
  assert.match(policy, /script-src 'self'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.equal(headers.get('referrer-policy'), 'same-origin');
});
