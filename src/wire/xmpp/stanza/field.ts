// The kinds of interfaces a stanza can declare. Each says once how a property stands in the XML, and the type of the
// property follows from it.
import { text as plainText, type Codec } from './codec.ts';
import type { Field, StanzaDefinition } from './definition.ts';
import type { Stanza, TextPath } from './stanza.ts';

/** Where a field's text stands; by default in a child named like the property, in the stanza's own namespace. */
export interface TextOptions {
  /** The XML name, or names from the outside in: `['sender', 'name']` for <sender><name/></sender>. */
  readonly name?: string | readonly string[];
  readonly namespace?: string;
  /** Writing '' keeps an empty element instead of removing it. Default false. */
  readonly keepEmpty?: boolean;
}

/**
 * An attribute; undefined where it is absent, unless there is a default. Writing the empty text removes it.
 *
 * @example
 * ```ts
 * const Item = defineStanza({
 *   name: 'item',
 *   namespace: 'urn:example:list',
 *   interfaces: { node: attribute(), count: attribute(integer), kind: attribute(oneOf('a', 'b'), { default: 'a' }) },
 * });
 * Item.create({ count: 3 }).toString(); // <item xmlns="urn:example:list" count="3"/>
 * ```
 */
export function attribute(): Field<string | undefined>;
export function attribute<T>(codec: Codec<T>, options: { name?: string; default: T }): Field<T>;
export function attribute<T>(codec: Codec<T>, options?: { name?: string }): Field<T | undefined>;
export function attribute(
  codec: Codec<unknown> = plainText,
  options: { readonly name?: string; readonly default?: unknown } = {},
): Field<unknown> {
  const nameOf = (property: string): string => options.name ?? property;
  return {
    kind: 'value',
    languages: false,
    get(stanza, property) {
      const found = stanza.attr(nameOf(property));
      return (found === undefined ? undefined : codec.read(found)) ?? options.default;
    },
    set: (stanza, property, value) => stanza.setAttr(nameOf(property), codec.write(value)),
    remove: (stanza, property) => stanza.setAttr(nameOf(property), undefined),
    toText(stanza, property) {
      const value = this.get(stanza, property);
      return value === undefined ? '' : codec.write(value);
    },
  };
}

/**
 * The text of a child element; undefined where it is absent. Writing the empty text removes the element.
 *
 * @example
 * ```ts
 * const Order = defineStanza({
 *   name: 'order',
 *   namespace: 'urn:example:order',
 *   interfaces: { dish: subText(), portions: subText(integer) },
 * });
 * Order.create({ dish: '豆腐', portions: 2 });
 * // <order xmlns="urn:example:order"><dish>豆腐</dish><portions>2</portions></order>
 * ```
 */
export function subText(codec?: undefined, options?: TextOptions): Field<string | undefined>;
export function subText<T>(codec: Codec<T>, options?: TextOptions): Field<T | undefined>;
export function subText(codec: Codec<unknown> = plainText, options: TextOptions = {}): Field<unknown> {
  return createTextField(codec, options, false);
}

/**
 * The text of a child element that may exist once for every language. The property is the text in the stanza's own
 * language, or else the first there is; `getText`, `getTexts`, `setText` and `setTexts` have the others.
 *
 * @example
 * ```ts
 * const Notice = defineStanza({
 *   name: 'notice',
 *   namespace: 'urn:example:notice',
 *   interfaces: { title: langText() },
 * });
 * const notice = Notice.create({ title: 'Hello' });
 * notice.setText('title', 'zh', '你好');
 * notice.getText('title', 'zh'); // 你好
 * notice.getTexts('title'); // Map { '' => 'Hello', 'zh' => '你好' }
 * ```
 */
export function langText(options: TextOptions = {}): Field<string | undefined> {
  return createTextField(plainText, options, true);
}

