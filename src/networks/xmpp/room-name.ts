/**
 * A room as somebody writes it: into a link, where every way of writing it is taken, and to say something there, where
 * only its id is.
 */
import { toError } from '../../hub/clock.ts';
import { parseJid, toJid } from '../../wire/xmpp/jid.ts';

/**
 * The room's address as all stanzas have it.
 *
 * @throws Error whose message says what is wrong with the name
 */
export function parseRoomName(name: string): string {
  const expected = 'expected room@chat-service, as in lobby@conference.example.org';
  let jid;
  try {
    jid = parseJid(name.trim().replace(/^xmpp:([^?]*)(\?join)?$/, '$1'));
  } catch (error) {
    throw new Error(`${toError(error).message}; ${expected}`, { cause: error });
  }
  if (jid.local === '') throw new Error(`"${name}" is a server, not a room; ${expected}`);
  if (jid.resource !== '') throw new Error(`"${name}" names somebody in a room, not the room; ${expected}`);
  return jid.toString();
}

/**
 * Why an address is no room's id, in words: stanzas have it in another spelling, under which what is said there is kept.
 * Undefined where it is in the right one, or no address at all.
 */
export function explainSpelling(room: string): string | undefined {
  const address = toJid(room)?.toString();
  return address === undefined || address === room ? undefined : `"${room}" is written ${address}`;
}
