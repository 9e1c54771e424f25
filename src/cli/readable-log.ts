/**
 * Log lines for a person at a terminal: one line with the time, the level, the message and what belongs to it; errors with
 * their stack and causes below. The package that is usual for this brings thirteen others.
 */
import { inspect, type InspectColor } from 'node:util';
import { logLevels, type LogLevel } from './log-levels.ts';
import { toTerminalText } from './print.ts';

/** pino's numbers. @see https://github.com/pinojs/pino/blob/main/docs/api.md#loggerlevels-object */
const levelNumbers: Readonly<Record<LogLevel, number>> = {
  fatal: 60,
  error: 50,
  warn: 40,
  info: 30,
  debug: 20,
  trace: 10,
};

const levelColours: Readonly<Record<LogLevel, InspectColor>> = {
  fatal: 'bgRed',
  error: 'red',
  warn: 'yellow',
  info: 'green',
  debug: 'blue',
  trace: 'gray',
};

const indent = '    ';

/** Makes a line of pino's JSON readable. What of it is foreign can neither begin a line nor steer the terminal. */
export function toReadableLine(json: string, isColoured: boolean): string {
  const { time, level, msg, err, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const name = logLevels.find((each) => levelNumbers[each] === level) ?? 'info';
  const words = [
    paint(formatClock(new Date(String(time))), 'gray'),
    paint(name.toUpperCase().padEnd(5), levelColours[name]),
    ...(typeof msg === 'string' ? [toLine(msg)] : []),
    ...Object.entries(fields).map(([key, value]) => paint(`${toLine(key)}=${toWord(value)}`, 'gray')),
  ];
  return `${words.join(' ')}\n${err === undefined ? '' : explain(err, msg)}`;

  function paint(text: string, colour: InspectColor): string {
    if (!isColoured) return text;
    const [begin, end] = inspect.colors[colour];
    return `\u001b[${begin}m${text}\u001b[${end}m`;
  }
}

/** `14:05:09.120`, in the machine's own time zone. */
function formatClock(date: Date): string {
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
  const millis = String(date.getMilliseconds()).padStart(3, '0');
  return `${parts.map((part) => String(part).padStart(2, '0')).join(':')}.${millis}`;
}

/** As it is where it is one word, else as JSON. */
function toWord(value: unknown): string {
  if (typeof value === 'string' && /^[^\s"=]+$/u.test(value)) return toLine(value);
  return toLine(JSON.stringify(value) ?? '');
}

/** An error below its line: its stack where it has one, its other fields but what is `said` already, and what caused it. */
function explain(err: unknown, said?: unknown): string {
  if (typeof err !== 'object' || err === null) return indented(toWord(err));
  const { stack, cause, ...fields } = err as Record<string, unknown>;
  if (typeof stack === 'string') {
    // They are in the first line of the stack.
    delete fields['type'];
    delete fields['message'];
  }
  if (fields['message'] === said) delete fields['message'];
  const lines = Object.entries(fields).map(([key, value]) => `${toLine(key)}: ${toPhrase(value)}`);
  const own = [...(typeof stack === 'string' ? [toTerminalText(stack)] : []), ...lines];
  if (typeof cause === 'object' && cause !== null) return `${indented(own.join('\n'))}${explainCause(cause)}`;
  return indented([...own, ...(cause === undefined ? [] : [`caused by: ${toPhrase(cause)}`])].join('\n'));
}

function explainCause(cause: object): string {
  return explain(cause).replace(indent, `${indent}caused by: `);
}

function toPhrase(value: unknown): string {
  return typeof value === 'string' ? toLine(value) : toWord(value);
}

/** Foreign text in a line of ours. */
function toLine(text: string): string {
  return toTerminalText(text).replaceAll('\n', '\\n');
}

function indented(text: string): string {
  return `${text
    .split('\n')
    .map((line) => indent + line)
    .join('\n')}\n`;
}
