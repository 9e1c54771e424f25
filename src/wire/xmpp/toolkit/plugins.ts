// The plugins of one toolkit: which are known, which are enabled, and in which order they come and go.
import { XmppError } from '../errors.ts';
import type { Matcher } from '../matcher/matcher.ts';
import type { LogFunction } from '../log.ts';
import { registerStanzaPlugin } from '../stanza/register.ts';
import type { Stanza } from '../stanza/stanza.ts';
import type { Plugin, PluginContext } from './plugin.ts';
import type { HandlerOptions, StanzaHandler, Toolkit } from './toolkit.ts';

interface Enabled {
  readonly plugin: Plugin;
  readonly context: PluginContext;
  readonly cleanUps: (() => void)[];
  readonly api: unknown;
}

type PluginConfig = Readonly<Record<string, object>>;

/** Enables and disables plugins. A plugin is named by itself or, once it is registered, by its name. */
export class PluginManager {
  readonly #client: Toolkit;
  readonly #config: PluginConfig;
  readonly #log: LogFunction;
  readonly #known = new Map<string, Plugin>();
  readonly #enabled = new Map<string, Enabled>();

  constructor(client: Toolkit, config: PluginConfig, log: LogFunction) {
    this.#client = client;
    this.#config = config;
    this.#log = log;
  }

