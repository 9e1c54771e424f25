/**
 * npm run simulate -- [--seed N] [--seeds COUNT] [--every-step] [--fault NAME] [--show]
 *
 * Runs the hub in virtual time with misbehaving networks and crashes, and checks its rules. Exits with 1 when one
 * is broken. A seed that was printed repeats its run exactly.
 */
import { parseArgs } from 'node:util';
import { faults, plant } from './faults.ts';

const usage = 'usage: npm run simulate -- [--seed N] [--seeds COUNT] [--every-step] [--fault NAME] [--show]';

const values = parseOptions();

const fault = values.fault === undefined ? undefined : faults.find((one) => one.name === values.fault);
if (values.fault !== undefined && !fault) {
  console.error(
    `there is no fault "${values.fault}"; there are:\n${faults.map((one) => `  ${one.name}`).join('\n')}`,
  );
  process.exit(2);
}
if (fault) plant(fault);
const { simulate, simulateEveryStep } = await import('./simulate.ts');

const first = toWhole(values.seed);
const count = toWhole(values.seeds);
const summary = values['every-step']
  ? await simulateEveryStep(first)
  : await simulate(first, count, { stopAtFirst: fault !== undefined, show: values.show });
for (const violation of summary.violations.slice(0, 20)) console.log(violation);
console.log(
  `${summary.runs} runs, ${summary.crashes} crashes, ${summary.steps} steps, ` +
    `${(summary.virtualMs / 3600_000).toFixed(1)} virtual hours, ${summary.violations.length} violations`,
);
process.exit(summary.violations.length > 0 ? 1 : 0);

function parseOptions() {
  try {
    return parseArgs({
      options: {
        seed: { type: 'string', default: '1' },
        seeds: { type: 'string', default: '1' },
        'every-step': { type: 'boolean', default: false },
        fault: { type: 'string' },
        show: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exit(2);
  }
}

function toWhole(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`"${text}" is no whole number\n${usage}`);
  process.exit(2);
}
