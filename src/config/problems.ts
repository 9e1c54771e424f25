/**
 * What is wrong with a configuration: each problem has its place, so that an error names the line to go to. All of
 * them are told at once.
 */
import { ConfigError, type ConfigurationProblem } from '../hub/errors.ts';

/** Where a setting is: `['links', 0, 'rooms', 1]` is `links[0].rooms[1]`. */
export type SettingPath = readonly (string | number)[];

export interface Problem {
  path: SettingPath;
  /** Whether the key itself is wrong, or what it is set to. */
  part: 'key' | 'value';
  /** What was expected and what was found. Holds no secret. */
  message: string;
}

/** A place in the file, both counted from 1. */
export interface Place {
  line: number;
  column: number;
}

/** More than this are not listed: the first ones tell enough. */
const problemsShown = 20;

/** A path as people write it. */
export function formatPath(path: SettingPath): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}

/** A mistake that can be located, in words: `hutong.yaml:3:5: accounts.jabber.nick: expected text`. */
export interface LocatedProblem {
  place: Place | undefined;
  path: SettingPath;
  message: string;
}

/** The error that tells all problems of a file, a line each, in the file's order. */
export function createConfigError(file: string, problems: readonly LocatedProblem[]): ConfigError {
  const inOrder = problems.toSorted(
    (a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0),
  );
  const lines = [...new Set(inOrder.map((problem) => formatProblem(file, problem)))];
  const left = lines.length - problemsShown;
  if (left > 0) lines.splice(problemsShown, left, `${file}: and ${left} more`);
  return new ConfigError(lines.join('\n'), { problems: inOrder.map(toConfigurationProblem) });
}

function toConfigurationProblem({ place, path, message }: LocatedProblem): ConfigurationProblem {
  return { path: formatPath(path), message, ...place };
}

function formatProblem(file: string, { place, path, message }: LocatedProblem): string {
  const where = place ? `${file}:${place.line}:${place.column}` : file;
  return path.length === 0 ? `${where}: ${message}` : `${where}: ${formatPath(path)}: ${message}`;
}
