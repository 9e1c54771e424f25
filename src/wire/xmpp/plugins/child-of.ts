// Looking into stanzas that most likely have nothing to find: matchers do it with every message, and the whole stanza as
// an element would be copied for each of them.
import type { XmlElement } from '../element.ts';
import type { Stanza } from '../stanza/stanza.ts';

/** The first child element of a namespace, with this name where one is given; undefined where there is none. */
export function childOf(stanza: Stanza, name: string | undefined, ns: string): XmlElement | undefined {
  for (const node of stanza.nodes) {
    if (typeof node !== 'string' && node.ns === ns && (name === undefined || node.name === name)) return node;
  }
  return undefined;
}
