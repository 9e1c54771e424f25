import assert from 'node:assert/strict';
import test from 'node:test';
import { nameOfDisposition, nameOfUrl, toContentDisposition, toFileName } from './file-name.ts';

test('an honest name stays as it is', () => {
  for (const name of [
    'cat.png',
    'Отчёт 2026.pdf',
    '照片 (1).jpg',
    'a-b_c+d,e.tar.gz',
    '.hidden.txt'.slice(1),
  ]) {
    assert.equal(toFileName(name, 'bin'), name);
  }
});

test('of a path only the last part is left, and nothing that leads elsewhere', () => {
  assert.equal(toFileName('../../etc/passwd', 'txt'), 'passwd');
  assert.equal(toFileName('C:\\Windows\\system.ini', 'txt'), 'system.ini');
  assert.equal(toFileName('/', 'png'), 'file.png');
  assert.equal(toFileName('..', 'png'), 'file.png');
  assert.equal(toFileName('.htaccess', 'txt'), 'htaccess');
  assert.equal(toFileName('-rf', 'txt'), 'rf');
  assert.equal(toFileName('CON.txt', 'txt'), '_CON.txt');
  assert.equal(toFileName('a\0b\r\nSet-Cookie: x=1', 'txt'), 'abSet-Cookie_ x=1');
});

test('a name cannot hide its ending by writing from right to left', () => {
  assert.equal(toFileName('photo\u202Egpj.exe', 'bin'), 'photogpj.exe');
  assert.equal(toFileName('a\u200b\u2066\ufeff.png', 'png'), 'a.png');
});

test('no name, or none that is left, is called after what the file is', () => {
  assert.equal(toFileName(undefined, 'png'), 'file.png');
  assert.equal(toFileName(' . ', 'webp'), 'file.webp');
  assert.equal(toFileName('\ud800', 'gif').includes('\ud800'), false);
});

test('a long name is cut by whole characters and keeps its ending', () => {
  const cut = toFileName(`${'照'.repeat(300)}.jpeg`, 'jpg');
  assert.ok(Buffer.byteLength(cut) <= 150);
  assert.match(cut, /^照+\.jpeg$/u);
});

test('a header holds any name, for old programs too, and nothing but the name', () => {
  assert.equal(
    toContentDisposition('attachment', '照片 "1".jpg'),
    `attachment; filename="__ _1_.jpg"; filename*=UTF-8''%E7%85%A7%E7%89%87%20%221%22.jpg`,
  );
  assert.equal(
    toContentDisposition('inline', `a'(b)*;c.png`),
    `inline; filename="a'(b)*;c.png"; filename*=UTF-8''a%27%28b%29%2A%3Bc.png`,
  );
});

test('a server’s name for a file is read in every way that it may be written', () => {
  assert.equal(nameOfDisposition('attachment; filename="a b.txt"'), 'a b.txt');
  assert.equal(nameOfDisposition('attachment; filename=plain.txt; x=y'), 'plain.txt');
  assert.equal(nameOfDisposition(String.raw`inline; filename="q\"q.txt"`), 'q"q.txt');
  assert.equal(nameOfDisposition(`attachment; filename="x"; filename*=UTF-8''%E7%85%A7.png`), '照.png');
  assert.equal(nameOfDisposition(`attachment; filename="x.png"; filename*=UTF-8''%E7%8`), 'x.png');
  assert.equal(nameOfDisposition('attachment'), undefined);
  assert.equal(nameOfDisposition(undefined), undefined);
  assert.equal(nameOfUrl(new URL('https://h/a/%E7%85%A7.png?x=1')), '照.png');
  assert.equal(nameOfUrl(new URL('https://h/')), undefined);
  assert.equal(nameOfUrl(new URL('https://h/%E7%8')), undefined);
});
