/**
 * hutong.yaml while the hub runs: read, tried and changed by programs, taken over when somebody edited it. One thing
 * after the other, so that no edit is checked against what another is about to replace; and whoever writes has to say
 * which version of the file was meant.
 */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { toError } from '../hub/clock.ts';
import type {
  ConfigurationApplied,
  ConfigurationChange,
  ConfigurationDifference,
  ConfigurationForms,
  ConfigurationProposal,
  ConfigurationService,
  ConfigurationView,
} from '../hub/configuration.ts';
import { ConfigError, type ConfigurationProblem } from '../hub/errors.ts';
import type { Configuration } from './configuration.ts';
import { findDataFolder } from './data-folder.ts';
import { secretsNamedIn } from './environment.ts';
import { loadText, toShownName, type ConfigContext } from './find.ts';
import { toForms } from './forms.ts';
import { editConfiguration, type Edited } from './operations.ts';
import { chooseSecretName, readSecretFile, removeSecrets, writeSecrets } from './secret-store.ts';
import { parseConfigSource, readConfigText } from './source.ts';
import { writeFileWhole } from './whole-file.ts';
import { findWrittenSecrets, maskData, maskText } from './written-secrets.ts';
import { isMapping } from './yaml-text.ts';

/** How what runs is compared with a configuration and changed to it. */
export interface Runtime {
  difference(next: Configuration): ConfigurationDifference[];
  /** Makes what runs as it says. `by` is who wanted it, for the log. */
  apply(next: Configuration, by: string | undefined): Promise<void>;
  /** An edited file is not applied. */
  refuse(error: Error): void;
}

export interface ConfigurationFileOptions {
  /** Absolute. The file need not be there. */
  path: string;
  /** Its content as it was read at the start; undefined where there was none. */
  text: string | undefined;
  context: ConfigContext;
  runtime: Runtime;
}

/** What a file begins with that hutong makes. */
const heading = '# The configuration of hutong; docs/configuration.md explains every key.\n';
/** Characters of a version: 132 bits of a hash. */
const versionLength = 22;

interface Content {
  text: string;
  exists: boolean;
  version: string;
}

