/**
 * Values as new pieces of YAML, in the style that people write a configuration in: mappings a key a line, lists and
 * small things in one line.
 */
import { stringify } from 'yaml';

/** A line of more columns than this is broken up, where it can be. */
export const lineColumns = 110;

/** The value in one line: `{ name: lobby, rooms: [a/b, c/d] }`. */
export function toInlineYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toInlineYaml).join(', ')}]`;
  if (isMapping(value)) {
    const pairs = Object.entries(value).map(([key, item]) => `${toYamlKey(key)}: ${toInlineYaml(item)}`);
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
  }
  return toScalar(value);
}

export function toYamlKey(key: string): string {
  return toScalar(key);
}

/**
 * The value as lines, the first of which stands behind `key:` or `-` when `first` is `inline`, and in a line of its own
 * when it is `below`. What is below the first is indented relative to it.
 */
export function toBlockYaml(value: unknown, columns = 0): { first: 'inline' | 'below'; lines: string[] } {
  const inline = toInlineYaml(value);
  const isShort = columns + inline.length <= lineColumns;
  if (isMapping(value) && Object.keys(value).length > 0) {
    return { first: 'below', lines: Object.entries(value).flatMap(([key, item]) => toPairLines(key, item)) };
  }
  if (Array.isArray(value) && (!isShort || value.some(isMapping))) {
    return { first: 'below', lines: value.flatMap(toItemLines) };
  }
  return { first: 'inline', lines: [inline] };
}

/** `key: value`, as lines. */
export function toPairLines(key: string, value: unknown): string[] {
  const { first, lines } = toBlockYaml(value, key.length + 2);
  const written = toYamlKey(key);
  return first === 'inline' ? [`${written}: ${lines[0]}`] : [`${written}:`, ...lines.map(indent)];
}

/** `- value`, as lines. */
export function toItemLines(value: unknown): string[] {
  const { lines } = toBlockYaml(value, 2);
  return lines.map((line, index) => (index === 0 ? `- ${line}` : indent(line)));
}

function indent(line: string): string {
  return `  ${line}`;
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** What stands in a list's brackets is quoted wherever it has to be at any other place. */
function toScalar(value: unknown): string {
  // Braces are YAML's own, and a `${NAME}` is easier to see in quotes.
  const quoted = typeof value === 'string' && /[{}\n\r]/.test(value);
  const text = stringify([value], {
    collectionStyle: 'flow',
    flowCollectionPadding: false,
    lineWidth: 0,
    ...(quoted
      ? { defaultStringType: 'QUOTE_DOUBLE' as const, doubleQuotedMinMultiLineLength: Infinity }
      : {}),
  });
  return text.trim().slice(1, -1);
}
