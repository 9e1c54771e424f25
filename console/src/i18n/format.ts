/** Times, counts and sizes as people of the chosen language write them. */
import { language } from '../app/preferences.ts';

function locale(): string {
  return language.value === 'zh' ? 'zh-CN' : 'en-GB';
}

const made = new Map<string, unknown>();

/** Intl objects are dear to make, and a list of events needs one for each row. */
function once<T>(key: string, make: (locale: string) => T): T {
  const full = `${locale()} ${key}`;
  let known = made.get(full) as T | undefined;
  if (known === undefined) {
    known = make(locale());
    made.set(full, known);
  }
  return known;
}

/** 14:03:27 */
export function formatClock(at: number): string {
  return once(
    'clock',
    (of) =>
      new Intl.DateTimeFormat(of, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }),
  ).format(at);
}

/** 14:03 */
export function formatMinute(at: number): string {
  return once(
    'minute',
    (of) => new Intl.DateTimeFormat(of, { hour: '2-digit', minute: '2-digit', hour12: false }),
  ).format(at);
}

/** Friday, 20 November 2026 */
export function formatDay(at: number): string {
  return once(
    'day',
    (of) => new Intl.DateTimeFormat(of, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
  ).format(at);
}

/** 20 Nov 2026, 14:03:27 */
export function formatMoment(at: number): string {
  return once(
    'moment',
    (of) => new Intl.DateTimeFormat(of, { dateStyle: 'medium', timeStyle: 'medium', hour12: false }),
  ).format(at);
}

/** 12,345 */
export function formatCount(count: number): string {
  return once('count', (of) => new Intl.NumberFormat(of)).format(count);
}

const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** 3 minutes ago; in 20 seconds */
export function formatDistance(at: number, now: number): string {
  const away = at - now;
  const [unit, length] = steps.find(([, each]) => Math.abs(away) >= each) ?? ['second', 1000];
  return once('relative', (of) => new Intl.RelativeTimeFormat(of, { numeric: 'auto' })).format(
    Math.trunc(away / length),
    unit,
  );
}

/** 4.2 ms, 310 ms, 2.1 s, 14 min: how long something took, milliseconds given. */
export function formatDuration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return `${(ms / 3_600_000).toFixed(1)} h`;
}

/** 312 B, 48 KiB, 1.5 MiB */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
