/** What a bot may see and do: the rights of its token, within the self that it has connected to. */
import { allows, type Scope } from '../../hub/access.ts';
import type { EventFilter } from '../../hub/journal.ts';
import { splitRoomRef, type AccountId, type RoomRef } from '../../hub/message.ts';
import type { Caller } from '../../http/authentication.ts';
import { RETCODE } from '../../wire/onebot11/retcodes.ts';
import type { MessageFormat } from './config.ts';
import { ActionFailure } from './failure.ts';

/** A bot that has connected, or is called. */
export interface Bot {
  caller: Pick<Caller, 'name' | 'scopes' | 'account' | 'rooms'>;
  /** The account that it is; undefined: all of the hub. */
  account: AccountId | undefined;
  selfId: number;
  format: MessageFormat;
}

/** Whether a token may be this self at all. */
export function mayBe(caller: Bot['caller'], account: AccountId | undefined): boolean {
  if (account === undefined) return true;
  const hasRooms = caller.rooms?.some((room) => splitRoomRef(room).account === account) ?? true;
  return hasRooms && (caller.account === undefined || caller.account === account);
}

export function mayIn(bot: Bot, scope: Scope, room: RoomRef): boolean {
  const { account } = splitRoomRef(room);
  if (bot.account !== undefined && bot.account !== account) return false;
  return allows(bot.caller, scope, account, room);
}

/** Refuses what the token may not do at all. */
export function requireScope({ caller }: Bot, scope: Scope): void {
  if (!allows(caller, scope)) {
    throw new ActionFailure(RETCODE.wrongToken, `${caller.name} has not the scope "${scope}"`);
  }
}

/** Whether the bot may see this account. */
export function seesAccount(bot: Bot, account: AccountId): boolean {
  return (bot.account === undefined || bot.account === account) && mayBe(bot.caller, account);
}

/** The events that a bot is told of. */
export function toFilter({ account, caller }: Bot): EventFilter {
  const only = account ?? caller.account;
  return { ...(only !== undefined && { accounts: [only] }), ...(caller.rooms && { rooms: caller.rooms }) };
}
