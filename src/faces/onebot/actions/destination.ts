/** Where a bot wants to say something: from a number to a room that it may speak in. */
import { splitRoomRef, type RoomRef } from '../../../hub/message.ts';
import { RequestError } from '../../../hub/errors.ts';
import { RETCODE } from '../../../wire/onebot11/retcodes.ts';
import { ActionFailure, refuseUnknown } from '../failure.ts';
import type { Scope } from '../../../hub/access.ts';
import { mayIn, seesAccount, type Bot } from '../rights.ts';
import type { Parts } from './action.ts';

/** The room of a group. */
export async function findGroup(parts: Parts, groupId: number, bot: Bot, scope: Scope): Promise<RoomRef> {
  const found = await parts.numbers.find(groupId);
  if (found?.kind !== 'group' || !seesAccount(bot, splitRoomRef(found.room).account)) {
    return refuseUnknown(`there is no group ${groupId}`);
  }
  requireIn(bot, scope, found.room);
  return found.room;
}

/** The room in which the account talks with somebody alone. */
export async function findPrivate(parts: Parts, userId: number, bot: Bot, scope: Scope): Promise<RoomRef> {
  const found = await parts.numbers.find(userId);
  if (found?.kind !== 'user' || !seesAccount(bot, found.account)) {
    return refuseUnknown(`there is nobody with the number ${userId}`);
  }
  const room = await toPrivateRoom(parts, userId, found);
  requireIn(bot, scope, room);
  return room;
}

/** The network says where, as it is now; where it cannot, it is where they have talked before. */
async function toPrivateRoom(
  { host, places }: Parts,
  userId: number,
  { account, id }: { account: string; id: string },
): Promise<RoomRef> {
  try {
    const room = host.hub.direct(account, id);
    await places.notePeer(room, userId);
    return room;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const known = await places.roomOfPeer(userId);
    if (known !== undefined) return known;
    throw error;
  }
}

function requireIn(bot: Bot, scope: Scope, room: RoomRef): void {
  if (mayIn(bot, scope, room)) return;
  throw new ActionFailure(RETCODE.wrongToken, `${bot.caller.name} may not ${scope} there`);
}
