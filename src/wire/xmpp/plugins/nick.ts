// What somebody wants to be called.
import { defineStanza } from '../stanza/define.ts';
import { ownText } from '../stanza/field.ts';
import { Message, Presence } from '../stanza/message.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import type { Address, AskOptions } from './ask.ts';
import { Pep } from './pep.ts';
import { Listeners } from './listeners.ts';

const NICK_NS = 'http://jabber.org/protocol/nick';

/** The name, in subscriptions, first messages and as an item of the account. @see XEP-0172 */
export const Nick = defineStanza({ name: 'nick', namespace: NICK_NS, interfaces: { text: ownText() } });

/** An account has a new name; undefined: none any more. */
export interface NickChange {
  readonly jid: string;
  readonly nick: string | undefined;
}

/** User nickname. @see XEP-0172 */
export const Nicks = definePlugin({
  name: 'xep_0172',
  description: 'User nickname',
  dependencies: [Pep],
  init({ log, plugin, registerStanza, onEnd }) {
    registerStanza(Message, Nick);
    registerStanza(Presence, Nick);
    const pep = plugin(Pep);
    const changes = new Listeners<NickChange>(log);
    onEnd(
      pep.onEvent(NICK_NS, ({ from, items, retracted, purged }) => {
        const nick = items[0]?.payload?.is('nick', NICK_NS) === true ? items[0].payload.text() : undefined;
        if (items.length === 0 && retracted.length === 0 && !purged) return;
        return changes.tell({ jid: from.toString(), nick: nick === '' ? undefined : nick });
      }),
    );
    return {
      /** Hears of names. @returns ends that */
      onNick: changes.add,
      /** Publishes the own name; '' takes it away. @throws IqError, IqTimeout, XmppError */
      publish: (nick: string, options: AskOptions = {}): Promise<void> =>
        pep.publish(NICK_NS, Nick.create({ text: nick }), options),
      /** The name that somebody published. @throws IqError (`item-not-found`), IqTimeout, XmppError */
      async nickOf(of: Address, options: AskOptions = {}): Promise<string | undefined> {
        const [item] = await pep.items(of, NICK_NS, options);
        return item?.payload?.is('nick', NICK_NS) === true ? item.payload.text() || undefined : undefined;
      },
    };
  },
});
