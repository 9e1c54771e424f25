// Plugins: what enabling and disabling do, in which order, and that nothing stays behind.
import assert from 'node:assert/strict';
import test from 'node:test';
import { attribute, createClient, defineStanza, definePlugin, Iq, parseXml, type Plugin } from '../public.ts';
import { createWire } from './wire.ts';

const createOffline = (options: { pluginConfig?: Record<string, object> } = {}) =>
  createClient({ jid: 'ann@localhost', password: 'pw', ...options });

/** A plugin that notes what happens to it. */
function note(steps: string[], name: string, dependencies: readonly (Plugin | string)[] = []) {
  return definePlugin({
    name,
    dependencies,
    init({ onEnd }) {
      steps.push(`init ${name}`);
      onEnd(() => void steps.push(`end ${name}`));
      return name;
    },
    postInit: () => void steps.push(`post ${name}`),
  });
}

test('enabling pulls dependencies: all init, dependencies first, then all post-init', () => {
  const steps: string[] = [];
  const a = note(steps, 'a');
  const b = note(steps, 'b', [a]);
  const c = note(steps, 'c', [b, a]);
  const { plugins } = createOffline();
  plugins.enable(c);
  assert.deepEqual(steps, ['init a', 'init b', 'init c', 'post a', 'post b', 'post c']);
  assert.deepEqual(plugins.enabled, ['a', 'b', 'c']);
});

test('enabling gives what the plugin offers', () => {
  const { plugins } = createOffline();
  const offers = definePlugin({ name: 'a', init: () => ({ add: (x: number) => x + 1 }) });
  assert.equal(plugins.enable(offers).add(1), 2);
  assert.equal(plugins.get(offers).add(2), 3);
});

test('enabling twice is enabling once', () => {
  const steps: string[] = [];
  const a = note(steps, 'a');
  const { plugins } = createOffline();
  plugins.enable(a);
  plugins.enable(a);
  assert.deepEqual(steps, ['init a', 'post a']);
});

test('a dependency that is enabled is not set up again', () => {
  const steps: string[] = [];
  const a = note(steps, 'a');
  const { plugins } = createOffline();
  plugins.enable(a);
  plugins.enable(note(steps, 'b', [a]));
  assert.deepEqual(steps, ['init a', 'post a', 'init b', 'post b']);
});

test('plugins go by name once they are registered', () => {
  const steps: string[] = [];
  const { plugins } = createOffline();
  plugins.register(note(steps, 'a'));
  plugins.register(note(steps, 'b', ['a']));
  assert.equal(plugins.enable('b'), 'b');
  assert.ok(plugins.isEnabled('a'));
});

test('registering enables nothing', () => {
  const steps: string[] = [];
  const { plugins } = createOffline();
  plugins.register(note(steps, 'a'));
  assert.deepEqual([plugins.isEnabled('a'), steps], [false, []]);
});

test('disabling cascades to dependents, and they go first', () => {
  const steps: string[] = [];
  const a = note(steps, 'a');
  const b = note(steps, 'b', [a]);
  const c = note(steps, 'c', [b]);
  const other = note(steps, 'other');
  const { plugins } = createOffline();
  plugins.enable(c);
  plugins.enable(other);
  steps.length = 0;
  plugins.disable(a);
  assert.deepEqual(steps, ['end c', 'end b', 'end a']);
  assert.deepEqual(plugins.enabled, ['other']);
});

test('disabling a dependent leaves its dependencies', () => {
  const steps: string[] = [];
  const a = note(steps, 'a');
  const b = note(steps, 'b', [a]);
  const { plugins } = createOffline();
  plugins.enable(b);
  plugins.disable('b');
  assert.deepEqual(plugins.enabled, ['a']);
});

test('disabling what is not enabled does nothing', () => createOffline().plugins.disable('nothing'));

test('disabling and enabling again sets it up again', () => {
  const steps: string[] = [];
  const a = note(steps, 'a');
  const { plugins } = createOffline();
  plugins.enable(a);
  plugins.disable(a);
  plugins.enable(a);
  assert.deepEqual(steps, ['init a', 'post a', 'end a', 'init a', 'post a']);
});

test('disabling all goes from dependents to dependencies', () => {
  const steps: string[] = [];
  const { plugins } = createOffline();
  plugins.enable(note(steps, 'b', [note(steps, 'a')]));
  steps.length = 0;
  plugins.disableAll();
  assert.deepEqual(steps, ['end b', 'end a']);
});

test('an unknown plugin is a typed error', () => {
  assert.throws(() => createOffline().plugins.enable('nothing'), { code: 'xmpp-plugin-unknown' });
});

test('an unknown dependency is a typed error that says who needs it, and nothing is set up', () => {
  const steps: string[] = [];
  const { plugins } = createOffline();
  const b = note(steps, 'b', [note(steps, 'a'), 'missing']);
  assert.throws(() => plugins.enable(note(steps, 'c', [b])), {
    code: 'xmpp-plugin-unknown',
    message: /"missing".*c → b/,
  });
  assert.deepEqual([steps, plugins.enabled], [[], []]);
});

test('a circle is a typed error that shows it, and nothing is set up', () => {
  const steps: string[] = [];
  const { plugins } = createOffline();
  plugins.register(note(steps, 'a', ['b']));
  plugins.register(note(steps, 'b', ['c']));
  plugins.register(note(steps, 'c', ['a']));
  assert.throws(() => plugins.enable('b'), { code: 'xmpp-plugin-cycle', message: /b → c → a → b/ });
  assert.deepEqual([steps, plugins.enabled], [[], []]);
});

test('a plugin that depends on itself is a circle', () => {
  const { plugins } = createOffline();
  assert.throws(() => plugins.enable(note([], 'a', ['a'])), { code: 'xmpp-plugin-cycle' });
});

