// Being asked into a room: by somebody, or by the room for somebody. Who asks in whose name is not proven by either:
// join only what a person, or a setting, says yes to.
import { Message } from '../stanza/message.ts';
import { createMatcher } from '../matcher/matcher.ts';
import { parseJid } from '../jid.ts';
import type { Stanza } from '../stanza/stanza.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import type { Address, AskOptions } from './ask.ts';
import { Listeners } from './listeners.ts';
import { DirectInvitation, MucUser } from './muc-user.ts';
import { Muc } from './muc.ts';

/** An invitation. */
export interface Invitation {
  readonly room: string;
  /** Who asks: for an invitation by way of the room as the room tells it. */
  readonly from: string;
  readonly reason: string | undefined;
  readonly password: string | undefined;
  /** Whether the room itself sent it. */
  readonly mediated: boolean;
}

function readInvitation(message: Message): Invitation | undefined {
  const { from } = message;
  if (from === undefined || message.type === 'error' || message.type === 'groupchat') return undefined;
  const user = message.findSub(MucUser);
  const invite = user?.invites[0];
  if (user !== undefined && invite?.from !== undefined && from.resource === '') {
    const { reason } = invite;
    return {
      room: from.toString(),
      from: invite.from.toString(),
      reason,
      password: user.password,
      mediated: true,
    };
  }
  const direct = message.findSub(DirectInvitation);
  if (direct?.jid === undefined) return undefined;
  return {
    room: direct.jid.bare.toString(),
    from: from.toString(),
    reason: direct.reason,
    password: direct.password,
    mediated: false,
  };
}

const isInvitation = (stanza: Stanza): boolean => Message.is(stanza) && readInvitation(stanza) !== undefined;

/** Direct invitations, and those of rooms. @see XEP-0249, XEP-0045 §7.8 */
export const Invitations = definePlugin({
  name: 'xep_0249',
  description: 'Invitations to rooms',
  dependencies: [Muc],
  init({ client, log, on, registerStanza, addFeature }) {
    registerStanza(Message, DirectInvitation);
    addFeature(DirectInvitation.namespace);
    const invitations = new Listeners<Invitation>(log);
    on(createMatcher<Message>('an invitation', isInvitation), async (message) => {
      const invitation = readInvitation(message);
      if (invitation !== undefined) await invitations.tell(invitation);
    });
    return {
      /** Hears of invitations of both kinds. @returns ends that */
      onInvitation: invitations.add,
      /** Asks somebody into a room, without the room's help. @throws XmppError */
      async invite(
        to: Address,
        room: string,
        {
          reason,
          password,
          from,
        }: Pick<AskOptions, 'from'> & {
          readonly reason?: string;
          readonly password?: string;
        } = {},
      ): Promise<void> {
        const message = client.message({ type: 'normal' }, to);
        message.from = from;
        message.append(DirectInvitation.create({ jid: parseJid(room), reason, password }));
        await message.send();
      },
    };
  },
});
