// Pictures of people, by a media store that keeps nothing and tells what it is asked for.
import assert from 'node:assert/strict';
import test from 'node:test';
import { FakePort } from '../../../test/fakes/port.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { noMedia, type StoredMedia } from '../../hub/media.ts';
import { Avatars } from './avatars.ts';

interface World {
  avatars: Avatars;
  asked: string[];
  /** Answers the oldest fetch that waits. */
  answer(this: void, given: Partial<StoredMedia> | Error): Promise<void>;
  pass(this: void, ms: number): void;
}

function open(isOn = true): World {
  const port = new FakePort();
  const asked: string[] = [];
  const waiting: PromiseWithResolvers<StoredMedia>[] = [];
  port.media = {
    ...noMedia,
    fetch(url) {
      asked.push(url);
      const fetching = Promise.withResolvers<StoredMedia>();
      waiting.push(fetching);
      return fetching.promise;
    },
  };
  let shiftMs = 0;
  const system = createSystemClock();
  const clock = { ...system, monotonicMs: () => shiftMs, after: () => () => {} };
  const { signal } = new AbortController();
  return {
    avatars: new Avatars({ port, clock: { ...clock, now: () => system.now() }, signal, isOn }),
    asked,
    async answer(given) {
      const { resolve, reject } = waiting.shift()!;
      if (given instanceof Error) reject(given);
      else
        resolve({
          id: '',
          sizeBytes: 1,
          name: 'avatar',
          url: 'media:x/avatar',
          mime: 'image/png',
          sha256: 'aa',
          ...given,
        });
      await new Promise((done) => setImmediate(done));
    },
    pass: (ms) => (shiftMs += ms),
  };
}

const HOUR_MS = 60 * 60_000;

test('the first message goes without a picture, the next has it, and a day later it is looked for a new one', async () => {
  const { avatars, asked, answer, pass } = open();
  assert.equal(avatars.of(10_001, undefined), undefined);
  assert.equal(avatars.of(10_001, undefined), undefined);
  assert.deepEqual(asked, ['https://q1.qlogo.cn/g?b=qq&nk=10001&s=140']);
  await answer({});
  const avatar = { url: 'media:x/avatar', mime: 'image/png', sha256: 'aa' };
  assert.deepEqual(avatars.of(10_001, undefined), avatar);
  pass(25 * HOUR_MS);
  assert.deepEqual(avatars.of(10_001, undefined), avatar);
  assert.equal(asked.length, 2);
  await answer(new Error('gone'));
  assert.deepEqual(avatars.of(10_001, undefined), avatar, 'the one that they had');
});

test('what is no picture is none; what cannot be had is not asked for again soon', async () => {
  const { avatars, asked, answer, pass } = open();
  avatars.of(1, undefined);
  await answer({ mime: 'text/html' });
  avatars.of(2, undefined);
  await answer(new Error('no'));
  assert.deepEqual([avatars.of(1, undefined), avatars.of(2, undefined)], [undefined, undefined]);
  assert.equal(asked.length, 2);
  pass(2 * HOUR_MS);
  avatars.of(2, undefined);
  assert.equal(asked.length, 3);
});

test('an address that is told is used, and no paths, nothing where it is told that there is none or it is switched off', () => {
  const { avatars, asked } = open();
  avatars.of(1, 'https://hub.example/media/a.png');
  for (const none of ['', 'file:///etc/passwd', '/a.png']) avatars.of(2, none);
  assert.deepEqual(asked, ['https://hub.example/media/a.png']);
  const off = open(false);
  off.avatars.of(1, undefined);
  assert.deepEqual(off.asked, []);
});

test('a crowd is not fetched all at once', () => {
  const { avatars, asked } = open();
  for (let user = 1; user < 100; user += 1) avatars.of(user, undefined);
  assert.equal(asked.length, 4);
});