test('two plugins of one name are a typed error', () => {
  const { plugins } = createOffline();
  plugins.register(note([], 'a'));
  assert.throws(() => plugins.register(note([], 'a')), { code: 'xmpp-definition-invalid' });
});

test('a plugin without a name is a typed error', () => {
  assert.throws(() => definePlugin({ name: '', init() {} }), { code: 'xmpp-definition-invalid' });
});

test('what is not enabled cannot be had', () => {
  const { plugins } = createOffline();
  const a = note([], 'a');
  assert.throws(() => plugins.get(a), { code: 'xmpp-plugin-unknown' });
});

test('a plugin that fails to set up: it and what was set up for it are undone', () => {
  const steps: string[] = [];
  const a = note(steps, 'a');
  const broken = definePlugin({
    name: 'broken',
    dependencies: [a],
    init({ on }) {
      on('message', () => {});
      throw new Error('no');
    },
  });
  const client = createOffline();
  assert.throws(() => client.plugins.enable(broken), /no/);
  assert.deepEqual(steps, ['init a', 'end a']);
  assert.deepEqual([client.plugins.enabled, client.handlers], [[], 0]);
});

test('a plugin that fails after set-up is undone too', () => {
  const { plugins } = createOffline();
  const broken = definePlugin({
    name: 'broken',
    init() {},
    postInit() {
      throw new Error('no');
    },
  });
  assert.throws(() => plugins.enable(broken), /no/);
  assert.deepEqual(plugins.enabled, []);
});

test('a failing clean-up does not keep the others from running', () => {
  const steps: string[] = [];
  const { plugins } = createOffline();
  const a = definePlugin({
    name: 'a',
    init({ onEnd }) {
      onEnd(() => void steps.push('last'));
      onEnd(() => {
        throw new Error('no');
      });
    },
  });
  plugins.enable(a);
  plugins.disable(a);
  assert.deepEqual([steps, plugins.enabled], [['last'], []]);
});

const configured = definePlugin({
  name: 'configured',
  defaults: { a: 1, b: 2, c: 3 },
  init: ({ config }) => config,
});

test('settings: the defaults where nobody sets them', () => {
  assert.deepEqual(createOffline().plugins.enable(configured), { a: 1, b: 2, c: 3 });
});
test('settings: those of the client over the defaults, those of the call over both', () => {
  const { plugins } = createOffline({ pluginConfig: { configured: { a: 10, b: 20 } } });
  assert.deepEqual(plugins.enable(configured, { b: 200 }), { a: 10, b: 200, c: 3 });
});
test('settings: those of the client reach plugins that come as dependencies', () => {
  const { plugins } = createOffline({ pluginConfig: { configured: { a: 10 } } });
  plugins.enable(definePlugin({ name: 'x', dependencies: [configured], init() {} }));
  assert.deepEqual(plugins.get(configured), { a: 10, b: 2, c: 3 });
});

test('a plugin uses what its dependency offers', () => {
  const { plugins } = createOffline();
  const user = definePlugin({
    name: 'user',
    dependencies: [configured],
    init: ({ plugin }) => plugin(configured).a,
  });
  assert.equal(plugins.enable(user), 1);
});

const Part = defineStanza({
  name: 'part',
  namespace: 'urn:p',
  plugin: 'plugin_part',
  interfaces: { node: attribute() },
});
const whole = definePlugin({
  name: 'whole',
  init({ on, once, registerStanza, addFeature }) {
    registerStanza(Iq, Part);
    addFeature('urn:p');
    on('iq@type=get/plugin_part', () => Part.create({ node: 'here' }));
    once('message', () => {});
  },
});
const PART = '<iq type="get" id="r"><part xmlns="urn:p"/></iq>';
const INFO = '<iq type="get" id="d"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>';

test('on the wire: an enabled plugin answers and is announced; disabled it is gone without a trace', async () => {
  await using wire = await createWire();
  const { client, peer } = wire;
  peer.send(PART);
  assert.match(await peer.next(), /feature-not-implemented/);
  client.plugins.enable(whole);
  peer.send(PART);
  assert.equal(await peer.next(), '<iq type="result" id="r"><part xmlns="urn:p" node="here"/></iq>');
  peer.send(INFO);
  assert.match(await peer.next(), /<feature var="urn:p"\/>/);
  client.plugins.disable(whole);
  peer.send(PART);
  assert.match(await peer.next(), /feature-not-implemented/);
  peer.send(INFO);
  assert.doesNotMatch(await peer.next(), /urn:p"/);
  assert.equal(client.handlers, 0);
  assert.ok(!('plugin_part' in Iq.create()));
});

test('two clients may have the same plugin, and one may give it up', () => {
  const one = createOffline();
  const other = createOffline();
  one.plugins.enable(whole);
  other.plugins.enable(whole);
  one.plugins.disable(whole);
  assert.deepEqual(Iq.wrap(parseXml(PART)).subsNamed('plugin_part').length, 1);
  other.plugins.disable(whole);
  assert.deepEqual(Iq.wrap(parseXml(PART)).subsNamed('plugin_part').length, 0);
});

const announcer = (name: string) =>
  definePlugin({ name, init: ({ addFeature }) => addFeature('urn:shared') });

test('a feature that two plugins announce stays until both are gone', () => {
  const client = createOffline();
  const [a, b] = [announcer('a'), announcer('b')];
  client.plugins.enable(a);
  client.plugins.enable(b);
  client.plugins.disable(a);
  assert.ok(client.features.has('urn:shared'));
  client.plugins.disable(b);
  assert.ok(!client.features.has('urn:shared'));
});
