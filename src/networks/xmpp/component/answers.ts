/**
 * What the component says of itself and of its puppets to whoever asks.
 */
import { toVCardPhoto } from '../../../wire/xmpp/avatar.ts';
import { xml, type XmlElement } from '../../../wire/xmpp/element.ts';
import { toDiscoAnswer } from '../../../wire/xmpp/disco.ts';
import { toJid } from '../../../wire/xmpp/jid.ts';
import { NS } from '../../../wire/xmpp/namespaces.ts';
import type { XmppSession } from '../../../wire/xmpp/session.ts';
import { StanzaErrorReply } from '../../../wire/xmpp/stanza-error.ts';
import type { VCardPicture } from './pictures.ts';

const DISCO_ITEMS_NS = 'http://jabber.org/protocol/disco#items';
/** @see XEP-0054 */
const VCARD_NS = 'vcard-temp';
/** @see XEP-0092 */
const VERSION_NS = 'jabber:iq:version';

const FEATURES = [DISCO_ITEMS_NS, VCARD_NS, VERSION_NS];
const NAME = 'hutong';

export interface AnswerParts {
  /** What the component is called. */
  name: string;
  /** What somebody with this full address is called; undefined where nobody has it. */
  nameOf(jid: string): string | undefined;
  /** The same by the part of the address before the resource. */
  nameOfBare(jid: string): string | undefined;
  /** The picture of somebody with this bare address; undefined where there is none. Never rejects. */
  pictureOf?(jid: string): Promise<VCardPicture | undefined>;
}

/** Answers on a component's session: disco, version, vCard. Pings are the session's. */
export function answerFor(session: Pick<XmppSession, 'onIq'>, parts: AnswerParts): void {
  const who = (request: XmlElement): { isComponent: boolean; name: string | undefined } => {
    const to = toJid(request.attr('to'));
    if (!to || to.local === '') return { isComponent: true, name: parts.name };
    const name = to.resource === '' ? parts.nameOfBare(to.toString()) : parts.nameOf(to.toString());
    return { isComponent: false, name };
  };

  session.onIq(NS.discoInfo, (request) => {
    const { isComponent, name } = who(request);
    return toDiscoAnswer(request, {
      ...(isComponent ? { category: 'component', type: 'generic' } : { category: 'client', type: 'bot' }),
      name: name ?? NAME,
      features: FEATURES,
    });
  });
  session.onIq(DISCO_ITEMS_NS, (request) => {
    requireGet(request);
    return xml('query', { xmlns: DISCO_ITEMS_NS });
  });
  session.onIq(VERSION_NS, (request) => {
    requireGet(request);
    return xml('query', { xmlns: VERSION_NS }, xml('name', {}, NAME));
  });
  session.onIq(VCARD_NS, async (request) => {
    requireGet(request);
    const { name } = who(request);
    if (name === undefined) throw new StanzaErrorReply('item-not-found');
    const picture = await parts.pictureOf?.(toJid(request.attr('to'))?.bare.toString() ?? '');
    const photo = picture && toVCardPhoto(picture.mime, picture.data);
    return xml('vCard', { xmlns: VCARD_NS }, xml('FN', {}, name), xml('NICKNAME', {}, name), photo);
  });
}

function requireGet(request: XmlElement): void {
  if (request.attr('type') !== 'get') throw new StanzaErrorReply('not-allowed', 'cancel');
}
