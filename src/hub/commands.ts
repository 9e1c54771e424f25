/**
 * What a command is, whatever door it is typed at: a telnet line, a web page, a message to an XMPP club. A command
 * is defined once, with its words for people, its parameters and what it does; doors find it, show its help and run
 * it. Where it applies is said by the set that it is in and by the type of place that it works on.
 */

/** `word`: up to the next space. `count`: a whole number of 1 or more. `text`: all the rest; only as the last one. */
export interface Parameter {
  /** As usage shows it: `NICK`. */
  readonly name: string;
  readonly takes: 'word' | 'count' | 'text';
  readonly optional?: boolean;
}

type Value<P extends Parameter> =
  | (P['takes'] extends 'count' ? number : string)
  | (P extends { optional: true } ? undefined : never);

/** The values of parameters, in their order. */
export type Values<Parameters extends readonly Parameter[]> = {
  [I in keyof Parameters]: Value<Parameters[I]>;
};

/** What every place can do: answer the one who typed. */
export interface Place {
  /** Shows lines to this person only. Each is one line; door and caller see to it that text of others is harmless. */
  reply(lines: readonly string[]): void;
}

export interface CommandSpec<Here extends Place, Parameters extends readonly Parameter[]> {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly parameters: Parameters;
  /** One sentence: what it does. */
  readonly help: string;
  /** What to answer when a parameter is missing, instead of the usage. */
  readonly whenMissing?: string;
  /**
   * Several may be under way at once, in their order: the next line need not wait for the end of this one. Others
   * wait until all before them are done, and hold back what comes after.
   */
  readonly pipelined?: boolean;
  run(here: Here, ...values: Values<Parameters>): Promise<void> | void;
}

/** A command as doors use it. */
export interface Command<Here extends Place> {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly help: string;
  readonly pipelined: boolean;
  /** How it is typed: `msg NICK TEXT`, optional parameters in brackets. */
  readonly usage: string;
  /** Runs it with what was typed after its name. Throws or rejects with a `CommandError` when that is no good. */
  run(here: Here, rest: string): Promise<void> | void;
}

/** What was asked cannot be done; the message tells the one who typed it why, in whole words. */
export class CommandError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandError';
  }
}

/** Makes a command; the types of its values follow from its parameters. */
export function defineCommand<Here extends Place, const Parameters extends readonly Parameter[]>(
  spec: CommandSpec<Here, Parameters>,
): Command<Here> {
  const usage = toUsage(spec.name, spec.parameters);
  const missing = spec.whenMissing ?? `Please type it like this - ${usage}`;
  return {
    name: spec.name,
    aliases: spec.aliases ?? [],
    parameters: spec.parameters,
    help: spec.help,
    pipelined: spec.pipelined ?? false,
    usage,
    run: (here, rest) =>
      spec.run(here, ...(parseValues(spec.parameters, rest, missing) as Values<Parameters>)),
  };
}

/** The commands of one sort of place. `help` is added by itself. */
export class CommandSet<Here extends Place> {
  readonly commands: readonly Command<Here>[];
  readonly #byName = new Map<string, Command<Here>>();

  constructor(commands: readonly Command<Here>[]) {
    this.commands = [...commands, this.#helpCommand()];
    for (const command of this.commands) {
      for (const name of [command.name, ...command.aliases]) {
        if (this.#byName.has(name)) throw new Error(`two commands are called ${name}`);
        this.#byName.set(name, command);
      }
    }
  }

  /** Capitals make no difference. */
  find(name: string): Command<Here> | undefined {
    return this.#byName.get(name) ?? this.#byName.get(name.toLowerCase());
  }

  /** A line for each command: how it is typed and what it does. */
  usage(): string[] {
    const width = Math.max(...this.commands.map((command) => command.usage.length));
    return this.commands.map((command) => `  ${command.usage.padEnd(width)}  ${command.help}`);
  }

  #helpCommand(): Command<Here> {
    return defineCommand<Here, readonly [{ name: string; takes: 'word'; optional: true }]>({
      name: 'help',
      aliases: ['?'],
      parameters: [{ name: 'COMMAND', takes: 'word', optional: true }],
      help: 'lists the commands, or explains one',
      run: (here, name) => {
        if (name === undefined) return here.reply(this.usage());
        const command = this.find(name);
        if (!command) throw new CommandError(`There is no command ${name}`);
        const others = command.aliases.length > 0 ? ` (or ${command.aliases.join(', ')})` : '';
        here.reply([`${command.usage}${others} - ${command.help}`]);
      },
    });
  }
}

/** A typed line as its first word and the rest, spaces around both taken away; an ideographic space counts. */
export function splitLine(line: string): { word: string; rest: string } {
  const trimmed = line.trim();
  const space = trimmed.search(/\s/);
  if (space === -1) return { word: trimmed, rest: '' };
  return { word: trimmed.slice(0, space), rest: trimmed.slice(space + 1).trimStart() };
}

function toUsage(name: string, parameters: readonly Parameter[]): string {
  return [name, ...parameters.map((each) => (each.optional ? `[${each.name}]` : each.name))].join(' ');
}

function parseValues(parameters: readonly Parameter[], line: string, missing: string): unknown[] {
  let left = line;
  const values = parameters.map((parameter) => {
    const { word, rest } = parameter.takes === 'text' ? { word: left.trim(), rest: '' } : splitLine(left);
    left = rest;
    if (word === '') {
      if (parameter.optional) return undefined;
      throw new CommandError(missing);
    }
    return parameter.takes === 'count' ? parseCount(word, parameter.name) : word;
  });
  if (left !== '') throw new CommandError(missing);
  return values;
}

function parseCount(word: string, name: string): number {
  const count = Number(word);
  if (/^\d+$/.test(word) && count >= 1 && Number.isSafeInteger(count)) return count;
  throw new CommandError(`${name} is a whole number of 1 or more, not ${word}`);
}
