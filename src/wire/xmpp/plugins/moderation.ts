// A moderator of a room takes a message out of it. Only the room may say that this happened.
import { xml } from '../element.ts';
import { FASTEN_NS, MODERATE_NS, MODERATE_OLD_NS, RETRACT_NS, RETRACT_OLD_NS } from '../message-acts.ts';
import { XmppError } from '../errors.ts';
import { createMatcher } from '../matcher/matcher.ts';
import { Message } from '../stanza/message.ts';
import type { Stanza } from '../stanza/stanza.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { ask, type Address, type AskOptions } from './ask.ts';
import { Disco } from './disco.ts';
import { Listeners } from './listeners.ts';
import { findRetraction } from './retraction.ts';

/** A message that a moderator took out. */
export interface Moderated {
  readonly room: string;
  /** The room's stanza-id of it. */
  readonly id: string;
  /** The moderator's occupant address, where the room tells it. */
  readonly by: string | undefined;
  readonly reason: string | undefined;
  readonly message: Message;
}

const moderation = createMatcher<Message>('a moderation', (stanza: Stanza) => {
  return Message.is(stanza) && stanza.type === 'groupchat' && findRetraction(stanza)?.moderated !== undefined;
});

/** Moderated message retraction, `:1` and `:0`. @see XEP-0425 */
export const Moderation = definePlugin({
  name: 'xep_0425',
  description: 'Moderated message retraction',
  dependencies: [Disco],
  init({ client, log, on, plugin }) {
    const disco = plugin(Disco);
    const moderations = new Listeners<Moderated>(log);
    on(moderation, async (message) => {
      const found = findRetraction(message);
      const from = message.from;
      if (found?.moderated === undefined || from === undefined) return;
      if (from.resource !== '') {
        log('warn', 'moderation-refused', { from: from.toString(), id: found.id });
        return;
      }
      await moderations.tell({
        room: from.toString(),
        id: found.id,
        by: found.moderated.by,
        reason: found.reason,
        message,
      });
    });
    return {
      /** Hears of messages that a room says were taken out; what occupants claim is not told. @returns ends that */
      onModeration: moderations.add,
      /**
       * Takes a message out of a room, in the form that the room knows.
       *
       * @param id the room's stanza-id of it
       * @throws XmppError `xmpp-value-invalid` where the room cannot do that; IqError (`forbidden`), IqTimeout
       */
      async moderate(room: Address, id: string, reason?: string, options: AskOptions = {}): Promise<void> {
        const { features } = await disco.info(room, options);
        const why = reason === undefined ? undefined : xml('reason', {}, reason);
        if (features.has(MODERATE_NS)) {
          const moderate = xml(
            'moderate',
            { xmlns: MODERATE_NS, id },
            xml('retract', { xmlns: RETRACT_NS }),
            why,
          );
          await ask(client, 'set', room, moderate, options);
        } else if (features.has(MODERATE_OLD_NS)) {
          const moderate = xml(
            'moderate',
            { xmlns: MODERATE_OLD_NS },
            xml('retract', { xmlns: RETRACT_OLD_NS }),
            why,
          );
          await ask(client, 'set', room, xml('apply-to', { xmlns: FASTEN_NS, id }, moderate), options);
        } else {
          throw new XmppError('xmpp-value-invalid', `${String(room)} does not know moderation (XEP-0425)`);
        }
      },
    };
  },
});
