// What bots send that is wrong: whatever it is, it is answered, does nothing, and leaves the connection and the hub alive.
import assert from 'node:assert/strict';
import test from 'node:test';
import { openOneBot, type Json, type OneBotWorld } from '../../../test/fakes/onebot.ts';
import { ACTIONS, type ActionName } from '../../wire/onebot11/actions.ts';

/** Actions that touch nothing but what they answer, whatever they are asked with. */
const actions = Object.keys(ACTIONS) as ActionName[];

async function groupOf(world: OneBotWorld, token: string): Promise<number> {
  const { body } = await world.ask('/onebot/a/get_group_list', token);
  return body.data[0].group_id;
}

test('parameters of wrong types are refused, whatever the action', async () => {
  await using world = await openOneBot();
  const token = await world.token('bot');
  const group_id = await groupOf(world, token);
  await using bot = await world.connect('/onebot/a', token);
  const wrong: unknown[] = [
    null,
    [],
    'text',
    5,
    true,
    { group_id: {}, user_id: [], message_id: {}, message: 5, messages: 5, flag: {}, file: {}, id: {} },
    { group_id: 'abc', user_id: '1e3', message_id: '0x10', message: null, messages: null },
    { group_id: 2 ** 53, user_id: -1, message_id: 1.5, message: true, messages: 'x'.repeat(10), file: 1 },
    { group_id, user_id: group_id, message_id: group_id, message: [[[]]], messages: [1], operation: 1 },
    { group_id, message: [{ type: 5 }], messages: [{ type: 'node' }], context: { post_type: 7 } },
    { group_id, message: { type: '' }, messages: {}, context: [], operation: [] },
    { __proto__: { group_id }, constructor: 1, message: { type: 'toString', data: {} } },
  ];
  for (const action of actions) {
    for (const params of wrong) {
      const answer = await bot.call(action, params as object);
      assert.ok(['ok', 'failed'].includes(answer.status), `${action} ${JSON.stringify(params)}`);
      assert.notEqual(answer.wording, 'it failed inside hutong; the log says why', action);
    }
  }
  assert.deepEqual(world.a.done, []);
  assert.deepEqual(world.b.done, []);
});

test('huge arrays and messages nested without end are refused', async () => {
  await using world = await openOneBot();
  const token = await world.token('bot');
  const group_id = await groupOf(world, token);
  await using bot = await world.connect('/onebot/a', token);
  const text = { type: 'text', data: { text: 'a' } };
  const many = await bot.call('send_group_msg', {
    group_id,
    message: Array.from({ length: 300_000 }, () => text),
  });
  assert.equal(many.retcode, 100);
  const nest = (depth: number): object =>
    depth === 0 ? text : { type: 'node', data: { user_id: 1, nickname: 'x', content: [nest(depth - 1)] } };
  const deep = await bot.call('send_group_forward_msg', { group_id, messages: [nest(500)] });
  assert.equal(deep.retcode, 100);
  const wide = Array.from({ length: 20 }, () => ({
    type: 'node',
    data: { user_id: 1, nickname: 'x', content: Array.from({ length: 10_000 }, () => text) },
  }));
  const refused = await bot.call('send_group_forward_msg', { group_id, messages: wide });
  assert.match(refused.wording, /2000 segments/);
  const long = await bot.call('send_group_msg', { group_id, message: 'a'.repeat(200_001) });
  assert.match(long.wording, /200000 characters/);
  assert.deepEqual(world.a.done, []);
});

test('frames that are no calls are answered, echo comes back whatever it is', async () => {
  await using world = await openOneBot();
  await using bot = await world.connect('/onebot/a', await world.token('bot'));
  const odd = [
    '{',
    '[]',
    '5',
    'null',
    '{"action":5,"echo":"five"}',
    '{"action":"","echo":{"a":[1]}}',
    '"\\u0000"',
  ];
  for (const frame of odd) {
    bot.socket.send(frame);
    const answer = await bot.next((got: Json) => got.retcode === 1400);
    assert.equal(answer.status, 'failed', frame);
    assert.deepEqual(answer.echo, JSON.parse(frame.length > 1 ? frame : '0')?.echo);
  }
  for (const echo of [0, '', false, null, [], { deep: [{ a: null }] }, 1e300, '😀\u2028']) {
    bot.socket.send(JSON.stringify({ action: 'get_status', echo }));
    const answer = await bot.next((got: Json) => got.retcode === 0);
    assert.deepEqual(answer.echo, echo);
  }
  const depth = 200_000;
  bot.socket.send(`{"action":"get_status","echo":${'['.repeat(depth)}${']'.repeat(depth)}}`);
  assert.ok(await bot.next((got: Json) => got.retcode !== undefined), 'nested without end, it is answered');
  assert.equal((await bot.call('get_status')).status, 'ok');
});
