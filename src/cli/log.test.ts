// The log: secrets are struck out whoever wrote them, and foreign text can forge no line.
import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import test from 'node:test';
import { AccountError } from '../hub/errors.ts';
import { createLog } from './log.ts';

function capture(readable: boolean, coloured = readable) {
  const lines: string[] = [];
  const { log, hide } = createLog({ level: 'info', readable, coloured, write: (line) => lines.push(line) });
  return { log, hide, lines };
}

test('without a terminal each line is JSON', () => {
  const { log, lines } = capture(false);
  log.info({ account: 'qq' }, 'online');
  log.debug({}, 'not shown at this level');
  assert.equal(lines.length, 1);
  const { time, ...rest } = JSON.parse(lines[0]!) as Record<string, unknown>;
  assert.deepEqual(rest, { level: 30, account: 'qq', msg: 'online' });
  assert.match(String(time), /^\d{4}-\d\d-\d\dT/);
});

test('a secret is struck out wherever it stands, in JSON too, where it is escaped', () => {
  for (const readable of [false, true]) {
    const { log, hide, lines } = capture(readable);
    hide(['s3cr"et', 'no']);
    log.warn({ err: new Error('bad password s3cr"et') }, 'tried s3cr"et and no other');
    assert.doesNotMatch(lines.join(''), /s3cr/);
    assert.match(lines.join(''), /tried \[hidden\] and no other/);
  }
});

test('a password that is an everyday word does not strike that word out of the log', () => {
  const { log, hide, lines } = capture(false);
  hide(['wrong', '5267', 'correct horse', 'pw12']);
  log.warn(
    { password: 'wrong', url: 'xmpp://a:wrong@host' },
    'user or password is wrong on port 5267; pw12 or correct horse',
  );
  const { password, url, msg } = JSON.parse(lines[0]!) as Record<string, unknown>;
  assert.deepEqual(
    [password, url, msg],
    ['[hidden]', 'xmpp://a:[hidden]@host', 'user or password is wrong on port 5267; [hidden] or [hidden]'],
  );
});

test('an error of hutong is its code and what caused it first; a strange one has its stack', () => {
  const { log, lines } = capture(false);
  const cause = new Error('socket', { cause: new Error('connect ECONNREFUSED') });
  log.warn({ err: new AccountError('account-unreachable', 'nothing listens', { cause }) }, 'waiting');
  log.error({ err: new TypeError('x is undefined') }, 'oops');
  const [own, strange] = lines.map((line) => (JSON.parse(line) as { err: Record<string, unknown> }).err);
  assert.deepEqual(own, {
    code: 'account-unreachable',
    message: 'nothing listens',
    cause: 'connect ECONNREFUSED',
  });
  assert.match(String(strange?.['stack']), /TypeError: x is undefined\n\s+at /);
});

test('on a terminal foreign text can neither begin a line nor steer', () => {
  const { log, lines } = capture(true);
  log.info({ name: 'a\u009b31m\u202e' }, 'hello\n[12:00:00] FATAL: forged\u001b[2J');
  const text = stripVTControlCharacters(lines.join(''));
  assert.doesNotMatch(text, /\n\[12:00:00\]|\u009b|\u202e/);
  assert.match(text, /hello\\n\[12:00:00\] FATAL: forged\\u001b\[2J/);
});

test('a line for people is the time, the level, the message and its fields; a strange error is shown whole', () => {
  const { log, lines } = capture(true, false);
  log.info({ account: 'qq', tries: 3, note: 'two words' }, 'online');
  log.error({ err: new TypeError('x is undefined', { cause: new Error('far below') }) }, 'oops');
  log.warn({ err: new AccountError('account-unreachable', 'nothing listens') }, 'waiting');
  log.warn({ err: new AccountError('account-unreachable', 'nothing listens') }, 'nothing listens');
  assert.match(lines[0]!, /^\d\d:\d\d:\d\d\.\d{3} INFO  online account=qq tries=3 note="two words"\n$/);
  assert.match(
    lines[1]!,
    /^\S+ ERROR oops\n {4}TypeError: x is undefined\n {4}\s+at .*\n(.*\n)* {4}caused by: Error: far below\n\s+at /,
  );
  assert.match(lines[2]!, /WARN  waiting\n {4}code: account-unreachable\n {4}message: nothing listens\n$/);
  assert.match(lines[3]!, /WARN  nothing listens\n {4}code: account-unreachable\n$/, 'nothing is said twice');
});

test('colours are for those who want them', () => {
  const [plain, coloured] = [capture(true, false), capture(true, true)];
  for (const { log } of [plain, coloured]) log.warn({ a: 1 }, 'careful');
  assert.equal(stripVTControlCharacters(plain.lines[0]!), plain.lines[0]);
  assert.ok(coloured.lines[0]!.includes('\u001b[33mWARN '));
});
