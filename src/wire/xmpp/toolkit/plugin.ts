// Plugins: parts of a protocol that are switched on and off while a stream runs. What a plugin sets up it asks its
// context for, so that switching it off can undo all of it.
import { XmppError } from '../errors.ts';
import type { Stanza } from '../stanza/stanza.ts';
import type { StanzaDefinition } from '../stanza/definition.ts';
import type { RegisterOptions } from '../stanza/register.ts';
import type { LogFunction } from '../log.ts';
import type { Toolkit } from './toolkit.ts';

/** A plugin: what {@link definePlugin} makes. */
export interface Plugin<Config extends object = object, Api = unknown> {
  readonly name: string;
  readonly description: string;
  readonly dependencies: readonly (Plugin | string)[];
  readonly defaults: Config;
  init(context: PluginContext<Config>): Api;
  postInit?(context: PluginContext<Config>, api: Api): void;
}

/** What a plugin gets when it is enabled. All that is set up by it is undone when the plugin is disabled. */
export interface PluginContext<Config extends object = object> {
  /** As {@link Toolkit.on}. */
  readonly on: Toolkit['on'];
  /** As {@link Toolkit.once}. */
  readonly once: Toolkit['once'];
  readonly client: Toolkit;
  readonly config: Readonly<Config>;
  readonly log: LogFunction;
  /** What an enabled plugin offers. @throws XmppError `xmpp-plugin-unknown` */
  plugin<Api>(this: void, plugin: Plugin<object, Api>): Api;
  /** Registers a stanza in another. @throws XmppError `xmpp-definition-invalid` */
  registerStanza<S extends Stanza>(
    this: void,
    stanza: StanzaDefinition<S>,
    plugin: StanzaDefinition,
    options?: RegisterOptions,
  ): void;
  /** Says in answers to disco#info that this can be done. */
  addFeature(this: void, feature: string): void;
  /** Runs when the plugin is disabled; what was added last runs first. */
  onEnd(this: void, cleanUp: () => void): void;
}

/**
 * Declares a plugin.
 *
 * @example
 * ```ts
 * const Greeter = definePlugin({
 *   name: 'greeter',
 *   dependencies: [],
 *   defaults: { greeting: 'hello' },
 *   init({ on, addFeature, config }) {
 *     addFeature('urn:example:greeting');
 *     on('message@type=chat/body', (message) => message.reply(config.greeting).send());
 *     return { greet: (name: string) => `${config.greeting} ${name}` };
 *   },
 * });
 * client.plugins.enable(Greeter, { greeting: '你好' }).greet('Ann');
 * client.plugins.disable(Greeter);
 * ```
 *
 * @throws XmppError `xmpp-definition-invalid` for an empty name
 */
export function definePlugin<Config extends object = object, Api = void>(plugin: {
  readonly name: string;
  readonly description?: string;
  /** Enabled before it; by name where they are registered elsewhere. */
  readonly dependencies?: readonly (Plugin | string)[];
  /** The settings, as they are where nobody sets them. */
  readonly defaults?: Config;
  /** Sets it up; what it returns is what others get of it. */
  init(context: PluginContext<Config>): Api;
  /** Runs after all plugins that were enabled together are set up. */
  postInit?(context: PluginContext<Config>, api: Api): void;
}): Plugin<Config, Api> {
  if (plugin.name === '') throw new XmppError('xmpp-definition-invalid', 'a plugin needs a name');
  return {
    ...plugin,
    description: plugin.description ?? plugin.name,
    dependencies: plugin.dependencies ?? [],
    defaults: plugin.defaults ?? ({} as Config),
  };
}
