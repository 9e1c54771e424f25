/**
 * The log: pino, as JSON lines, or readable on a terminal (in this process: no worker). Secrets of the
 * configuration are struck out of every line, whoever wrote it, and control characters of foreign text are shown
 * by their codes, so that nobody can forge a line.
 */
import { pino, stdSerializers, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import type { LogLevel } from './log-levels.ts';
import { toReadableLine } from './readable-log.ts';

/** Shorter values are no secrets worth the name, and would strike out half of the log. */
const secretLengthMin = 4;
/** From this length on a secret is struck out whatever it looks like. */
const surelySecretLength = 8;
/** A shorter secret of letters or figures alone is a word, a year, a port: only as a whole value is it one. */
const everyday = /^(\p{L}+|\p{N}+)$/u;

/** `account-auth`, `config-invalid`: not the system's `ENOENT`. */
const ownCode = /^[a-z]+(-[a-z]+)+$/;

export interface LogOptions {
  level: LogLevel;
  /** For a person on a terminal, instead of JSON. */
  readable: boolean;
  /** Of what is readable. */
  coloured?: boolean;
  readonly write: (line: string) => void;
}

export interface HubLog {
  log: Logger;
  /** From now on these values are struck out. */
  readonly hide: (secrets: readonly string[]) => void;
}

export function createLog({ level, readable, coloured = false, write }: LogOptions): HubLog {
  let hidden: RegExp | undefined;
  const toLine = (line: string) => (readable ? toReadableLine(line, coloured) : line);
  const destination: DestinationStream = {
    write(line) {
      write(toLine(hidden ? line.replaceAll(hidden, '[hidden]') : line));
    },
  };
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    serializers: { err: toErrorFields },
  };
  const log = pino(options, destination);
  return {
    log,
    hide(secrets) {
      const long = secrets.filter((secret) => secret.length >= secretLengthMin);
      const longestFirst = [...new Set(long)].toSorted((a, b) => b.length - a.length);
      hidden = long.length > 0 ? new RegExp(longestFirst.map(toPattern).join('|'), 'gu') : undefined;
    },
  };
}

/** Where a secret stands in a line of JSON, written as JSON writes it. */
function toPattern(secret: string): string {
  const text = RegExp.escape(JSON.stringify(secret).slice(1, -1));
  if (secret.length >= surelySecretLength || !everyday.test(secret)) return text;
  return `(?<=["'=:])${text}(?=["'&@\\\\]|$)`;
}

/** Our own errors by their code and first cause, since their messages say the rest; others with all there is. */
function toErrorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (!ownCode.test(code)) return stdSerializers.errWithCause(error);
  let first = error;
  while (first.cause instanceof Error) first = first.cause;
  return { code, message: error.message, ...(first !== error && { cause: first.message }) };
}
