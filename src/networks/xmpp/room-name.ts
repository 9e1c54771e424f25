/**
 * A room as somebody writes it into a link.
 */
import { toError } from '../../hub/clock.ts';
import { parseJid } from '../../wire/xmpp/jid.ts';

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
