/**
 * Who is in a room, from its presences, and what a presence changed. One nick may be several clients of one person;
 * the room shows them as one occupant. A new nick comes in two presences, the room's own and the occupant's; it is told by
 * the second, which may have the mark of a hub.
 */
import type { User } from '../../hub/message.ts';
import { MUC_STATUS, type MucPresence } from '../../wire/xmpp/muc.ts';

export type OccupantChange =
  | { kind: 'join'; who: User }
  | { kind: 'leave'; who: User; reason?: string }
  | { kind: 'rename'; who: User; oldName: string };

export class Occupants {
  readonly #room: string;
  readonly #users = new Map<string, User>();
  /** The old nicks of those whose presence under the new one is still to come, by the new one. */
  readonly #renaming = new Map<string, string>();
  /** The room's occupant ids can be believed. */
  occupantIds = false;

  constructor(room: string) {
    this.#room = room;
  }

  clear(): void {
    this.#users.clear();
    this.#renaming.clear();
  }

  /** Everybody but `nick`. */
  others(nick: string): User[] {
    return [...this.#users.values()].filter((user) => user.name !== nick);
  }

  /** The user with this nick, in the room or not. `occupantId`: as a stanza of theirs told. */
  user(nick: string, occupantId?: string): User {
    if (this.occupantIds && occupantId !== undefined) return { id: occupantId, name: nick };
    return this.#users.get(nick) ?? { id: `${this.#room}/${nick}`, name: nick };
  }

  apply(presence: MucPresence): OccupantChange | undefined {
    const { nick, newNick } = presence;
    const known = this.#users.get(nick);
    if (presence.available) {
      const oldName = this.#renaming.get(nick);
      this.#renaming.delete(nick);
      if (known) return oldName === undefined ? undefined : { kind: 'rename', who: known, oldName };
      const who = this.user(nick, presence.occupantId);
      this.#users.set(nick, who);
      return { kind: 'join', who };
    }
    if (!known) return undefined;
    this.#users.delete(nick);
    this.#renaming.delete(nick);
    if (presence.codes.has(MUC_STATUS.nickChanged) && newNick) {
      const id = known.id === `${this.#room}/${nick}` ? `${this.#room}/${newNick}` : known.id;
      this.#users.set(newNick, { id, name: newNick });
      this.#renaming.set(newNick, nick);
      return undefined;
    }
    const reason = toReason(presence);
    return { kind: 'leave', who: known, ...(reason !== undefined && { reason }) };
  }
}

/** Why an occupant left, in words; undefined where nothing is told. */
export function toReason(presence: MucPresence): string | undefined {
  const { codes, reason } = presence;
  const how = presence.destroyed
    ? 'the room was closed'
    : codes.has(MUC_STATUS.banned)
      ? 'banned'
      : codes.has(MUC_STATUS.technicalProblem)
        ? 'lost the connection'
        : codes.has(MUC_STATUS.kicked)
          ? 'kicked'
          : codes.has(MUC_STATUS.affiliationLost) || codes.has(MUC_STATUS.membersOnly)
            ? 'not a member any more'
            : codes.has(MUC_STATUS.shutdown)
              ? 'the chat service was shut down'
              : undefined;
  if (how === undefined || reason === undefined) return how ?? reason;
  return `${how}: ${reason}`;
}
