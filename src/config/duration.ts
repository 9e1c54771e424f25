/** Durations as people write them: `90d`, `12h`, `30m`. The unit is always said, so that nobody guesses it. */

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** Milliseconds of a duration. Throws an `Error` that says how one is written. */
export function parseDuration(text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)\s*(ms|s|m|h|d|w)$/.exec(text.trim());
  const durationMs = match ? Number(match[1]) * unitMs[match[2] as keyof typeof unitMs] : Number.NaN;
  if (!(durationMs > 0)) {
    throw new Error('expected a duration: a number and its unit (ms, s, m, h, d or w), as in "90d" or "12h"');
  }
  return Math.round(durationMs);
}
