/**
 * `${NAME}` in a setting's text is taken from the environment, `${secret:NAME}` from the secrets that hutong keeps. It
 * is done on the parsed data, in texts only: what they hold can change neither the structure nor a key, and a text stays
 * a text. `$${` is a plain `${`.
 */
import type { Problem, SettingPath } from './problems.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Substituted {
  data: unknown;
  /** The paths, by `pathKey`, of the settings that came from the environment or from the kept secrets. */
  fromEnvironment: ReadonlySet<string>;
  problems: Problem[];
}

const reference = /\$\$\{|\$\{([^}]*)\}/g;
const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;
const secretPrefix = 'secret:';
const nothingElse = /^(?:\$\{[^}]+\})+$/;

/** How a configuration names a secret that hutong keeps. */
export function toSecretReference(name: string): string {
  return `\${${secretPrefix}${name}}`;
}

/** Whether a text is made of references alone: it names secrets, and holds none. */
export function isReference(text: string): boolean {
  return nothingElse.test(text);
}

/** The names of the kept secrets that the data refers to. */
export function secretsNamedIn(data: unknown): Set<string> {
  const names = new Set<string>();
  substituteEnvironment(data, {}, (name) => {
    names.add(name);
    return undefined;
  });
  return names;
}

/** One text for a path, to look it up by. */
export function pathKey(path: SettingPath): string {
  return path.join('\0');
}

/** Replaces every `${NAME}`, and with `secret` every `${secret:NAME}`. The data given is left as it is. */
export function substituteEnvironment(
  data: unknown,
  environment: Environment,
  secret: (name: string) => string | undefined,
): Substituted {
  const fromEnvironment = new Set<string>();
  const problems: Problem[] = [];
  return { data: substitute(data, []), fromEnvironment, problems };

  function substitute(value: unknown, path: SettingPath): unknown {
    if (typeof value === 'string') return substituteText(value, path);
    if (Array.isArray(value)) return value.map((item, index) => substitute(item, [...path, index]));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, substitute(item, [...path, key])]),
    );
  }

  function substituteText(text: string, path: SettingPath): string {
    return text.replaceAll(reference, (found, name: string | undefined) => {
      if (name === undefined) return '${';
      fromEnvironment.add(pathKey(path));
      if (name.startsWith(secretPrefix)) {
        const value = secret(name.slice(secretPrefix.length));
        if (value !== undefined) return value;
        const message = `there is no secret "${name.slice(secretPrefix.length)}" in the data folder; set it anew`;
        problems.push({ path, part: 'value', message });
        return found;
      }
      const value = environment[name];
      if (!namePattern.test(name)) {
        const message = `expected the name of an environment variable between \${ and }, found "${name}"; write $\${ for a plain \${`;
        problems.push({ path, part: 'value', message });
      } else if (value === undefined) {
        const message = `the environment variable ${name} is not set`;
        problems.push({ path, part: 'value', message });
      } else return value;
      return found;
    });
  }
}
