/** Who is in the groups and what they are called there, from memory: asked for once, then learnt from what happens. */
import type { User } from '../../hub/message.ts';
import type { OneBotClient } from '../../wire/onebot11/client.ts';

/** Groups whose members are remembered, and people outside of groups. */
const GROUPS_LIMIT = 500;
const MEMBERS_LIMIT = 5000;
const STRANGERS_LIMIT = 10_000;

export class People {
  readonly #groups = new Map<number, Map<number, string>>();
  readonly #strangers = new Map<number, string>();
  /** A group in which somebody was seen: who is no friend is written to through it. */
  readonly #seenIn = new Map<number, number>();

  /** Asks for a group's members. Rejects with a `OneBotError`. */
  async load(client: OneBotClient, group: number): Promise<void> {
    for (const { user_id, card, nickname } of await client.call('get_group_member_list', {
      group_id: group,
    })) {
      this.learn(user_id, card || nickname, group);
    }
  }

  /** @param group undefined: in private */
  learn(user: number, name: string, group: number | undefined): void {
    if (group !== undefined) remember(this.#seenIn, user, group, STRANGERS_LIMIT);
    if (name === '') return;
    if (group === undefined) return remember(this.#strangers, user, name, STRANGERS_LIMIT);
    const members = this.#groups.get(group) ?? new Map<number, string>();
    if (!this.#groups.has(group)) remember(this.#groups, group, members, GROUPS_LIMIT);
    remember(members, user, name, MEMBERS_LIMIT);
  }

  forget(user: number, group: number): void {
    this.#groups.get(group)?.delete(user);
  }

  /** What somebody is called there; the number where that is not known. */
  nameOf(user: number, group: number | undefined): string {
    const inGroup = group === undefined ? undefined : this.#groups.get(group)?.get(user);
    return inGroup ?? this.#strangers.get(user) ?? String(user);
  }

  toUser(user: number, group: number | undefined): User {
    return { id: String(user), name: this.nameOf(user, group) };
  }

  members(group: number): User[] {
    return [...(this.#groups.get(group) ?? [])].map(([id, name]) => ({ id: String(id), name }));
  }

  groupOf(user: number): number | undefined {
    return this.#seenIn.get(user);
  }
}

/** The oldest goes when there are too many. */
function remember<Value>(map: Map<number, Value>, key: number, value: Value, limit: number): void {
  map.set(key, value);
  if (map.size <= limit) return;
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
}
