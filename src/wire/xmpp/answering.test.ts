import assert from 'node:assert/strict';
import test from 'node:test';
import { AnswerLine } from './answering.ts';
import { xml, type XmlElement } from './element.ts';

/** Handlers that end when they are told to, and what became of requests. */
function createLine() {
  const begun: PromiseWithResolvers<void>[] = [];
  const refused: string[] = [];
  const line = new AnswerLine({
    answer() {
      const work = Promise.withResolvers<void>();
      begun.push(work);
      return work.promise;
    },
    async refuse(request: XmlElement) {
      refused.push(request.attr('id') ?? '');
    },
  });
  let asked = 0;
  return { begun, refused, ask: () => line.add(xml('iq', { id: String((asked += 1)) })) };
}

test('requests behind handlers that never end are told to ask again later, and the stream goes on', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { begun, refused, ask } = createLine();
  for (let count = 0; count < 40; count += 1) assert.equal(ask(), undefined);
  assert.deepEqual([begun.length, refused.length], [32, 0]);
  context.mock.timers.tick(60_000);
  assert.deepEqual(refused, ['33', '34', '35', '36', '37', '38', '39', '40']);
});

test('a handler that ends makes place for the next, in the order of asking', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { begun, refused, ask } = createLine();
  for (let count = 0; count < 34; count += 1) void ask();
  begun[7]?.resolve();
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(begun.length, 33);
  context.mock.timers.tick(60_000);
  assert.deepEqual(refused, ['34']);
});

test('when too many wait, the stream waits until who asked has been told', async () => {
  const { refused, ask } = createLine();
  for (let count = 0; count < 1032; count += 1) assert.equal(ask(), undefined);
  const task = ask();
  assert.deepEqual(refused, []);
  await task?.();
  assert.deepEqual(refused, ['1033']);
});