function createTextField<T>(codec: Codec<T>, options: TextOptions, languages: boolean): Field<T | undefined> {
  const place = (property: string): TextPath => ({
    path: typeof options.name === 'string' ? [options.name] : (options.name ?? [property]),
    ns: options.namespace,
  });
  return {
    kind: 'text',
    languages,
    place: (property) => ({ ns: undefined, ...place(property) }),
    get(stanza, property) {
      const found = stanza.childText(place(property));
      return found === undefined ? undefined : codec.read(found);
    },
    set(stanza, property, value) {
      const written = codec.write(value);
      if (written === '' && options.keepEmpty !== true) stanza.removeChildText(place(property));
      else stanza.setChildText(place(property), written);
    },
    // Without languages there is one text, whatever language its element claims.
    remove: (stanza, property) => stanza.removeChildText(place(property), languages ? stanza.lang : '*'),
    toText: (stanza, property) => stanza.childText(place(property)) ?? '',
  };
}

/**
 * Whether an empty child element is there. Writing true adds it, false removes it.
 *
 * @example interfaces: { hidden: flag() } // <hidden/>
 */
export function flag(options: { readonly name?: string; readonly namespace?: string } = {}): Field<boolean> {
  const place = (property: string): TextPath => ({
    path: [options.name ?? property],
    ns: options.namespace,
  });
  return {
    kind: 'text',
    languages: false,
    get: (stanza, property) => stanza.childText(place(property)) !== undefined,
    set(stanza, property, value) {
      if (!value) stanza.removeChildText(place(property), '*');
      else if (!this.get(stanza, property)) stanza.setChildText(place(property), '');
    },
    remove: (stanza, property) => stanza.removeChildText(place(property), '*'),
    toText(stanza, property) {
      return this.get(stanza, property) ? 'true' : '';
    },
  };
}

/** The text directly in the element: `<nick xmlns="…">Ann</nick>`. */
export function ownText(): Field<string | undefined>;
export function ownText<T>(codec: Codec<T>): Field<T | undefined>;
export function ownText(codec: Codec<unknown> = plainText): Field<unknown> {
  return {
    kind: 'text',
    languages: false,
    get: (stanza) => (stanza.innerText === '' ? undefined : codec.read(stanza.innerText)),
    set(stanza, _property, value) {
      stanza.innerText = codec.write(value);
    },
    remove(stanza) {
      stanza.innerText = '';
    },
    toText: (stanza) => stanza.innerText,
  };
}

/** A property that is worked out from the XML by the functions given; without `set` it is read only. */
export function computed<T>(how: {
  get(stanza: Stanza): T;
  set?(stanza: Stanza, value: NonNullable<T>): void;
  remove?(stanza: Stanza): void;
  /** It says again what other properties or the XML say, so it is left out of `toValues`. Default false. */
  readonly derived?: boolean;
}): Field<T> {
  return {
    kind: 'value',
    languages: false,
    derived: how.derived === true,
    get: (stanza) => how.get(stanza),
    set: (stanza, _property, value) => how.set?.(stanza, value),
    remove: (stanza) => how.remove?.(stanza),
    toText(stanza) {
      const value = how.get(stanza);
      return value === undefined || value === null ? '' : String(value);
    },
  };
}

/** Another stanza inside this one, made on access; writing undefined removes it. To look without making: `findSub`. */
export function child<S extends Stanza>(definition: StanzaDefinition<S>): Field<S> {
  return {
    kind: 'sub',
    languages: false,
    holds: { definition, many: false },
    get: (stanza) => stanza.sub(definition),
    set: (stanza, _property, value) => stanza.setSubs(definition, [value]),
    remove: (stanza) => stanza.removeSub(definition),
    toText: () => '',
  };
}

/**
 * All stanzas of a kind inside this one, as a list. Writing a list replaces them; to add one, `append` it.
 *
 * @example
 * ```ts
 * const Item = defineStanza({ name: 'item', namespace: 'urn:example:list', interfaces: { node: attribute() } });
 * const List = defineStanza({
 *   name: 'query',
 *   namespace: 'urn:example:list',
 *   plugin: 'example_list',
 *   interfaces: { items: children(Item) },
 * });
 * const list = List.create({ items: ['a', 'b'].map((node) => Item.create({ node })) });
 * list.items.map(({ node }) => node); // ['a', 'b']
 * ```
 */
export function children<S extends Stanza>(definition: StanzaDefinition<S>): Field<readonly S[]> {
  return {
    kind: 'sub',
    languages: false,
    holds: { definition, many: true },
    get: (stanza) => stanza.subs(definition),
    set: (stanza, _property, value) => stanza.setSubs(definition, value),
    remove: (stanza) => stanza.removeSub(definition),
    toText: () => '',
  };
}
