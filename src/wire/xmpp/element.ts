// The element tree that stanzas are made of and read from. It is ours, and small, because the stream layer
// needs three things together that no library gave: namespaces resolved at parse time (so that a <body/> of
// XHTML is never taken for the body of a message), no prefixes to trip over, and values that do not change
// once built.
import { NS } from './namespaces.ts';

/** An element or a piece of text. */
export type XmlNode = XmlElement | string;

/**
 * One XML element.
 *
 * `name` is the local name, `ns` the namespace URI it belongs to ('' where a built element has not been put into
 * a parent yet). Attribute keys are plain names, `xml:lang` and the like for the xml namespace, and `{uri}local`
 * for any other namespace. `attributes` has no prototype, so that no name of a peer's choice means anything.
 */
export class XmlElement {
  readonly name: string;
  readonly ns: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];

  constructor(
    name: string,
    ns: string,
    attributes: Readonly<Record<string, string>>,
    children: readonly XmlNode[],
  ) {
    this.name = name;
    this.ns = ns;
    this.attributes = attributes;
    this.children = children;
  }

  /** The value of an attribute; undefined where it is absent. */
  attr(name: string): string | undefined {
    return this.attributes[name];
  }

  /** Whether this is the element `name` of `ns`. */
  is(name: string, ns: string): boolean {
    return this.name === name && this.ns === ns;
  }

  /** The first child element with this name, in this element's own namespace where none is given. */
  child(name: string, ns: string = this.ns): XmlElement | undefined {
    for (const node of this.children) {
      if (typeof node !== 'string' && node.name === name && node.ns === ns) return node;
    }
    return undefined;
  }

  /** The first child element in a namespace, whatever its name. */
  childIn(ns: string): XmlElement | undefined {
    for (const node of this.children) {
      if (typeof node !== 'string' && node.ns === ns) return node;
    }
    return undefined;
  }

  /** The child elements: all of them, or those with this name in `ns` (this element's own where none is given). */
  elements(name?: string, ns: string = this.ns): XmlElement[] {
    const found: XmlElement[] = [];
    for (const node of this.children) {
      if (typeof node === 'string') continue;
      if (name === undefined || (node.name === name && node.ns === ns)) found.push(node);
    }
    return found;
  }

  /** The text directly inside this element, joined; '' where there is none. */
  text(): string {
    let text = '';
    for (const node of this.children) {
      if (typeof node === 'string') text += node;
    }
    return text;
  }

  /** The text of a child element; undefined where there is no such child. */
  childText(name: string, ns: string = this.ns): string | undefined {
    return this.child(name, ns)?.text();
  }

  /** A copy with one more child, the last. */
  plus(child: XmlElement): XmlElement {
    return new XmlElement(this.name, this.ns, this.attributes, [...this.children, adopt(child, this.ns)]);
  }

  /** A copy with these attributes set; undefined removes one. */
  with(attributes: Readonly<Record<string, string | undefined>>): XmlElement {
    return new XmlElement(
      this.name,
      this.ns,
      toAttributes({ ...this.attributes, ...attributes }),
      this.children,
    );
  }
}

/**
 * Builds an element. `xmlns` among the attributes is its namespace; without it, `message`, `presence` and `iq` are
 * in `jabber:client` and anything else takes the namespace of the parent it is put into. Attributes and children
 * that are undefined are left out.
 *
 * Names are checked when the element is serialised.
 *
 * @example xml('message', { to: 'ann@example.org', type: 'chat' }, xml('body', {}, '你好'))
 */
export function xml(
  name: string,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly (XmlNode | undefined)[]
): XmlElement {
  const ns = attributes['xmlns'] ?? (STANZA_NAMES.has(name) ? NS.client : '');
  const kept: XmlNode[] = [];
  for (const child of children) {
    if (child !== undefined) kept.push(typeof child === 'string' ? child : adopt(child, ns));
  }
  return new XmlElement(name, ns, toAttributes(attributes), kept);
}

const STANZA_NAMES: ReadonlySet<string> = new Set(['message', 'presence', 'iq']);

/** Whether this is a message, a presence or an iq: what XEP-0198 counts. */
export function isStanza(element: XmlElement): boolean {
  return element.ns === NS.client && STANZA_NAMES.has(element.name);
}

function toAttributes(given: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const attributes = Object.create(null) as Record<string, string>;
  for (const name of Object.keys(given)) {
    const value = given[name];
    if (value !== undefined && name !== 'xmlns') attributes[name] = value;
  }
  return attributes;
}

/** The element as it is inside a parent of this namespace: elements without a namespace take the parent's. */
export function adopt(child: XmlElement, ns: string): XmlElement {
  if (child.ns !== '' || ns === '') return child;
  const children = child.children.map((node) => (typeof node === 'string' ? node : adopt(node, ns)));
  return new XmlElement(child.name, ns, child.attributes, children);
}
