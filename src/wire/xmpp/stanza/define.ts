// Declaring a stanza: from names and interfaces to an object that makes and reads stanzas with typed properties.
import type { XmlElement } from '../element.ts';
import { XmppError } from '../errors.ts';
import type { Field, Fields, Init, Override, Registry, StanzaDefinition, ValuesOf } from './definition.ts';
import { registerStanzaPlugin } from './register.ts';
import { Stanza } from './stanza.ts';

/** What a stanza is declared by. */
export interface StanzaSpec<F extends Fields, S> {
  /** The name of the element. */
  readonly name: string;
  readonly namespace: string;
  /** The name it goes by in other stanzas and in stanza paths. Default: the element's name. */
  readonly plugin?: string;
  /** The name of the list of all of its kind in a parent it is registered in as iterable. */
  readonly pluginMulti?: string;
  /** Its properties: see `attribute`, `subText`, `langText`, `flag`, `ownText`, `child`, `children`, `computed`. */
  readonly interfaces?: F;
  /**
   * It is an extension of its parent: instead of an object there is one property there, the interface that is named
   * like the plugin. Default false.
   */
  readonly extension?: boolean;
  /** What it does in place of its parent's own interfaces, where it is registered with `overrides`. */
  readonly overrides?: Readonly<Record<string, Override<S>>>;
  /** Called when one is made rather than read; its parent, if any, is set. */
  created?(stanza: S): void;
}

/**
 * Declares a stanza, or a part of one, by the element it is and the properties it has. Their types follow from the
 * declaration. Reading what is absent gives undefined (false for flags, an empty list for lists); writing undefined
 * deletes. Elements and attributes that are not declared are kept.
 *
 * @example
 * ```ts
 * const Custom = defineStanza({
 *   name: 'query',
 *   namespace: 'urn:example:custom',
 *   plugin: 'custom_xep',
 *   interfaces: { data: subText(), count: attribute(integer) },
 * });
 * const custom = Custom.create({ data: 'x' });
 * custom.count = 2;
 * custom.data = undefined; // <query xmlns="urn:example:custom" count="2"/>
 * ```
 *
 * @throws XmppError `xmpp-definition-invalid` for a name that every stanza has already (`xml`, `lang`, `parent`…), or
 *   an extension without the interface it is named after
 */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- without interfaces there are no properties
export function defineStanza<F extends Fields = Record<never, never>>(
  spec: StanzaSpec<F, Stanza & ValuesOf<F>>,
): StanzaDefinition<Stanza & ValuesOf<F>> {
  return createDefinition<Stanza & ValuesOf<F>>(spec, Stanza);
}

/** Like {@link defineStanza}, for stanzas that can do more than every stanza: their objects are of the class given. */
export function createDefinition<S extends Stanza>(
  spec: StanzaSpec<Fields, S>,
  base: new (...parameters: ConstructorParameters<typeof Stanza>) => Stanza,
): StanzaDefinition<S> {
  const { name, namespace, plugin = name, extension = false } = spec;
  const fields: Fields = spec.interfaces ?? {};
  if (extension && fields[plugin] === undefined) {
    throw invalid(`the extension "${plugin}" has no interface of that name`);
  }
  class Declared extends base {}
  const registry: Registry = {
    byName: new Map(),
    byTag: new Map(),
    overrides: new Map(),
    prototype: Declared.prototype,
  };
  const definition: StanzaDefinition<S> = {
    name,
    namespace,
    plugin,
    pluginMulti: spec.pluginMulti,
    extension,
    fields,
    overrides: spec.overrides ?? {},
    registry,
    build(element: XmlElement | undefined, parent: Stanza | undefined): S {
      const stanza = new Declared(definition, element, parent) as S;
      if (element === undefined) spec.created?.(stanza);
      return stanza;
    },
    create(values?: Init<S>): S {
      const stanza = definition.build(undefined, undefined);
      return values === undefined ? stanza : stanza.assign(values);
    },
    wrap(element: XmlElement): S {
      if (!element.is(name, namespace)) {
        throw new XmppError(
          'xmpp-value-invalid',
          `<${element.name} xmlns="${element.ns}"/> is no <${name} xmlns="${namespace}"/>`,
        );
      }
      return definition.build(element, undefined);
    },
    is: (stanza: Stanza): stanza is S => stanza.definition === definition,
  };
  for (const [property, field] of Object.entries(fields)) {
    if (property in Stanza.prototype || property === 'definition') {
      throw invalid(`"${property}" is what every stanza has: give the interface another name`);
    }
    defineProperty(registry, property, field);
    if (field.holds !== undefined) {
      registerStanzaPlugin(definition, field.holds.definition, {
        iterable: field.holds.many,
        accessor: false,
      });
    }
  }
  return definition;
}

function defineProperty(registry: Registry, name: string, field: Field<unknown>): void {
  Object.defineProperty(registry.prototype, name, {
    enumerable: true,
    get(this: Stanza): unknown {
      const plugin = registry.overrides.get(name)?.definition;
      const override = plugin?.overrides[name]?.get;
      return plugin === undefined || override === undefined
        ? field.get(this, name)
        : override(this, this.findSub(plugin));
    },
    set(this: Stanza, value: unknown) {
      const plugin = registry.overrides.get(name)?.definition;
      const override = plugin?.overrides[name];
      if (value === undefined || value === null) {
        if (plugin === undefined || override?.remove === undefined) field.remove(this, name);
        else override.remove(this, this.findSub(plugin));
      } else if (plugin === undefined || override?.set === undefined) {
        field.set(this, name, value);
      } else {
        override.set(this, this.sub(plugin), value);
      }
    },
  });
}

function invalid(why: string): XmppError {
  return new XmppError('xmpp-definition-invalid', why);
}
