/**
 * Checks settings against a zod schema and tells every mistake in words that somebody who wrote a YAML file
 * understands: what was expected, what was found, which key was probably meant.
 */
import { isDeepStrictEqual } from 'node:util';
import type { z, ZodType } from 'zod';
import { didYouMean } from './nearest.ts';
import type { Problem, SettingPath } from './problems.ts';
import { knownKeys, schemasAt, unknownKeys } from './schema-walk.ts';

type Issue = z.core.$ZodIssue;

/** Values longer than this are cut in errors. */
const shownLimit = 40;

export type Checked<T> = { ok: true; value: T } | { ok: false; problems: Problem[] };

/**
 * The value as the schema completes it, or what is wrong with it. `base` is the path of the value in the file.
 * No value is shown of which `isSecret` says so, unless the schema's own message quotes it.
 */
export function checkSettings<T>(
  schema: ZodType<T>,
  value: unknown,
  base: SettingPath,
  isSecret: (path: SettingPath) => boolean,
): Checked<T> {
  const problems: Problem[] = unknownKeys(schema, value).map((path) => {
    const key = String(path.at(-1));
    const known = knownKeys(schema, path.slice(0, -1));
    const choice = known.length > 0 ? ` (known here: ${known.join(', ')})` : '';
    return {
      path: [...base, ...path],
      part: 'key',
      message: `unknown key.${didYouMean(key, known)}${choice}`,
    };
  });
  const result = schema.safeParse(value);
  for (const issue of result.error?.issues ?? []) {
    for (const { path, message } of explain(issue, schema, value, [])) {
      const place = [...base, ...path];
      problems.push({ path: place, part: 'value', message: message(isSecret(place)) });
    }
  }
  return result.success && problems.length === 0 ? { ok: true, value: result.data } : { ok: false, problems };
}

interface Explained {
  path: SettingPath;
  message: (hidden: boolean) => string;
}

function explain(issue: Issue, schema: ZodType, root: unknown, base: SettingPath): Explained[] {
  const path = [...base, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  const found = valueAt(root, path);
  const expected = (what: string, count?: number): Explained[] => [
    {
      path,
      message: (hidden) =>
        found === undefined
          ? `is missing: expected ${what}`
          : `expected ${what}, found ${count ?? show(found, hidden)}`,
    },
  ];
  switch (issue.code) {
    case 'unrecognized_keys':
      // Where the schema can be looked into `unknownKeys` has told it, with a suggestion.
      if (knownKeys(schema, path).length > 0) return [];
      return issue.keys.map((key) => ({ path: [...path, key], message: () => 'unknown key' }));
    case 'invalid_type': {
      const plain = expected(withHint(typeWords[issue.expected] ?? issue.expected, issue.expected, found));
      return isUnquoted(issue, found) ? explainAsText(schema, root, path, plain) : plain;
    }
    case 'invalid_value':
      return expected(listChoices(issue.values.map(String), found));
    case 'invalid_union':
      return explainUnion(issue, schema, root, path, expected);
    case 'too_small':
      return expected(explainBound('at least', issue.minimum, issue.origin), countOf(found));
    case 'too_big':
      return expected(explainBound('at most', issue.maximum, issue.origin), countOf(found));
    case 'custom':
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
      return [{ path, message: () => issue.message }];
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping (key: value)',
  record: 'a mapping (key: value)',
  array: 'a list',
};

function withHint(words: string, expected: string, found: unknown): string {
  return isUnquoted({ expected }, found) ? `${words} (in quotes)` : words;
}

function isUnquoted({ expected }: { expected: string }, found: unknown): boolean {
  return expected === 'string' && (typeof found === 'number' || typeof found === 'boolean');
}

/** Quotes alone do not make a duration of 90: what would be wrong with the text is told, since it shows the right form. */
function explainAsText(schema: ZodType, root: unknown, path: SettingPath, plain: Explained[]): Explained[] {
  const asText = withText(root, path);
  const still = (schema.safeParse(asText).error?.issues ?? [])
    .filter((issue) => issue.path.every((step, index) => step === path[index]))
    .flatMap((issue) => explain(issue, schema, asText, []))
    .find((each) => isDeepStrictEqual(each.path, path));
  if (!still) return plain;
  // It may quote the value.
  return plain.map((each) => ({ path, message: (hidden) => (hidden ? each : still).message(hidden) }));
}

/** The same data with the value at the path written as a text. */
function withText(root: unknown, [step, ...rest]: SettingPath): unknown {
  if (step === undefined) return String(root);
  if (Array.isArray(root)) return root.map((item, index) => (index === step ? withText(item, rest) : item));
  const mapping = root as Readonly<Record<string, unknown>>;
  return { ...mapping, [step]: withText(mapping[step], rest) };
}

function countOf(found: unknown): number | undefined {
  return Array.isArray(found) ? found.length : undefined;
}

function listChoices(values: readonly string[], found: unknown): string {
  if (values.length === 1) return values[0]!;
  const words = `one of ${values.join(', ')}`;
  const hint = typeof found === 'string' ? didYouMean(found, values).trim() : '';
  return hint === '' ? words : `${words} (${hint.replace('Did', 'did')})`;
}

function explainBound(words: string, bound: number | bigint, origin: string): string {
  if (origin === 'string') return bound === 1 ? 'text that is not empty' : `${words} ${bound} characters`;
  if (origin === 'array' || origin === 'set') return `${words} ${bound} ${bound === 1 ? 'item' : 'items'}`;
  return `${words} ${bound}`;
}

/** Of a union the branch is explained that the value fits best: whose type it has, though something within is wrong. */
function explainUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  schema: ZodType,
  root: unknown,
  path: SettingPath,
  expected: (what: string) => Explained[],
): Explained[] {
  const branches = issue.errors as Issue[][];
  const meant = branches.find((issues) => issues.every((inner) => !isTypeMismatch(inner)));
  if (meant) return meant.flatMap((inner) => explain(inner, schema, root, path));
  const words = branches.flatMap((issues) => issues.flatMap((inner) => branchWords(inner)));
  if (words.length > 0) return expected([...new Set(words)].join(' or '));
  const kinds = schemasAt(schema, path).map((each) => typeWords[each.def.type] ?? each.def.type);
  return expected([...new Set(kinds)].join(' or '));
}

function isTypeMismatch(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

function branchWords(issue: Issue): string[] {
  if (issue.path.length > 0) return [];
  if (issue.code === 'invalid_type') return [typeWords[issue.expected] ?? issue.expected];
  return issue.code === 'invalid_value' ? issue.values.map(String) : [];
}

/** The value at a path; undefined where there is none. */
export function valueAt(root: unknown, path: SettingPath): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      value !== null && typeof value === 'object'
        ? (value as Record<string | number, unknown>)[step]
        : undefined,
    root,
  );
}

/** What was found, in words: never the text of a secret. */
function show(value: unknown, hidden: boolean): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (hidden) return `a ${typeof value === 'string' ? 'text' : typeof value} (not shown)`;
  const text = JSON.stringify(value);
  return text.length > shownLimit ? `${text.slice(0, shownLimit)}…` : text;
}
