import assert from 'node:assert/strict';
import test from 'node:test';
import { AddressGuard, isPublicAddress } from './address-guard.ts';

test('addresses of the public Internet are public', () => {
  for (const address of [
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2400:3200::1',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
  ]) {
    assert.equal(isPublicAddress(address), true, address);
  }
});

test('what only a machine itself or its network can reach is not public', () => {
  for (const address of [
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.255.255',
    '168.63.129.16',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'fc00::1',
    'fd00:ec2::254',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:a00:1',
    '::ffff:0:7f00:1',
    '64:ff9b::7f00:1',
    '64:ff9b::10.0.0.1',
    '64:ff9b::1',
    '64:ff9b:1::808:808',
    '0:0:0:0:0:ffff:7f00:0001',
    'localhost',
    '',
  ]) {
    assert.equal(isPublicAddress(address), false, address);
  }
});

test('an address written as figures, in whatever way, is judged as what it is', () => {
  const guard = new AddressGuard();
  for (const host of [
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '１２７.0.0.1',
  ]) {
    assert.throws(() => guard.check(new URL(`http://${host}/`)), { code: 'http-address-refused' }, host);
  }
  guard.check(new URL('http://1.1.1.1/'));
});

/** What the guard finds for a name of which the DNS says this. */
function look(guard: AddressGuard, hostname: string, all: boolean): Promise<unknown> {
  return new Promise((resolve, reject) => {
    guard.lookup(hostname, { all }, (error, found) => (error ? reject(error) : resolve(found)));
  });
}

function answering(...addresses: string[]): AddressGuard {
  return new AddressGuard({
    allow: ['10.1.0.0/16'],
    lookup: (_hostname, _options, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      ),
  });
}

test('a name finds only the public ones of its addresses', async () => {
  const guard = answering('10.0.0.1', '2606:4700::1', '127.0.0.1', '1.1.1.1');
  assert.deepEqual(await look(guard, 'mixed.example', true), [
    { address: '2606:4700::1', family: 6 },
    { address: '1.1.1.1', family: 4 },
  ]);
  assert.equal(await look(guard, 'mixed.example', false), '2606:4700::1');
});

test('a name of none but private addresses is refused, with its name', async () => {
  const guard = answering('192.168.0.1', '::1');
  await assert.rejects(look(guard, 'rebound.example', true), {
    code: 'http-address-refused',
    message: /rebound\.example/,
  });
  assert.deepEqual(await look(answering('10.1.2.3'), 'intranet.example', true), [
    { address: '10.1.2.3', family: 4 },
  ]);
});

test('exceptions are addresses, networks and hosts, with or without a port', () => {
  const guard = new AddressGuard({
    allow: ['127.0.0.1:8080', '10.1.0.0/16', 'files.example', 'Shared.Example:8443', '[::1]:9', 'fd00::/8'],
  });
  const isLet = (address: string) => {
    try {
      guard.check(new URL(address));
      return true;
    } catch {
      return false;
    }
  };
  for (const address of [
    'http://127.0.0.1:8080/',
    'http://10.1.200.1:99/',
    'http://[::1]:9/',
    'http://[fd12::1]/',
  ]) {
    assert.equal(isLet(address), true, address);
  }
  for (const address of [
    'http://127.0.0.1/',
    'http://127.0.0.1:8081/',
    'http://10.2.0.1/',
    'http://[::1]/',
  ]) {
    assert.equal(isLet(address), false, address);
  }
  assert.equal(guard.isExempt(new URL('http://files.example:81/x')), true);
  assert.equal(guard.isExempt(new URL('https://shared.example:8443/')), true);
  assert.equal(guard.isExempt(new URL('https://shared.example/')), false);
});

test('an exception that is none is refused with how one is written', () => {
  for (const entry of [
    '',
    '10.0.0.0/33',
    '10.0.0.0/',
    'x/8',
    'http://a/',
    'a/b',
    'a b',
    'u@h',
    '*.example',
    'h?x',
    'h:99999',
  ]) {
    assert.throws(() => new AddressGuard({ allow: [entry] }), /expected an address/, entry);
  }
});
