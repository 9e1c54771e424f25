/**
 * Where something is. A private conversation is the room `direct:CONTACT`. A group is the room of its id, or, where a link
 * names it by its topic, of that name: the group is found once, and kept, so that a new topic changes nothing, and
 * nobody can take its place with another group of that topic. WeChat's web protocol gives all ids anew at each login; there a
 * group that was named by its topic is found again by the last topic that it had.
 */
import type { Clock } from '../../hub/clock.ts';
import { DeliveryError } from '../../hub/errors.ts';
import type { AccountPort } from '../../hub/network.ts';
import type { DriverClient } from './driver-client.ts';

const DIRECT = 'direct:';
const KEY_PREFIX = 'room/';
/** Ids that are others after the next login. */
const CHANGING_ID = /^@@/;
/** Topics that are asked for at once. */
const AT_ONCE = 16;
/** How long a group that is not known may take to tell its topic, while what happens in it waits. */
const TOPIC_MS = 5000;
/** How long a list of groups is believed. */
const LIST_MS = 10_000;

interface Named {
  id: string;
  /** The last that it had. */
  topic: string;
}

export function toDirectRoom(contact: string): string {
  return DIRECT + contact;
}

/** Who the other one is; undefined where it is no private conversation. */
export function toPeer(room: string): string | undefined {
  return room.startsWith(DIRECT) ? room.slice(DIRECT.length) : undefined;
}

export interface PlacesParts {
  port: AccountPort;
  client: DriverClient;
  clock: Clock;
  /** Told which names of links cannot be found, and why. */
  onTrouble(this: void, troubles: readonly string[]): void;
}

export class Places {
  readonly #parts: PlacesParts;
  /** By the name in a link. */
  readonly #named = new Map<string, Named>();
  readonly #names = new Map<string, string>();
  /** Of the groups that are known to be there, by id. */
  readonly #topics = new Map<string, string>();
  /** Names of links that are neither found nor an id. */
  readonly #sought = new Map<string, string>();
  #linked: readonly string[] = [];
  #listedMs: number | undefined;
  #listing: Promise<void> | undefined;

  constructor(parts: PlacesParts) {
    this.#parts = parts;
  }

  /** Reads what was found before. */
  async open(): Promise<void> {
    for (const [key, value] of await this.#parts.port.store.list(KEY_PREFIX)) {
      this.#bind(key.slice(KEY_PREFIX.length), JSON.parse(value) as Named);
    }
  }

  /** These rooms are named by links; those that are named by a topic are found with the next `list`. */
  follow(rooms: readonly string[]): void {
    this.#linked = rooms;
  }

  /** Asks which groups there are, and finds what is sought. Rejects with a `CallError`. */
  list(): Promise<void> {
    this.#listing ??= this.#list().finally(() => (this.#listing = undefined));
    return this.#listing;
  }

