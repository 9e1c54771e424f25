/**
 * npm run simulate -- [--seed N] [--seeds COUNT] [--every-step] [--fault NAME] [--show]
 *
 * Runs the hub in virtual time with misbehaving networks and crashes, and checks its rules. Exits with 1 when one
 * is broken. A seed that was printed repeats its run exactly.
 */
import { parseArgs } from 'node:util';
import { faults, plant } from './faults.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    'every-step': { type: 'boolean', default: false },
    fault: { type: 'string' },
    show: { type: 'boolean', default: false },
  },
});

const fault = values.fault === undefined ? undefined : faults.find((one) => one.name === values.fault);
if (values.fault !== undefined && !fault) {
  console.error(
    `there is no fault "${values.fault}"; there are:\n${faults.map((one) => `  ${one.name}`).join('\n')}`,
  );
  process.exit(2);
}
if (fault) plant(fault);
const { simulate, simulateEveryStep } = await import('./simulate.ts');

const first = Number(values.seed);
const summary = values['every-step']
  ? await simulateEveryStep(first)
  : await simulate(first, Number(values.seeds), { stopAtFirst: fault !== undefined, show: values.show });
for (const violation of summary.violations.slice(0, 20)) console.log(violation);
console.log(
  `${summary.runs} runs, ${summary.crashes} crashes, ${summary.steps} steps, ` +
    `${(summary.virtualMs / 3600_000).toFixed(1)} virtual hours, ${summary.violations.length} violations`,
);
process.exit(summary.violations.length > 0 ? 1 : 0);
