// Multi-user chat: the stanzas by which one enters and leaves a room, and what the room's presences say. What to do
// about them (rejoin, another nick) is the client's business, not this file's.
import { xml, type XmlElement } from './element.ts';
import { IqError } from './errors.ts';
import type { AskOptions } from './iq.ts';
import { toJid } from './jid.ts';
import { NS } from './namespaces.ts';
import { readOccupantId, toTimestamp } from './stanza-ids.ts';
import type { XmppSession } from './session.ts';

/** @see XEP-0045 §15.1 */
export const MUC_NS = 'http://jabber.org/protocol/muc';
export const MUC_USER_NS = 'http://jabber.org/protocol/muc#user';
export const MUC_ADMIN_NS = 'http://jabber.org/protocol/muc#admin';
export const MUC_OWNER_NS = 'http://jabber.org/protocol/muc#owner';

/** The status codes of presences that a client acts on. @see XEP-0045 §15.6.2 */
export const MUC_STATUS = {
  self: 110,
  roomCreated: 201,
  banned: 301,
  nickChanged: 303,
  kicked: 307,
  affiliationLost: 321,
  membersOnly: 322,
  shutdown: 332,
  technicalProblem: 333,
} as const;

/** How much of the room's history to send after the join: nothing, so many messages, or what was said since then. */
export type JoinHistory = 'none' | { readonly messages: number } | { readonly sinceMs: number };

/** A room's occupant as a presence shows it. */
export interface MucPresence {
  readonly nick: string;
  readonly available: boolean;
  readonly codes: ReadonlySet<number>;
  readonly occupantId: string | undefined;
  /** The nick that the occupant has from now on, with code 303. */
  readonly newNick: string | undefined;
  /** Why, in somebody's words: of a kick, a ban, the room's end, or a farewell. */
  readonly reason: string | undefined;
  /** The room is no more. */
  readonly destroyed: boolean;
}

/** The presence that enters a room, or asks for another nick when inside. `id` comes back in an error. */
export function toJoin(
  room: string,
  nick: string,
  id: string,
  history: JoinHistory,
  password?: string,
): XmlElement {
  return xml(
    'presence',
    { to: `${room}/${nick}`, id },
    xml(
      'x',
      { xmlns: MUC_NS },
      password === undefined ? undefined : xml('password', {}, password),
      xml('history', toWanted(history)),
    ),
  );
}

function toWanted(history: JoinHistory): Record<string, string> {
  if (history === 'none') return { maxstanzas: '0' };
  if ('messages' in history) return { maxstanzas: String(history.messages) };
  return { since: toTimestamp(history.sinceMs).replace(/\.\d+Z$/, 'Z') };
}

export function toLeave(room: string, nick: string): XmlElement {
  return xml('presence', { to: `${room}/${nick}`, type: 'unavailable' });
}

/** Opens a room that was just created, with the server's standard settings. @see XEP-0045 §10.1.2 */
export function toInstantRoom(room: string): XmlElement {
  const form = xml('x', { xmlns: NS.dataForm, type: 'submit' });
  return xml('iq', { to: room, type: 'set' }, xml('query', { xmlns: MUC_OWNER_NS }, form));
}

/** Reads a presence of a room's occupant; undefined where it comes from no occupant or is an error. */
export function readMucPresence(presence: XmlElement): MucPresence | undefined {
  const type = presence.attr('type');
  const nick = toJid(presence.attr('from'))?.resource;
  if (!nick || (type !== undefined && type !== 'unavailable')) return undefined;
  const about = presence.child('x', MUC_USER_NS);
  const item = about?.child('item');
  const destroyed = about?.child('destroy');
  const reason = destroyed?.childText('reason') ?? item?.childText('reason') ?? presence.childText('status');
  return {
    nick,
    available: type === undefined,
    codes: new Set(about?.elements('status').map((status) => Number(status.attr('code')))),
    occupantId: readOccupantId(presence),
    newNick: item?.attr('nick'),
    reason: reason || undefined,
    destroyed: destroyed !== undefined,
  };
}

/**
 * Asks the room whether we are in it. `unknown`: it could not be reached, which proves nothing.
 *
 * @see XEP-0410
 */
export async function pingSelf(
  session: Pick<XmppSession, 'iq'>,
  room: string,
  nick: string,
  options: AskOptions,
): Promise<'joined' | 'gone' | 'unknown'> {
  const ping = xml('iq', { to: `${room}/${nick}`, type: 'get' }, xml('ping', { xmlns: NS.ping }));
  try {
    await session.iq(ping, options);
    return 'joined';
  } catch (error) {
    if (!(error instanceof IqError)) return 'unknown';
    switch (error.condition) {
      case 'service-unavailable':
      case 'feature-not-implemented':
        return 'joined'; // The ping went through to our own client: the room knows us.
      case 'remote-server-not-found':
      case 'remote-server-timeout':
      case 'resource-constraint':
        return 'unknown';
      default:
        return 'gone';
    }
  }
}
