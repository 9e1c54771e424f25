// What the start says of doors: only what is true.
import assert from 'node:assert/strict';
import test from 'node:test';
import { loadConfiguration } from '../config/load.ts';
import { createSystemClock } from '../hub/clock.ts';
import { createHouseNetwork } from '../networks/house/index.ts';
import { toWelcome } from './welcome.ts';

const configuration = loadConfiguration({
  file: 'hutong.yaml',
  text: 'accounts: { house: { network: house, telnet: { listen: "127.0.0.1:5267" } } }',
  folder: '/srv',
  environment: {},
  networks: [createHouseNetwork({ clock: createSystemClock() })],
  faces: [],
});
const running = { version: '1', http: '127.0.0.1:3010' };

test('an open door is named, with how to come in', () => {
  const text = toWelcome(configuration, { ...running, closed: new Map() }).join('\n');
  assert.match(text, /^ {2}house: telnet on 127\.0\.0\.1:5267$/m);
  assert.match(text, /^Next: in another terminal, telnet 127\.0\.0\.1 5267/m);
});

test('a door that is not open is not offered: why, and what to do, is said instead', () => {
  const why = 'Telnet cannot listen on 127.0.0.1:5267 - something else listens there';
  const closed = new Map([[configuration.accounts[0]!, why]]);
  const text = toWelcome(configuration, { ...running, closed }).join('\n');
  assert.match(text, /^ {2}house: telnet is NOT open on 127\.0\.0\.1:5267$/m);
  assert.match(
    text,
    /something else listens there\.\nNext: free 127\.0\.0\.1:5267 or set accounts\.house\.telnet\.listen/,
  );
  assert.doesNotMatch(text, /login YOURNAME/);
});

test('while there is no administrator the first login is the next step', () => {
  const firstLogin = { name: 'admin', password: 'abcd-efgh-jkmn-pqrs' };
  const text = toWelcome(configuration, { ...running, closed: new Map(), firstLogin }).join('\n');
  assert.match(
    text,
    /^Next: open http:\/\/127\.0\.0\.1:3010\/ and log in as "admin" with the password abcd-efgh-jkmn-pqrs /m,
  );
  assert.match(text, /^Or: in another terminal, telnet/m);
});
