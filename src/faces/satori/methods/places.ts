/** `channel.*`, `guild.*` and the people there. A guild is a room, and has one channel. */
import { z } from 'zod';
import type { AccountId, User } from '../../../hub/message.ts';
import { splitRoomRef } from '../../../hub/message.ts';
import { CHANNEL_TYPE } from '../../../wire/satori/resources.ts';
import { Failure } from '../failure.ts';
import { mayIn } from '../logins.ts';
import {
  createHandler,
  idParam,
  nextParam,
  toRoom,
  type Handlers,
  type Parts,
  type Visitor,
} from './method.ts';

const guildParams = z.object({ guild_id: idParam, next: nextParam });
const memberParams = z.object({ guild_id: idParam, user_id: idParam });

export function createPlaceHandlers({ hub, logins, rooms }: Parts): Handlers {
  return {
    'login.get': createHandler('read', z.unknown(), async (_, { status }) => logins.toWire(status)),
    'channel.get': createHandler(
      'read',
      z.object({ channel_id: idParam }),
      async ({ channel_id }, visitor) => {
        const { channel } = await rooms.place(toRoom(channel_id, 'read', visitor));
        return channel;
      },
    ),
    'channel.list': createHandler('read', guildParams, async ({ guild_id }, visitor) => {
      const { channel } = await findGuild(guild_id, visitor);
      return { data: [channel] };
    }),
    'guild.get': createHandler('read', z.object({ guild_id: idParam }), async ({ guild_id }, visitor) => {
      const { guild } = await findGuild(guild_id, visitor);
      return guild;
    }),
    'guild.list': createHandler('read', z.object({ next: nextParam }), async (_, { rights, status }) => {
      const names = await rooms.of(status.id);
      const data = [...names]
        .filter(([room]) => mayIn(rights, 'read', room))
        .map(([room, name]) => ({ id: splitRoomRef(room).room, name }));
      return { data };
    }),
    'guild.member.list': createHandler('read', guildParams, async ({ guild_id }, visitor) => {
      const members = hub.members(toRoom(guild_id, 'read', visitor));
      return { data: members.map(toMember) };
    }),
    'guild.member.get': createHandler('read', memberParams, async ({ guild_id, user_id }, visitor) => {
      const members = hub.members(toRoom(guild_id, 'read', visitor));
      const found = members.find(({ id }) => id === user_id);
      if (!found) throw new Failure(404, `there is no ${user_id} in ${guild_id}`);
      return toMember(found);
    }),
    'user.get': createHandler('read', z.object({ user_id: idParam }), async ({ user_id }, visitor) => {
      const { id } = visitor.status;
      if (user_id === logins.selfOf(id).id) return logins.selfUser(id);
      const found = await findPerson(id, user_id, visitor);
      if (!found) throw new Failure(404, `nobody of the account's rooms is ${user_id}`);
      return toUser(found);
    }),
    'user.channel.create': createHandler(
      'send',
      z.object({ user_id: idParam, guild_id: idParam.nullish() }),
      async ({ user_id }, visitor) => {
        const { room } = splitRoomRef(hub.direct(visitor.status.id, user_id));
        toRoom(room, 'send', visitor);
        return { id: room, type: CHANNEL_TYPE.direct };
      },
    ),
  };

  async function findGuild(id: string, visitor: Visitor) {
    const place = await rooms.place(toRoom(id, 'read', visitor));
    if (!place.guild) throw new Failure(404, `there is no guild ${id}`);
    return place;
  }

  async function findPerson(
    account: AccountId,
    user: string,
    { rights }: Visitor,
  ): Promise<User | undefined> {
    for (const [room] of await rooms.of(account)) {
      const found = mayIn(rights, 'read', room) && hub.members(room).find(({ id }) => id === user);
      if (found) return found;
    }
    return undefined;
  }
}

function toUser({ id, name }: User) {
  return { id, name };
}

function toMember(user: User) {
  return { user: toUser(user), nick: user.name };
}
