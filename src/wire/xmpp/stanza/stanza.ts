// A stanza one can change: attributes and children over an element as it was read or is to be written. Children stay
// plain elements until somebody asks for them as stanzas, so that a stanza that only passes through costs nothing, and
// what no declaration knows is kept and written back as it was.
import { inspect, isDeepStrictEqual } from 'node:util';
import { adopt, XmlElement, type XmlNode } from '../element.ts';
import { XmppError } from '../errors.ts';
import { serialise } from '../serialise.ts';
import { toTag, type Init, type StanzaDefinition } from './definition.ts';
import { readText, readTexts, removeTexts, writeText, type TextPlace } from './sub-text.ts';
import { assignValues, toStanzaValues, type StanzaValues } from './values.ts';

type Child = XmlNode | Stanza;

const LANG = 'xml:lang';

/** Where a text stands in a stanza: a child's name or the names on the way, in the stanza's namespace by default. */
export interface TextPath {
  readonly path: readonly string[];
  readonly ns?: string | undefined;
}

/**
 * A stanza or a part of one. Its declared properties come from its definition; what is here is what all of them have.
 */
export class Stanza implements Iterable<Stanza> {
  readonly definition: StanzaDefinition;
  #attributes: Record<string, string>;
  #children: Child[];
  #parent: Stanza | undefined;

  /** Use a definition's `create` or `wrap`. */
  constructor(definition: StanzaDefinition, element: XmlElement | undefined, parent: Stanza | undefined) {
    this.definition = definition;
    this.#attributes = Object.assign(Object.create(null) as Record<string, string>, element?.attributes);
    this.#children = element === undefined ? [] : [...element.children];
    this.#parent = parent;
  }

  /** The stanza as an element, with everything that was changed. */
  get xml(): XmlElement {
    const { name, namespace } = this.definition;
    const attributes = Object.assign(Object.create(null) as Record<string, string>, this.#attributes);
    return new XmlElement(name, namespace, attributes, this.#nodes());
  }

  /** The XML as it goes over the wire. */
  toString(): string {
    return serialise(this.xml);
  }

  /** The XML, for logs. */
  toJSON(): string {
    return this.toString();
  }

  /** The XML, for consoles and failed assertions. */
  [inspect.custom](): string {
    return this.toString();
  }

  /** The stanza that this one is in. */
  get parent(): Stanza | undefined {
    return this.#parent;
  }

  /** The language of its texts: its own `xml:lang`, or that of what it is in; '' where nobody says. */
  get lang(): string {
    return this.#attributes[LANG] ?? this.#parent?.lang ?? '';
  }

  /** Sets its own `xml:lang`; '' or undefined removes it. */
  set lang(value: string | undefined) {
    this.setAttr(LANG, value);
  }

  /** An attribute as it stands in the XML. */
  attr(name: string): string | undefined {
    return this.#attributes[name];
  }

  /** Sets an attribute; '' or undefined removes it. */
  setAttr(name: string, value: string | undefined): void {
    if (value === undefined || value === '') delete this.#attributes[name];
    else this.#attributes[name] = value;
  }

  /** The text directly in the element. */
  get innerText(): string {
    return this.#children.filter((child) => typeof child === 'string').join('');
  }

  /** Replaces the text directly in the element; child elements stay, in front of it. */
  set innerText(value: string) {
    this.#children = this.#children.filter((child) => typeof child !== 'string');
    if (value !== '') this.#children.push(value);
  }

  /** The children as elements and text. */
  get nodes(): readonly XmlNode[] {
    return this.#nodes();
  }

  /** Replaces the children. Those that are given back as they were keep being the stanzas that somebody may hold. */
  editNodes(edit: (nodes: readonly XmlNode[]) => readonly XmlNode[]): void {
    const stanzas = new Map<XmlNode, Stanza>();
    const nodes = this.#children.map((child) => {
      if (!(child instanceof Stanza)) return child;
      const element = child.xml;
      stanzas.set(element, child);
      return element;
    });
    const ns = this.definition.namespace;
    this.#children = edit(nodes).map(
      (node) => stanzas.get(node) ?? (typeof node === 'string' ? node : adopt(node, ns)),
    );
    const kept = new Set(this.#children);
    for (const stanza of stanzas.values()) if (!kept.has(stanza)) stanza.#parent = undefined;
  }

