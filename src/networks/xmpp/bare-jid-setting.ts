/** A setting that names a person on XMPP. */
import { z } from 'zod';
import { toJid } from '../../wire/xmpp/jid.ts';

/** `user@server`; prepared from here on. */
export const bareJidSetting = z.string().transform((text, context): string => {
  const jid = toJid(text);
  if (jid && jid.local !== '' && jid.resource === '') return jid.toString();
  context.addIssue({ code: 'custom', message: 'is no XMPP address: expected user@server' });
  return z.NEVER;
});
