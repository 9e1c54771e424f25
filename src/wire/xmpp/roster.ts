// The account's contacts, and the presences by which people allow each other to see theirs.
import { xml, type XmlElement } from './element.ts';
import type { AskOptions } from './iq.ts';
import { toJid, type Jid } from './jid.ts';
import type { XmppSession } from './session.ts';
import { StanzaErrorReply } from './stanza-error.ts';

/** @see RFC 6121 §2 */
export const ROSTER_NS = 'jabber:iq:roster';
/** @see XEP-0172 */
const NICK_NS = 'http://jabber.org/protocol/nick';

/** Who sees whose presence: `from` is the contact ours, `to` we theirs. `remove` only in a push. */
export type Subscription = 'none' | 'to' | 'from' | 'both' | 'remove';

export interface RosterItem {
  /** Bare. */
  readonly jid: string;
  readonly subscription: Subscription;
  /** We have asked to see the contact's presence and have no answer yet. */
  readonly asked: boolean;
  /** '' where the contact has none. */
  readonly name: string;
}

const SUBSCRIPTIONS: ReadonlySet<string> = new Set(['none', 'to', 'from', 'both', 'remove']);

/**
 * Reads the roster; from then on the server tells this client of changes.
 *
 * @throws IqError, IqTimeout, XmppError as {@link XmppSession.iq}
 * @see RFC 6121 §2.1.3
 */
export async function readRoster(
  session: Pick<XmppSession, 'iq'>,
  options: AskOptions,
): Promise<RosterItem[]> {
  const answer = await session.iq(xml('iq', { type: 'get' }, xml('query', { xmlns: ROSTER_NS })), options);
  return readItems(answer);
}

/**
 * The change that a roster push tells. Only the account itself may tell one: anybody can send such a stanza.
 *
 * @param own the account's address
 * @throws StanzaErrorReply for what is none, or is somebody else's
 * @see RFC 6121 §2.1.6
 */
export function parseRosterPush(request: XmlElement, own: Jid): RosterItem {
  if (request.attr('type') !== 'set') throw new StanzaErrorReply('bad-request', 'modify');
  const from = request.attr('from') ?? '';
  if (from !== '' && toJid(from)?.equals(own.bare) !== true)
    throw new StanzaErrorReply('service-unavailable');
  const items = readItems(request);
  const item = items[0];
  if (!item || items.length > 1) throw new StanzaErrorReply('bad-request', 'modify');
  return item;
}

/** Takes somebody off the roster, which ends both subscriptions. @see RFC 6121 §2.5 */
export function toRosterRemoval(jid: string): XmlElement {
  const item = xml('item', { jid, subscription: 'remove' });
  return xml('iq', { type: 'set' }, xml('query', { xmlns: ROSTER_NS }, item));
}

/** A presence about a subscription. @see RFC 6121 §3 */
export function toSubscription(
  to: string,
  type: 'subscribe' | 'subscribed' | 'unsubscribe' | 'unsubscribed',
  nick?: string,
): XmlElement {
  const name = nick === undefined ? undefined : xml('nick', { xmlns: NICK_NS }, nick);
  return xml('presence', { to, type }, name);
}

/** What the sender of a presence or message wants to be called. @see XEP-0172 */
export function readNick(stanza: XmlElement): string | undefined {
  return stanza.childText('nick', NICK_NS) || undefined;
}

function readItems(iq: XmlElement): RosterItem[] {
  const query = iq.child('query', ROSTER_NS);
  return (query?.elements('item') ?? []).flatMap((item) => {
    const jid = toJid(item.attr('jid'));
    const subscription = item.attr('subscription') ?? 'none';
    if (!jid || !SUBSCRIPTIONS.has(subscription)) return [];
    return [
      {
        jid: jid.bare.toString(),
        subscription: subscription as Subscription,
        asked: item.attr('ask') === 'subscribe',
        name: item.attr('name') ?? '',
      },
    ];
  });
}