export class ConfigurationFile implements ConfigurationService {
  /** Absolute. */
  readonly path: string;
  readonly #shownName: string;
  readonly #context: ConfigContext;
  readonly #runtime: Runtime;
  /** The last content of the file that was looked into, applied or not. */
  #seen: string | undefined;
  /** The last one that was applied: what runs. */
  #applied: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ path, text, context, runtime }: ConfigurationFileOptions) {
    this.path = path;
    this.#shownName = toShownName(path, context.folder);
    this.#context = context;
    this.#runtime = runtime;
    this.#seen = text;
    this.#applied = text ?? heading + context.builtIn.trimStart();
  }

  /** The content that need not be looked at again; undefined while there is no file. */
  get seen(): string | undefined {
    return this.#seen;
  }

  /** The file was edited: takes it over, if it is still as `text` says. Never rejects: mistakes are logged. */
  take(text: string): Promise<void> {
    return this.#inTurn(async () => {
      try {
        const now = await this.#read();
        // It was told late: somebody else was faster, and is told of by himself.
        if (now.text !== text || text === this.#seen) return;
        this.#seen = text;
        await this.#runtime.apply(loadText(this.path, text, this.#context), undefined);
        this.#applied = text;
      } catch (error) {
        this.#runtime.refuse(toError(error));
      }
    });
  }

  async read(): Promise<ConfigurationView> {
    const { text, exists, version } = await this.#read();
    const file = this.#shownName;
    const problems = this.#problemsOf(() => loadText(this.path, text, this.#context));
    const view = { version, file, exists, accounts: {}, links: [], settings: {}, problems };
    const data = this.#tryParse(text);
    if (data === undefined) return view;
    const secrets = findWrittenSecrets(data, this.#context.networks);
    const masked = maskText(text, secrets);
    const { accounts, links, ...settings } = toMapping(maskData(data, secrets));
    return {
      ...view,
      ...(masked === undefined ? {} : { text: masked }),
      accounts: Object.fromEntries(
        Object.entries(toMapping(accounts)).map(([id, each]) => [id, toMapping(each)]),
      ),
      links: Array.isArray(links) ? links.map(toMapping) : [],
      settings,
    };
  }

  async propose(change: ConfigurationChange): Promise<ConfigurationProposal> {
    const before = await this.#read();
    let difference: ConfigurationDifference[] = [];
    const problems = this.#problemsOf(() => {
      difference = this.#runtime.difference(this.#check(this.#edit(before, change)));
    });
    return { version: before.version, difference, problems };
  }

  apply(change: ConfigurationChange, version: string, by?: string): Promise<ConfigurationApplied> {
    return this.#inTurn(async () => {
      const before = await this.#read();
      this.#requireSame(before, version);
      const edited = this.#edit(before, change);
      const configuration = this.#check(edited);
      const difference = this.#runtime.difference(configuration);
      await this.#write(edited, before);
      await this.#runtime.apply(configuration, by);
      // Not before: where it could not be applied, the file is a new one to who watches it, and is tried again.
      this.#seen = edited.text;
      this.#applied = edited.text;
      await this.#forgetSecrets(before.text, edited.text);
      return { version: toVersion(edited.text), difference };
    });
  }

  forms(): ConfigurationForms {
    return toForms(this.#context.networks, this.#context.faces);
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task);
    // Its caller is told of a failure; the next one has its turn all the same.
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** The file; where there is none, what runs as it would be written. */
  async #read(): Promise<Content> {
    try {
      const text = await readConfigText(this.path, this.#shownName);
      return { text, exists: true, version: toVersion(text) };
    } catch (error) {
      const { cause } = toError(error);
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw error;
      return { text: this.#applied, exists: false, version: toVersion(this.#applied) };
    }
  }

  #requireSame(now: Content, version: string): void {
    if (now.version === version) return;
    throw new ConfigError(
      `${this.#shownName}: was edited since the version that this change was made for; nothing was changed`,
      { code: 'config-changed' },
    );
  }

  #edit({ text }: Content, change: ConfigurationChange): Edited {
    return editConfiguration(text, change, {
      file: this.#shownName,
      kinds: this.#context.networks,
      chooseName: (wanted, taken) => chooseSecretName(this.#dataFolder(text), wanted, taken),
    });
  }

  /** What an edited text comes to, with the secrets that are not written yet. */
  #check({ text, secrets }: Edited): Configuration {
    const { readSecret = readSecretFile } = this.#context;
    return loadText(this.path, text, {
      ...this.#context,
      readSecret: (folder, name) => secrets.get(name) ?? readSecret(folder, name),
    });
  }

  /** Secrets first: a file that names what is not there would not start. */
  async #write(edited: Edited, before: Content): Promise<void> {
    const folder = this.#dataFolder(edited.text);
    try {
      await writeSecrets(folder, edited.secrets);
      this.#requireSame(await this.#read(), before.version);
      if (edited.text !== before.text || !before.exists) await writeFileWhole(this.path, edited.text);
    } catch (error) {
      await removeSecrets(folder, edited.secrets.keys()).catch(() => {
        // A secret that nothing names is left over; why is told by the failure that led here.
      });
      if (error instanceof ConfigError) throw error;
      const message = `${this.#shownName}: cannot be written (${toError(error).message}); nothing was changed`;
      throw new ConfigError(message, { cause: error, code: 'config-unwritable' });
    }
  }

  async #forgetSecrets(before: string, after: string): Promise<void> {
    const now = secretsNamedIn(this.#tryParse(after));
    const gone = [...secretsNamedIn(this.#tryParse(before))].filter((name) => !now.has(name));
    await removeSecrets(this.#dataFolder(before), gone).catch(() => {
      // What could not be removed is a file that nothing reads; the change itself is made.
    });
  }

  #dataFolder(text: string): string {
    return findDataFolder(this.#tryParse(text), dirname(this.path), this.#context.environment);
  }

  #tryParse(text: string): unknown {
    try {
      return parseConfigSource(this.#shownName, text).data;
    } catch {
      // What is wrong with it is told by the check of the same text.
      return undefined;
    }
  }

  #problemsOf(task: () => unknown): readonly ConfigurationProblem[] {
    try {
      task();
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
  }
}

function toVersion(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, versionLength);
}

function toMapping(value: unknown): Readonly<Record<string, unknown>> {
  return isMapping(value) ? value : {};
}
