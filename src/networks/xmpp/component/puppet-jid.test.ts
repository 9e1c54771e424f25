import assert from 'node:assert/strict';
import test from 'node:test';
import { createJid } from '../../../wire/xmpp/jid.ts';
import { toPuppetLocal } from './puppet-jid.ts';

const local = (user: string, account = 'qq') => toPuppetLocal({ account, user });

test('an id that addresses can hold is shown in it, escaped where it has to be', () => {
  assert.equal(local('123456'), 'qq.123456');
  assert.equal(local('王小明'), 'qq.王小明');
  assert.equal(local("d'art agnan@host/x"), String.raw`qq.d\27art\20agnan\40host\2fx`);
  assert.equal(local(String.raw`a\40b`), String.raw`qq.a\5c40b`);
});

test('ids that a server might take for one get different addresses', () => {
  const ids = [
    'Ann',
    'ann',
    'ANN',
    'ａｎｎ',
    ' ann',
    'ann ',
    'straße',
    'strasse',
    'a\u0301',
    'á',
    '',
    '👋',
    '~',
    'a~',
  ];
  const locals = ids.map((id) => local(id));
  assert.equal(new Set(locals.map((each) => createJid(each, 'x').local)).size, ids.length);
  for (const each of locals) assert.equal(createJid(each, 'x').local, each, 'it is prepared already');
});

test('an address is short, however long the id', () => {
  const long = local('字'.repeat(5000));
  assert.ok(Buffer.byteLength(long) < 200);
  assert.notEqual(long, local('字'.repeat(5001)));
  assert.ok(Buffer.byteLength(local('@'.repeat(64))) < 300);
});

test('accounts do not mix', () => {
  assert.notEqual(local('b.c', 'a'), local('c', 'a-b'));
  assert.notEqual(local('a~', 'x'), local('A', 'x'));
});
