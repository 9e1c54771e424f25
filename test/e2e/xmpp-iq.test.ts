// A program on hutong/xmpp and one on slixmpp exchange an IQ of their own, both ways, through Prosody and through
// ejabberd: a result, an error with a condition, silence, and a request that nobody handles.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test from 'node:test';
import {
  attribute,
  createClient,
  createComponent,
  createToolkit,
  defineStanza,
  integer,
  Iq,
  registerStanzaPlugin,
  StanzaErrorReply,
  subText,
  xml,
  type Client,
  type StanzaOf,
} from '../../src/wire/xmpp/public.ts';
import { skipWithout } from '../servers/available.ts';
import { skipEjabberd, startEjabberd } from '../servers/ejabberd.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import type { XmppServer } from '../servers/xmpp-server.ts';

const Custom = defineStanza({
  name: 'query',
  namespace: 'urn:example:custom',
  plugin: 'custom_xep',
  interfaces: { data: subText(), count: attribute(integer) },
});
registerStanzaPlugin(Iq, Custom);

declare module '../../src/wire/xmpp/public.ts' {
  interface IqPlugins {
    custom_xep: StanzaOf<typeof Custom>;
  }
}

const USERS = [
  ['ann', 'pw'],
  ['bob', 'pw'],
] as const;
const SLIXMPP = 'bob@localhost/custom';

const skipSlixmpp = skipWithout('slixmpp', 'python3-slixmpp', [
  '/usr/bin/python3',
  '/usr/lib/python3/dist-packages/slixmpp',
]);

const SERVERS = [
  { name: 'Prosody', start: startProsody, skip: skipProsody },
  { name: 'ejabberd', start: startEjabberd, skip: skipEjabberd },
];

