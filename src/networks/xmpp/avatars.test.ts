import assert from 'node:assert/strict';
import test from 'node:test';
import { FakePort } from '../../../test/fakes/port.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { toAvatarId, toAvatarUpdate, toVCardPhoto } from '../../wire/xmpp/avatar.ts';
import { xml, type XmlElement } from '../../wire/xmpp/element.ts';
import { IqError } from '../../wire/xmpp/errors.ts';
import { Avatars } from './avatars.ts';
import type { Connection } from './connection.ts';

const ROOM = 'room@chat';
const picture = (number: number) => Buffer.from(`picture ${number}`);
const hour = 60 * 60_000;

/** A server that answers vCard requests when the test says so, and a store that takes all bytes for pictures. */
function createStage(port = new FakePort()) {
  let nowMs = 1_000_000;
  const system = createSystemClock();
  const clock = { ...system, now: () => nowMs, monotonicMs: () => nowMs };
  const asked: { to: string; answer(data: Buffer | undefined): Promise<void> }[] = [];
  const kept = new Set<string>();
  const over = new AbortController();
  port.media = {
    ...port.media,
    async save(content) {
      const pieces: Uint8Array[] = [];
      for await (const piece of content) pieces.push(piece);
      const id = toAvatarId(Buffer.concat(pieces));
      kept.add(id);
      return { id, url: `media:${id}/avatar`, name: 'avatar', mime: 'image/png', sizeBytes: 1, sha256: id };
    },
    find: async (id) => (kept.has(id) ? { id, mime: 'image/png', sizeBytes: 1, sha256: id } : undefined),
    idOf: (url) => /^media:(\w+)\//.exec(url)?.[1],
  };
  const stream = {
    iq(request: XmlElement) {
      const answered = Promise.withResolvers<XmlElement>();
      asked.push({
        to: request.attr('to') ?? '',
        async answer(data) {
          const card = data && xml('vCard', { xmlns: 'vcard-temp' }, toVCardPhoto('image/png', data));
          if (card) answered.resolve(xml('iq', { type: 'result' }, card));
          else
            answered.reject(new IqError({ condition: 'item-not-found', type: 'cancel', text: '' }, request));
          for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        },
      });
      return answered.promise;
    },
  };
  const avatars = new Avatars(clock);
  avatars.attach({ port, stream, signal: over.signal } as unknown as Connection);
  return {
    port,
    avatars,
    asked,
    kept,
    pass: (ms: number) => void (nowMs += ms),
    show: (nick: string, data: Buffer) =>
      avatars.notice(xml('presence', { from: `${ROOM}/${nick}` }, toAvatarUpdate(toAvatarId(data)))),
    see: (nick: string) => avatars.ofOccupant(`${ROOM}/${nick}`)?.sha256,
  };
}

test('a picture is asked for when its owner speaks, once, and for all who have the same', async () => {
  const { asked, show, see } = createStage();
  show('ann', picture(1));
  show('bea', picture(1));
  assert.equal(asked.length, 0, 'nobody has spoken');
  assert.deepEqual([see('ann'), see('ann'), see('bea')], [undefined, undefined, undefined]);
  assert.deepEqual(
    asked.map(({ to }) => to),
    [`${ROOM}/ann`],
  );
  await asked[0]?.answer(picture(1));
  assert.deepEqual(
    [see('ann'), see('bea'), see('cid')],
    [toAvatarId(picture(1)), toAvatarId(picture(1)), undefined],
  );
});

test('a picture that is another, or none, is not asked for again at once', async () => {
  const { asked, show, see, pass } = createStage();
  show('ann', picture(1));
  see('ann');
  await asked[0]?.answer(picture(2));
  assert.equal(see('ann'), undefined);
  assert.equal(asked.length, 1);
  pass(2 * hour);
  see('ann');
  await asked[1]?.answer(undefined);
  assert.equal(see('ann'), undefined);
  assert.equal(asked.length, 2);
});

test('a few are fetched at once, some wait, and more are left for another time', async () => {
  const { asked, show, see } = createStage();
  for (let number = 0; number < 200; number += 1) {
    show(`user ${number}`, picture(number));
    see(`user ${number}`);
  }
  assert.equal(asked.length, 4);
  for (let number = 0; number < asked.length; number += 1) await asked[number]?.answer(picture(number));
  assert.ok(asked.length >= 100 && asked.length < 120, String(asked.length));
});

test('pictures outlive a restart, but not their file', async () => {
  const first = createStage();
  first.show('ann', picture(1));
  first.see('ann');
  await first.asked[0]?.answer(picture(1));
  const second = createStage(first.port);
  second.kept.add(toAvatarId(picture(1)));
  await new Promise((resolve) => setImmediate(resolve));
  second.show('ann', picture(1));
  assert.equal(second.see('ann'), undefined, 'it is looked first whether it is still there');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(second.see('ann'), toAvatarId(picture(1)));
  assert.equal(second.asked.length, 0);
  second.kept.clear();
  second.pass(2 * hour);
  second.see('ann');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(second.see('ann'), undefined);
  assert.equal(second.asked.length, 1, 'it is fetched again');
});

test('who tells no picture is asked once a day', async () => {
  const { avatars, asked, pass } = createStage();
  assert.equal(avatars.ofPerson('ann@x/phone'), undefined);
  await asked[0]?.answer(picture(1));
  assert.equal(avatars.ofPerson('ann@x/desk')?.sha256, toAvatarId(picture(1)));
  assert.deepEqual(
    asked.map(({ to }) => to),
    ['ann@x'],
  );
  pass(25 * hour);
  avatars.ofPerson('ann@x/phone');
  assert.ok(asked.length > 1);
});
