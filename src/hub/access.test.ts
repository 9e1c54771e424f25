// Tokens and users: what is kept opens nothing, what was handed out does, until it is revoked.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Access, AccessError, allows } from './access.ts';
import { freshMs, FreshValues } from './fresh-values.ts';

function setup() {
  const values = new Map<string, string>();
  const store: ConstructorParameters<typeof Access>[0] = {
    get: async (key) => values.get(key),
    async set(entries) {
      for (const [key, value] of entries) {
        if (value === undefined) values.delete(key);
        else values.set(key, value);
      }
    },
    list: async (prefix) => [...values].filter(([key]) => key.startsWith(prefix)),
  };
  return { access: new Access(store), store, values };
}

test('a token opens what its scopes say, and what is kept of it is only a hash', async () => {
  const { access, values } = setup();
  const text = await access.createToken({ name: 'bot', scopes: ['read'], account: 'qq', createdAt: 5 });
  assert.doesNotMatch([...values.values()].join(), new RegExp(text.slice(-20)));
  const token = await access.verifyToken(text);
  assert.deepEqual(token, { name: 'bot', scopes: ['read'], account: 'qq', createdAt: 5 });
  assert.ok(token);
  assert.ok(allows(token, 'read') && allows(token, 'read', 'qq'));
  assert.ok(!allows(token, 'read', 'wx') && !allows(token, 'send'));
});

test('admin may do all', () => {
  assert.ok(allows({ scopes: ['admin'] }, 'send', 'qq', 'qq/group:1'));
});

test('a token that is bound to rooms serves these only', async () => {
  const { access } = setup();
  const text = await access.createToken({ name: 'b', scopes: ['send'], rooms: ['qq/1'], createdAt: 0 });
  const token = await access.verifyToken(text);
  assert.ok(token);
  assert.ok(allows(token, 'send', 'qq') && allows(token, 'send', 'qq', 'qq/1'));
  assert.ok(!allows(token, 'send', 'qq', 'qq/12') && !allows(token, 'read', 'qq', 'qq/1'));
});

test('the last use of a token is told, written at most once a minute, and gone with it', async () => {
  const { access, values } = setup();
  const text = await access.createToken({ name: 'b', scopes: ['send'], createdAt: 0 });
  assert.equal((await access.tokens())[0]?.usedAt, undefined);
  for (const at of [1_000, 60_999]) await access.verifyToken(text, at);
  await access.verifyToken(text.replace(/.$/, '~'), 500_000);
  assert.equal((await access.tokens())[0]?.usedAt, 1_000);
  await access.verifyToken(text, 61_000);
  assert.equal((await access.tokens())[0]?.usedAt, 61_000);
  await access.revokeToken('b');
  assert.equal(values.size, 0);
});

test('what is no token opens nothing', async () => {
  const { access } = setup();
  const text = await access.createToken({ name: 'bot', scopes: ['read'], createdAt: 0 });
  const wrong = text.slice(0, -1) + (text.endsWith('A') ? 'B' : 'A');
  for (const tried of ['', 'hutong_', wrong, `${text}x`, text.replace(/_.{18}_/, '_000000000000000000_')]) {
    assert.equal(await access.verifyToken(tried), undefined);
  }
});

test('a revoked token is over at once; its name is free again', async () => {
  const { access } = setup();
  const text = await access.createToken({ name: 'bot', scopes: ['read'], createdAt: 0 });
  await assert.rejects(access.createToken({ name: 'bot', scopes: ['read'], createdAt: 0 }), AccessError);
  await access.revokeToken('bot');
  assert.equal(await access.verifyToken(text), undefined);
  await assert.rejects(access.revokeToken('bot'), /there is no token "bot"/);
  await access.createToken({ name: 'bot', scopes: ['send'], createdAt: 1 });
  assert.deepEqual(await access.tokens(), [{ name: 'bot', scopes: ['send'], createdAt: 1 }]);
});

