/** Many simulated runs, and what they come to. */
import { checkRules, describeRooms } from './rules.ts';
import { runScenario, type Outcome } from './scenario.ts';

export interface Summary {
  runs: number;
  crashes: number;
  steps: number;
  virtualMs: number;
  violations: string[];
}

/** Runs the seeds from `first` on. */
export async function simulate(
  first: number,
  count: number,
  options: { stopAtFirst?: boolean; show?: boolean } = {},
): Promise<Summary> {
  const summary: Summary = { runs: 0, crashes: 0, steps: 0, virtualMs: 0, violations: [] };
  for (let seed = first; seed < first + count; seed += 1) {
    const outcome = await runScenario({ seed });
    await add(summary, outcome);
    if (options.show) console.log(describeRooms(outcome.servers));
    if (options.stopAtFirst && summary.violations.length > 0) break;
  }
  return summary;
}

/** Repeats one small run, each time with a crash at another step. */
export async function simulateEveryStep(seed: number): Promise<Summary> {
  const summary: Summary = { runs: 0, crashes: 0, steps: 0, virtualMs: 0, violations: [] };
  const undisturbed = await runScenario({ seed, small: true, crashAt: Number.POSITIVE_INFINITY });
  await add(summary, undisturbed);
  for (let crashAt = 1; crashAt <= undisturbed.activeSteps; crashAt += 1) {
    const outcome = await runScenario({ seed, small: true, crashAt });
    await add(summary, outcome, ` with a crash at step ${crashAt}`);
  }
  return summary;
}

async function add(summary: Summary, outcome: Outcome, note = ''): Promise<void> {
  summary.runs += 1;
  summary.crashes += outcome.crashes;
  summary.steps += outcome.steps;
  summary.virtualMs += outcome.virtualMs;
  summary.violations.push(...(await checkRules(outcome)).map((violation) => violation + note));
  await outcome.dispose();
}
