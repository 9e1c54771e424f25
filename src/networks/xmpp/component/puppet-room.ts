/**
 * The conversation of somebody on XMPP with a puppet, as a room of the account: `puppet/address`, the puppet by the part
 * of its address before the `@`. No other room's name has a `/` before its first `@`.
 */
import { toJid, type Jid } from '../../../wire/xmpp/jid.ts';

export interface PuppetRoom {
  /** The puppet, by the part of its address before the `@`. */
  local: string;
  /** Who talks with it: a person's bare JID, or an occupant's full one. */
  peer: Jid;
}

export function toPuppetRoom({ local, peer }: PuppetRoom): string {
  return `${local}/${peer.toString()}`;
}

/** Undefined where it is another sort of room. */
export function readPuppetRoom(room: string): PuppetRoom | undefined {
  const slash = room.indexOf('/');
  if (slash < 1 || room.slice(0, slash).includes('@')) return undefined;
  const peer = toJid(room.slice(slash + 1));
  return peer && { local: room.slice(0, slash), peer };
}