  /** The text of a child element in a language (the stanza's own by default), or else the first in any. */
  childText(place: TextPath, lang: string = this.lang): string | undefined {
    return readText(this.#nodes(), this.#place(place), lang);
  }

  /** The texts of a child element by language. */
  childTexts(place: TextPath): ReadonlyMap<string, string> {
    return readTexts(this.#nodes(), this.#place(place));
  }

  /** Sets the text of a child element in a language; '' keeps an empty element. */
  setChildText(place: TextPath, value: string, lang: string = this.lang): void {
    this.editNodes((nodes) => writeText(nodes, this.#place(place), lang, value));
  }

  /** Removes a child element with the text in a language; `*` for all languages. */
  removeChildText(place: TextPath, lang: string = this.lang): void {
    this.editNodes((nodes) => removeTexts(nodes, this.#place(place), lang));
  }

  /**
   * The text of a field with languages in one of them, or else the first there is.
   *
   * @throws XmppError `xmpp-value-invalid` for a field without languages
   */
  getText(field: keyof this & string, lang: string): string | undefined {
    return this.childText(this.#languagePlace(field), lang);
  }

  /** The texts of a field with languages, by language; '' is the language of a stanza that names none. */
  getTexts(field: keyof this & string): ReadonlyMap<string, string> {
    return this.childTexts(this.#languagePlace(field));
  }

  /** Sets the text of a field in one language; undefined, null and '' delete it in that language. */
  setText(field: keyof this & string, lang: string, value: string | null | undefined): void {
    const place = this.#languagePlace(field);
    if (value === undefined || value === null || value === '') this.removeChildText(place, lang);
    else this.setChildText(place, value, lang);
  }

  /** Sets the texts of a field in all languages; those that are not given are deleted. */
  setTexts(
    field: keyof this & string,
    texts: ReadonlyMap<string, string> | Readonly<Record<string, string>>,
  ): void {
    const place = this.#languagePlace(field);
    this.removeChildText(place, '*');
    const entries = texts instanceof Map ? [...texts] : Object.entries(texts as Record<string, string>);
    for (const [lang, value] of entries) this.setText(field, lang, value);
  }

  /** The stanza of a kind inside this one, made on access where there is none. With a language, the one of that language. */
  sub<S extends Stanza>(definition: StanzaDefinition<S>, lang?: string): S {
    const found = this.findSub(definition, lang);
    if (found !== undefined) return found;
    const made = definition.build(undefined, this);
    if (lang !== undefined && lang !== this.lang) made.lang = lang;
    this.#children.push(made);
    return made;
  }

  /** The first stanza of a kind inside this one, or the first of a language; undefined where there is none. */
  findSub<S extends Stanza>(definition: StanzaDefinition<S>, lang?: string): S | undefined {
    return this.#subs(definition).find((sub) => lang === undefined || sub.lang === lang);
  }

  /** All stanzas of a kind inside this one, in the order of the document. */
  subs<S extends Stanza>(definition: StanzaDefinition<S>): S[] {
    return [...this.#subs(definition)];
  }

  /** Replaces all stanzas of a kind. Those that are kept keep being the same objects. */
  setSubs<S extends Stanza>(definition: StanzaDefinition<S>, stanzas: Iterable<S>): void {
    const list = [...stanzas];
    for (const sub of this.subs(definition)) if (!list.includes(sub)) this.#detach(sub);
    for (const stanza of list) this.append(stanza);
  }

  /** Removes the stanzas of a kind: all, or those of a language. */
  removeSub(definition: StanzaDefinition, lang?: string): void {
    for (const sub of this.subs(definition)) if (lang === undefined || sub.lang === lang) this.#detach(sub);
  }

  /** The stanzas registered by this name that are here; none is made. */
  subsNamed(name: string): Stanza[] {
    const definition = this.definition.registry.byName.get(name)?.definition;
    return definition === undefined ? [] : this.subs(definition);
  }

  /** The stanzas in it that are items of a list: of kinds registered as iterable, or appended without registration. */
  get substanzas(): readonly Stanza[] {
    const { byTag } = this.definition.registry;
    const found: Stanza[] = [];
    this.#children.forEach((child, index) => {
      if (typeof child === 'string') return;
      const tag = toTag(child instanceof Stanza ? child.definition : child);
      const registration = byTag.get(tag);
      if (registration?.iterable === true) found.push(this.#wrapAt(index, registration.definition));
      else if (registration === undefined && child instanceof Stanza) found.push(child);
    });
    return found;
  }

  /** Iterates over `substanzas` as they are now: several loops at once do not disturb each other. */
  [Symbol.iterator](): Iterator<Stanza> {
    return this.substanzas[Symbol.iterator]();
  }

  /**
   * Adds a stanza or an element at the end. A stanza is in one place only: it leaves the one it was in.
   *
   * @throws XmppError `xmpp-value-invalid` for a stanza put into itself
   */
  append(child: Stanza | XmlElement): this {
    if (!(child instanceof Stanza)) {
      this.#children.push(adopt(child, this.definition.namespace));
      return this;
    }
    if (child === this || this.#isInside(child)) {
      throw new XmppError('xmpp-value-invalid', 'a stanza cannot be put into itself');
    }
    const before = child.#parent;
    if (before !== undefined) before.#detach(child);
    child.#parent = this;
    this.#children.push(child);
    return this;
  }

  /** Takes an item out of `substanzas`, the first by default; undefined where there is none. */
  popSub(index = 0): Stanza | undefined {
    const taken = this.substanzas.at(index);
    if (taken !== undefined) this.#detach(taken);
    return taken;
  }

  /** Removes every child; attributes stay. */
  clear(): this {
    this.editNodes(() => []);
    return this;
  }

  /**
   * Sets many properties at once; undefined and null delete, what is not named stays. For a plugin's name it takes
   * the plugin's values.
   *
   * @throws XmppError `xmpp-value-invalid` for a name that is no property, or a value it cannot hold
   */
  assign(values: Init<this>): this {
    assignValues(this, values);
    return this;
  }

  /** The declared properties as plain values, plugins and list items included; what is absent is left out. */
  toValues(): StanzaValues {
    return toStanzaValues(this);
  }

  /** A copy that shares nothing with this one and stands by itself. */
  clone(): this {
    return this.definition.build(this.xml, undefined) as this;
  }

  /** Whether the other is of the same kind and all its declared properties are equal. */
  equals(other: Stanza): boolean {
    return this.definition === other.definition && isDeepStrictEqual(this.toValues(), other.toValues());
  }

  #isInside(other: Stanza): boolean {
    return this.#parent !== undefined && (this.#parent === other || this.#parent.#isInside(other));
  }

  #nodes(): XmlNode[] {
    return this.#children.map((child) => (child instanceof Stanza ? child.xml : child));
  }

  #place({ path, ns }: TextPath): TextPlace {
    return { path, ns: ns ?? this.definition.namespace, lang: this.lang };
  }

  #languagePlace(name: string): TextPath {
    const field = this.definition.fields[name];
    if (field?.place === undefined || !field.languages) {
      throw new XmppError('xmpp-value-invalid', `"${name}" is no text with languages`);
    }
    return field.place(name);
  }

  *#subs<S extends Stanza>(definition: StanzaDefinition<S>): Generator<S> {
    for (const [index, child] of [...this.#children].entries()) {
      if (typeof child === 'string') continue;
      if (child instanceof Stanza && definition.is(child)) yield child;
      else if (toTag(child instanceof Stanza ? child.definition : child) === toTag(definition))
        yield this.#wrapAt(index, definition);
    }
  }

  #wrapAt<S extends Stanza>(index: number, definition: StanzaDefinition<S>): S {
    const child = this.#children[index] as Stanza | XmlElement;
    if (child instanceof Stanza) {
      if (definition.is(child)) return child;
      // Somebody knows this element by another declaration; from here on it is known by this one.
      child.#parent = undefined;
    }
    const stanza = definition.build(child instanceof Stanza ? child.xml : child, this);
    this.#children[index] = stanza;
    return stanza;
  }

  #detach(child: Stanza): void {
    this.#children = this.#children.filter((other) => other !== child);
    child.#parent = undefined;
  }
}
