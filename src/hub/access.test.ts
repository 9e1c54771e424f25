// Tokens and users: what is kept opens nothing, what was handed out does, until it is revoked.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Access, AccessError, allows } from './access.ts';

function setup() {
  const values = new Map<string, string>();
  const access = new Access({
    get: async (key) => values.get(key),
    async set(entries) {
      for (const [key, value] of entries) {
        if (value === undefined) values.delete(key);
        else values.set(key, value);
      }
    },
    list: async (prefix) => [...values].filter(([key]) => key.startsWith(prefix)),
  });
  return { access, values };
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
  assert.ok(allows({ name: 'a', scopes: ['admin'], createdAt: 0 }, 'send', 'qq'));
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

test('a user logs in with the password, however its characters were composed, and with no other', async () => {
  const { access, values } = setup();
  await access.setUser({ name: '安', createdAt: 7 }, 'pässwörd');
  assert.doesNotMatch([...values.values()].join(), /pässwörd/);
  assert.deepEqual(await access.verifyUser('安', 'pa\u0308sswo\u0308rd'), { name: '安', createdAt: 7 });
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
