import assert from 'node:assert/strict';
import test from 'node:test';
import { houseConfig } from './config.ts';

test('with nothing configured there is a lobby and a telnet door on this machine', () => {
  const config = houseConfig.parse({});
  assert.equal(config.name, 'hutong');
  assert.deepEqual(config.rooms, ['lobby']);
  assert.equal(config.telnet.length, 1);
  assert.deepEqual(config.telnet[0]?.listen, { host: '127.0.0.1', port: 5267 });
  assert.deepEqual(config.telnet[0]?.flood, { linesPerSecond: 100, burstLines: 500 });
});

test('telnet can be off, one door, or several', () => {
  assert.deepEqual(houseConfig.parse({ telnet: false }).telnet, []);
  const two = houseConfig.parse({ telnet: [{}, { listen: '[::1]:5268', encoding: 'gbk', flood: false }] });
  assert.deepEqual(
    two.telnet.map(({ listen, encoding, flood }) => [listen.port, encoding, flood === false]),
    [
      [5267, 'utf-8', false],
      [5268, 'gbk', true],
    ],
  );
});

test('what is not understood is refused', () => {
  for (const config of [
    { room: ['lobby'] },
    { rooms: [] },
    { rooms: ['two words'] },
    { rooms: ['Lobby', 'lobby'] },
    { rooms: ['a/b'] },
    { name: 'two\nlines' },
    { telnet: true },
    { telnet: { listen: '5267' } },
    { telnet: { listen: '127.0.0.1:70000' } },
    { telnet: { lineBytes: 1 } },
    { telnet: { encoding: 'big5' } },
    { telnet: { tls: { cert: 'only.pem' } } },
  ]) {
    assert.equal(houseConfig.safeParse(config).success, false, JSON.stringify(config));
  }
});
