// Making a stanza known inside another. Declarations are shared by every stream of a process, so what several plugins
// register stays until the last of them has taken it away.
import { XmppError } from '../errors.ts';
import { toTag, type Registration, type Registry, type StanzaDefinition } from './definition.ts';
import { Stanza } from './stanza.ts';

/** How a stanza is registered in another. */
export interface RegisterOptions {
  /** It is an item of a list: in `substanzas`, and under its `pluginMulti`. Default false. */
  readonly iterable?: boolean;
  /** Its `overrides` take the place of the parent's own interfaces. Default false. */
  readonly overrides?: boolean;
  /** Whether the plugin's name becomes a property of the parent. Default true. */
  readonly accessor?: boolean;
}

/**
 * Registers a stanza as a plugin of another: stanza paths find it there by its plugin name, and that name becomes a
 * property, made on access. Tell the compiler once, where the stanza is declared:
 *
 * @example
 * ```ts
 * const Custom = defineStanza({
 *   name: 'query',
 *   namespace: 'urn:example:custom',
 *   plugin: 'custom_xep',
 *   interfaces: { data: subText() },
 * });
 * registerStanzaPlugin(Iq, Custom);
 *
 * declare module 'hutong/xmpp' {
 *   interface IqPlugins {
 *     custom_xep: StanzaOf<typeof Custom>;
 *   }
 * }
 *
 * const iq = Iq.create({ type: 'get' });
 * iq.custom_xep.data = 'x'; // without the declaration: iq.sub(Custom).data
 * ```
 *
 * @returns takes the registration away, once
 * @throws XmppError `xmpp-definition-invalid` where the name or the element is taken by another declaration
 */
export function registerStanzaPlugin(
  stanza: StanzaDefinition,
  plugin: StanzaDefinition,
  options: RegisterOptions = {},
): () => void {
  const { iterable = false, overrides = false, accessor = true } = options;
  const { registry } = stanza;
  const registration = findRegistration(stanza, plugin, { iterable, overrides });
  registration.uses++;
  registry.byName.set(plugin.plugin, registration);
  registry.byTag.set(toTag(plugin), registration);
  if (overrides) for (const name of Object.keys(plugin.overrides)) registry.overrides.set(name, registration);
  if (accessor) defineAccessors(registry, plugin, iterable);
  let isTaken = false;
  return () => {
    if (isTaken) return;
    isTaken = true;
    registration.uses--;
    if (registration.uses === 0) remove(registry, plugin, accessor);
  };
}

function findRegistration(
  stanza: StanzaDefinition,
  plugin: StanzaDefinition,
  kind: { iterable: boolean; overrides: boolean },
): Registration {
  const { registry } = stanza;
  const name = plugin.plugin;
  const byName = registry.byName.get(name);
  const byTag = registry.byTag.get(toTag(plugin));
  const known = byName ?? byTag;
  if (known !== undefined) {
    if (byName !== byTag || known.definition !== plugin) {
      throw invalid(stanza, `"${name}" or its element ${toTag(plugin)} is registered by another declaration`);
    }
    if (known.iterable === kind.iterable && known.overrides === kind.overrides) return known;
    throw invalid(stanza, `"${name}" is registered in another way`);
  }
  for (const taken of [name, plugin.pluginMulti]) {
    if (taken !== undefined && taken in registry.prototype && !isDeclaredFor(stanza, taken, plugin)) {
      throw invalid(stanza, `"${taken}" is a property already`);
    }
  }
  if (kind.overrides) {
    for (const field of Object.keys(plugin.overrides)) {
      if (stanza.fields[field] === undefined)
        throw invalid(stanza, `there is no interface "${field}" to override`);
      if (registry.overrides.has(field)) throw invalid(stanza, `"${field}" is overridden already`);
    }
  }
  return { definition: plugin, ...kind, uses: 0 };
}

/** A field of kind `sub` may well have the name of the plugin that it holds. */
function isDeclaredFor(stanza: StanzaDefinition, name: string, plugin: StanzaDefinition): boolean {
  return stanza.fields[name]?.holds?.definition === plugin;
}

function defineAccessors(registry: Registry, plugin: StanzaDefinition, iterable: boolean): void {
  const { plugin: name, pluginMulti } = plugin;
  if (!(name in registry.prototype)) {
    Object.defineProperty(registry.prototype, name, {
      configurable: true,
      get(this: Stanza): unknown {
        if (!plugin.extension) return this.sub(plugin);
        return Reflect.get(this.findSub(plugin) ?? plugin.build(undefined, undefined), name);
      },
      set(this: Stanza, value: unknown) {
        if (value === undefined || value === null) this.removeSub(plugin);
        else if (plugin.extension) Reflect.set(this.sub(plugin), name, value);
        else this.setSubs(plugin, [toStanza(plugin, value)]);
      },
    });
  }
  if (iterable && pluginMulti !== undefined && !(pluginMulti in registry.prototype)) {
    Object.defineProperty(registry.prototype, pluginMulti, {
      configurable: true,
      get(this: Stanza): readonly Stanza[] {
        return this.subs(plugin);
      },
      set(this: Stanza, value: Iterable<unknown> | null | undefined) {
        this.setSubs(
          plugin,
          [...(value ?? [])].map((each) => toStanza(plugin, each)),
        );
      },
    });
  }
}

function toStanza(plugin: StanzaDefinition, value: unknown): Stanza {
  if (value instanceof Stanza && plugin.is(value)) return value;
  throw new XmppError('xmpp-value-invalid', `what is written to "${plugin.plugin}" is no such stanza`);
}

function remove(registry: Registry, plugin: StanzaDefinition, accessor: boolean): void {
  registry.byName.delete(plugin.plugin);
  registry.byTag.delete(toTag(plugin));
  for (const [name, { definition }] of registry.overrides) {
    if (definition === plugin) registry.overrides.delete(name);
  }
  if (!accessor) return;
  // What the definition declares itself is not configurable and stays.
  for (const name of [plugin.plugin, plugin.pluginMulti]) {
    if (name === undefined) continue;
    if (Object.getOwnPropertyDescriptor(registry.prototype, name)?.configurable === true) {
      Reflect.deleteProperty(registry.prototype, name);
    }
  }
}

function invalid(stanza: StanzaDefinition, why: string): XmppError {
  return new XmppError('xmpp-definition-invalid', `nothing was registered in <${stanza.name}/>: ${why}`);
}
