// Copies of what the account's other clients send and get. Only the own account may send them: a client that believed
// others showed conversations that never were (CVE-2017-5589 and its kind).
import { CARBONS_NS, findCarbon } from '../carbon.ts';
import { xml } from '../element.ts';
import { createMatcher } from '../matcher/matcher.ts';
import { NS } from '../namespaces.ts';
import { Message } from '../stanza/message.ts';
import type { Stanza } from '../stanza/stanza.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { ask, type AskOptions } from './ask.ts';
import { readForwarded } from './forward.ts';
import { Listeners } from './listeners.ts';

/** A copy. */
export interface Carbon {
  /** Another client of the account sent it, or got it. */
  readonly direction: 'sent' | 'received';
  /** As it went over the wire. */
  readonly message: Message;
  /** When it was sent, milliseconds since the epoch, where that is told. */
  readonly atMs: number | undefined;
}

const carbonMatcher = createMatcher<Message>(
  'a carbon',
  (stanza: Stanza) => Message.is(stanza) && findCarbon(stanza.nodes) !== undefined,
);

/** Message carbons. They are off until `enable` is called, and after every new session. @see XEP-0280 */
export const Carbons = definePlugin({
  name: 'xep_0280',
  description: 'Message carbons',
  init({ client, log, on }) {
    const carbons = new Listeners<Carbon>(log);
    on(carbonMatcher, async (outer) => {
      const own = client.jid?.bare;
      if (own === undefined || outer.from === undefined || !outer.from.equals(own)) {
        log('warn', 'carbon-refused', { from: outer.attr('from') });
        return;
      }
      const carbon = findCarbon(outer.nodes);
      const forwarded = readForwarded(carbon?.child('forwarded', NS.forward));
      if (carbon === undefined || forwarded === undefined) return;
      forwarded.message.via(client);
      await carbons.tell({ direction: carbon.name as 'sent' | 'received', ...forwarded });
    });
    return {
      /** Hears of copies from the own account; everybody else's are refused. @returns ends that */
      onCarbon: carbons.add,
      /** Asks the server for copies from now on. @throws IqError, IqTimeout, XmppError */
      async enable(options: AskOptions = {}): Promise<void> {
        await ask(client, 'set', undefined, xml('enable', { xmlns: CARBONS_NS }), options);
      },
      /** @throws IqError, IqTimeout, XmppError */
      async disable(options: AskOptions = {}): Promise<void> {
        await ask(client, 'set', undefined, xml('disable', { xmlns: CARBONS_NS }), options);
      },
    };
  },
});
