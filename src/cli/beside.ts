/** What the commands that work beside a running hub share: the configuration and a journal opened for a moment. */
import { existsSync } from 'node:fs';
import { locateConfiguration, type ConfigContext, type Located } from '../config/find.ts';
import type { Configuration } from '../config/configuration.ts';
import type { CommandContext, JournalBeside } from './command.ts';

/** What the configuration is read with: the kinds of this hutong and the environment of this shell. */
export function toConfigContext({
  composition,
  shell,
}: Pick<CommandContext, 'composition' | 'shell'>): ConfigContext {
  const { networks, faces, builtIn } = composition;
  return { networks, faces, builtIn, environment: shell.environment, folder: shell.folder };
}

export function locate(context: CommandContext): Promise<Located> {
  return locateConfiguration(context.configFile, toConfigContext(context));
}

/** Opens the journal beside whatever has it open, hands it over, and closes it. */
export async function withJournal<T>(
  context: CommandContext,
  use: (journal: JournalBeside, configuration: Configuration) => Promise<T>,
): Promise<T> {
  const { configuration } = await locate(context);
  const engine = context.composition.engines[configuration.journal.engine];
  const journal = await engine.openBeside(configuration.dataFolder);
  try {
    return await use(journal, configuration);
  } finally {
    await journal.close();
  }
}

/** The same for commands that only look: before the first start there is no journal, and they leave it so. */
export async function withJournalIfThere<T>(
  { composition }: CommandContext,
  { dataFolder, journal: { engine } }: Configuration,
  use: (journal: JournalBeside | undefined) => Promise<T>,
): Promise<T> {
  if (!existsSync(dataFolder)) return use(undefined);
  const journal = await composition.engines[engine].openBeside(dataFolder);
  try {
    return await use(journal);
  } finally {
    await journal.close();
  }
}
