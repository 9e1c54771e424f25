/** What an XMPP account's `club:` can say. */
import { z } from 'zod';
import { toJid } from '../../../wire/xmpp/jid.ts';

const roomName = z
  .string()
  .regex(
    /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.+-]{0,63}$/u,
    'a room is one word of letters, figures and _ . + -, of 1 to 64 characters',
  );

const bareJid = z.string().transform((text, context): string => {
  const jid = toJid(text);
  if (jid && jid.local !== '' && jid.resource === '') return jid.toString();
  context.addIssue({ code: 'custom', message: 'is no XMPP address: expected user@server' });
  return z.NEVER;
});

/** The club that an account is, instead of a client in rooms. */
export const clubConfig = z.strictObject({
  room: roomName.default('club').describe('What the club is called in links.'),
  admins: z
    .array(bareJid)
    .max(1000)
    .default([])
    .describe('Who may kick, ban and announce: user@server each.'),
});

export type ClubConfig = z.output<typeof clubConfig>;
