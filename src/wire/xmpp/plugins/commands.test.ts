import assert from 'node:assert/strict';
import test from 'node:test';
import { createFakeToolkit } from '../../../../test/fakes/xmpp-stream.ts';
import { COMMANDS_NS } from './command-stanza.ts';
import type { CommandStep } from './command-sessions.ts';
import { Commands } from './commands.ts';
import { DataForm, FormField } from './forms.ts';

const ITEMS = 'http://jabber.org/protocol/disco#items';

function askFor(name: string): DataForm {
  const form = DataForm.create({ type: 'form' });
  form.append(FormField.create({ var: name, type: 'text-single' }));
  return form;
}

/** Asks for a room and a nick, then says both. */
const link: CommandStep = () => ({
  form: askFor('room'),
  next: ({ values }) => ({
    form: askFor('nick'),
    last: true,
    next: ({ values: more }) => ({
      notes: [{ type: 'info', text: `${values.get('room')?.[0]} as ${more.get('nick')?.[0]}` }],
    }),
  }),
});

function createOffer(settings: { sessions?: number; sessionMs?: number } = {}) {
  const client = createFakeToolkit();
  const commands = client.plugins.enable(Commands, settings);
  commands.offer({ node: 'link', name: 'Link a room', run: link });
  commands.offer({ node: 'secret', name: 'Secret', run: link, allows: (from) => from.local === 'admin' });
  const command = async (attributes: string, content = '', options: { from?: string } = {}) => {
    const answer = await client.stream.ask(
      `<command xmlns='${COMMANDS_NS}' ${attributes}>${content}</command>`,
      { type: 'set', ...options },
    );
    return answer.child('command', COMMANDS_NS) ?? answer.child('error')!;
  };
  return { client, commands, command };
}
const submit = (name: string, value: string, type = 'submit') =>
  `<x xmlns='jabber:x:data' type='${type}'><field var='${name}'><value>${value}</value></field></x>`;

test('a command is run step by step, back and forth', async () => {
  const { command } = createOffer();
  const first = await command("node='link' action='execute'");
  const session = first.attr('sessionid');
  assert.equal(first.attr('status'), 'executing');
  assert.deepEqual(
    first
      .child('actions')
      ?.elements()
      .map(({ name }) => name),
    ['next'],
  );
  const second = await command(`node='link' sessionid='${session}' action='next'`, submit('room', 'tea'));
  assert.deepEqual(
    second
      .child('actions')
      ?.elements()
      .map(({ name }) => name),
    ['prev', 'complete'],
  );
  const back = await command(`node='link' sessionid='${session}' action='prev'`);
  assert.equal(back.child('x', 'jabber:x:data')?.child('field')?.attr('var'), 'room');
  await command(`node='link' sessionid='${session}'`, submit('room', '茶'));
  const done = await command(`node='link' sessionid='${session}' action='complete'`, submit('nick', 'ann'));
  assert.deepEqual([done.attr('status'), done.childText('note')], ['completed', '茶 as ann']);
  const over = await command(`node='link' sessionid='${session}' action='next'`);
  assert.ok(over.child('session-expired', COMMANDS_NS));
});

test('what makes no sense is refused, each in the standard’s words', async () => {
  const { command } = createOffer();
  const session = (await command("node='link'")).attr('sessionid');
  const of = `node='link' sessionid='${session}'`;
  assert.ok((await command("node='nothing'")).elements()[0]?.name === 'item-not-found');
  assert.ok((await command("node='link' action='next'")).child('bad-action', COMMANDS_NS));
  assert.ok((await command(`${of} action='prev'`)).child('bad-action', COMMANDS_NS));
  assert.ok((await command(of, submit('room', 'x', 'form'))).child('bad-payload', COMMANDS_NS));
  const thief = await command(of, submit('room', 'x'), { from: 'eve@example.org/x' });
  assert.ok(thief.child('session-expired', COMMANDS_NS), 'a session is its owner’s');
  assert.ok((await command("node='secret'")).elements()[0]?.name === 'forbidden');
  assert.equal((await command(`${of} action='cancel'`)).attr('status'), 'canceled');
});

test('sessions are bounded in number and time', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { command } = createOffer({ sessions: 1, sessionMs: 1000 });
  const session = (await command("node='link'")).attr('sessionid');
  assert.equal((await command("node='link'")).elements()[0]?.name, 'resource-constraint');
  t.mock.timers.tick(1000);
  assert.ok((await command(`node='link' sessionid='${session}'`)).child('session-expired', COMMANDS_NS));
  assert.equal((await command("node='link'")).attr('status'), 'executing');
});

test('everybody sees the commands that they may run', async () => {
  const { client } = createOffer();
  const list = async (from: string) => {
    const answer = await client.stream.ask(`<query xmlns='${ITEMS}' node='${COMMANDS_NS}'/>`, { from });
    return answer
      .child('query', ITEMS)
      ?.elements('item')
      .map((item) => item.attr('node'));
  };
  assert.deepEqual(await list('bea@example.org/x'), ['link']);
  assert.deepEqual(await list('admin@example.org/x'), ['link', 'secret']);
});

test('somebody else’s command is run, its form filled in and checked', async () => {
  const client = createFakeToolkit();
  const commands = client.plugins.enable(Commands);
  const { stream } = client;
  stream.answer = () =>
    `<command xmlns='${COMMANDS_NS}' node='n' sessionid='s' status='executing'><actions execute='next'><prev/><next/></actions><x xmlns='jabber:x:data' type='form'><field var='a' type='text-single'/></x></command>`;
  const first = await commands.run('bea@example.org/bot', 'n');
  assert.deepEqual([first.status, first.actions], ['executing', ['prev', 'next']]);
  await assert.rejects(first.next({ b: 'x' }), { code: 'xmpp-value-invalid' });
  stream.answer = () =>
    `<command xmlns='${COMMANDS_NS}' node='n' sessionid='s' status='completed'><note type='warn'>careful</note><note>done</note></command>`;
  const done = await first.next({ a: 'x' });
  assert.match(
    stream.sent.at(-1) ?? '',
    /<command [^>]*node="n" sessionid="s" action="next"><x xmlns="jabber:x:data" type="submit"><field/,
  );
  assert.deepEqual(
    [done.status, done.actions, done.notes],
    [
      'completed',
      [],
      [
        { type: 'warn', text: 'careful' },
        { type: 'info', text: 'done' },
      ],
    ],
  );
  stream.answer = () => `<command xmlns='${COMMANDS_NS}' node='n' sessionid='s' status='canceled'/>`;
  assert.equal((await first.cancel()).status, 'canceled');
  stream.answer = () => '<odd xmlns="urn:o"/>';
  await assert.rejects(first.prev(), { code: 'xmpp-protocol-violation' });
});
