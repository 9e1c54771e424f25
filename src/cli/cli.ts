/**
 * The command line as a whole: finds the command, runs it, tells errors in one way. Exit codes: 0 done, 1 it
 * failed, 2 the command line was not understood.
 */
import { toError } from '../hub/clock.ts';
import { AccessError } from '../hub/access.ts';
import { HutongError } from '../hub/errors.ts';
import { commonOptions, parseCommandLine } from './arguments.ts';
import { checkCommand } from './check.ts';
import { UsageError, type Command, type Composition, type Shell } from './command.ts';
import { deliveriesCommand } from './deliveries.ts';
import { doctorCommand } from './doctor.ts';
import { driverCommand } from './driver.ts';
import { toHelp } from './help.ts';
import { linkChangeCommands } from './link-changes.ts';
import { linksCommand } from './links.ts';
import { explainSwallowed } from './npm.ts';
import { searchCommand } from './search.ts';
import { startCommand } from './start.ts';
import { tokenCommands } from './token.ts';
import { userCommands } from './user.ts';

const commands: readonly Command[] = [
  startCommand,
  checkCommand,
  doctorCommand,
  driverCommand,
  ...tokenCommands,
  ...userCommands,
  linksCommand,
  ...linkChangeCommands,
  searchCommand,
  deliveriesCommand,
];

/** Does what the words ask for and answers the exit code. */
export async function runCommandLine(composition: Composition, shell: Shell): Promise<number> {
  try {
    const swallowed = explainSwallowed(shell, commands, commonOptions);
    if (swallowed !== undefined) throw new UsageError(swallowed);
    const request = parseCommandLine(shell.args, commands);
    if ('version' in request) shell.out(`hutong ${composition.version} (Node ${process.versions.node})\n`);
    else if ('help' in request) shell.out(toHelp(request.help, commands));
    else {
      const { command, words, options } = request.run;
      const configFile = options.get('config')?.[0];
      return await command.run({ composition, shell, words, options, configFile });
    }
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      shell.err(`hutong: ${error.message}\nWhat there is: npm run hutong -- --help\n`);
      return 2;
    }
    const expected = error instanceof HutongError || error instanceof AccessError;
    shell.err(`hutong: ${expected ? error.message : (toError(error).stack ?? String(error))}\n`);
    return 1;
  }
}