  /** The names of the enabled plugins, dependencies first. */
  get enabled(): readonly string[] {
    return [...this.#enabled.keys()];
  }

  /**
   * Makes a plugin known by its name without enabling it.
   *
   * @throws XmppError `xmpp-definition-invalid` where the name belongs to another plugin
   */
  register(plugin: Plugin): void {
    const known = this.#known.get(plugin.name);
    if (known !== undefined && known !== plugin) {
      throw new XmppError('xmpp-definition-invalid', `another plugin is named "${plugin.name}"`);
    }
    this.#known.set(plugin.name, plugin);
  }

  /**
   * Enables a plugin and, before it, what it depends on; one that is enabled stays as it is. Where any of them fails,
   * none of those that this call set up stays.
   *
   * @param config in place of the defaults and of the toolkit's `pluginConfig`
   * @returns what the plugin offers
   * @throws XmppError `xmpp-plugin-unknown`, `xmpp-plugin-cycle`, before anything is set up; what the plugins throw
   */
  enable<Config extends object, Api>(plugin: Plugin<Config, Api>, config?: Partial<Config>): Api;
  enable(name: string, config?: object): unknown;
  enable(pluginOrName: Plugin | string, config: object = {}): unknown {
    const plugin = this.#find(pluginOrName, []);
    const order = this.#order(plugin, [], []).filter(({ name }) => !this.#enabled.has(name));
    try {
      for (const each of order) this.#init(each, each === plugin ? config : {});
      for (const { name } of order) {
        const enabled = this.#enabled.get(name)!;
        enabled.plugin.postInit?.(enabled.context, enabled.api);
      }
    } catch (error) {
      for (const { name } of order.toReversed()) this.#end(name);
      throw error;
    }
    return this.#enabled.get(plugin.name)!.api;
  }

  /** Disables a plugin and, before it, every plugin that depends on it. Nothing happens where it is not enabled. */
  disable(plugin: Plugin | string): void {
    const name = typeof plugin === 'string' ? plugin : plugin.name;
    if (!this.#enabled.has(name)) return;
    for (const dependent of [...this.#enabled.values()].toReversed()) {
      if (dependent.plugin.dependencies.some((each) => nameOf(each) === name)) this.disable(dependent.plugin);
    }
    this.#end(name);
  }

  /** Disables all plugins, dependents first. */
  disableAll(): void {
    for (const name of [...this.#enabled.keys()].toReversed()) this.disable(name);
  }

  isEnabled(plugin: Plugin | string): boolean {
    return this.#enabled.has(nameOf(plugin));
  }

  /**
   * What an enabled plugin offers.
   *
   * @throws XmppError `xmpp-plugin-unknown` where it is not enabled
   */
  get<Api>(plugin: Plugin<object, Api>): Api {
    const enabled = this.#enabled.get(plugin.name);
    if (enabled === undefined || enabled.plugin !== plugin) {
      throw new XmppError('xmpp-plugin-unknown', `the plugin "${plugin.name}" is not enabled`);
    }
    return enabled.api as Api;
  }

  #find(plugin: Plugin | string, path: readonly string[]): Plugin {
    if (typeof plugin !== 'string') {
      this.register(plugin);
      return plugin;
    }
    const known = this.#known.get(plugin);
    if (known !== undefined) return known;
    const wanted = path.length === 0 ? '' : `, which ${path.join(' → ')} needs`;
    throw new XmppError('xmpp-plugin-unknown', `there is no plugin "${plugin}"${wanted}`);
  }

  /** The plugin behind all it depends on, each once. */
  #order(plugin: Plugin, path: readonly string[], done: Plugin[]): Plugin[] {
    if (done.includes(plugin)) return done;
    if (path.includes(plugin.name)) {
      const circle = [...path.slice(path.indexOf(plugin.name)), plugin.name].join(' → ');
      throw new XmppError('xmpp-plugin-cycle', `plugins depend on each other: ${circle}`);
    }
    const here = [...path, plugin.name];
    for (const dependency of plugin.dependencies) this.#order(this.#find(dependency, here), here, done);
    done.push(plugin);
    return done;
  }

  #init(plugin: Plugin, given: object): void {
    const cleanUps: (() => void)[] = [];
    const config = { ...plugin.defaults, ...this.#config[plugin.name], ...given };
    const context = this.#createContext(config, cleanUps);
    try {
      const api = plugin.init(context);
      this.#enabled.set(plugin.name, { plugin, context, cleanUps, api });
      this.#log('debug', 'plugin-enabled', { plugin: plugin.name });
    } catch (error) {
      this.#cleanUp(plugin.name, cleanUps);
      throw error;
    }
  }

  #end(name: string): void {
    const enabled = this.#enabled.get(name);
    if (enabled === undefined) return;
    this.#enabled.delete(name);
    this.#cleanUp(name, enabled.cleanUps);
    this.#log('debug', 'plugin-disabled', { plugin: name });
  }

  #cleanUp(name: string, cleanUps: (() => void)[]): void {
    for (const cleanUp of cleanUps.splice(0).toReversed()) {
      try {
        cleanUp();
      } catch (error) {
        // The rest must be undone all the same.
        this.#log('error', 'plugin-end-failed', { plugin: name, error });
      }
    }
  }

  #createContext(config: object, cleanUps: (() => void)[]): PluginContext {
    const client = this.#client;
    const undone = (cleanUp: () => void): (() => void) => {
      cleanUps.push(cleanUp);
      return cleanUp;
    };
    return {
      client,
      config,
      log: this.#log,
      on: (matcher: Matcher<Stanza> | string, handler: StanzaHandler<never>, options?: HandlerOptions) =>
        undone(client.on(matcher as Matcher<Stanza>, handler as StanzaHandler<Stanza>, options)),
      once: (matcher: Matcher<Stanza> | string, handler: StanzaHandler<never>, options?: HandlerOptions) =>
        undone(client.once(matcher as Matcher<Stanza>, handler as StanzaHandler<Stanza>, options)),
      plugin: (plugin) => this.get(plugin),
      registerStanza: (stanza, plugin, options) => void undone(registerStanzaPlugin(stanza, plugin, options)),
      addFeature: (feature) => void undone(client.features.add(feature)),
      onEnd: (cleanUp) => void cleanUps.push(cleanUp),
    };
  }
}

function nameOf(plugin: Plugin | string): string {
  return typeof plugin === 'string' ? plugin : plugin.name;
}
