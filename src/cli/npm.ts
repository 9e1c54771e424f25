/**
 * What npm does to a command line: it runs scripts in the package's folder instead of the caller's, and keeps every
 * option that stands before `--` for itself, in the environment as `npm_config_NAME`. Unnoticed, the second would
 * have a hub run with another configuration than the one that was named.
 * @see https://docs.npmjs.com/cli/commands/npm-run-script
 */
import { dirname } from 'node:path';
import type { Command, Option, Shell } from './command.ts';

type FromShell = Pick<Shell, 'args' | 'environment' | 'folder'>;

/** Options that npm has itself: that they are set says nothing. */
const npmsOwn: ReadonlySet<string> = new Set(['help', 'version']);

/** Whether a script of this package's own runs us, not one that merely has us as a child. */
function isRunByNpm({ environment, folder }: FromShell): boolean {
  const { npm_package_json: manifest, npm_lifecycle_event: script } = environment;
  return script !== undefined && manifest !== undefined && dirname(manifest) === folder;
}

/** The folder that the person who called npm is in; undefined when npm has no part in it. */
export function callersFolder(shell: FromShell): string | undefined {
  return isRunByNpm(shell) ? shell.environment['INIT_CWD'] : undefined;
}

/** What to type instead, when npm kept one of our options; undefined when all is well. */
export function explainSwallowed(
  shell: FromShell,
  commands: readonly Command[],
  common: Readonly<Record<string, Option>>,
): string | undefined {
  if (!isRunByNpm(shell)) return undefined;
  const { args, environment } = shell;
  const command = commands.find(({ name }) => args.join(' ').startsWith(name));
  const swallowed = Object.entries({ ...common, ...command?.options }).flatMap(([name, { value }]) => {
    const kept = environment[`npm_config_${name.replaceAll('-', '_')}`];
    if (kept === undefined || npmsOwn.has(name)) return [];
    if (args.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`))) return [];
    // `--config FILE` in two words is a switch to npm, and FILE a word behind it.
    return value === undefined ? `--${name}` : `--${name}=${kept === 'true' ? value : kept}`;
  });
  if (swallowed.length === 0) return undefined;
  const line =
    environment['npm_lifecycle_event'] === 'start'
      ? 'npm start --'
      : `npm run ${environment['npm_lifecycle_event']} -- ${args.join(' ')}`;
  return `npm took ${swallowed.join(' and ')} for itself, since it stands before "--". Type: ${line} ${swallowed.join(' ')}`;
}
