// Answers by hand: the id alone would let anybody answer.
import { isFromPeer } from '../iq.ts';
import { parseJid, toJid, type Jid } from '../jid.ts';
import { createMatcher, type Matcher } from './matcher.ts';

/**
 * Matches stanzas with this id that come from whoever was asked, that is from the peer, its account or its server, or
 * from the own account or server. (`iq.send()` sees to it by itself.)
 *
 * @param own the address of this side
 * @param peer who was asked; undefined for the own account
 * @throws XmppError `xmpp-jid-malformed`
 * @see RFC 6120 §8.1.2.1
 */
export function idFrom(id: string, own: Jid | string, peer: Jid | string | undefined): Matcher {
  const ownJid = typeof own === 'string' ? parseJid(own) : own;
  const peerJid = typeof peer === 'string' ? toJid(peer) : peer;
  return createMatcher(`id ${id} from ${peerJid?.toString() ?? 'the own account'}`, (stanza) =>
    stanza.attr('id') === id ? isFromPeer(stanza.attr('from'), peerJid, ownJid) : false,
  );
}
