import assert from 'node:assert/strict';
import test from 'node:test';
import { createSystemClock, type Cancel } from '../../hub/clock.ts';
import { textBody, type Segment } from '../../hub/message.ts';
import type { OutgoingMessage } from '../../hub/network.ts';
import type { Connection } from './connection.ts';
import { withUploads } from './media-actions.ts';
import type { Uploads } from './uploads.ts';

const picture: Segment = { type: 'image', url: 'https://hub.example/media/1/a.png' };

function message(room: string, body: readonly Segment[]): OutgoingMessage {
  return { room, token: 't', body, at: 0, hops: [] };
}

/** Actions that note what goes out, and uploads that end when the test says so. */
function scene() {
  const sent: string[] = [];
  const uploading = Promise.withResolvers<string>();
  const fired: (() => void)[] = [];
  const clock = {
    ...createSystemClock(),
    after(_: number, fire: () => void): Cancel {
      fired.push(fire);
      return () => {};
    },
  };
  const note = async ({ room, body }: OutgoingMessage) => {
    sent.push(`${room} ${body.map((segment) => ('url' in segment ? segment.url : 'text')).join()}`);
    return {};
  };
  const uploads = { concerns: () => true, link: () => uploading.promise } as unknown as Uploads;
  const actions = withUploads(
    { send: note, edit: note },
    {
      uploads,
      connection: {} as Connection,
      clock,
    },
  );
  return { sent, uploading, fired, actions };
}

test('what waits for no file goes out in the same turn', () => {
  const { sent, actions } = scene();
  void actions.send(message('a', textBody('x')));
  assert.deepEqual(sent, ['a text']);
});

test('what is said or changed behind a file waits for it, in its own room only', async () => {
  const { sent, uploading, actions } = scene();
  const all = [
    actions.send(message('a', [picture])),
    actions.send(message('a', textBody('x'))),
    actions.edit!({ ...message('a', [picture]), target: 'm' }),
    actions.send(message('b', textBody('x'))),
  ];
  assert.deepEqual(sent, ['b text']);
  uploading.resolve('https://files.example/1');
  await Promise.all(all);
  const link = 'https://files.example/1';
  assert.deepEqual(sent, ['b text', `a ${link}`, 'a text', `a ${link}`]);
  void actions.send(message('a', textBody('x')));
  assert.equal(sent.length, 5);
});

test('a file that takes too long gives its send back, and with it what is behind, so that the order stays', async () => {
  const { sent, uploading, fired, actions } = scene();
  const slow = actions.send(message('a', [picture]));
  const behind = actions.send(message('a', textBody('x')));
  await Promise.resolve();
  for (const fire of fired) fire();
  await assert.rejects(slow, { code: 'delivery-failed', permanent: false });
  await assert.rejects(behind, { code: 'delivery-failed', permanent: false });
  uploading.resolve('https://files.example/1');
  await Promise.all([slow, behind].map(() => actions.send(message('a', [picture]))));
  assert.deepEqual(sent, ['a https://files.example/1', 'a https://files.example/1']);
});
