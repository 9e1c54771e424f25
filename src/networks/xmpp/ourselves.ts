/**
 * Who in a room is ours: the occupant that listens, by the nick and the ids that the room has given it, and its company,
 * by what the room tells of them. Both come in order with the room's messages, so a nick counts as ours from the presence
 * that says so to the one that says otherwise.
 */
import type { AccountStore } from '../../hub/network.ts';
import { MUC_STATUS, type MucPresence } from '../../wire/xmpp/muc.ts';
import type { Company } from './company.ts';
import { OwnIds } from './own-ids.ts';
import type { RecentMessage } from './recent.ts';

export class Ourselves {
  #nick: string;
  readonly #company: Company | undefined;
  readonly #ids: OwnIds;
  readonly #companions = new Set<string>();
  /** The room has told the listener's id; else who is ours can be known by nicks only. */
  #hasId = false;

  /** @param nick what the listener asks for */
  constructor(room: string, nick: string, company: Company | undefined) {
    this.#nick = nick;
    this.#company = company;
    this.#ids = new OwnIds(room);
  }

  /** The listener's nick; the one it asks for before it was let in for the first time. */
  get nick(): string {
    return this.#nick;
  }

  /** Reads which ids we have had in earlier runs. */
  open(store: AccountStore): Promise<void> {
    return this.#ids.open(store);
  }

  /** Resolves when the listener's ids are durable. Rejects where they could not be kept. */
  get stored(): Promise<void> {
    return this.#ids.stored;
  }

  /** The room shows the listener under this nick, and with this id where it gives any. */
  shown({ nick, occupantId }: Pick<MucPresence, 'nick' | 'occupantId'>): void {
    this.#nick = nick;
    this.#hasId = occupantId !== undefined;
    if (occupantId !== undefined) this.#ids.add(occupantId);
  }

  /** The room has given the listener another nick. */
  renamed(nick: string): void {
    this.#nick = nick;
  }

  /**
   * Whether a presence is of our company; notes its nick.
   *
   * @param believesIds the room's occupant ids can be believed
   */
  noteCompany(presence: MucPresence, believesIds: boolean): boolean {
    const { nick, newNick, available, codes, occupantId } = presence;
    const company = this.#company;
    const companions = this.#companions;
    if (!company) return false;
    const hasId = believesIds && occupantId !== undefined && company.hasId(occupantId);
    if (!hasId && !companions.has(nick) && !company.hasNick(nick)) return false;
    if (available) companions.add(nick);
    else companions.delete(nick);
    if (!available && codes.has(MUC_STATUS.nickChanged) && newNick) companions.add(newNick);
    return true;
  }

  /** One of our company is in the room under this nick. */
  meet(nick: string): void {
    this.#companions.add(nick);
  }

  /** The room tells anew who is in it. */
  forgetCompany(): void {
    this.#companions.clear();
  }

  /** One of our company has this nick. */
  isCompanion(nick: string): boolean {
    return this.#companions.has(nick);
  }

  /** Whether who has this nick now is ours. */
  hasNick(nick: string): boolean {
    return nick === this.#nick || this.#companions.has(nick);
  }

  /** Whether the occupant with this id is ours; undefined where the room has not told us our own. */
  hasId(occupantId: string): boolean | undefined {
    if (!this.#hasId) return undefined;
    return this.#ids.has(occupantId) || this.#company?.hasId(occupantId) === true;
  }

  /** Whether a message was said by the listener, not by its company. */
  isListener({ sender, nick }: Pick<RecentMessage, 'sender' | 'nick'>): boolean {
    return this.#hasId ? this.#ids.has(sender) : nick === this.#nick;
  }
}
