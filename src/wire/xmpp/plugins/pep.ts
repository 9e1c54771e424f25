// Personal eventing: what an account publishes about itself, and what it hears of its contacts. Only as much of
// publish-subscribe as that takes.
import { xml, XmlElement } from '../element.ts';
import { IqError } from '../errors.ts';
import { createMatcher } from '../matcher/matcher.ts';
import type { Jid } from '../jid.ts';
import { Message } from '../stanza/message.ts';
import type { Iq } from '../stanza/iq.ts';
import type { Stanza } from '../stanza/stanza.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { childOf } from './child-of.ts';
import { ask, type Address, type AskOptions } from './ask.ts';
import { toSubmission, type FormValue } from './forms.ts';
import type { Listener } from './listeners.ts';

/** @see XEP-0060 */
const PUBSUB_NS = 'http://jabber.org/protocol/pubsub';
const PUBSUB_EVENT_NS = 'http://jabber.org/protocol/pubsub#event';
const PUBSUB_OWNER_NS = 'http://jabber.org/protocol/pubsub#owner';
const PUBLISH_OPTIONS = `${PUBSUB_NS}#publish-options`;
const NODE_CONFIG = `${PUBSUB_NS}#node_config`;

/** How servers refuse settings given with an item: the node is another way, or (ejabberd) they know not all of them. */
const SETTINGS_REFUSED: ReadonlySet<string> = new Set([
  'bad-request',
  'conflict',
  'feature-not-implemented',
  'not-acceptable',
  'resource-constraint',
]);

type Settings = Readonly<Record<string, FormValue>>;

/** The id of the item of a node that has only one. @see XEP-0060 §12.20 */
const SINGLE_ITEM = 'current';

/** Something published. */
export interface PepItem {
  readonly id: string;
  /** Undefined where an event does not carry it. */
  readonly payload: XmlElement | undefined;
}

/** News of a node. */
export interface PepEvent {
  /** Whose node it is, bare. The server sends events in that name only for that account. */
  readonly from: Jid;
  readonly node: string;
  readonly items: readonly PepItem[];
  /** Ids of items that are gone. */
  readonly retracted: readonly string[];
  /** Everything is gone. */
  readonly purged: boolean;
}

function toSettings(formType: string, settings: Settings): XmlElement {
  const values = Object.entries(settings).map(([name, value]) => [`pubsub#${name}`, value] as const);
  return toSubmission(formType, Object.fromEntries(values)).xml;
}

function readItems(list: XmlElement | undefined): PepItem[] {
  return (list?.elements('item') ?? []).map((item) => ({
    id: item.attr('id') ?? '',
    payload: item.elements()[0],
  }));
}

/** The event in a message; undefined where there is none, or its sender is none that could have a node. */
function readEvent(message: Message): PepEvent | undefined {
  const event = childOf(message, 'event', PUBSUB_EVENT_NS);
  const body = event?.elements()[0];
  const node = body?.attr('node');
  const { from } = message;
  if (body === undefined || node === undefined || from === undefined || from.resource !== '')
    return undefined;
  return {
    from,
    node,
    items: body.name === 'items' ? readItems(body) : [],
    retracted: body.name === 'items' ? body.elements('retract').map((each) => each.attr('id') ?? '') : [],
    purged: body.name === 'purge' || body.name === 'delete',
  };
}

const eventMatcher = createMatcher<Message>('an event of a node', (stanza: Stanza) => {
  if (!Message.is(stanza) || stanza.type === 'error') return false;
  return childOf(stanza, 'event', PUBSUB_EVENT_NS) !== undefined;
});

