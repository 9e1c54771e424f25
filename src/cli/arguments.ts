/** The words of the command line: which command is meant, and its options, each checked against its definition. */
import { parseArgs } from 'node:util';
import { didYouMean } from '../config/nearest.ts';
import { UsageError, type Command, type Option } from './command.ts';

/** Every command takes these. */
export const commonOptions: Readonly<Record<string, Option>> = {
  config: { value: 'FILE', help: 'the configuration; without it ./hutong.yaml, where there is one' },
  help: { help: 'what the command does and takes' },
};

export interface Understood {
  command: Command;
  words: string[];
  options: Map<string, string[]>;
}

/** What is asked for. `help` names the command, or group of commands, that help is wanted for. */
export type Request = { run: Understood } | { help: string } | { version: true };

/** Throws a `UsageError` that says which word is not understood and what was probably meant. */
export function parseCommandLine(args: readonly string[], commands: readonly Command[]): Request {
  const { words, options } = split(args, [
    commonOptions,
    ...commands.map((command) => command.options ?? {}),
  ]);
  const command = findCommand(words, commands);
  const group = commands.some(({ name }) => name.startsWith(`${words[0]} `)) ? words[0]! : '';
  if (words[0] === 'help') return { help: words.slice(1).join(' ') };
  const helpWanted = options.has('help') || options.has('h');
  if (helpWanted && (command !== undefined || group !== '' || words.length === 0)) {
    return { help: command?.name ?? group };
  }
  if (command === undefined) {
    if (words.length === 0 && (options.has('version') || options.has('v'))) return { version: true };
    if (words.length === 0 && options.size === 0) return { help: '' };
    const [option] = options.keys();
    if (words.length === 0 && option !== undefined) throw new UsageError(explainNoOption(option));
    throw new UsageError(explainNoCommand(words, group, commands));
  }
  const own = { ...commonOptions, ...command.options };
  for (const [name, values] of options) checkOption(command, own, name, values);
  const rest = words.slice(command.name.split(' ').length);
  checkWords(command, rest);
  return { run: { command, words: rest, options } };
}

function findCommand(words: readonly string[], commands: readonly Command[]): Command | undefined {
  const two = words.slice(0, 2).join(' ');
  return commands.find(({ name }) => name === two) ?? commands.find(({ name }) => name === words[0]);
}

/** An option without a command: perhaps one of the few that need none. */
function explainNoOption(name: string): string {
  if (Object.hasOwn(commonOptions, name)) return `--${name} belongs to a command, and none was given.`;
  return `There is no option --${name}.${didYouMean(`--${name}`, ['--help', '--version', '--config'])}`;
}

function explainNoCommand(words: readonly string[], group: string, commands: readonly Command[]): string {
  if (words.length === 0) return 'No command was given.';
  const names = commands.map(({ name }) => name);
  if (group === '') {
    const first = names.map((name) => name.split(' ')[0]!);
    const meant = didYouMean(words.slice(0, 2).join(' '), names) || didYouMean(words[0]!, first);
    return `Unknown command "${words[0]}".${meant}`;
  }
  const within = names
    .filter((name) => name.startsWith(`${group} `))
    .map((name) => name.slice(group.length + 1));
  if (words[1] === undefined) return `"${group}" needs one of: ${within.join(', ')}.`;
  return `Unknown command "${group} ${words[1]}".${didYouMean(words[1], within)}`;
}

/** Tells options from words. Which options take a value must be known for that, so all commands' are looked at. */
function split(args: readonly string[], known: readonly Readonly<Record<string, Option>>[]) {
  const types = Object.fromEntries(
    known.flatMap((options) =>
      Object.entries(options).map(
        ([name, { value }]) => [name, { type: value === undefined ? 'boolean' : 'string' }] as const,
      ),
    ),
  );
  const { tokens } = parseArgs({ args: [...args], options: types, strict: false, tokens: true });
  const words: string[] = [];
  const options = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    options.set(token.name, [...(options.get(token.name) ?? []), token.value ?? '']);
  }
  return { words, options };
}

function checkOption(
  command: Command,
  known: Readonly<Record<string, Option>>,
  name: string,
  values: readonly string[],
): void {
  const option = Object.hasOwn(known, name) ? known[name] : undefined;
  const written = name.length === 1 ? `-${name}` : `--${name}`;
  if (!option) {
    const meant = didYouMean(
      written,
      Object.keys(known).map((each) => `--${each}`),
    );
    throw new UsageError(`"${command.name}" knows no option ${written}.${meant}`);
  }
  if (option.value !== undefined && values.includes('')) {
    throw new UsageError(`${written} needs a value: ${written}=${option.value}`);
  }
  if (option.value === undefined && values.some((value) => value !== '')) {
    throw new UsageError(`${written} takes no value`);
  }
  if (!option.multiple && values.length > 1) throw new UsageError(`${written} is given more than once`);
}

function checkWords(command: Command, words: readonly string[]): void {
  const usage = `usage: ${command.name} ${command.words ?? ''}`.trimEnd();
  if (words.length < (command.minWords ?? 0)) throw new UsageError(`Something is missing; ${usage}`);
  const limit = command.maxWords ?? command.minWords ?? 0;
  if (words.length > limit) throw new UsageError(`"${words[limit]}" is one word too many; ${usage}`);
}