/** Both programs, logged in. */
async function meet(server: XmppServer): Promise<{ client: Client } & AsyncDisposable> {
  const client = createClient({
    jid: 'ann@localhost/hutong',
    password: 'pw',
    server: { host: server.host, port: server.port, security: 'starttls' },
    ca: server.ca,
    iqTimeoutMs: 10_000,
  });
  await client.connect();
  await client.presence().send();
  const script = join(import.meta.dirname, 'slixmpp-iq.py');
  const process = spawn(
    '/usr/bin/python3',
    [script, SLIXMPP, 'pw', server.host, String(server.port), server.caPath],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let errors = '';
  process.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [ready] = (await Promise.race([once(process.stdout, 'data'), once(process, 'exit')])) as [unknown];
  assert.match(String(ready), /ready/, errors);
  return {
    client,
    async [Symbol.asyncDispose]() {
      process.kill();
      await client.close();
    },
  };
}

/** Has slixmpp ask and tell how it ended. */
async function haveAsked(client: Client, command: string): Promise<string | undefined> {
  const report = client.waitFor('message@type=chat/body');
  await client.message({ type: 'chat', body: command }, SLIXMPP).send();
  return (await report).body;
}

for (const { name, start, skip } of SERVERS) {
  test(
    `${name}: a custom IQ to slixmpp and back: result, error, crash, silence, unhandled`,
    { skip: skip || skipSlixmpp },
    async () => {
      await using server = await start({ users: USERS });
      await using pair = await meet(server);
      const { iq } = pair.client;
      const ask = (data: string) => iq.get({ to: SLIXMPP, payload: Custom.create({ data }) });

      const data = '胡同 <&> \n "quoted"';
      const answer = await ask(data).send();
      assert.equal(answer.custom_xep.data, data);
      assert.equal(answer.custom_xep.count, [...data].length);
      assert.equal(answer.from?.toString(), SLIXMPP);

      await assert.rejects(ask('refuse').send(), {
        code: 'xmpp-iq-error',
        condition: 'not-acceptable',
        type: 'modify',
        text: 'not this',
      });
      await assert.rejects(ask('crash').send(), { condition: 'undefined-condition' });
      await assert.rejects(ask('silent').send({ timeoutMs: 200 }), {
        code: 'xmpp-iq-timeout',
        timeoutMs: 200,
      });
      await assert.rejects(iq.query('urn:example:nobody', { to: SLIXMPP }).send(), {
        condition: 'feature-not-implemented',
        type: 'cancel',
      });
      assert.equal((await ask('still there').send()).custom_xep.data, 'still there');
    },
  );

  test(
    `${name}: a custom IQ from slixmpp and back: result, error, crash, silence, unhandled`,
    { skip: skip || skipSlixmpp },
    async () => {
      await using server = await start({ users: USERS });
      await using pair = await meet(server);
      const { client } = pair;
      const silence = Promise.withResolvers<undefined>();
      client.on('iq@type=get/custom_xep', (iq) => {
        const { data } = iq.custom_xep;
        if (data === 'refuse') throw new StanzaErrorReply('not-acceptable', 'modify', 'not this');
        if (data === 'crash') throw new Error('on purpose');
        if (data === 'silent') return silence.promise;
        return Custom.create({ data });
      });
      const self = client.jid?.toString() ?? '';
      assert.equal(await haveAsked(client, `ask ${self} 胡同 <&>`), 'result 胡同 <&>');
      assert.equal(await haveAsked(client, `ask ${self} refuse`), 'error not-acceptable modify not this');
      assert.equal(await haveAsked(client, `ask ${self} crash`), 'error undefined-condition cancel ');
      assert.equal(await haveAsked(client, `ask ${self} silent`), 'timeout');
      assert.equal(await haveAsked(client, `ask-unknown ${self}`), 'error feature-not-implemented cancel ');
      assert.equal(await haveAsked(client, `ask ${self} again`), 'result again');
      silence.resolve(undefined);
    },
  );

  test(`${name}: to somebody who is not there: the server answers, and that counts`, { skip }, async () => {
    await using server = await start({ users: USERS });
    await using client = createClient({
      jid: 'ann@localhost/hutong',
      password: 'pw',
      server: { host: server.host, port: server.port, security: 'starttls' },
      ca: server.ca,
    });
    await client.connect();
    const payload = xml('query', { xmlns: 'urn:example:custom' });
    await assert.rejects(
      client.iq.get({ to: 'bob@localhost/nowhere', payload }).send({ timeoutMs: 10_000 }),
      {
        code: 'xmpp-iq-error',
        condition: 'service-unavailable',
      },
    );
  });
}

test(
  'Prosody: a component answers and asks in the names of its addresses',
  { skip: skipProsody },
  async () => {
    const component = { domain: 'bridge.localhost', secret: 'secret' };
    await using server = await startProsody({ users: USERS, component });
    const bridge = createToolkit(
      (events) =>
        createComponent({
          ...component,
          ...events,
          server: { host: server.host, port: server.componentPort, security: 'none' },
        }),
      { needsFrom: true, iqTimeoutMs: 10_000 },
    );
    await bridge.stream.connect(AbortSignal.timeout(10_000));
    await using client = createClient({
      jid: 'ann@localhost/hutong',
      password: 'pw',
      server: { host: server.host, port: server.port, security: 'starttls' },
      ca: server.ca,
      iqTimeoutMs: 10_000,
    });
    await client.connect();
    await client.presence().send();

    bridge.on('iq@type=get/custom_xep', (iq) => {
      if (iq.custom_xep.data === 'refuse') throw new StanzaErrorReply('forbidden', 'auth');
      return Custom.create({ data: `${iq.to?.local ?? ''} says ${iq.custom_xep.data ?? ''}` });
    });
    const ask = (to: string, data: string) => client.iq.get({ to, payload: Custom.create({ data }) }).send();
    const answer = await ask('cay@bridge.localhost/qq', 'hi');
    assert.equal(answer.custom_xep.data, 'cay says hi');
    assert.equal(answer.from?.toString(), 'cay@bridge.localhost/qq');
    await assert.rejects(ask('dan@bridge.localhost/qq', 'refuse'), { condition: 'forbidden' });
    await assert.rejects(client.iq.query('urn:nobody', { to: 'cay@bridge.localhost/qq' }).send(), {
      condition: 'feature-not-implemented',
    });

    client.on('iq@type=set/custom_xep', (iq) => Custom.create({ data: iq.from?.toString() }));
    const asked = bridge.iq.set({
      from: 'cay@bridge.localhost/qq',
      to: client.jid,
      payload: Custom.create({ data: 'x' }),
    });
    assert.equal((await asked.send()).custom_xep.data, 'cay@bridge.localhost/qq');
    await bridge.stream.close();
  },
);
