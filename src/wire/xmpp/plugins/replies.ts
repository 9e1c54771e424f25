// Answers to a message, with a quote in the body for clients that know none, marked so that the others can leave it out.
import { FALLBACK_NS, REPLY_NS, splitFallback, toReply, toReplyFallback } from '../message-acts.ts';
import { integer, jid } from '../stanza/codec.ts';
import { defineStanza } from '../stanza/define.ts';
import { attribute, child } from '../stanza/field.ts';
import { Message } from '../stanza/message.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { StanzaIds } from './stanza-ids.ts';

/** Names the message that is answered: in a room its stanza-id, else its own id. @see XEP-0461 */
export const Reply = defineStanza({
  name: 'reply',
  namespace: REPLY_NS,
  plugin: 'reply_to',
  interfaces: { id: attribute(), to: attribute(jid) },
});

const FallbackBody = defineStanza({
  name: 'body',
  namespace: FALLBACK_NS,
  interfaces: { start: attribute(integer), end: attribute(integer) },
});

/** Says which part of the body is for clients that do not know `for`, in code points. @see XEP-0428 */
export const Fallback = defineStanza({
  name: 'fallback',
  namespace: FALLBACK_NS,
  pluginMulti: 'fallbacks',
  interfaces: { for: attribute(), body: child(FallbackBody) },
});

/** The body without what only stands in for something that is understood (a namespace), and what stood in for it. */
export function readBody(message: Message, understood: string): { body: string; fallback: string } {
  return splitFallback(message.xml, message.body ?? '', understood);
}

/** Message replies and fallback indication. @see XEP-0461, XEP-0428 */
export const Replies = definePlugin({
  name: 'xep_0461',
  description: 'Message replies',
  dependencies: [StanzaIds],
  init({ plugin, registerStanza, addFeature }) {
    registerStanza(Message, Reply);
    registerStanza(Message, Fallback, { iterable: true });
    addFeature(REPLY_NS);
    addFeature(FALLBACK_NS);
    const ids = plugin(StanzaIds);
    return {
      /**
       * An answer to a message, with its text quoted. In a room that gives no ids it is a plain answer with a quote:
       * there is nothing by which everybody could know the message.
       */
      reply(to: Message, body: string): Message {
        const id = to.type === 'groupchat' ? ids.stanzaIdOf(to) : to.id;
        const said = readBody(to, REPLY_NS).body;
        const quote = said === '' ? '' : `${said.replaceAll(/^/gm, '> ')}\n`;
        const answer = to.reply(`${quote}${body}`);
        if (id === undefined) return answer;
        answer.append(toReply({ id, to: to.attr('from') }));
        if (quote !== '') answer.append(toReplyFallback([...quote].length));
        return answer;
      },
      /** The message that this one answers; undefined where it answers none. */
      replyOf(message: Message): { readonly id: string; readonly to: string | undefined } | undefined {
        const reply = message.findSub(Reply);
        return reply?.id === undefined ? undefined : { id: reply.id, to: reply.attr('to') };
      },
      /** The body without the quote that stands in for the reply. */
      bodyOf: (message: Message): string => readBody(message, REPLY_NS).body,
    };
  },
});
