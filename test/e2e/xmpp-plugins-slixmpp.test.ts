// What our plugins write is read by slixmpp's, and the other way round; a component with plugins is used by a client.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';
import {
  Caps,
  ChatStates,
  Commands,
  Correction,
  createClient,
  createComponent,
  createToolkit,
  DataForm,
  Disco,
  FormField,
  addHints,
  hasFeature,
  Markers,
  Muc,
  Oob,
  Ping,
  Reactions,
  ReceiptRequest,
  Receipts,
  Registrations,
  Replies,
  Retraction,
  StanzaErrorReply,
  VCard,
  VCards,
  Version,
  type Client,
} from '../../src/wire/xmpp/public.ts';
import { skipWithout } from '../servers/available.ts';
import { skipEjabberd, startEjabberd } from '../servers/ejabberd.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import type { XmppServer } from '../servers/xmpp-server.ts';

const SERVERS = [
  { name: 'Prosody', start: startProsody, skip: skipProsody },
  { name: 'ejabberd', start: startEjabberd, skip: skipEjabberd },
];
const USERS = ['ann', 'bob'].map((name) => [name, 'pw'] as const);
const ANN = 'ann@localhost/hutong';
const BOB = 'bob@localhost/slixmpp';

const skipSlixmpp = skipWithout('slixmpp', 'python3-slixmpp', [
  '/usr/bin/python3',
  '/usr/lib/python3/dist-packages/slixmpp',
]);

async function connect(server: XmppServer): Promise<Client> {
  const client = createClient({
    jid: ANN,
    password: 'pw',
    server: { host: server.host, port: server.port, security: 'starttls' },
    ca: server.ca,
    iqTimeoutMs: 10_000,
  });
  await client.connect(AbortSignal.timeout(20_000));
  return client;
}

