// What a declared stanza is: the shapes that define.ts makes, register.ts extends and stanza.ts works by.
import type { XmlElement } from '../element.ts';
import type { Stanza } from './stanza.ts';

/**
 * One interface of a stanza: how a property reads and writes its XML. `name` is the property's name, which is the XML
 * name unless the field has its own.
 */
export interface Field<T> {
  /** `text` counts as the last step of a stanza path where it is not empty; `sub` is a property that holds stanzas. */
  readonly kind: 'value' | 'text' | 'sub';
  /** Whether it may exist once for every language. */
  readonly languages: boolean;
  get(stanza: Stanza, name: string): T;
  set(stanza: Stanza, name: string, value: NonNullable<T>): void;
  remove(stanza: Stanza, name: string): void;
  /** The value as text, as conditions of stanza paths compare it; '' where it is absent. */
  toText(stanza: Stanza, name: string): string;
  /** Where the texts of a field with languages stand. */
  place?(name: string): { readonly path: readonly string[]; readonly ns: string | undefined };
  /** It says again what other properties or the XML say, so it is left out of a stanza's values. */
  readonly derived?: boolean;
  /** The stanzas this property holds, for fields of kind `sub`. */
  readonly holds?: { readonly definition: StanzaDefinition; readonly many: boolean };
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The properties that fields make. */
export type ValuesOf<F> = { -readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** Values to create or fill a stanza with; undefined and null delete. */
export type Init<S> = {
  readonly [K in keyof S as K extends keyof Stanza | 'sender' ? never : S[K] extends Method ? never : K]?:
    | (S[K] extends Stanza ? Init<S[K]> : S[K])
    | null
    | undefined;
};

type Method = (...parameters: never) => unknown;

/** What a plugin does in place of its parent's own field. */
export interface Override<S> {
  /** `plugin` is undefined where the parent has none. */
  get?(this: void, parent: Stanza, plugin: S | undefined): unknown;
  set?(this: void, parent: Stanza, plugin: S, value: unknown): void;
  remove?(this: void, parent: Stanza, plugin: S | undefined): void;
}

/** A declared stanza: makes and reads stanzas of its kind. */
export interface StanzaDefinition<S extends Stanza = Stanza> {
  /** Of the element. */
  readonly name: string;
  readonly namespace: string;
  /** The name it goes by inside other stanzas and in stanza paths. */
  readonly plugin: string;
  /** The name of the list of all of its kind in a parent that it is registered in as iterable. */
  readonly pluginMulti: string | undefined;
  /** It adds one property to its parent instead of an object with properties. */
  readonly extension: boolean;
  readonly fields: Fields;
  readonly overrides: Readonly<Record<string, Override<S>>>;
  /** What is registered in it. */
  readonly registry: Registry;
  /**
   * A new stanza.
   *
   * @throws XmppError `xmpp-value-invalid`
   */
  create(values?: Init<S>): S;
  /** The stanza that an element is. The element does not change: changes are in the stanza's `xml`. */
  wrap(element: XmlElement): S;
  /** Whether a stanza is of this kind. */
  is(stanza: Stanza): stanza is S;
  /** For stanza.ts: a stanza inside a parent, of an element or new. */
  build(element: XmlElement | undefined, parent: Stanza | undefined): S;
}

/** The type of a declared stanza: `type Query = StanzaOf<typeof Query>`. */
export type StanzaOf<D extends StanzaDefinition> = ReturnType<D['wrap']>;

/** A stanza registered in another. */
export interface Registration {
  readonly definition: StanzaDefinition;
  readonly iterable: boolean;
  readonly overrides: boolean;
  /** How many times it was registered and not taken away. */
  uses: number;
}

/** What is registered in a stanza; register.ts keeps it. */
export interface Registry {
  readonly byName: Map<string, Registration>;
  readonly byTag: Map<string, Registration>;
  readonly overrides: Map<string, Registration>;
  /** What stanzas of the definition inherit from: registered names become properties here. */
  readonly prototype: object;
}

/** `{namespace}name`, as XPath and registries write it. */
export function toTag(element: {
  readonly name: string;
  readonly namespace?: string;
  readonly ns?: string;
}): string {
  return `{${element.namespace ?? element.ns ?? ''}}${element.name}`;
}
