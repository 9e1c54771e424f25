// Corrections of the last message, or of an earlier one.
import { CORRECT_NS } from '../message-acts.ts';
import { defineStanza } from '../stanza/define.ts';
import { attribute } from '../stanza/field.ts';
import { Message } from '../stanza/message.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { Authors, type Act } from './authors.ts';
import { Listeners } from './listeners.ts';

/** Names the message that this one replaces, by the id its sender gave it. @see XEP-0308 */
export const Replace = defineStanza({
  name: 'replace',
  namespace: CORRECT_NS,
  interfaces: { id: attribute() },
});

/** Last message correction. @see XEP-0308 */
export const Correction = definePlugin({
  name: 'xep_0308',
  description: 'Message correction',
  dependencies: [Authors],
  init({ log, on, plugin, registerStanza, addFeature }) {
    registerStanza(Message, Replace);
    addFeature(CORRECT_NS);
    const authors = plugin(Authors);
    const corrections = new Listeners<Act>(log);
    on('message/replace', async (message) => {
      const id = message.sub(Replace).id;
      if (id === undefined || message.type === 'error') return;
      const authorship = authors.check(message, id);
      if (authorship === 'other') log('warn', 'correction-refused', { from: message.attr('from'), id });
      else await corrections.tell({ id, authorship, message });
    });
    return {
      /** Hears of corrections; the message has the new text. Somebody else's are not told. @returns ends that */
      onCorrection: corrections.add,
      /** Makes a message replace the earlier message with this id. */
      mark(message: Message, id: string): Message {
        message.sub(Replace).id = id;
        return message;
      },
    };
  },
});
