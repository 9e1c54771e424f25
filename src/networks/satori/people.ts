/** Who is in the guilds and what they are called there, from memory: asked for once, then learnt from what happens. */
import type { z } from 'zod';
import type { User as HubUser } from '../../hub/message.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import type { ApiClient } from '../../wire/satori/api-client.ts';
import {
  CHANNEL_TYPE,
  channelSchema,
  guildSchema,
  listSchema,
  memberSchema,
  type Member,
  type User,
} from '../../wire/satori/resources.ts';

/** Guilds that are looked into, pages of a list that are read, and members that are remembered of a guild. */
const GUILDS_LIMIT = 200;
const PAGES_LIMIT = 50;
const MEMBERS_LIMIT = 5000;
const NAMES_LIMIT = 10_000;

export class People {
  readonly #members = new Map<string, Map<string, string>>();
  readonly #guilds = new Map<string, string>();
  readonly #names = new RecentMap<string>(NAMES_LIMIT);

  /** The channels that can be written to, with their names. @throws SatoriError */
  async channels(client: ApiClient): Promise<{ room: string; name: string }[]> {
    const found: { room: string; name: string }[] = [];
    const guilds = await readAll(client, 'guild.list', {}, guildSchema, GUILDS_LIMIT);
    for (const { id: guild, name: guildName } of guilds) {
      const channels = await readAll(
        client,
        'channel.list',
        { guild_id: guild },
        channelSchema,
        MEMBERS_LIMIT,
      );
      for (const { id, type, name } of channels) {
        if (type !== CHANNEL_TYPE.text) continue;
        this.#guilds.set(id, guild);
        const words = [guildName, name].filter(Boolean);
        found.push({ room: id, name: [...new Set(words)].join(' / ') || id });
      }
    }
    return found;
  }

  /** Asks who is in a channel's guild. @throws SatoriError */
  async load(client: ApiClient, channel: string): Promise<void> {
    const guild = this.#guilds.get(channel);
    if (guild === undefined || this.#members.has(guild)) return;
    const members = await readAll(
      client,
      'guild.member.list',
      { guild_id: guild },
      memberSchema,
      MEMBERS_LIMIT,
    );
    for (const member of members) if (member.user) this.learn(member.user, member, { guild });
  }

  /** Notes what somebody is called, and that they are there. */
  learn(
    user: User,
    member: Member | null | undefined,
    { guild, channel }: { guild?: string | undefined; channel?: string | undefined },
  ): HubUser {
    if (guild !== undefined && channel !== undefined) this.#guilds.set(channel, guild);
    const told = member?.nick || user.nick || user.name;
    const name = told || this.nameOf(user.id, guild);
    if (told) this.#names.set(user.id, told);
    if (guild !== undefined) {
      const members = this.#members.get(guild) ?? new Map<string, string>();
      if (members.size < MEMBERS_LIMIT) members.set(user.id, name);
      this.#members.set(guild, members);
    }
    return { id: user.id, name };
  }

  forget(user: string, guild: string): void {
    this.#members.get(guild)?.delete(user);
  }

  nameOf(user: string, guild: string | undefined): string {
    const here = guild === undefined ? undefined : this.#members.get(guild)?.get(user);
    return here ?? this.#names.get(user) ?? user;
  }

  guildOf(channel: string): string | undefined {
    return this.#guilds.get(channel);
  }

  /** The channels of a guild that are known. */
  channelsOf(guild: string): string[] {
    return [...this.#guilds].filter(([, each]) => each === guild).map(([channel]) => channel);
  }

  members(channel: string): HubUser[] {
    const guild = this.#guilds.get(channel);
    return [...(this.#members.get(guild ?? '') ?? [])].map(([id, name]) => ({ id, name }));
  }
}

async function readAll<Item extends z.ZodType>(
  client: ApiClient,
  method: 'guild.list' | 'channel.list' | 'guild.member.list',
  params: object,
  item: Item,
  limit: number,
): Promise<z.output<Item>[]> {
  const found: z.output<Item>[] = [];
  let next: string | undefined;
  for (let page = 0; page < PAGES_LIMIT && found.length < limit; page += 1) {
    const list = await client.call(
      method,
      { ...params, ...(next !== undefined && { next }) },
      listSchema(item),
    );
    found.push(...(list.data as z.output<Item>[]));
    if (list.next === undefined || list.next === next || list.data.length === 0) break;
    next = list.next;
  }
  return found.slice(0, limit);
}
