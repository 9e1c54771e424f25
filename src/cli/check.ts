/** `check`: is the configuration right, and what would it change? */
import { existsSync } from 'node:fs';
import { difference } from '../config/difference.ts';
import { filesOf } from '../config/files.ts';
import { readApplied, toSnapshot } from '../config/snapshot.ts';
import { locate, withJournalIfThere } from './beside.ts';
import type { Command, CommandContext } from './command.ts';
import { findRunning } from './running.ts';

export const checkCommand: Command = {
  name: 'check',
  summary: 'Checks the configuration and shows what it would change',
  details: `Every mistake is told with its line. Nothing is changed: a running hub takes an edited file by itself.`,
  run: check,
};

async function check(context: CommandContext): Promise<number> {
  const { shell } = context;
  const { configuration } = await locate(context);
  const { accounts, links, file } = configuration;
  shell.out(
    `${file ?? 'No hutong.yaml: the built-in configuration'} is right: ${count(accounts.length, 'account')}, ${count(links.length, 'link')}.\n`,
  );

  const missing = filesOf(configuration).filter(({ path }) => !existsSync(path));
  for (const { setting, path } of missing) shell.err(`${setting}: there is no file ${path}\n`);
  const exitCode = missing.length === 0 ? 0 : 1;

  const { running, applied } = await withJournalIfThere(context, configuration, async (journal) => ({
    applied: journal && (await readApplied(journal)),
    running: journal && (await findRunning(context.composition, configuration, journal)),
  }));
  if (!applied) {
    shell.out(`Nothing runs, and nothing ever ran, on the data in ${configuration.dataFolder}.\n`);
    return exitCode;
  }
  const changes = difference(applied, toSnapshot(configuration, applied.salt));
  const since = running
    ? `what runs (process ${running.pid})`
    : `what ran last on the data in ${configuration.dataFolder} (nothing runs now)`;
  if (changes.length === 0) {
    shell.out(`It is the same as ${since}.\n`);
    return exitCode;
  }
  shell.out(`Compared with ${since}:\n`);
  for (const { text, needsRestart } of changes) {
    shell.out(`  ${text}${needsRestart && running ? ' (after a restart)' : ''}\n`);
  }
  return exitCode;
}

function count(many: number, noun: string): string {
  return `${many} ${noun}${many === 1 ? '' : 's'}`;
}
