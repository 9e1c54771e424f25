// Reactions: all that somebody has on a message, told anew with every change.
import { REACTIONS_NS, readReactions, toReactions } from '../message-acts.ts';
import { XmlElement, xml } from '../element.ts';
import { defineStanza } from '../stanza/define.ts';
import { attribute, computed } from '../stanza/field.ts';
import { Message } from '../stanza/message.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { Listeners } from './listeners.ts';
import type { Address } from './ask.ts';

const isReaction = (node: unknown): node is XmlElement =>
  node instanceof XmlElement && node.is('reaction', REACTIONS_NS);

/** The reactions of the sender to a message: in a room its stanza-id, else its own id. @see XEP-0444 */
export const ReactionList = defineStanza({
  name: 'reactions',
  namespace: REACTIONS_NS,
  interfaces: {
    id: attribute(),
    emojis: computed<readonly string[]>({
      get: (stanza) => stanza.nodes.filter(isReaction).map((reaction) => reaction.text()),
      set: (stanza, emojis) => stanza.editNodes(() => emojis.map((emoji) => xml('reaction', {}, emoji))),
      remove: (stanza) => stanza.clear(),
    }),
  },
});

/** All reactions that the sender of a message has on another from now on. */
export interface ReactionChange {
  readonly id: string;
  readonly emojis: readonly string[];
  readonly message: Message;
}

/** Message reactions. @see XEP-0444 */
export const Reactions = definePlugin({
  name: 'xep_0444',
  description: 'Message reactions',
  init({ client, log, on, registerStanza, addFeature }) {
    registerStanza(Message, ReactionList);
    addFeature(REACTIONS_NS);
    const changes = new Listeners<ReactionChange>(log);
    on('message/reactions', async (message) => {
      const found = message.type === 'error' ? undefined : readReactions(message.xml);
      if (found !== undefined) await changes.tell({ ...found, message });
    });
    return {
      /** Hears of reactions. Each is once in the list, and there are at most 32. @returns ends that */
      onReactions: changes.add,
      /** The message that sets all own reactions to another; none takes them back. */
      toReactions(to: Address, type: 'chat' | 'groupchat', id: string, emojis: readonly string[]): Message {
        const message = client.message({ type }, to);
        for (const element of toReactions({ id, emojis })) message.append(element);
        return message;
      },
    };
  },
});
