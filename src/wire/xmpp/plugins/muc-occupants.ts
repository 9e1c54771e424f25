// Who is in a room, as its presences tell it to one occupant of ours.
import { MUC_STATUS, readMucPresence, type MucPresence } from '../muc.ts';
import type { Presence } from '../stanza/message.ts';
import type { Affiliation, Role } from './muc-user.ts';
import { MucUser } from './muc-user.ts';

/** A room that has more than this many occupants is not believed. */
const OCCUPANTS_LIMIT = 50_000;

/** Somebody in a room. */
export interface Occupant {
  readonly nick: string;
  readonly affiliation: Affiliation;
  readonly role: Role;
  /** The account, where the room shows it to us. */
  readonly jid: string | undefined;
  /** The room's id of the account; believe it of rooms that announce it. */
  readonly occupantId: string | undefined;
  readonly show: Presence['show'];
}

/** What happened to an occupant. */
export interface OccupantEvent {
  readonly room: string;
  /** `renamed`: `occupant` has the old nick, `newNick` the new one, which enters next. */
  readonly kind: 'entered' | 'changed' | 'left' | 'renamed';
  readonly occupant: Occupant;
  /** It is we ourselves. */
  readonly isSelf: boolean;
  readonly newNick: string | undefined;
  /** Status codes, as `MUC_STATUS` names them: kicked, banned… */
  readonly codes: ReadonlySet<number>;
  readonly reason: string | undefined;
  readonly presence: Presence;
}

/** A room that somebody of ours is in. */
export interface JoinedRoom {
  readonly room: string;
  /** Our nick, as the room has it. */
  readonly nick: string;
  readonly occupants: ReadonlyMap<string, Occupant>;
}

/** The memory of one room. */
export class RoomState implements JoinedRoom {
  readonly room: string;
  readonly occupants = new Map<string, Occupant>();
  nick: string;

  constructor(room: string, nick: string) {
    this.room = room;
    this.nick = nick;
  }

  /** Takes a presence of the room; undefined where it tells nothing of an occupant. */
  take(presence: Presence): OccupantEvent | undefined {
    const told = readMucPresence(presence.xml);
    if (told === undefined) return undefined;
    const { nick, available, codes, newNick, reason } = told;
    const before = this.occupants.get(nick);
    const isSelf = codes.has(MUC_STATUS.self) || nick === this.nick;
    const occupant = toOccupant(told, presence);
    if (available) {
      if (codes.has(MUC_STATUS.self)) this.nick = nick;
      if (before !== undefined || this.occupants.size < OCCUPANTS_LIMIT) this.occupants.set(nick, occupant);
    } else {
      this.occupants.delete(nick);
      if (isSelf && newNick !== undefined) this.nick = newNick;
    }
    const isRename = !available && codes.has(MUC_STATUS.nickChanged) && newNick !== undefined;
    const kind = available ? (before === undefined ? 'entered' : 'changed') : isRename ? 'renamed' : 'left';
    const gone = available
      ? occupant
      : { ...occupant, occupantId: occupant.occupantId ?? before?.occupantId };
    return {
      room: this.room,
      kind,
      occupant: gone,
      isSelf,
      newNick: isRename ? newNick : undefined,
      codes,
      reason,
      presence,
    };
  }
}

function toOccupant({ nick, occupantId }: MucPresence, presence: Presence): Occupant {
  const item = presence.findSub(MucUser)?.item;
  return {
    nick,
    affiliation: item?.affiliation ?? 'none',
    role: item?.role ?? 'none',
    jid: item?.jid?.toString(),
    occupantId,
    show: presence.show,
  };
}
