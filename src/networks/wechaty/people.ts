/** What people are called, from memory: asked for when they are first met, and again when the puppet says that it changed. */
import type { User } from '../../hub/message.ts';
import type { AccountPort } from '../../hub/network.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import type { DriverClient } from './driver-client.ts';

const NAMES_LIMIT = 20_000;
/** Groups whose members are remembered, and members of each: WeChat has 500 in a group. */
const GROUPS_LIMIT = 500;
const MEMBERS_LIMIT = 1000;
const CONTACTS_LIMIT = 10_000;
/** People who are asked for at once. */
const AT_ONCE = 16;
/** How long what somebody says waits for their name. */
const NAME_MS = 5000;

export class People {
  readonly #client: DriverClient;
  readonly #port: AccountPort;
  readonly #contacts = new RecentMap<string>(NAMES_LIMIT);
  readonly #friends = new Set<string>();
  /** By group, then by contact. */
  readonly #members = new Map<string, Map<string, string>>();

  constructor(client: DriverClient, port: AccountPort) {
    this.#client = client;
    this.#port = port;
  }

  /** Somebody, as they are called in a group, or else everywhere. Never rejects. */
  async find(id: string, group?: string): Promise<User> {
    const known = this.#known(id, group);
    if (known !== undefined) return { id, name: known };
    if (group === undefined) return { id, name: (await this.#askContact(id)) ?? id };
    const name = (await this.#askMember(id, group)) ?? (await this.#askContact(id)) ?? id;
    this.#learn(id, group, name);
    return { id, name };
  }

  /** From memory. */
  nameOf(id: string, group?: string): string {
    return this.#known(id, group) ?? this.#contacts.get(id) ?? id;
  }

  /** Who is in a group, from memory. */
  members(group: string): User[] {
    return [...(this.#members.get(group) ?? [])].map(([id, name]) => ({ id, name }));
  }

  /** Asks who is in a group. Never rejects. */
  async load(group: string): Promise<void> {
    try {
      const ids = (await this.#client.call('members', [group])).slice(0, MEMBERS_LIMIT);
      for (let from = 0; from < ids.length; from += AT_ONCE) {
        await Promise.all(ids.slice(from, from + AT_ONCE).map((id) => this.find(id, group)));
      }
    } catch (error) {
      this.#port.log.debug({ err: error, group }, 'who is in a group is not known');
    }
  }

  /** Who the account's contacts are, as far as they are known. */
  contacts(): User[] {
    return [...this.#friends].map((id) => ({ id, name: this.nameOf(id) }));
  }

  /** Asks who the account's contacts are. Never rejects. */
  async loadContacts(selfId: string): Promise<void> {
    try {
      const ids = (await this.#client.call('contacts', [])).slice(0, CONTACTS_LIMIT);
      for (let from = 0; from < ids.length; from += AT_ONCE) {
        await Promise.all(ids.slice(from, from + AT_ONCE).map((id) => this.#loadContact(id)));
      }
      this.#friends.delete(selfId);
    } catch (error) {
      this.#port.log.debug({ err: error }, 'who the contacts are is not known');
    }
  }

  left(id: string, group: string): void {
    this.#members.get(group)?.delete(id);
  }

  /** What is known of somebody, or of a group, may have changed. */
  forget(id: string): void {
    this.#contacts.delete(id);
    for (const members of this.#members.values()) members.delete(id);
  }

  async #loadContact(id: string): Promise<void> {
    try {
      const { name, friend } = await this.#client.call('contact', [id], NAME_MS);
      if (name) this.#contacts.set(id, name);
      if (friend === false) this.#friends.delete(id);
      else this.#friends.add(id);
    } catch (error) {
      this.#port.log.debug({ err: error, user: id }, 'a contact is not known');
    }
  }

  #known(id: string, group: string | undefined): string | undefined {
    return group === undefined ? this.#contacts.get(id) : this.#members.get(group)?.get(id);
  }

  #learn(id: string, group: string, name: string): void {
    const members = this.#members.get(group) ?? new Map<string, string>();
    if (members.size < MEMBERS_LIMIT) members.set(id, name);
    if (this.#members.size < GROUPS_LIMIT) this.#members.set(group, members);
  }

  async #askMember(id: string, group: string): Promise<string | undefined> {
    try {
      const { roomAlias, name } = await this.#client.call('member', [group, id], NAME_MS);
      return roomAlias || name || undefined;
    } catch (error) {
      this.#port.log.debug({ err: error, user: id }, 'a member’s name is not known');
      return undefined;
    }
  }

  /** The account's own remarks about its contacts (`alias`) are nobody else's business. */
  async #askContact(id: string): Promise<string | undefined> {
    const known = this.#contacts.get(id);
    if (known !== undefined) return known;
    try {
      const { name } = await this.#client.call('contact', [id], NAME_MS);
      if (name) this.#contacts.set(id, name);
      return name || undefined;
    } catch (error) {
      this.#port.log.debug({ err: error, user: id }, 'a contact’s name is not known');
      return undefined;
    }
  }
}
