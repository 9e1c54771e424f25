/** Makes a change to the text of hutong.yaml. Secrets that were typed go into the store, the text names them. */
import type { ConfigurationChange, ConfigurationOperation } from '../hub/configuration.ts';
import type { NetworkKind } from '../hub/network.ts';
import { valueAt } from './check.ts';
import { isReference, toSecretReference } from './environment.ts';
import { didYouMean } from './nearest.ts';
import { createConfigError, type SettingPath } from './problems.ts';
import { parseConfigSource } from './source.ts';
import { findSecretsIn, unmaskData, unmaskText } from './written-secrets.ts';
import { editYaml, withValue, YamlEditError } from './yaml-edit.ts';
import { isMapping } from './yaml-text.ts';

export interface EditContext {
  /** The file's name as errors show it. */
  file: string;
  kinds: readonly NetworkKind<unknown>[];
  /** A free name for a new secret. */
  chooseName(wanted: string, taken: ReadonlySet<string>): string;
}

export interface Edited {
  text: string;
  /** What the text names that is not kept yet, by name. */
  secrets: Map<string, string>;
}

/** Throws a `ConfigError` where the change cannot be made. What it comes to is checked afterwards. */
export function editConfiguration(text: string, change: ConfigurationChange, context: EditContext): Edited {
  const { file } = context;
  if ('text' in change) {
    // A text that is no YAML is told as such, before its masks are looked for.
    parseConfigSource(file, change.text);
    const { text: unmasked, missing } = unmaskText(change.text, text);
    if (missing.length > 0) throw tellMissing(file, missing);
    return { text: unmasked, secrets: new Map() };
  }
  const edited: Edited = { text, secrets: new Map() };
  for (const operation of change.operations) operate(edited, operation, context);
  return edited;
}

function operate(edited: Edited, operation: ConfigurationOperation, context: EditContext): void {
  const { file, kinds } = context;
  const before = parseConfigSource(file, edited.text).data;
  const { path, value } = locate(before, operation, file);
  const { data: unmasked, missing } = unmaskData(value, path, before);
  if (missing.length > 0) throw tellMissing(file, missing);
  let kept = unmasked;
  const after = withValue(before, path, unmasked);
  for (const { path: at, value: secret } of findSecretsIn(unmasked, path, after, kinds)) {
    if (typeof secret !== 'string' || isKeptAsItIs(secret) || secret === valueAt(before, at)) continue;
    const name = context.chooseName(toSecretName(at), new Set(edited.secrets.keys()));
    edited.secrets.set(name, secret);
    kept = withValue(kept, at.slice(path.length), toSecretReference(name));
  }
  try {
    edited.text = editYaml(edited.text, path, kept);
  } catch (error) {
    if (!(error instanceof YamlEditError)) throw error;
    throw createProblem(file, error.path, error.message);
  }
}

/** A reference, or an address that holds one. */
function isKeptAsItIs(text: string): boolean {
  return isReference(text) || (text.includes('://') && text.includes('${'));
}

function toSecretName(path: SettingPath): string {
  return (path[0] === 'accounts' ? path.slice(1) : path).join('.');
}

/** The setting that an operation is about, and what shall stand there. */
function locate(
  data: unknown,
  operation: ConfigurationOperation,
  file: string,
): { path: SettingPath; value: unknown } {
  switch (operation.do) {
    case 'add-account':
    case 'replace-account':
    case 'remove-account': {
      const { account } = operation;
      const path = ['accounts', account];
      const accounts = valueAt(data, ['accounts']);
      const names = isMapping(accounts) ? Object.keys(accounts) : [];
      const isNew = operation.do === 'add-account';
      if (isNew && names.includes(account)) {
        throw createProblem(file, path, `there is an account "${account}" already`);
      }
      if (!isNew && !names.includes(account)) {
        throw createProblem(file, path, `there is no account "${account}".${didYouMean(account, names)}`);
      }
      return { path, value: operation.do === 'remove-account' ? undefined : operation.settings };
    }
    case 'add-link': {
      const { link } = operation;
      const name = link['name'];
      const names = linkNames(data);
      const path = ['links', names.length];
      if (typeof name === 'string' && names.includes(name)) {
        throw createProblem(file, [...path, 'name'], `another link is called "${name}" already`);
      }
      return { path, value: link };
    }
    case 'replace-link':
    case 'remove-link': {
      const { name } = operation;
      const names = linkNames(data);
      const index = names.indexOf(name);
      if (index === -1) {
        const known = names.filter((each) => each !== undefined);
        throw createProblem(file, ['links'], `there is no link "${name}".${didYouMean(name, known)}`);
      }
      return { path: ['links', index], value: operation.do === 'remove-link' ? undefined : operation.link };
    }
    case 'set':
      return { path: operation.path, value: operation.value };
  }
}

/** The names of the links, in the file's order; undefined for one without. */
function linkNames(data: unknown): (string | undefined)[] {
  const links = valueAt(data, ['links']);
  if (!Array.isArray(links)) return [];
  return links.map((link: unknown) => {
    const name = valueAt(link, ['name']);
    return typeof name === 'string' ? name : undefined;
  });
}

function tellMissing(file: string, missing: readonly SettingPath[]) {
  const message = 'is not shown, and there is no secret at this place that could be kept: write it anew';
  return createConfigError(
    file,
    missing.map((path) => ({ place: undefined, path, message })),
  );
}

function createProblem(file: string, path: SettingPath, message: string) {
  return createConfigError(file, [{ place: undefined, path, message }]);
}
