// XPaths over the XML of a stanza, for what nobody declared. The small part of XPath that handlers use; a step without a
// namespace is in that of the step before it.
import type { XmlElement } from '../element.ts';
import { XmppError } from '../errors.ts';
import { NS } from '../namespaces.ts';
import { createMatcher, type Matcher } from './matcher.ts';

interface Step {
  /** `*` for any. */
  readonly name: string;
  readonly ns: string;
  readonly predicates: readonly Predicate[];
}

interface Predicate {
  /** The attribute; `.` for the text. */
  readonly name: string;
  readonly value: string | undefined;
}

const STEP = /(?:\{([^{}]*)\})?(\*|[A-Za-z_][\w.-]*)/y;
const PREDICATE = /\[\s*(?:@([A-Za-z_][\w.:-]*)|(\.))\s*(?:=\s*(?:'([^']*)'|"([^"]*)"))?\s*\]/y;

/**
 * Matches by a path of elements, the stanza's own first: `{namespace}name` or `name`, which is in the namespace of the
 * step before (`jabber:client` for the first), `*` for any element, `{*}name` for any namespace, and the predicates
 * `[@attribute]`, `[@attribute='value']` and `[.='text']`.
 *
 * @example
 * ```ts
 * xpath('{jabber:client}iq/{urn:example:custom}query');
 * xpath("iq[@type='set']/{urn:example:custom}query/item[@node='a']");
 * ```
 *
 * @throws XmppError `xmpp-matcher-invalid`
 */
export function xpath(path: string): Matcher {
  const steps = parsePath(path);
  return createMatcher(path, (stanza) => matchesFrom(stanza.xml, steps, 0));
}

function matchesFrom(element: XmlElement, steps: readonly Step[], index: number): boolean {
  const { name, ns, predicates } = steps[index]!;
  if ((name !== '*' && element.name !== name) || (ns !== '*' && element.ns !== ns)) return false;
  if (!predicates.every((predicate) => holds(element, predicate))) return false;
  if (index + 1 === steps.length) return true;
  return element.elements().some((child) => matchesFrom(child, steps, index + 1));
}

function holds(element: XmlElement, { name, value }: Predicate): boolean {
  const found = name === '.' ? element.text() : element.attr(name);
  return value === undefined ? found !== undefined : found === value;
}

function parsePath(path: string): readonly Step[] {
  const steps: Step[] = [];
  let position = 0;
  let ns: string = NS.client;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = position;
    const found = pattern.exec(path) ?? undefined;
    if (found !== undefined) position = pattern.lastIndex;
    return found;
  };
  for (;;) {
    const step = take(STEP);
    if (step === undefined) throw invalid(path, position);
    const [, given, name = ''] = step;
    ns = given ?? ns;
    const predicates: Predicate[] = [];
    for (let found = take(PREDICATE); found !== undefined; found = take(PREDICATE)) {
      const [, attribute, dot, single, double] = found;
      if (dot !== undefined && single === undefined && double === undefined) throw invalid(path, position);
      predicates.push({ name: attribute ?? '.', value: single ?? double });
    }
    // With `{}` before it, `*` is any element of that namespace; alone it is any at all.
    steps.push({ name, ns: name === '*' && given === undefined ? '*' : ns, predicates });
    if (position === path.length) return steps;
    if (path[position] !== '/') throw invalid(path, position);
    position++;
  }
}

function invalid(path: string, position: number): XmppError {
  return new XmppError(
    'xmpp-matcher-invalid',
    `the XPath ${JSON.stringify(path)} cannot be read at character ${position + 1}`,
  );
}
