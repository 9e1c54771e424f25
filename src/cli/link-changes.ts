/** `links add`, `links remove`: the same edit of hutong.yaml that somebody would make by hand, with its comments kept. */
import { join } from 'node:path';
import { ConfigurationFile } from '../config/configuration-file.ts';
import { difference } from '../config/difference.ts';
import { defaultFileName } from '../config/find.ts';
import { toSnapshot } from '../config/snapshot.ts';
import type { ConfigurationOperation } from '../hub/configuration.ts';
import { locateWithoutSecrets, toConfigContext, withJournalIfThere } from './beside.ts';
import { optionValue, type Command, type CommandContext } from './command.ts';
import { toTerminalLine } from './print.ts';
import { findRunning } from './running.ts';

/** Rooms that can be named at once. */
const roomsLimit = 100;

const dryRun = { 'dry-run': { help: 'shows what would change, and changes nothing' } } as const;

export const linkChangeCommands: readonly Command[] = [
  {
    name: 'links add',
    words: 'NAME ROOM ROOM…',
    minWords: 3,
    maxWords: roomsLimit + 1,
    summary: 'Links rooms, each written ACCOUNT/ROOM',
    details: `The link is written into hutong.yaml, or the file that --config names; a running hub takes it within a second.`,
    options: {
      direction: { value: 'DIRECTION', help: 'both (if not said), from-first or to-first' },
      ...dryRun,
    },
    run(context) {
      const [name, ...rooms] = context.words;
      const direction = optionValue(context.options, 'direction');
      const link = { name, rooms, ...(direction === undefined ? {} : { direction }) };
      return change(context, { do: 'add-link', link });
    },
  },
  {
    name: 'links remove',
    words: 'NAME',
    minWords: 1,
    summary: 'Ends a link; what is on the way still goes out',
    options: dryRun,
    run: (context) => change(context, { do: 'remove-link', name: context.words[0]! }),
  },
];

async function change(context: CommandContext, operation: ConfigurationOperation): Promise<number> {
  const { shell, options, composition } = context;
  const { path, text, configuration } = await locateWithoutSecrets(context);
  const before = toSnapshot(configuration);
  const file = new ConfigurationFile({
    path: path ?? join(shell.folder, defaultFileName),
    text: path === undefined ? undefined : text,
    context: { ...toConfigContext(context), withoutSecrets: true },
    runtime: {
      difference: (next) => difference(before, toSnapshot(next, before.salt)),
      // A hub that runs sees that its file was edited.
      apply: async () => {},
      refuse: () => {},
    },
  });
  const { version } = await file.read();
  const edit = { operations: [operation] };
  if (options.has('dry-run')) {
    const { difference: changes, problems } = await file.propose(edit);
    for (const each of changes) shell.out(`${toTerminalLine(each.text)}\n`);
    for (const { path: at, message } of problems) {
      shell.err(`${toTerminalLine(at === '' ? message : `${at}: ${message}`)}\n`);
    }
    return problems.length === 0 ? 0 : 1;
  }
  const { difference: changes } = await file.apply(edit, version);
  for (const each of changes) shell.out(`${toTerminalLine(each.text)}\n`);
  const running = await withJournalIfThere(
    context,
    configuration,
    async (journal) => journal && findRunning(composition, configuration, journal),
  );
  shell.err(
    running
      ? `The running hub (process ${running.pid}) takes it.\n`
      : 'It is in force from the next start.\n',
  );
  return 0;
}