test('a token that was right is known at once while it is kept as it was, and only by its own text', async () => {
  const { store, values } = setup();
  const time = { nowMs: 0 };
  const fresh = new FreshValues(store, { monotonicMs: () => time.nowMs });
  const access = new Access(fresh);
  const text = await access.createToken({ name: 'bot', scopes: ['read'], createdAt: 0 });
  assert.equal(access.knownToken(text), undefined, 'it was never right yet');
  const token = await access.verifyToken(text);
  assert.equal(access.knownToken(text), token);
  assert.equal(access.knownToken(`${text}x`), undefined);
  time.nowMs = freshMs;
  assert.equal(access.knownToken(text), undefined, 'another process may have revoked it');
  await access.verifyToken(text);
  assert.equal(access.knownToken(text), token);
  const [key, value] = [...values].find(([each]) => each.startsWith('token/'))!;
  await fresh.set([[key, value.replace('read', 'send')]]);
  await fresh.get(key);
  assert.equal(access.knownToken(text), undefined, 'it has other rights now');
  await access.verifyToken(text);
  assert.deepEqual(access.knownToken(text)?.scopes, ['send']);
  await access.revokeToken('bot');
  assert.equal(access.knownToken(text), undefined);
});

test('a user logs in with the password, however its characters were composed, and with no other', async () => {
  const { access, values } = setup();
  await access.setUser({ name: '安', createdAt: 7 }, 'pässwörd');
  assert.doesNotMatch([...values.values()].join(), /pässwörd/);
  const verified = await access.verifyUser('安', 'pa\u0308sswo\u0308rd');
  assert.deepEqual([verified?.name, verified?.role, verified?.createdAt], ['安', 'user', 7]);
  assert.equal(await access.verifyUser('安', 'passwort'), undefined);
  assert.equal(await access.verifyUser('nobody', 'pässwörd'), undefined);
  await access.setUser({ name: '安', createdAt: 8 }, 'another one');
  assert.equal(await access.verifyUser('安', 'pässwörd'), undefined);
  await access.removeUser('安');
  assert.deepEqual(await access.users(), []);
});

test('a name with a control character, a short and an endless password are refused', async () => {
  const { access } = setup();
  for (const name of ['', ' a', 'a\nb', 'a/b', 'x'.repeat(65)]) {
    await assert.rejects(access.setUser({ name, createdAt: 0 }, 'long enough'), /is no name/);
  }
  await assert.rejects(access.setUser({ name: 'a', createdAt: 0 }, 'short'), /8 to 1024 characters/);
  await assert.rejects(access.setUser({ name: 'a', createdAt: 0 }, 'x'.repeat(1025)), AccessError);
});

test('another password keeps the role, unless one is named, and is told from the one before', async () => {
  const { access } = setup();
  await access.setUser({ name: 'a', role: 'admin', createdAt: 0 }, 'long enough');
  const before = await access.user('a');
  await access.setUser({ name: 'a', createdAt: 1 }, 'long enough');
  const after = await access.user('a');
  assert.equal(after?.role, 'admin');
  assert.notEqual(after?.passwordId, before?.passwordId);
  await access.setUser({ name: 'a', role: 'user', createdAt: 2 }, 'long enough');
  assert.equal((await access.user('a'))?.role, 'user');
});

test('the first administrator has a one-time password, the same at every start until it is replaced', async () => {
  const { access, values } = setup();
  const first = await access.firstLogin(1);
  assert.equal(first?.name, 'admin');
  assert.match(first.password, /^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
  assert.deepEqual(await access.firstLogin(2), first);
  const user = await access.verifyUser('admin', first.password);
  assert.deepEqual([user?.role, user?.mustChange], ['admin', true]);
  await access.setUser({ name: 'admin', createdAt: 3 }, 'my own choice');
  assert.equal((await access.user('admin'))?.mustChange, undefined);
  assert.equal(await access.firstLogin(4), undefined);
  assert.doesNotMatch([...values.values()].join(), new RegExp(first.password));
});

test('when somebody else became administrator meanwhile, the one-time password is over', async () => {
  const { access } = setup();
  const first = await access.firstLogin(1);
  assert.ok(first);
  await access.setUser({ name: 'bo', role: 'admin', createdAt: 2 }, 'long enough');
  assert.equal(await access.firstLogin(3), undefined);
  assert.equal(await access.verifyUser(first.name, first.password), undefined);
});

test('no administrator is made of somebody who happens to have that name', async () => {
  const { access } = setup();
  await access.setUser({ name: 'admin', createdAt: 0 }, 'long enough');
  assert.equal(await access.firstLogin(1), undefined);
  assert.equal((await access.user('admin'))?.role, 'user');
});
