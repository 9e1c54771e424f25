// Stanza paths: which stanza, which plugins in it, with which values. They speak of plugin names and interfaces as
// they are declared, not of XML, so that a path reads like the code that follows it.
import { XmppError } from '../errors.ts';
import type { Stanza } from '../stanza/stanza.ts';
import { createMatcher, type Matcher, type RootOf } from './matcher.ts';

interface Step {
  readonly name: string;
  readonly conditions: readonly Condition[];
}

interface Condition {
  readonly name: string;
  /** Undefined: it only has to be there. */
  readonly value: string | undefined;
}

// A value may be quoted, and must be where it has one of the signs of the language.
const NAME = /[^/@='"\s]+/y;
const CONDITION = /@([^/@='"\s]+)(?:=(?:'([^']*)'|"([^"]*)"|([^/@='"]*)))?/y;

/**
 * Matches by a path: the stanza's name, then the names of plugins inside each other, each with conditions on its
 * interfaces, which must all hold. `@name=value` compares the value as text, `@name` asks that it is there. Values with
 * `/`, `@`, `=` or quotes are quoted. The last step may also be a text or a flag that is not empty. A plugin in any
 * language matches, and any one of a list.
 *
 * @example
 * ```ts
 * stanzaPath('iq@type=get/custom_xep');
 * stanzaPath("iq@type=set/custom_xep@node='a/b'@mode=fast/data");
 * stanzaPath('message/body');
 * ```
 *
 * @throws XmppError `xmpp-matcher-invalid`
 */
export function stanzaPath<const Path extends string>(path: Path): Matcher<RootOf<Path>> {
  const steps = parsePath(path);
  // The compiler cannot see that the type worked out from the path is a stanza's before the path is known.
  return createMatcher<Stanza>(path, (stanza) => {
    const [first] = steps;
    const { name, plugin } = stanza.definition;
    return (
      first !== undefined && (first.name === name || first.name === plugin) && matchesFrom(stanza, steps, 0)
    );
  }) as Matcher<never>;
}

function matchesFrom(stanza: Stanza, steps: readonly Step[], index: number): boolean {
  const step = steps[index]!;
  if (!step.conditions.every((condition) => holds(stanza, condition))) return false;
  const next = steps[index + 1];
  if (next === undefined) return true;
  if (stanza.subsNamed(next.name).some((sub) => matchesFrom(sub, steps, index + 1))) return true;
  const isLeaf = index + 2 === steps.length && next.conditions.length === 0;
  const field = stanza.definition.fields[next.name];
  return isLeaf && field?.kind === 'text' && hasText(stanza, next.name);
}

/** In whichever language. */
function hasText(stanza: Stanza, name: string): boolean {
  const field = stanza.definition.fields[name]!;
  if (field.toText(stanza, name) !== '') return true;
  const place = field.languages ? field.place?.(name) : undefined;
  return place !== undefined && [...stanza.childTexts(place).values()].some((text) => text !== '');
}

function holds(stanza: Stanza, { name, value }: Condition): boolean {
  const text = name === 'lang' ? stanza.lang : stanza.definition.fields[name]?.toText(stanza, name);
  if (text !== undefined) return value === undefined ? text !== '' : text === value;
  // A plugin that adds one property is compared like an interface of the stanza.
  const extension = stanza.subsNamed(name).find(({ definition }) => definition.extension);
  const added = extension?.definition.fields[name]?.toText(extension, name) ?? '';
  return value === undefined ? added !== '' : added === value;
}

function parsePath(path: string): readonly Step[] {
  const steps: Step[] = [];
  let position = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = position;
    const found = pattern.exec(path) ?? undefined;
    if (found !== undefined) position = pattern.lastIndex;
    return found;
  };
  for (;;) {
    const name = take(NAME)?.[0];
    if (name === undefined) throw invalid(path, position, 'a name is missing');
    const conditions: Condition[] = [];
    for (let found = take(CONDITION); found !== undefined; found = take(CONDITION)) {
      const [, key = '', single, double, bare] = found;
      conditions.push({ name: key, value: single ?? double ?? bare });
    }
    steps.push({ name, conditions });
    if (position === path.length) return steps;
    if (path[position] !== '/') throw invalid(path, position, 'this is not expected');
    position++;
  }
}

function invalid(path: string, position: number, why: string): XmppError {
  return new XmppError(
    'xmpp-matcher-invalid',
    `the stanza path ${JSON.stringify(path)} cannot be read: ${why} at character ${position + 1}`,
  );
}
