/**
 * All puppets by address and room, and what of the stream they can do without. A room tells each of its occupants
 * everything; the one that listens is enough, so what is addressed to the others is dropped before it is parsed.
 */
import type { Avatar } from '../../../hub/message.ts';
import type { StanzaHead } from '../../../wire/xmpp/skip.ts';
import type { Puppet } from './puppet.ts';

export class PuppetIndex {
  /** The full address of the occupant that listens. */
  readonly #listener: string;
  readonly #byAddress = new Map<string, Map<string, Puppet>>();

  constructor(listener: string) {
    this.#listener = listener;
  }

  add(puppet: Puppet): void {
    const rooms = this.#byAddress.get(puppet.jid) ?? new Map<string, Puppet>();
    this.#byAddress.set(puppet.jid, rooms.set(puppet.room, puppet));
  }

  remove(puppet: Puppet): void {
    const rooms = this.#byAddress.get(puppet.jid);
    rooms?.delete(puppet.room);
    if (rooms?.size === 0) this.#byAddress.delete(puppet.jid);
  }

  /** The puppet with this full address in this room. */
  get(jid: string, room: string): Puppet | undefined {
    return this.#byAddress.get(jid)?.get(room);
  }

  /** What somebody with this full address is called, if it is anybody. */
  nameOf(jid: string): string | undefined {
    return this.#byAddress.get(jid)?.values().next().value?.name;
  }

  /** The picture of somebody with this full address, as it is in some room. */
  avatarOf(jid: string): Avatar | undefined {
    for (const puppet of this.#byAddress.get(jid)?.values() ?? []) if (puppet.avatar) return puppet.avatar;
    return undefined;
  }

  /** Whether a stanza tells nobody anything. */
  isUnwanted({ name, to, from, type }: StanzaHead): boolean {
    if (to === undefined || to === this.#listener || !to.includes('@')) return false;
    if (name === 'message') return type === 'groupchat';
    if (name !== 'presence' || from === undefined || (type !== undefined && type !== 'unavailable')) {
      return false;
    }
    const slash = from.indexOf('/');
    if (slash === -1) return false;
    const puppet = this.get(to, from.slice(0, slash));
    return puppet !== undefined && !puppet.needs(from.slice(slash + 1));
  }
}