/** Personal eventing. @see XEP-0163 */
export const Pep = definePlugin({
  name: 'xep_0163',
  description: 'Personal eventing',
  init({ client, log, on }) {
    const listeners = new Map<string, Set<Listener<PepEvent>>>();
    on(eventMatcher, async (message) => {
      const event = readEvent(message);
      for (const listener of event === undefined ? [] : (listeners.get(event.node) ?? [])) {
        try {
          await listener(event as PepEvent);
        } catch (error) {
          // The other listeners still hear of it.
          log('error', 'listener-failed', { error });
        }
      }
    });

    const request = (
      type: 'get' | 'set',
      to: Address | undefined,
      content: readonly XmlElement[],
      options: AskOptions = {},
    ): Promise<Iq> => ask(client, type, to, xml('pubsub', { xmlns: PUBSUB_NS }, ...content), options);

    const configure = async (node: string, settings: Settings, options?: AskOptions): Promise<void> => {
      const form = toSettings(NODE_CONFIG, settings);
      try {
        const configured = xml('configure', { node }, form);
        await ask(client, 'set', undefined, xml('pubsub', { xmlns: PUBSUB_OWNER_NS }, configured), options);
      } catch (error) {
        if (!(error instanceof IqError) || error.condition !== 'item-not-found') throw error;
        await request('set', undefined, [xml('create', { node }), xml('configure', {}, form)], options);
      }
    };

    return {
      /**
       * Hears of news of a node, of all accounts that are allowed to tell: the own one and, where the server is told
       * by our capabilities that we want it (`NODE+notify`), contacts. The feature is told as long as somebody listens.
       *
       * @returns ends that
       */
      onEvent(node: string, listener: Listener<PepEvent>): () => void {
        const own: Listener<PepEvent> = (event) => listener(event);
        const of = listeners.get(node) ?? new Set();
        listeners.set(node, of.add(own));
        const removeFeature = client.features.add(`${node}+notify`);
        return () => {
          of.delete(own);
          removeFeature();
          if (of.size === 0 && listeners.get(node) === of) listeners.delete(node);
        };
      },
      /**
       * Publishes an item of the own account.
       *
       * @param options `settings`: what the node must be like (`access_model`, `persist_items`…). Where it is not, it
       *   is made so first; where that cannot be, nothing is published
       * @throws IqError, IqTimeout, XmppError
       */
      async publish(
        node: string,
        item: Stanza | XmlElement,
        {
          id = SINGLE_ITEM,
          settings,
          ...options
        }: AskOptions & {
          readonly id?: string;
          readonly settings?: Settings;
        } = {},
      ): Promise<void> {
        const payload = item instanceof XmlElement ? item : item.xml;
        const publish = xml('publish', { node }, xml('item', { id }, payload));
        if (settings === undefined) {
          await request('set', undefined, [publish], options);
          return;
        }
        const wanted = xml('publish-options', {}, toSettings(PUBLISH_OPTIONS, settings));
        try {
          await request('set', undefined, [publish, wanted], options);
        } catch (error) {
          if (!(error instanceof IqError) || !SETTINGS_REFUSED.has(error.condition)) throw error;
          await configure(node, settings, options);
          await request('set', undefined, [publish], options);
        }
      },
      /**
       * The items of somebody's node, or those with these ids.
       *
       * @param of undefined: the own account
       * @throws IqError (`item-not-found`: there is no such node), IqTimeout, XmppError
       */
      async items(
        of: Address | undefined,
        node: string,
        { ids = [], ...options }: AskOptions & { readonly ids?: readonly string[] } = {},
      ): Promise<readonly PepItem[]> {
        const wanted = xml('items', { node }, ...ids.map((id) => xml('item', { id })));
        const answer = await request('get', of, [wanted], options);
        return readItems(answer.xml.child('pubsub', PUBSUB_NS)?.child('items'));
      },
      /** Makes a node of the own account be like this; creates it where there is none. @throws IqError, IqTimeout, XmppError */
      configure,
      /** Takes an item of the own account back, and tells so. @throws IqError, IqTimeout, XmppError */
      async retract(node: string, id: string, options: AskOptions = {}): Promise<void> {
        await request(
          'set',
          undefined,
          [xml('retract', { node, notify: 'true' }, xml('item', { id }))],
          options,
        );
      },
    };
  },
});
