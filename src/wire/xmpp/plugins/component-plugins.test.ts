// What components offer and are allowed: registration, privileges.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createFakeToolkit } from '../../../../test/fakes/xmpp-stream.ts';
import { xml } from '../element.ts';
import { parseJid } from '../jid.ts';
import { StanzaErrorReply } from '../stanza-error.ts';
import { DataForm, FormField } from './forms.ts';
import { Privilege } from './privilege.ts';
import { Registrations } from './registration.ts';

const REGISTER = 'jabber:iq:register';

test('an account is made by the old fields, and nothing is answered that was not asked', async () => {
  const client = createFakeToolkit();
  const registrations = client.plugins.enable(Registrations);
  client.stream.answer = (request) =>
    request.attr('type') === 'set'
      ? ''
      : `<query xmlns='${REGISTER}'><instructions>Choose</instructions><username/><password/><key>k1</key></query>`;
  assert.equal((await registrations.read()).instructions, 'Choose');
  await registrations.register(undefined, { username: 'cid', password: 'pw' });
  assert.match(
    client.stream.sent.at(-1) ?? '',
    /<username>cid<\/username><password>pw<\/password><key>k1<\/key><\/query>/,
  );
  await assert.rejects(registrations.register(undefined, { email: 'x' }), { code: 'xmpp-value-invalid' });
  await registrations.changePassword('new');
  assert.match(
    client.stream.sent.at(-1) ?? '',
    /to="example.org"><query xmlns="jabber:iq:register"><username>ann<\/username><password>new</,
  );
  await registrations.cancel('gateway.example.org');
  assert.match(client.stream.sent.at(-1) ?? '', /<query xmlns="jabber:iq:register"><remove\/><\/query>/);
});

test('a gateway registers people by its form, and can refuse', async () => {
  const client = createFakeToolkit({ jid: 'qq.example.org', needsFrom: true });
  const registrations = client.plugins.enable(Registrations);
  const { stream } = client;
  assert.equal((await stream.ask(`<query xmlns='${REGISTER}'/>`)).attr('type'), 'error', 'not open yet');
  const form = DataForm.create({ type: 'form', instructions: 'Your number' });
  form.append(FormField.create({ var: 'number', type: 'text-single' }));
  const seen: unknown[] = [];
  const close = registrations.open({
    form: async () => ({ form, registered: true }),
    async submit(from, values) {
      if (values.get('number')?.[0] === '0')
        throw new StanzaErrorReply('not-acceptable', 'modify', 'no such number');
      seen.push([String(from), values.get('number')]);
    },
    cancel: async (from) => void seen.push([String(from), 'gone']),
  });
  assert.ok(client.features.has(REGISTER));
  const asked = await stream.ask(`<query xmlns='${REGISTER}'/>`);
  const query = asked.child('query', REGISTER);
  assert.ok(query?.child('registered'));
  assert.equal(query?.child('x', 'jabber:x:data')?.child('field')?.attr('var'), 'number');
  const submit = (type: string, number: string) =>
    stream.ask(
      `<query xmlns='${REGISTER}'><x xmlns='jabber:x:data' type='${type}'><field var='number'><value>${number}</value></field></x></query>`,
      { type: 'set' },
    );
  assert.equal((await submit('submit', '42')).attr('type'), 'result');
  assert.equal((await submit('submit', '0')).child('error')?.elements()[0]?.name, 'not-acceptable');
  assert.equal((await submit('form', '42')).child('error')?.elements()[0]?.name, 'bad-request');
  await stream.ask(`<query xmlns='${REGISTER}'><remove/></query>`, { type: 'set' });
  assert.deepEqual(seen, [
    ['bea@example.org', ['42']],
    ['bea@example.org', 'gone'],
  ]);
  close();
  assert.equal((await stream.ask(`<query xmlns='${REGISTER}'/>`)).attr('type'), 'error');
});

const told = (from: string, type = 'outgoing') =>
  `<message from='${from}' to='qq.example.org'><privilege xmlns='urn:xmpp:privilege:2'><perm access='message' type='${type}'/><perm access='roster' type='get'/><perm access='iq'><namespace ns='urn:n' type='both'/><namespace type='get'/></perm><perm access='odd'/></privilege></message>`;

test('only the server above a component gives it privileges, and only those are used', async () => {
  const client = createFakeToolkit({ jid: 'qq.example.org', needsFrom: true });
  const privilege = client.plugins.enable(Privilege);
  const { stream } = client;
  const bea = parseJid('bea@example.org');
  const message = () => client.message({ type: 'chat', body: 'hi', from: bea }, 'ann@example.org');
  for (const from of ['eve@example.org', 'evil.example.net', 'example.org/x', 'qq.example.org'])
    await stream.receive(told(from));
  await assert.rejects(privilege.sendMessage(message()), { code: 'xmpp-value-invalid' });
  await stream.receive(told('example.org'));
  assert.deepEqual(
    [privilege.of('example.org')?.roster, privilege.of('example.org')?.presence],
    ['get', 'none'],
  );
  await privilege.sendMessage(message());
  assert.equal(
    stream.sent.at(-1),
    '<message to="example.org" from="qq.example.org"><privilege xmlns="urn:xmpp:privilege:2"><forwarded xmlns="urn:xmpp:forward:0"><message xmlns="jabber:client" type="chat" from="bea@example.org" to="ann@example.org"><body>hi</body></message></forwarded></privilege></message>',
  );
  await assert.rejects(
    privilege.sendMessage(client.message({ body: 'x', from: parseJid('x@other.example') })),
    { code: 'xmpp-value-invalid' },
  );
  stream.answer = () => "<query xmlns='jabber:iq:roster'><item jid='cid@example.org'/></query>";
  assert.equal((await privilege.roster(bea)).length, 1);
  stream.answer = () =>
    "<privilege xmlns='urn:xmpp:privilege:2'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='result'><answer xmlns='urn:n'/></iq></forwarded></privilege>";
  assert.equal((await privilege.request(bea, 'get', xml('q', { xmlns: 'urn:n' })))?.name, 'answer');
  await assert.rejects(privilege.request(bea, 'get', xml('q', { xmlns: 'urn:other' })), {
    code: 'xmpp-value-invalid',
  });
  await stream.receive(told('example.org', 'none'));
  await assert.rejects(privilege.sendMessage(message()), { code: 'xmpp-value-invalid' }, 'taken back');
});
