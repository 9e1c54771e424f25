// Personal eventing: what an account publishes about itself, and what it hears of its contacts. Only as much of
// publish-subscribe as that takes.
import { xml, XmlElement } from '../element.ts';
import { createMatcher } from '../matcher/matcher.ts';
import type { Jid } from '../jid.ts';
import { Message } from '../stanza/message.ts';
import type { Iq } from '../stanza/iq.ts';
import type { Stanza } from '../stanza/stanza.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { ask, type Address, type AskOptions } from './ask.ts';
import { toSubmission, type FormValue } from './forms.ts';
import type { Listener } from './listeners.ts';

/** @see XEP-0060 */
const PUBSUB_NS = 'http://jabber.org/protocol/pubsub';
const PUBSUB_EVENT_NS = 'http://jabber.org/protocol/pubsub#event';
const PUBLISH_OPTIONS = `${PUBSUB_NS}#publish-options`;

/** The id of the item of a node that has only one. @see XEP-0060 §12.20 */
export const SINGLE_ITEM = 'current';

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

function readItems(list: XmlElement | undefined): PepItem[] {
  return (list?.elements('item') ?? []).map((item) => ({
    id: item.attr('id') ?? '',
    payload: item.elements()[0],
  }));
}

/** The event in a message; undefined where there is none, or its sender is none that could have a node. */
function readEvent(message: Message): PepEvent | undefined {
  const event = message.xml.child('event', PUBSUB_EVENT_NS);
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
  return stanza.xml.child('event', PUBSUB_EVENT_NS) !== undefined;
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
       * @param options `settings`: what the node must be like (`access_model`, `persist_items`…); a server that cannot
       *   do that refuses with `conflict`
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
          readonly settings?: Readonly<Record<string, FormValue>>;
        } = {},
      ): Promise<void> {
        const payload = item instanceof XmlElement ? item : item.xml;
        const content = [xml('publish', { node }, xml('item', { id }, payload))];
        if (settings !== undefined) {
          const values = Object.fromEntries(
            Object.entries(settings).map(([name, value]) => [`pubsub#${name}`, value]),
          );
          content.push(xml('publish-options', {}, toSubmission(PUBLISH_OPTIONS, values).xml));
        }
        await request('set', undefined, content, options);
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
