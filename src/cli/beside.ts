/** What the commands that work beside a running hub share: the configuration and a journal opened for a moment. */
import { locateConfiguration, type ConfigContext, type Located } from '../config/find.ts';
import type { Configuration } from '../config/configuration.ts';
import { JournalError } from '../hub/errors.ts';
import type { CommandContext, JournalBeside } from './command.ts';
import { callersFolder } from './npm.ts';

/** What the configuration is read with: the kinds of this hutong and the environment of this shell. */
export function toConfigContext({
  composition,
  shell,
}: Pick<CommandContext, 'composition' | 'shell'>): ConfigContext {
  const { networks, faces, builtIn } = composition;
  const { environment, folder } = shell;
  return { networks, faces, builtIn, environment, folder, namedFrom: callersFolder(shell) };
}

export function locate(context: CommandContext): Promise<Located> {
  return locateConfiguration(context.configFile, toConfigContext(context));
}

/** The same for commands that connect to nothing: the environment's secrets need not be there. */
export function locateWithoutSecrets(context: CommandContext): Promise<Located> {
  return locateConfiguration(context.configFile, { ...toConfigContext(context), withoutSecrets: true });
}

/** Opens the journal beside whatever has it open, hands it over, and closes it. Before the first start it is made, and that said. */
export async function withJournal<T>(context: CommandContext, use: Use<T>): Promise<T> {
  const { configuration } = await locateWithoutSecrets(context);
  const { dataFolder } = configuration;
  if (!engineOf(context, configuration).isThere(dataFolder)) {
    context.shell.err(`There was no journal in ${dataFolder}: a new one is made there.\n`);
  }
  return open(context, configuration, use);
}

/** The same for commands that have nothing to do where there is no journal: they make none. Rejects with a `JournalError` then. */
export async function readJournal<T>(context: CommandContext, use: Use<T>): Promise<T> {
  const { configuration } = await locateWithoutSecrets(context);
  const { dataFolder } = configuration;
  if (!engineOf(context, configuration).isThere(dataFolder)) {
    throw new JournalError(
      'journal-failed',
      `there is no journal in ${dataFolder}; nothing ever ran on this data, or "data" was changed`,
    );
  }
  return open(context, configuration, use);
}

/** Hands over the journal where there is one. */
export async function withJournalIfThere<T>(
  context: CommandContext,
  configuration: Configuration,
  use: (journal: JournalBeside | undefined) => Promise<T>,
): Promise<T> {
  const there = engineOf(context, configuration).isThere(configuration.dataFolder);
  return there ? open(context, configuration, use) : use(undefined);
}

type Use<T> = (journal: JournalBeside, configuration: Configuration) => Promise<T>;

function engineOf({ composition }: CommandContext, { journal }: Configuration) {
  return composition.engines[journal.engine];
}

async function open<T>(context: CommandContext, configuration: Configuration, use: Use<T>): Promise<T> {
  const journal = await engineOf(context, configuration).openBeside(configuration.dataFolder);
  try {
    return await use(journal, configuration);
  } finally {
    await journal.close();
  }
}
