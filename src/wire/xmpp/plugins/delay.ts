// When a stanza was sent first, and by whom it was kept.
import { dateTime, jid } from '../stanza/codec.ts';
import { defineStanza } from '../stanza/define.ts';
import { attribute, ownText } from '../stanza/field.ts';
import { Message, Presence } from '../stanza/message.ts';
import { DELAY_NS } from '../stanza-ids.ts';
import { definePlugin } from '../toolkit/plugin.ts';

/** The mark of a delay; the text is the reason. Anybody can write one: believe it of your server, or a room. @see XEP-0203 */
export const DelayMark = defineStanza({
  name: 'delay',
  namespace: DELAY_NS,
  interfaces: { stamp: attribute(dateTime), from: attribute(jid), reason: ownText() },
});

/** Delayed delivery in messages and presences. @see XEP-0203 */
export const Delay = definePlugin({
  name: 'xep_0203',
  description: 'Delayed delivery',
  init({ registerStanza, addFeature }) {
    registerStanza(Message, DelayMark);
    registerStanza(Presence, DelayMark);
    addFeature(DELAY_NS);
    return {
      /** When this was sent first, as one of these entities says; undefined where none of them marked it. */
      stampOf(stanza: Message | Presence, trusted: readonly string[]): Date | undefined {
        return stanza.subs(DelayMark).find((mark) => trusted.includes(mark.from?.toString() ?? ''))?.stamp;
      },
    };
  },
});
