// What servers on the way shall do with a message: keep it, or not; copy it, or not.
import { HINTS_NS } from '../message-acts.ts';
import { xml, XmlElement } from '../element.ts';
import { Message } from '../stanza/message.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { defineStanza } from '../stanza/define.ts';

const HINTS = ['no-permanent-store', 'no-store', 'no-copy', 'store'] as const;

/** @see XEP-0334 §4 */
export type Hint = (typeof HINTS)[number];

const stanzas = HINTS.map((name) =>
  defineStanza({ name, namespace: HINTS_NS, plugin: `hint_${name.replaceAll('-', '_')}` }),
);

/** The hints in a message. */
export function readHints(message: Message): ReadonlySet<Hint> {
  const { nodes } = message;
  const names = nodes.flatMap((node) =>
    node instanceof XmlElement && node.ns === HINTS_NS ? node.name : [],
  );
  return new Set(HINTS.filter((hint) => names.includes(hint)));
}

/** Adds hints to a message that does not have them yet. */
export function addHints(message: Message, ...hints: readonly Hint[]): Message {
  const before = readHints(message);
  for (const hint of new Set(hints)) if (!before.has(hint)) message.append(xml(hint, { xmlns: HINTS_NS }));
  return message;
}

/** Message processing hints, in stanza paths as `message/hint_no_store`. @see XEP-0334 */
export const Hints = definePlugin({
  name: 'xep_0334',
  description: 'Message processing hints',
  init({ registerStanza, addFeature }) {
    for (const stanza of stanzas) registerStanza(Message, stanza);
    addFeature(HINTS_NS);
  },
});
