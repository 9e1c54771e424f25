// Whether somebody is typing.
import { XmlElement, xml } from '../element.ts';
import { createMatcher } from '../matcher/matcher.ts';
import { Message } from '../stanza/message.ts';
import type { Stanza } from '../stanza/stanza.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import type { Address } from './ask.ts';
import { addHints } from './hints.ts';
import { Listeners } from './listeners.ts';

const CHAT_STATES_NS = 'http://jabber.org/protocol/chatstates';
const CHAT_STATES = ['active', 'composing', 'paused', 'inactive', 'gone'] as const;

/** @see XEP-0085 §2 */
export type ChatState = (typeof CHAT_STATES)[number];

/** The state in a message; undefined where it has none. */
export function readChatState(message: Message): ChatState | undefined {
  const found = message.nodes.find((node) => node instanceof XmlElement && node.ns === CHAT_STATES_NS);
  return CHAT_STATES.find((state) => found instanceof XmlElement && found.name === state);
}

/** Puts a state into a message, in place of the one it has. */
export function setChatState(message: Message, state: ChatState | undefined): Message {
  message.editNodes((nodes) =>
    nodes.filter((node) => !(node instanceof XmlElement && node.ns === CHAT_STATES_NS)),
  );
  if (state !== undefined) message.append(xml(state, { xmlns: CHAT_STATES_NS }));
  return message;
}

/** What somebody is doing. */
export interface ChatStateChange {
  readonly state: ChatState;
  readonly message: Message;
}

const hasState = (stanza: Stanza): boolean =>
  Message.is(stanza) && stanza.type !== 'error' && readChatState(stanza) !== undefined;

/** Chat state notifications. @see XEP-0085 */
export const ChatStates = definePlugin({
  name: 'xep_0085',
  description: 'Chat states',
  init({ client, log, on, addFeature }) {
    addFeature(CHAT_STATES_NS);
    const changes = new Listeners<ChatStateChange>(log);
    on(createMatcher<Message>('a chat state', hasState), async (message) => {
      const state = readChatState(message);
      if (state !== undefined) await changes.tell({ state, message });
    });
    return {
      /** Hears of states, with or without a body beside them. @returns ends that */
      onChatState: changes.add,
      /** A message with nothing but a state, which no archive keeps. */
      toChatState(to: Address, type: 'chat' | 'groupchat', state: ChatState): Message {
        return addHints(setChatState(client.message({ type }, to), state), 'no-store');
      },
    };
  },
});
