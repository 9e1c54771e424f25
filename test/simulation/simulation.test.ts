/**
 * The hub in virtual time. Networks lose replies and requests, cut connections, fall silent and tell things twice;
 * disks are full for seconds; the hub crashes, with the journal's open batch lost or just kept. Afterwards the
 * rules must hold. And because a check that catches nothing is worth nothing, deliberate faults are put into the
 * hub, one at a time, and each must be caught.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { faults } from './faults.ts';
import { simulate, simulateEveryStep } from './simulate.ts';
import { runScenario } from './scenario.ts';
import { describeRooms } from './rules.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
/** Seeds per run of the suite. */
const seeds = 400;
/** Seeds in which a fault must show. */
const faultSeeds = 200;

test(`the rules hold for ${seeds} seeds of misbehaving networks, full disks and crashes`, async () => {
  const summary = await simulate(1, seeds);
  assert.deepEqual(summary.violations, []);
  assert.ok(
    summary.crashes > seeds / 4,
    `only ${summary.crashes} crashes: the seeds do not try what they should`,
  );
});

for (const seed of [1, 2, 3]) {
  test(`the rules hold with a crash at every step of run ${seed}`, async () => {
    const summary = await simulateEveryStep(seed);
    assert.deepEqual(summary.violations, []);
    assert.ok(summary.crashes > 100, `only ${summary.crashes} crashes`);
  });
}

test('a seed repeats its run exactly', async () => {
  const [first, second] = [await runScenario({ seed: 42 }), await runScenario({ seed: 42 })];
  assert.equal(first.steps, second.steps);
  assert.equal(describeRooms(first.servers), describeRooms(second.servers));
});

for (const fault of faults) {
  test(`the fault “${fault.name}” is caught`, async () => {
    const { code, output } = await run(['--fault', fault.name, '--seeds', String(faultSeeds)]);
    assert.equal(code, 1, `nothing noticed it:\n${output}`);
    assert.match(output, /^seed \d+: /m);
  });
}

test('a fault that is not known is refused by name', async () => {
  const { code, output } = await run(['--fault', 'bad luck']);
  assert.equal(code, 2);
  assert.match(output, /there is no fault "bad luck"/);
});

function run(args: string[]): Promise<{ code: unknown; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, output: stdout + stderr });
    });
  });
}
