/** Logging in: codes that grow old, digits to type, and a login that WeChat ends. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { IlinkAccount } from '../../../test/fakes/ilink-account.ts';
import { IlinkServer } from '../../../test/fakes/ilink-server.ts';
import { AccountError } from '../../hub/errors.ts';

test('a code is shown with its age until it is scanned and confirmed, and never again', async () => {
  await using server = await new IlinkServer().listen();
  const account = new IlinkAccount(server);
  const code = await account.step('qr');
  assert.match(code.data, /^https:\/\/liteapp\.weixin\.qq\.com\/q\//);
  assert.ok(code.expiresAt! > Date.now());
  await account.state(/^scan the code/);
  server.scan('scaned');
  server.scan('confirmed');
  const { self } = await account.port.until(({ session }) => session);
  assert.deepEqual(self, { id: server.bot, name: 'WeChat bot' });
  assert.equal(account.port.prompts.at(-1), undefined);
  await account[Symbol.asyncDispose]();
  assert.equal(server.calls.at(-1)?.call, 'msg/notifystop');

  await using second = new IlinkAccount(server, {}, account.port);
  await second.port.until(({ session }) => session);
  assert.equal(server.codes.length, 1);
  assert.deepEqual(server.faults, []);
});

test('a code that nobody scans in its time is replaced, and the next one can be scanned', async () => {
  await using server = await new IlinkServer().listen();
  await using account = new IlinkAccount(server, { codeSeconds: 2 });
  const first = await account.step('qr');
  const second = await account.port.until(({ prompts }) =>
    prompts.find((step) => step?.type === 'qr' && step.data !== first.data),
  );
  assert.ok(second.type === 'qr' && second.expiresAt! > first.expiresAt!);
  const words = account.port.states.map(({ message }) => message);
  assert.ok(words.includes('nobody scanned the last code in time; scan the code with WeChat'));
  server.scan('scaned');
  await account.state(/^the code was scanned: confirm it/);
  server.scan('confirmed');
  await account.port.until(({ session }) => session);
  assert.deepEqual(
    account.port.logged.map(({ level }) => level),
    ['info', 'info'],
  );
});

test('a code that the server ends is replaced', async () => {
  await using server = await new IlinkServer().listen();
  await using account = new IlinkAccount(server);
  await account.step('qr');
  server.scan('expired');
  await account.state(/^the last code was not scanned in time; scan the code/);
  await server.until(() => server.codes.length === 2);
  server.scan('confirmed');
  await account.port.until(({ session }) => session);
});

test('digits that the phone shows are asked for, once more where they were wrong', async () => {
  await using server = await new IlinkServer().listen();
  await using account = new IlinkAccount(server);
  await account.step('qr');
  server.askFor('4711');
  (await account.step('code')).answer('1234');
  await account.state(/^those were not the digits/);
  (await account.step('code')).answer(' 4711 ');
  await server.until(() => server.codes.at(-1)?.status === 'scaned');
  server.scan('confirmed');
  await account.port.until(({ session }) => session);
});

test('digits that were wrong too often, and a bot that is used elsewhere, lead to another code', async () => {
  await using server = await new IlinkServer().listen();
  await using account = new IlinkAccount(server);
  await account.step('qr');
  server.scan('verify_code_blocked');
  await account.state(/^wrong digits were typed too often; scan/);
  await server.until(() => server.codes.length === 2);
  await account.port.until(({ prompts }) => (prompts.length > 1 ? true : undefined));
  server.scan('binded_redirect');
  await account.state(/^WeChat says that this bot is in use elsewhere; scan/);
});

test('a stale token ends the run with plain words; the next shows a code, and goes on behind the scan', async () => {
  await using server = await new IlinkServer().listen();
  const first = new IlinkAccount(server);
  await first.step('qr');
  server.scan('confirmed');
  await first.open();
  server.say('before');
  await first.port.until((port) => port.of('message')[0]);
  await server.until(() => server.isAcknowledged);
  server.endLogin();
  const error = await first.over;
  assert.ok(error instanceof AccountError && !error.final);
  assert.match(error.message, /stale token, errcode -14.*a new scan is needed/);
  server.say('meanwhile');

  await using second = new IlinkAccount(server, {}, first.port);
  await second.state(/^WeChat ended the login \(stale token, errcode -14; noticed \d.*UTC\): scan the code/);
  await server.until(() => server.codes.length === 2);
  await second.step('qr');
  server.scan('confirmed');
  await second.port.until((port) => port.of('message')[1]);
  const texts = second.port.of('message').map(({ body }) => body);
  assert.deepEqual(texts, [[{ type: 'text', text: 'before' }], [{ type: 'text', text: 'meanwhile' }]]);
  // The same bot: whoever wrote to it before can be answered.
  assert.ok(await second.send('still here'));
  assert.deepEqual(server.faults, []);
});

test('a send that is told of the stale token waits for the scan; it is not parked', async () => {
  await using server = await new IlinkServer({ scans: true }).listen();
  await using account = new IlinkAccount(server);
  await account.open();
  server.token = 'another program’s';
  await assert.rejects(account.send('hello'), { outcome: 'failed', permanent: false });
  const error = await account.over;
  assert.ok(error instanceof AccountError && error.code === 'account-over');
});

test('another bot begins anew: nobody can be answered with tokens of the last one', async () => {
  await using server = await new IlinkServer({ scans: true }).listen();
  const first = new IlinkAccount(server);
  await first.open();
  server.endLogin();
  await first.over;
  server.bot = 'b0t-2@im.bot';
  await using second = new IlinkAccount(server, {}, first.port);
  const { self } = await second.port.until(({ session }) => session);
  assert.equal(self.id, 'b0t-2@im.bot');
  await assert.rejects(second.send('hello'), { permanent: true, message: /has not written to this bot/ });
});

test('a server that is away while a code is shown costs nothing but time', async () => {
  await using server = await new IlinkServer().listen();
  await using account = new IlinkAccount(server);
  await account.step('qr');
  await server.cut();
  await server.listen();
  server.scan('confirmed');
  await account.port.until(({ session }) => session);
});
