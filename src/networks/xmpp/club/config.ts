/** What an XMPP account's `club:` can say. */
import { z } from 'zod';
import { bareJidSetting } from '../bare-jid-setting.ts';

const roomName = z
  .string()
  .regex(
    /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.+-]{0,63}$/u,
    'a room is one word of letters, figures and _ . + -, of 1 to 64 characters',
  );

/** The club that an account is, instead of a client in rooms. */
export const clubConfig = z.strictObject({
  room: roomName.default('club').describe('What the club is called in links.'),
  admins: z
    .array(bareJidSetting)
    .max(1000)
    .default([])
    .describe('Who may kick, ban and announce: user@server each.'),
});

export type ClubConfig = z.output<typeof clubConfig>;

/**
 * The stable id of the club's room.
 *
 * @throws Error which says what is wrong with the name
 */
export function parseClubRoom(name: string, { room }: ClubConfig): string {
  if (name !== room) throw new Error(`There is no room ${name} in this club; its only room is ${room}`);
  return room;
}