/** The script, and what it prints. */
function startSlixmpp(server: XmppServer) {
  const script = join(import.meta.dirname, 'slixmpp-plugins.py');
  const args = [script, BOB, 'pw', server.host, String(server.port), server.caPath, ANN];
  const child = spawn('/usr/bin/python3', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const seen: [string, unknown][] = [];
  const next = async (): Promise<[string, unknown]> => {
    const { value, done } = await lines.next();
    assert.ok(done !== true, 'slixmpp ended');
    const line = JSON.parse(value) as [string, unknown];
    assert.notEqual(line[0], 'failed', String(line[1]));
    return line;
  };
  return {
    next,
    /** The next line of this kind; slixmpp tells events and messages in no certain order. */
    async take(kind: string): Promise<Record<string, unknown>> {
      for (;;) {
        const index = seen.findIndex(([each]) => each === kind);
        if (index !== -1) return seen.splice(index, 1)[0]?.[1] as Record<string, unknown>;
        seen.push(await next());
      }
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}

test(
  'slixmpp finds out what we are, runs our command, reads what we send and is read',
  { skip: skipProsody || skipSlixmpp },
  async () => {
    await using server = await startProsody({ users: USERS });
    await using client = await connect(server);
    const { plugins } = client;
    plugins.enable(Ping);
    plugins.enable(Version, { name: 'hutong', version: '4.2' });
    const caps = plugins.enable(Caps);
    const replies = plugins.enable(Replies);
    const form = DataForm.create({ type: 'form', title: 'Link' });
    form.append(FormField.create({ var: 'room', type: 'text-single' }));
    plugins.enable(Commands).offer({
      node: 'link',
      name: 'Link a room',
      run: () => ({
        form,
        last: true,
        next: ({ values }) => ({ notes: [{ type: 'info', text: `linked ${values.get('room')?.[0]}` }] }),
      }),
    });
    const heard: string[] = [];
    const correction = plugins.enable(Correction);
    correction.onCorrection(({ id, message }) => void heard.push(`correction ${id} ${message.body}`));
    plugins.enable(Retraction).onRetraction(({ id }) => void heard.push(`retraction ${id}`));
    plugins
      .enable(Reactions)
      .onReactions(({ id, emojis }) => void heard.push(`reaction ${id} ${emojis.join('')}`));
    plugins.enable(ChatStates).onChatState(({ state }) => void heard.push(`state ${state}`));
    plugins.enable(Markers).onMarker(({ marker, id }) => void heard.push(`marker ${marker} ${id}`));
    plugins.enable(Receipts);

    using slixmpp = startSlixmpp(server);
    assert.deepEqual(await slixmpp.next(), ['ready', true]);
    const presence = client.presence({}, BOB);
    presence.append(caps.toCaps());
    await presence.send();
    const say = (body: string) => client.message({ body, type: 'chat' }, BOB).send();

    await say('ask');
    const [, features] = await slixmpp.next();
    assert.ok((features as string[]).includes('http://jabber.org/protocol/commands'));
    assert.deepEqual(await slixmpp.next(), ['version', '4.2']);
    assert.deepEqual(await slixmpp.next(), ['ping', true]);
    assert.deepEqual(await slixmpp.next(), ['caps', caps.toCaps().ver], 'slixmpp proved the hash');
    assert.deepEqual(await slixmpp.next(), ['commands', [['link', 'Link a room']]]);
    assert.deepEqual(await slixmpp.next(), ['command', ['completed', [['info', 'linked 茶']]]]);

    await correction.mark(client.message({ body: 'better', type: 'chat' }, BOB), 'm1').send();
    assert.deepEqual(await slixmpp.take('event'), 'message_correction');
    assert.equal((await slixmpp.take('message'))['replaces'], 'm1');
    await plugins.get(Reactions).toReactions(BOB, 'chat', 'm1', ['🍵', '🐼']).send();
    assert.deepEqual(await slixmpp.take('reactions'), ['m1', ['🍵', '🐼']]);
    const link = plugins.enable(Oob).attach(client.message({ type: 'chat' }, BOB), 'https://x.example/a');
    await addHints(link, 'no-store').send();
    const linked = await slixmpp.take('message');
    assert.deepEqual([linked['url'], linked['hint']], ['https://x.example/a', true]);

    const arrived = client.waitFor('message/receipt_request');
    await say('send');
    assert.deepEqual(await slixmpp.next(), ['sent', true]);
    const asked = await arrived;
    assert.ok(asked.findSub(ReceiptRequest));
    assert.deepEqual(heard, [
      'correction original corrected',
      'reaction m1 🍵',
      'retraction original',
      'state composing',
      'marker displayed m1',
    ]);
    assert.deepEqual(await slixmpp.next(), ['event', 'receipt_received']);
    await replies.reply(asked, 'yes').send();
    // slixmpp 1.8 knows the reply, but marks of fallback in an older namespace only.
    assert.equal((await slixmpp.take('message'))['replies'], asked.id);
  },
);

for (const { name, start, skip } of SERVERS) {
  test(
    `${name}: a component tells what it is, registers people, has vCards for its people and rooms for each of them`,
    { skip },
    async () => {
      const component = { domain: 'qq.localhost', secret: 'secret' };
      await using server = await start({ users: USERS, component });
      await using ann = await connect(server);
      const bridge = createToolkit(
        (events) =>
          createComponent({
            ...component,
            server: { host: server.host, port: server.componentPort, security: 'none' },
            ...events,
          }),
        { needsFrom: true, iqTimeoutMs: 10_000 },
      );
      await using _ = { [Symbol.asyncDispose]: () => bridge.stream.close() };
      const disco = bridge.plugins.enable(Disco, {
        identity: { category: 'gateway', type: 'qq', name: 'QQ' },
      });
      disco.setInfo({ jid: 'ming@qq.localhost' }, () => ({
        identities: [{ category: 'client', type: 'pc', name: '小明' }],
        features: ['vcard-temp'],
      }));
      disco.setItems({}, () => [{ jid: 'tea@qq.localhost', name: '茶' }]);
      bridge.plugins
        .enable(VCards)
        .answer((to) => (to?.local === 'ming' ? VCard.create({ fullName: '小明' }) : undefined));
      const registered = new Map<string, string>();
      const form = DataForm.create({ type: 'form', instructions: 'Which number?' });
      form.append(FormField.create({ var: 'number', type: 'text-single', required: true }));
      bridge.plugins.enable(Registrations).open({
        form: async (from) => ({ form, registered: registered.has(String(from)) }),
        async submit(from, values) {
          const number = values.get('number')?.[0] ?? '';
          if (!/^\d+$/.test(number)) throw new StanzaErrorReply('not-acceptable', 'modify', 'digits only');
          registered.set(String(from), number);
        },
        cancel: async (from) => void registered.delete(String(from)),
      });
      await bridge.stream.connect(AbortSignal.timeout(20_000));

      const asking = ann.plugins.enable(Disco);
      const gateway = await asking.info('qq.localhost');
      assert.deepEqual(
        gateway.identities.map(({ category, type }) => [category, type]),
        [['gateway', 'qq']],
      );
      assert.ok(hasFeature(gateway, 'jabber:iq:register'));
      assert.equal((await asking.info('ming@qq.localhost')).identities[0]?.name, '小明');
      const items = await Array.fromAsync(asking.items('qq.localhost'));
      assert.deepEqual(
        items.map(({ name: title }) => title),
        ['茶'],
      );
      const cards = ann.plugins.enable(VCards);
      assert.equal((await cards.get('ming@qq.localhost')).fullName, '小明');
      await assert.rejects(cards.get('nobody@qq.localhost'), { condition: 'item-not-found' });

      const registrations = ann.plugins.enable(Registrations);
      await assert.rejects(registrations.register('qq.localhost', { number: 'x' }), {
        condition: 'not-acceptable',
        text: 'digits only',
      });
      await registrations.register('qq.localhost', { number: '10001' });
      assert.deepEqual([...registered], [['ann@localhost', '10001']]);
      assert.equal((await registrations.read('qq.localhost')).registered, true);
      await registrations.cancel('qq.localhost');
      assert.equal(registered.size, 0);

      const muc = bridge.plugins.enable(Muc);
      const room = 'tea@conference.localhost';
      await muc.join(room, '小明', { from: 'ming@qq.localhost/x' });
      await assert.rejects(muc.join(room, '小明', { from: 'li@qq.localhost/x' }), { condition: 'conflict' });
      const { occupants } = await muc.join(room, '李', { from: 'li@qq.localhost/x' });
      assert.deepEqual([...occupants.keys()].sort(), ['小明', '李'].sort());
      assert.equal(await muc.pingSelf(room, { from: 'li@qq.localhost/x' }), 'joined');
      await muc.leave(room, 'bye', { from: 'li@qq.localhost/x' });
    },
  );
}
