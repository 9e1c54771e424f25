/** Who belongs to the club, with what is kept of each through restarts. */
import type { Position } from '../../../hub/message.ts';
import type { AccountStore } from '../../../hub/network.ts';
import { toNickKey } from '../../../hub/nicks.ts';

const KEY_PREFIX = 'club/member/';

export interface Member {
  /** Bare. */
  readonly jid: string;
  nick: string;
  /** When they came, milliseconds since the epoch. */
  readonly sinceMs: number;
  /** Gets no messages until then (milliseconds since the epoch); `Infinity` is until they say otherwise. */
  quietUntilMs?: number;
  /** All of the club's history up to here has been shown to them. */
  seen: Position;
}

export class Members {
  readonly #byJid = new Map<string, Member>();
  readonly #byNick = new Map<string, Member>();
  #store: AccountStore | undefined;

  /** A run begins: this is where it keeps things. */
  open(store: AccountStore): void {
    this.#store = store;
  }

  /**
   * Reads them from the store.
   *
   * @param shown what those have seen who were there when the hub last stopped
   */
  async load(store: AccountStore, shown: Position): Promise<void> {
    for (const [key, value] of await store.list(KEY_PREFIX)) {
      const member = parseMember(key.slice(KEY_PREFIX.length), value, shown);
      if (member) this.#put(member);
    }
  }

  get size(): number {
    return this.#byJid.size;
  }

  [Symbol.iterator](): IterableIterator<Member> {
    return this.#byJid.values();
  }

  get(jid: string): Member | undefined {
    return this.#byJid.get(jid);
  }

  byNick(nick: string): Member | undefined {
    return this.#byNick.get(toNickKey(nick));
  }

  /** Resolves when it is durable. */
  async add(member: Member): Promise<void> {
    this.#put(member);
    await this.save(member, true);
  }

  /** Resolves when it is durable. */
  async remove(member: Member): Promise<void> {
    this.#byJid.delete(member.jid);
    this.#byNick.delete(toNickKey(member.nick));
    await this.#store?.set(KEY_PREFIX + member.jid, undefined);
  }

  /** Gives them another nick, which nobody else may have. `save` makes it durable. */
  rename(member: Member, nick: string): void {
    this.#byNick.delete(toNickKey(member.nick));
    member.nick = nick;
    this.#byNick.set(toNickKey(nick), member);
  }

  /**
   * Writes what has changed. Of those who are there it is known by the club's own position what they have seen, so
   * that nothing has to be written of each for each message.
   */
  async save(member: Member, isAway: boolean): Promise<void> {
    if (this.#byJid.get(member.jid) !== member) return;
    const { nick, sinceMs, quietUntilMs, seen } = member;
    const quiet = quietUntilMs === Number.POSITIVE_INFINITY ? true : quietUntilMs;
    const record = { nick, since: sinceMs, ...(quiet !== undefined && { quiet }), ...(isAway && { seen }) };
    await this.#store?.set(KEY_PREFIX + member.jid, JSON.stringify(record));
  }

  #put(member: Member): void {
    this.#byJid.set(member.jid, member);
    this.#byNick.set(toNickKey(member.nick), member);
  }
}

function parseMember(jid: string, value: string, shown: Position): Member | undefined {
  const { nick, since, quiet, seen } = JSON.parse(value) as Record<string, unknown>;
  if (typeof nick !== 'string' || typeof since !== 'number') return undefined;
  const quietUntilMs = quiet === true ? Number.POSITIVE_INFINITY : quiet;
  return {
    jid,
    nick,
    sinceMs: since,
    seen: typeof seen === 'number' ? seen : shown,
    ...(typeof quietUntilMs === 'number' && { quietUntilMs }),
  };
}
