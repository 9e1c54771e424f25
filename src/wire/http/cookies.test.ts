import assert from 'node:assert/strict';
import test from 'node:test';
import { Cookies, type CookieStore } from './cookies.ts';

class FakeStore implements CookieStore {
  readonly values = new Map<string, string>();
  writes = 0;
  failure: Error | undefined;
  async get(key: string) {
    return this.values.get(key);
  }
  async set(key: string, value: string | undefined) {
    this.writes += 1;
    if (this.failure) throw this.failure;
    if (value === undefined) this.values.delete(key);
    else this.values.set(key, value);
  }
}

const url = new URL('https://api.example.org/a/b');

test('cookies go back where they came from, by domain, path and security', async () => {
  const cookies = new Cookies(new FakeStore());
  await cookies.take(['a=1; Path=/', 'b=2; Domain=example.org; Path=/a', 'c=3; Secure; Path=/', 'd=4'], url);
  assert.equal(await cookies.headerFor(url), 'b=2; d=4; a=1; c=3');
  assert.equal(await cookies.headerFor(new URL('https://other.example.org/a')), 'b=2');
  assert.equal(await cookies.headerFor(new URL('http://api.example.org/')), 'a=1');
  assert.equal(await cookies.headerFor(new URL('https://example.net/')), '');
});

test('a cookie for a whole top-level domain, or for somebody else’s, is left out', async () => {
  const cookies = new Cookies(new FakeStore());
  await cookies.take(['a=1; Domain=org', 'b=2; Domain=example.com', 'c=3; Domain=co.uk', '=;', ''], url);
  assert.equal(await cookies.headerFor(url), '');
});

test('cookies outlive a restart, those without an expiry too; what is deleted stays so', async () => {
  const store = new FakeStore();
  const before = new Cookies(store);
  await before.take(['session=s; Path=/', 'long=l; Path=/; Max-Age=3600', 'gone=g; Path=/'], url);
  await before.take(['gone=; Path=/; Max-Age=0'], url);
  assert.equal(await new Cookies(store).headerFor(url), 'session=s; long=l');
});

test('many answers at once are few writes, and all of their cookies are kept', async () => {
  const store = new FakeStore();
  const cookies = new Cookies(store);
  const taken = Array.from({ length: 50 }, (_, index) => cookies.take([`c${index}=1; Path=/`], url));
  await Promise.all(taken);
  assert.ok(store.writes < 10, `${store.writes} writes`);
  assert.equal((await new Cookies(store).headerFor(url)).split('; ').length, 50);
});

test('cookies that cannot be kept are told to who got them, and are kept with the next ones', async () => {
  const store = new FakeStore();
  const cookies = new Cookies(store);
  store.failure = new Error('the disk is full');
  await assert.rejects(cookies.take(['a=1; Path=/'], url), /disk is full/);
  store.failure = undefined;
  await cookies.take(['b=2; Path=/'], url);
  assert.equal(await new Cookies(store).headerFor(url), 'a=1; b=2');
});

test('a server cannot fill the store: cookies are bounded in length and number', async () => {
  const store = new FakeStore();
  const cookies = new Cookies(store);
  await cookies.take([`long=${'x'.repeat(5000)}; Path=/`], url);
  assert.equal(await cookies.headerFor(url), '');
  await cookies.take(
    Array.from({ length: 600 }, (_, index) => `c${index}=1; Path=/`),
    url,
  );
  assert.equal((await cookies.headerFor(url)).split('; ').length, 500);
});
