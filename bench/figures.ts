/** What a benchmark finds, and the table that people read. A target that is missed is shown, never a failure. */

export interface Figure {
  /** What was measured, for people. */
  what: string;
  /** With its unit. */
  value: string;
  /** What it shall be; missing for what is only told. */
  target?: string;
  /** Whether the target is met; missing where there is none. */
  met?: boolean;
}

/** A figure with a target: `met` is the caller's comparison. */
export function createFigure(what: string, value: string, target: string, met: boolean): Figure {
  return { what, value, target, met };
}

/** The figures as lines of a Markdown table. */
export function toTable(title: string, figures: readonly Figure[]): string {
  const rows = figures.map(({ what, value, target, met }) => [
    what,
    value,
    target ?? '',
    met === undefined ? '' : met ? 'yes' : 'NO',
  ]);
  const table = [[title, 'measured', 'target', 'met'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(3, ...table.map((row) => (row[column] ?? '').length)));
  const toLine = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  const [head = [], ...body] = table;
  return [toLine(head), rule, ...body.map(toLine)].join('\n');
}

/** The value below which `share` of the values lie; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