  /** Which names of links cannot be found, and why. */
  troubles(): string[] {
    return [...this.#sought.values()];
  }

  /** The groups that are known. */
  groups(): { room: string; name: string }[] {
    return [...this.#topics].map(([id, topic]) => ({ room: this.roomOf(id), name: topic || id }));
  }

  /** Whether a room is a group that is there. */
  topicOf(room: string): string | undefined {
    return this.#topics.get(this.idOf(room));
  }

  /** The room of a group, by what is known now. */
  roomOf(id: string): string {
    return this.#names.get(id) ?? id;
  }

  /** The group of a room, by what is known now. */
  idOf(room: string): string {
    return this.#named.get(room)?.id ?? room;
  }

  /** The room of a group in which something happened, which may be one that a link names and that is new. */
  async place(id: string): Promise<string> {
    if (this.#topics.has(id)) return this.roomOf(id);
    const asking = this.#askTopic(id);
    if (this.#sought.size === 0 || this.#names.has(id)) return this.roomOf(id);
    const topic = await asking;
    if (topic !== undefined && this.#isSought(topic)) {
      await this.list().catch(() => {
        // It stays sought, and is found with the next that happens.
      });
    }
    return this.roomOf(id);
  }

  /** The puppet's id of the conversation that a room is. @throws DeliveryError */
  async conversationOf(room: string): Promise<string> {
    const peer = toPeer(room);
    if (peer !== undefined) return peer;
    const { clock } = this.#parts;
    if (!this.#isThere(room) && clock.monotonicMs() - (this.#listedMs ?? -LIST_MS) >= LIST_MS) {
      await this.list().catch((error: unknown) => {
        throw new DeliveryError('failed', 'the groups cannot be listed now', { cause: error });
      });
    }
    if (this.#isThere(room)) return this.idOf(room);
    throw new DeliveryError('failed', this.#sought.get(room) ?? `there is no group ${JSON.stringify(room)}`);
  }

  /** A group has another topic now. */
  async renamed(id: string, topic: string): Promise<void> {
    this.#topics.set(id, topic);
    const name = this.#names.get(id);
    if (name !== undefined) await this.#note(name, { id, topic });
  }

  /** The account is not in a group any more. */
  left(id: string): void {
    this.#topics.delete(id);
  }

  #isThere(room: string): boolean {
    return this.#topics.has(this.idOf(room));
  }

  #isSought(topic: string): boolean {
    return [...this.#sought.keys()].some((name) => name === topic || this.#named.get(name)?.topic === topic);
  }

  async #list(): Promise<void> {
    const { client, clock, onTrouble } = this.#parts;
    const ids = new Set(await client.call('rooms', []));
    for (const id of this.#topics.keys()) if (!ids.has(id)) this.#topics.delete(id);
    const unknown = [...ids].filter((id) => !this.#topics.has(id));
    for (let from = 0; from < unknown.length; from += AT_ONCE) {
      await Promise.all(unknown.slice(from, from + AT_ONCE).map((id) => this.#askTopic(id)));
    }
    for (const id of ids) if (!this.#topics.has(id)) this.#topics.set(id, '');
    this.#listedMs = clock.monotonicMs();
    this.#sought.clear();
    for (const name of this.#linked) await this.#find(name);
    onTrouble(this.troubles());
  }

  async #find(name: string): Promise<void> {
    if (toPeer(name) !== undefined || this.#topics.has(name)) return;
    const known = this.#named.get(name);
    if (known && this.#topics.has(known.id)) return;
    if (known && !CHANGING_ID.test(known.id)) {
      const where = `${JSON.stringify(name)}, which is ${known.id}`;
      this.#sought.set(name, `the account is not in the group ${where}: let the link name another by its id`);
      return;
    }
    const fitting = [...this.#topics].filter(
      ([id, topic]) => topic !== '' && (topic === name || topic === known?.topic) && !this.#names.has(id),
    );
    const [found] = fitting;
    if (found && fitting.length === 1) return this.#note(name, { id: found[0], topic: found[1] });
    const ids = fitting.map(([id]) => id).join(', ');
    this.#sought.set(
      name,
      found
        ? `several groups are called ${JSON.stringify(name)}: let the link name one by its id (${ids})`
        : `no group is called ${JSON.stringify(name)}, as far as the puppet knows yet`,
    );
  }

  async #note(name: string, named: Named): Promise<void> {
    this.#bind(name, named);
    await this.#parts.port.store.set(KEY_PREFIX + name, JSON.stringify(named));
  }

  #bind(name: string, named: Named): void {
    const before = this.#named.get(name);
    if (before) this.#names.delete(before.id);
    this.#named.set(name, named);
    this.#names.set(named.id, name);
  }

  async #askTopic(id: string): Promise<string | undefined> {
    const { client, port } = this.#parts;
    try {
      const { topic } = await client.call('room', [id], TOPIC_MS);
      this.#topics.set(id, topic ?? '');
      return topic ?? '';
    } catch (error) {
      port.log.debug({ err: error, id }, 'a group’s topic is not known');
      return undefined;
    }
  }
}
