// Taking one's own message back.
import {
  FASTEN_NS,
  readRetraction,
  RETRACT_NS,
  toRetraction,
  type Retraction as Found,
} from '../message-acts.ts';
import { createMatcher } from '../matcher/matcher.ts';
import { dateTime, jid } from '../stanza/codec.ts';
import { defineStanza } from '../stanza/define.ts';
import { attribute, subText } from '../stanza/field.ts';
import { Message } from '../stanza/message.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import type { Stanza } from '../stanza/stanza.ts';
import { Authors, type Act } from './authors.ts';
import { childOf } from './child-of.ts';
import { Listeners } from './listeners.ts';

/** Takes back the message with this id. @see XEP-0424 §5 */
export const Retract = defineStanza({
  name: 'retract',
  namespace: RETRACT_NS,
  interfaces: { id: attribute(), reason: subText() },
});

/** What an archive keeps of a message that was taken back. @see XEP-0424 §6 */
export const Retracted = defineStanza({
  name: 'retracted',
  namespace: RETRACT_NS,
  interfaces: { id: attribute(), stamp: attribute(dateTime), by: attribute(jid), reason: subText() },
});

/** What a message takes back, if anything, in either form. */
export function findRetraction(message: Message): Found | undefined {
  const isOne = childOf(message, undefined, RETRACT_NS) ?? childOf(message, undefined, FASTEN_NS);
  return isOne === undefined ? undefined : readRetraction(message.xml);
}

const retraction = createMatcher<Message>('a retraction', (stanza: Stanza) => {
  return Message.is(stanza) && stanza.type !== 'error' && findRetraction(stanza) !== undefined;
});

/** Message retraction, in its present form and the older one. @see XEP-0424 */
export const Retraction = definePlugin({
  name: 'xep_0424',
  description: 'Message retraction',
  dependencies: [Authors],
  init({ client, log, on, plugin, registerStanza, addFeature }) {
    registerStanza(Message, Retract);
    registerStanza(Message, Retracted);
    addFeature(RETRACT_NS);
    const authors = plugin(Authors);
    const retractions = new Listeners<Act>(log);
    on(retraction, async (message) => {
      const found = findRetraction(message);
      if (found === undefined || found.moderated !== undefined) return;
      const authorship = authors.check(message, found.id);
      if (authorship === 'other')
        log('warn', 'retraction-refused', { from: message.attr('from'), id: found.id });
      else await retractions.tell({ id: found.id, authorship, message });
    });
    return {
      /** Hears of messages taken back by who wrote them; somebody else's attempts are not told. @returns ends that */
      onRetraction: retractions.add,
      /**
       * The message that takes one's earlier message back, to be sent to where that went.
       *
       * @param id in a room its stanza-id, else its own id
       */
      toRetraction(to: string, type: 'chat' | 'groupchat', id: string): Message {
        const message = client.message({ type }, to);
        for (const element of toRetraction(id)) message.append(element);
        return message;
      },
    };
  },
});
