/**
 * Rule 10, one clock: time, timers, randomness and ids come from one injected place, and an engine's core is
 * synchronous behind it, so that any run can be repeated exactly.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import test from 'node:test';
import { DeliveryError } from '../../src/hub/errors.ts';
import { linkedPair } from './world.ts';

const source = join(import.meta.dirname, '..', '..', 'src');

/** By file: what it has to do with. */
const allowed: Readonly<Record<string, string>> = {
  'clock.ts': 'is the one place',
  'passwords.ts': 'makes salts, which must not be repeatable, and is no part of what the simulation runs',
  'token-text.ts': 'makes secrets, which must not be repeatable either',
};

const forbidden = [
  /\bDate\.now\b/,
  /\bnew Date\(\)/,
  /\bset(?:Timeout|Interval|Immediate)\b/,
  /\bperformance\b/,
  /\bhrtime\b/,
  /\bMath\.random\b/,
  /\brandom(?:UUID|Bytes|Int)\b/,
  /\bgetRandomValues\b/,
  /\bAbortSignal\.timeout\b/,
  /node:timers/,
];

/** The code without its comments. */
function read(file: string): string {
  return readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}

function offences(file: string, patterns: readonly RegExp[]): string[] {
  const code = read(file);
  return patterns.filter((pattern) => pattern.test(code)).map((pattern) => `${file}: ${pattern.source}`);
}

/** The file and everything of this project that it imports for more than types. */
function withImports(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, path] of read(file).matchAll(/^(?:import|export) (?!type)[^;]*? from '(\.[^']+)'/gm)) {
    withImports(resolve(dirname(file), path!), found);
  }
  return found;
}

test('rule 10, one clock: the hub takes time, timers, randomness and ids from its clock alone', () => {
  const files = readdirSync(join(source, 'hub'), { recursive: true, encoding: 'utf8' });
  const hub = files.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !allowed[name]);
  assert.ok(hub.length > 15);
  assert.deepEqual(
    hub.flatMap((name) => offences(join(source, 'hub', name), forbidden)),
    [],
  );
});

test('rule 10, one clock: an engine’s core is synchronous, and takes the time from outside', () => {
  const core = [...withImports(join(source, 'engines/sqlite/core.ts'))];
  assert.ok(core.length > 5, core.join(' '));
  const asynchronous = [/\basync\b/, /\bawait\b/, /\bPromise\b/, /\bqueueMicrotask\b/, /\bnextTick\b/];
  assert.deepEqual(
    core.flatMap((file) => offences(file, [...forbidden, ...asynchronous])),
    [],
  );
});

test('rule 10, one clock: a wall clock that is set back holds nothing up, nor does one that was wrong at the start', async () => {
  const { world, a, b } = await linkedPair();
  let busy = true;
  b.before = () => {
    if (busy) throw new DeliveryError('failed', 'busy');
  };
  a.server.say('r', 'ann', 'before the clock was set');
  await world.pass(10_000);
  world.time.wallShiftMs = -30 * 24 * 3_600_000;
  busy = false;
  await world.pass(20_000);
  assert.deepEqual(b.server.texts('r'), ['before the clock was set']);

  busy = true;
  a.server.say('r', 'ann', 'before the restart');
  await world.pass(10_000);
  world.crash();
  world.time.wallShiftMs -= 30 * 24 * 3_600_000;
  busy = false;
  await world.start();
  await world.pass(61_000);
  assert.deepEqual(b.server.texts('r'), ['before the clock was set', 'before the restart']);
});

/** Everything that a troubled run leaves. */
async function run(): Promise<string> {
  const { world, a, b } = await linkedPair({ b: { can: ['find', 'edit'], limits: { textBytes: 40 } } });
  b.before = () => {
    if (world.time.random() < 0.3) throw new DeliveryError('failed', 'busy');
    if (world.time.random() < 0.1) throw new Error('who knows');
  };
  for (let number = 0; number < 50; number += 1) {
    a.server.say('r', 'ann', `#${number} ${'and so on '.repeat(number % 7)}`);
    await world.pass(200 * world.time.random());
    if (number === 25) {
      world.crash(world.time.random() < 0.5 ? 'lost' : 'kept');
      await world.start();
    }
  }
  await world.pass(3_600_000);
  const { events } = await world.finish(world.hub.read(0, {}, 1000));
  return JSON.stringify([events, await world.deliveries(), b.server.shown, world.logged, world.time.steps]);
}

test('rule 10, one clock: two runs with the same seed are the same to the last id, time and log line', async () => {
  assert.equal(await run(), await run());
});
