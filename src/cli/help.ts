/** The text of `--help`, made from the commands' definitions. */
import { didYouMean } from '../config/nearest.ts';
import { commonOptions } from './arguments.ts';
import { UsageError, type Command, type Option } from './command.ts';

/** Help for a command, for a group of them, or for all when `name` is empty. */
export function toHelp(name: string, commands: readonly Command[]): string {
  const command = commands.find((each) => each.name === name);
  if (command) return commandHelp(command);
  const shown = commands.filter((each) => name === '' || each.name.startsWith(`${name} `));
  if (shown.length === 0) {
    throw new UsageError(
      `Unknown command "${name}".${didYouMean(
        name,
        commands.map((each) => each.name),
      )}`,
    );
  }
  const rows = shown.map((each) => [`${each.name} ${each.words ?? ''}`.trimEnd(), each.summary] as const);
  return `${name === '' ? overview : ''}Commands:\n${toTable(rows)}\nOptions of every command:\n${optionTable(commonOptions)}
"npm run hutong -- COMMAND --help" tells more of one.\n`;
}

const overview = `hutong joins chat rooms across networks.

  npm start                           runs the hub (./hutong.yaml, or the house alone)
  npm start -- --config FILE          the same with another file
  npm run hutong -- COMMAND           everything else; works beside a running hub
  npm run hutong -- --version         this version, and that of Node

`;

function commandHelp(command: Command): string {
  const usage = `npm run hutong -- ${command.name} ${command.words ?? ''}`.trimEnd();
  const details = command.details === undefined ? '' : `\n${command.details}\n`;
  const options = optionTable({ ...command.options, ...commonOptions });
  return `${usage}\n\n${command.summary}.\n${details}\nOptions:\n${options}`;
}

function optionTable(options: Readonly<Record<string, Option>>): string {
  return toTable(
    Object.entries(options).map(([name, { value, help, multiple }]) => [
      value === undefined ? `--${name}` : `--${name}=${value}${multiple ? ' …' : ''}`,
      help,
    ]),
  );
}

function toTable(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('');
}
