/**
 * The configuration as programs and people may read and change it while the hub runs: the console, the command line, a
 * network's own commands. hutong.yaml stays the only source: a change is an edit of that file, checked as if somebody
 * had made it with an editor, shown as a difference, and applied. Secrets go in and never come out.
 */
import { z } from 'zod';
import type { ConfigurationProblem } from './errors.ts';

/** In place of a secret in what is read. Handed back at the same place it stands for the secret that is there. */
export const secretMask = '(not shown)';

/** Steps of one change. Each reads a file that may be large anew. */
const operationsLimit = 100;

const settings = z.record(z.string(), z.unknown());
const accountId = z.string().min(1).describe('The name of an account.');
const linkName = z.string().min(1).describe('The name of a link.');

/** One step of a change. What is written is what stands in the file: `${NAME}` is taken from the environment. */
export const configurationOperation = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('add-account'), account: accountId, settings }),
  z.strictObject({ do: z.literal('replace-account'), account: accountId, settings }),
  z.strictObject({ do: z.literal('remove-account'), account: accountId }),
  z.strictObject({ do: z.literal('add-link'), link: settings }),
  z.strictObject({ do: z.literal('replace-link'), name: linkName, link: settings }),
  z.strictObject({ do: z.literal('remove-link'), name: linkName }),
  z.strictObject({
    do: z.literal('set'),
    path: z
      .array(z.union([z.string(), z.int().min(0)]))
      .min(1)
      .describe('The keys that lead to the setting: ["http", "url"].'),
    value: z.unknown().optional().describe('Without it the setting is removed.'),
  }),
]);

/**
 * Operations, done one after the other and all or none; or a whole new text of the file. In a text a secret may be
 * left as `(not shown)`.
 */
export const configurationChange = z.union([
  z.strictObject({ operations: z.array(configurationOperation).min(1).max(operationsLimit) }),
  z.strictObject({ text: z.string() }),
]);

export type ConfigurationOperation = z.infer<typeof configurationOperation>;
export type ConfigurationChange = z.infer<typeof configurationChange>;

/** A mapping of the file, as it is written. */
export type WrittenSettings = Readonly<Record<string, unknown>>;

/** The file as it is now, which is what runs unless `problems` says why not. Secrets are `secretMask`. */
export interface ConfigurationView {
  /** Changes with every edit of the file: what `apply` wants to be told. */
  version: string;
  /** The file's name as people know it. */
  file: string;
  /** False: there is no file yet, the built-in configuration runs, and the first change makes the file. */
  exists: boolean;
  /** Missing when the file is no YAML: nobody knows then where its secrets are. */
  text?: string;
  /** The accounts by name, in the file's order. */
  accounts: Readonly<Record<string, WrittenSettings>>;
  links: readonly WrittenSettings[];
  /** All else that the file says, by its top key. */
  settings: WrittenSettings;
  /** What is wrong with the file; it is not applied then, and what ran before still runs. */
  problems: readonly ConfigurationProblem[];
}

/** One thing that changes. */
export interface ConfigurationDifference {
  /** `account jabber changed: nick "ann" → "bea"`. Holds no secret. */
  text: string;
  /** It does nothing until hutong is started again. */
  needsRestart: boolean;
}

export interface ConfigurationProposal {
  /** Of the file that the change was tried on. */
  version: string;
  /** What runs now against what would run; empty when nothing changes, or when there are problems. */
  difference: readonly ConfigurationDifference[];
  /** Why it cannot be applied; empty when it can. */
  problems: readonly ConfigurationProblem[];
}

export interface ConfigurationApplied {
  /** Of the file as it is now. */
  version: string;
  difference: readonly ConfigurationDifference[];
}

export interface ConfigurationService {
  /** Rejects with a `ConfigError` when the file cannot be read. */
  read(): Promise<ConfigurationView>;
  /** A dry run: what the change would do. Writes nothing, not even a secret. */
  propose(change: ConfigurationChange): Promise<ConfigurationProposal>;
  /**
   * Writes the file and makes the hub run as it says, in that order; resolves when both are done. `version` is that
   * of the file which the change was made for. All or nothing: rejects with a `ConfigError`, `config-changed` when
   * somebody edited the file meanwhile, `config-invalid` with its `problems`, `config-unwritable` when the file cannot
   * be written. `by` is who made it, for the log.
   */
  apply(change: ConfigurationChange, version: string, by?: string): Promise<ConfigurationApplied>;
  /** What forms are made from. */
  forms(): ConfigurationForms;
}

/** JSON Schema, draft 2020-12; secrets are `writeOnly`, files' names have the format `file`. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface ConfigurationForms {
  /** The settings of an account, by its network's kind; `network` and `unknown` included. */
  networks: Readonly<Record<string, JsonSchema>>;
  /** The settings of a face, by its kind. */
  faces: Readonly<Record<string, JsonSchema>>;
  link: JsonSchema;
  http: JsonSchema;
  journal: JsonSchema;
  media: JsonSchema;
}
