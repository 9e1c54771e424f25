/** What `doctor` says of an account that is logged in by a scan. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { IlinkServer } from '../../test/fakes/ilink-server.ts';
import type { AccountConfiguration } from '../config/configuration.ts';
import { createSystemClock } from '../hub/clock.ts';
import type { NetworkKind } from '../hub/network.ts';
import { createIlinkNetwork } from '../networks/ilink/index.ts';
import { tryAccount } from './account-trial.ts';

const clock = createSystemClock();

function toAccount(url: string): AccountConfiguration {
  const kind = createIlinkNetwork({ clock, version: '1' }) as NetworkKind<unknown>;
  const config = kind.config.parse({ url });
  return {
    id: 'wx',
    kind,
    config,
    fingerprint: '',
    whenUnknown: 'resend',
    direct: true,
    accept: [],
    listens: new Map(),
  };
}

test('a server that gives a code answers, whether or not somebody has scanned it; one that is away does not', async () => {
  const server = await new IlinkServer().listen();
  const account = toAccount(server.url);
  assert.deepEqual(await tryAccount(account, clock), {
    verdict: 'good',
    text: 'account wx: its server answers; the hub shows whether somebody has scanned its code',
  });
  await server.cut();
  const { verdict, text } = await tryAccount(account, clock);
  assert.equal(verdict, 'bad');
  assert.match(text, /^account wx: get_bot_qrcode: no answer \(/);
});
