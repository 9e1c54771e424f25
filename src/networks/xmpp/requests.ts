/**
 * What people ask of a client's account: to see its presence (be its contact), and that it comes into a room. Neither has
 * an id that says whether it is told again, as servers do at each login, or asked once more: so what is open is noted under
 * who asks, with an id of ours, until it is answered.
 */
import type { Clock } from '../../hub/clock.ts';
import type { NetworkEvent, RequestReport } from '../../hub/event.ts';
import type { AccountStore, OutgoingAnswer } from '../../hub/network.ts';
import { xml, type XmlElement } from '../../wire/xmpp/element.ts';
import type { Handled } from '../../wire/xmpp/inbound.ts';
import { toJid, type Jid } from '../../wire/xmpp/jid.ts';
import { MUC_USER_NS } from '../../wire/xmpp/muc.ts';
import type { Connection } from './connection.ts';
import { toDeliveryError } from './failures.ts';

/** @see XEP-0249 */
const CONFERENCE_NS = 'jabber:x:conference';
/** `asked/contact/JID` and `asked/invite/ROOM` have an `Open`. */
const KEY_PREFIX = 'asked/';

/** A request that nobody has answered yet. */
interface Open {
  id: string;
  /** Who invites, as the room has to know it to tell them no; missing where the room was not asked to invite. */
  inviter?: string;
}

export interface Invitation {
  room: Jid;
  from: Jid;
  reason: string | undefined;
  /** The room itself sent it. */
  isMediated: boolean;
}

export class Requests {
  readonly #clock: Pick<Clock, 'id'>;
  readonly #account: Jid;
  /** One after the other, so that what is told twice at once is one. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(account: Jid, clock: Pick<Clock, 'id'>) {
    this.#account = account;
    this.#clock = clock;
  }

  /** Takes a presence that asks for a subscription, or takes that back. */
  presence(stanza: XmlElement, connection: Connection): Handled {
    const from = toJid(stanza.attr('from'))?.bare;
    const type = stanza.attr('type');
    if (!from || from.local === '' || from.equals(this.#account)) return undefined;
    if (type !== 'subscribe' && type !== 'unsubscribe') return undefined;
    const room = from.toString();
    return this.#inTurn(async () => {
      const { store } = connection.port;
      if (type === 'unsubscribe') {
        const open = await read(store, toKey('contact', room));
        if (!open) return undefined;
        await store.set(toKey('contact', room), undefined);
        return { kind: 'answer', room, direct: true, request: open.id, answer: 'gone' };
      }
      const id = await this.#note(store, toKey('contact', room), {});
      return {
        ...toReport(id, from, room, stanza.childText('status')),
        ask: 'contact',
        direct: true,
      };
    }, connection);
  }

  /** Takes an invitation into a room. */
  invited({ room, from, reason, isMediated }: Invitation, connection: Connection): Handled {
    return this.#inTurn(async () => {
      const inviter = isMediated ? { inviter: from.toString() } : {};
      const id = await this.#note(connection.port.store, toKey('invite', room.toString()), inviter);
      return { ...toReport(id, from, room.toString(), reason), ask: 'invite' };
    }, connection);
  }

  /** See `Actions.answer`. To an invitation nothing but a no is said: links decide where the account is. */
  async answer(
    { ask, room, request, accepted, reason }: OutgoingAnswer,
    connection: Connection,
  ): Promise<void> {
    const { port, stream } = connection;
    const key = toKey(ask === 'contact' ? 'contact' : 'invite', room);
    const open = await read(port.store, key);
    // Answered by an earlier try, or asked once more since.
    if (open?.id !== request) return;
    const stanza =
      ask === 'contact'
        ? xml('presence', { to: room, type: accepted ? 'subscribed' : 'unsubscribed' })
        : accepted || open.inviter === undefined
          ? undefined
          : toDecline(room, open.inviter, reason);
    try {
      if (stanza) await stream.sendAcked(stanza);
    } catch (error) {
      throw toDeliveryError(error);
    }
    await port.store.set(key, undefined);
  }

  async #note(store: AccountStore, key: string, open: Omit<Open, 'id'>): Promise<string> {
    const known = await read(store, key);
    if (known) return known.id;
    const id = this.#clock.id();
    await store.set(key, JSON.stringify({ ...open, id } satisfies Open));
    return id;
  }

  #inTurn(make: () => Promise<NetworkEvent | undefined>, { port }: Connection): Handled {
    const kept = this.#last.then(async () => {
      const event = await make();
      if (event) await port.receive(event);
    });
    this.#last = kept.catch(() => {
      // Told to who handed it in: the server tells it again.
    });
    return { kept };
  }
}

/** What a message invites into, if it does. @see XEP-0045 §7.8.2, XEP-0249 */
export function readInvitation(message: XmlElement): Invitation | undefined {
  const from = toJid(message.attr('from'));
  const type = message.attr('type');
  if (!from || type === 'error' || type === 'groupchat') return undefined;
  const invite = message.child('x', MUC_USER_NS)?.child('invite');
  const inviter = toJid(invite?.attr('from'));
  if (invite && inviter && from.resource === '') {
    return { room: from, from: inviter, reason: invite.childText('reason'), isMediated: true };
  }
  const direct = message.child('x', CONFERENCE_NS);
  const room = toJid(direct?.attr('jid'))?.bare;
  if (!direct || !room || room.local === '') return undefined;
  return { room, from, reason: direct.attr('reason'), isMediated: false };
}

/** The person by their address: for a stranger there is no better name. An occupant is one by the full address. */
function toReport(
  request: string,
  from: Jid,
  room: string,
  comment: string | undefined,
): Omit<RequestReport, 'ask'> {
  const id = from.bare.toString() === room ? from.toString() : from.bare.toString();
  return {
    kind: 'request',
    room,
    request,
    from: { id, name: from.local },
    ...(comment !== undefined && comment !== '' && { comment }),
  };
}

function toDecline(room: string, inviter: string, reason: string | undefined): XmlElement {
  const words = reason === undefined ? [] : [xml('reason', {}, reason)];
  return xml(
    'message',
    { to: room },
    xml('x', { xmlns: MUC_USER_NS }, xml('decline', { to: inviter }, ...words)),
  );
}

function toKey(ask: 'contact' | 'invite', who: string): string {
  return `${KEY_PREFIX}${ask}/${who}`;
}

async function read(store: AccountStore, key: string): Promise<Open | undefined> {
  const value = await store.get(key);
  return value === undefined ? undefined : (JSON.parse(value) as Open);
}
