/** What implementations tell of people. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { OneBotClient } from '../../wire/onebot11/client.ts';
import { ActionError, OneBotError } from '../../wire/onebot11/errors.ts';
import { readContact } from './contact-details.ts';

/** An implementation that answers so; what it has no answer for it refuses. */
function answering(answers: Readonly<Record<string, unknown>>): OneBotClient {
  const call = async (action: string) => {
    const answer = answers[action];
    if (answer instanceof Error) throw answer;
    if (answer === undefined) throw new ActionError(action, 1404, 'no such action');
    return answer;
  };
  return { call } as unknown as OneBotClient;
}

test('the gender is everybody’s, the remark a friend’s', async () => {
  const friends = [{ user_id: 7, nickname: '安', remark: 'my aunt' }];
  const client = answering({ get_stranger_info: { sex: 'female' }, get_friend_list: friends });
  assert.deepEqual(await readContact(client, '7'), { alias: 'my aunt', gender: 'female', isFriend: true });
  assert.deepEqual(await readContact(client, '8'), { gender: 'female', isFriend: false });
  assert.deepEqual(await readContact(client, 'anonymous'), {});
});

test('what an implementation does not tell is left out; one that is away cannot be asked', async () => {
  assert.deepEqual(await readContact(answering({ get_stranger_info: { sex: 'unknown' } }), '7'), {});
  const away = answering({ get_stranger_info: new OneBotError('onebot-closed', 'gone') });
  await assert.rejects(readContact(away, '7'), { code: 'delivery-unknown' });
});
