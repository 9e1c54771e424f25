/** The hub's complaints about a change, sorted to the fields they are about. */
import { words } from '../i18n/words.ts';

export interface FieldProblem {
  /** `accounts.jabber.jid`, `links[0].rooms[1]`; empty for the whole. */
  path: string;
  message: string;
}

/** What is said of the setting at `path` itself. */
export function problemAt(problems: readonly FieldProblem[], path: string): string | undefined {
  const found = problems
    .filter((problem) => problem.path === path)
    .map((problem) => words().hub.said(problem.message));
  return found.length === 0 ? undefined : found.join('\n');
}
