// How far somebody has read.
import { XmlElement } from '../element.ts';
import { defineStanza } from '../stanza/define.ts';
import { attribute } from '../stanza/field.ts';
import { Message } from '../stanza/message.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import type { Address } from './ask.ts';
import { addHints } from './hints.ts';
import { Listeners } from './listeners.ts';

const MARKERS_NS = 'urn:xmpp:chat-markers:0';
const MARKERS = ['received', 'displayed', 'acknowledged'] as const;

export type Marker = (typeof MARKERS)[number];

/** Asks for markers. @see XEP-0333 */
export const Markable = defineStanza({ name: 'markable', namespace: MARKERS_NS });

const createMarker = (name: Marker) =>
  defineStanza({ name, namespace: MARKERS_NS, plugin: `marker_${name}`, interfaces: { id: attribute() } });
const stanzas = {
  received: createMarker('received'),
  displayed: createMarker('displayed'),
  acknowledged: createMarker('acknowledged'),
};

/** A message and all before it were seen. */
export interface Marked {
  readonly marker: Marker;
  /** Of the message: in a room its stanza-id, else its own id. */
  readonly id: string;
  readonly message: Message;
}

/** The marker in a message; undefined where it has none. */
export function readMarker(message: Message): { readonly marker: Marker; readonly id: string } | undefined {
  for (const node of message.nodes) {
    if (!(node instanceof XmlElement) || node.ns !== MARKERS_NS) continue;
    const marker = MARKERS.find((name) => name === node.name);
    const id = node.attr('id');
    if (marker !== undefined && id) return { marker, id };
  }
  return undefined;
}

/** Displayed markers, in stanza paths as `message/marker_displayed`. @see XEP-0333 */
export const Markers = definePlugin({
  name: 'xep_0333',
  description: 'Displayed markers',
  init({ client, log, on, registerStanza, addFeature }) {
    registerStanza(Message, Markable);
    addFeature(MARKERS_NS);
    const markers = new Listeners<Marked>(log);
    for (const [name, stanza] of Object.entries(stanzas)) {
      registerStanza(Message, stanza);
      on(`message/marker_${name}`, async (message) => {
        const found = message.type === 'error' ? undefined : readMarker(message);
        if (found?.marker === name) await markers.tell({ ...found, message });
      });
    }
    return {
      /** Hears of markers. @returns ends that */
      onMarker: markers.add,
      /** The message that says how far one has read. */
      toMarker(to: Address, type: 'chat' | 'groupchat', marker: Marker, id: string): Message {
        const message = client.message({ type }, to);
        message.append(stanzas[marker].create({ id }));
        return addHints(message, 'store');
      },
    };
  },
});
