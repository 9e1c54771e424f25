/** What a command of the command line is, and what it is given: one definition makes its help, its checks, its run. */
import type { ConfigContext } from '../config/find.ts';
import type { WebFace } from '../http/face.ts';
import type { Clock } from '../hub/clock.ts';
import type { Journal } from '../hub/journal.ts';
import type { LoadRest } from './rest.ts';

/** What `main.ts` puts together: every kind that this hutong has. */
export interface Composition {
  version: string;
  networks: ConfigContext['networks'];
  faces: readonly WebFace<unknown>[];
  /** What networks need beside this hutong, and how it is installed. */
  drivers: readonly Driver[];
  /** Makes the face that is always there. Loaded by a hub that runs, and not by the other commands. */
  readonly loadRest: LoadRest;
  /** The configuration that runs where there is no file. */
  builtIn: string;
  clock: Clock;
  engines: Readonly<Record<'sqlite', Engine>>;
}

export interface Driver {
  /** The kind of network that it is for. */
  network: string;
  /** The packages that an account with these checked settings needs. */
  packagesOf(config: unknown): string[];
  /** Installs the driver and these packages, as npm names them. Answers the folder. Rejects with a `HutongError`. */
  install(wanted: {
    dataFolder: string;
    packages: readonly string[];
    say(this: void, line: string): void;
  }): Promise<string>;
}

export interface Engine {
  /** The hub's own: nobody else may have it open so. Makes what is missing. */
  open(folder: string): Promise<Journal>;
  /** Beside a running hub. Makes what is missing. */
  openBeside(folder: string): Promise<JournalBeside>;
  /** Whether the folder holds a journal. */
  isThere(folder: string): boolean;
  /** Whether a hub has the folder open now. */
  isInUse(folder: string): boolean;
}

/** What may be done with the journal of a running hub: read everything, change the key-value store. */
export type JournalBeside = Pick<
  Journal,
  'head' | 'history' | 'search' | 'deliveries' | 'get' | 'set' | 'list' | 'close'
>;

/** The part of a process that a command sees: tests hand in their own. */
export interface Shell {
  args: readonly string[];
  folder: string;
  environment: Readonly<Record<string, string | undefined>>;
  /** Writes to standard output; the text ends its own lines. */
  out(text: string): void;
  /** The same to standard error. */
  err(text: string): void;
  stdin: NodeJS.ReadStream;
  /** Whether a person reads the output. */
  isTerminal: boolean;
}

export interface Option {
  /** What it takes, as help names it; nothing for a switch. */
  value?: string;
  multiple?: boolean;
  help: string;
}

/** An option's values as given, in order; a switch that is on is `['']`. */
export type OptionValues = ReadonlyMap<string, readonly string[]>;

export interface CommandContext {
  composition: Composition;
  shell: Shell;
  /** The words behind the command's name. */
  words: readonly string[];
  options: OptionValues;
  /** What `--config` names. */
  configFile: string | undefined;
}

export interface Command {
  /** One word or two: `check`, `token create`. */
  name: string;
  /** The words it takes, as help shows them: `NAME`, `[WORD]`, `WORDS…`. */
  words?: string;
  minWords?: number;
  maxWords?: number;
  summary: string;
  details?: string;
  options?: Readonly<Record<string, Option>>;
  /** Answers the exit code. */
  run(context: CommandContext): Promise<number>;
}

/** The command line was not understood: told with where to find help, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The value of an option that is given once; the last counts. */
export function optionValue(options: OptionValues, name: string): string | undefined {
  return options.get(name)?.at(-1);
}
