/**
 * What the component says of itself and of its puppets to whoever asks.
 */
import { toVCardPhoto, VCARD_NS } from '../../../wire/xmpp/avatar.ts';
import { xml, type XmlElement } from '../../../wire/xmpp/element.ts';
import { toJid } from '../../../wire/xmpp/jid.ts';
import { NS } from '../../../wire/xmpp/namespaces.ts';
import { Disco } from '../../../wire/xmpp/plugins/disco.ts';
import { StanzaErrorReply } from '../../../wire/xmpp/stanza-error.ts';
import type { Toolkit } from '../../../wire/xmpp/toolkit/toolkit.ts';
import type { VCardPicture } from './pictures.ts';

const DISCO_ITEMS_NS = 'http://jabber.org/protocol/disco#items';
/** @see XEP-0092 */
const VERSION_NS = 'jabber:iq:version';

const FEATURES = [NS.discoInfo, NS.ping, DISCO_ITEMS_NS, VCARD_NS, VERSION_NS];
const NAME = 'hutong';

export interface AnswerParts {
  /** The component's domain. */
  component: string;
  /** What the component is called. */
  name: string;
  /** What somebody with this full address is called; undefined where nobody has it. */
  nameOf(jid: string): string | undefined;
  /** The same by the part of the address before the resource. */
  nameOfBare(jid: string): string | undefined;
  /** The picture of somebody with this bare address; undefined where there is none. Never rejects. */
  pictureOf?(jid: string): Promise<VCardPicture | undefined>;
}

/** Answers on a component's toolkit: disco, version, vCard. Pings are the session's. */
export function answerFor(toolkit: Toolkit, parts: AnswerParts): void {
  const nameOf = (address: string | undefined): string | undefined => {
    const to = toJid(address);
    if (!to || to.local === '') return parts.name;
    return to.resource === '' ? parts.nameOfBare(to.toString()) : parts.nameOf(to.toString());
  };

  const disco = toolkit.plugins.enable(Disco);
  disco.setInfo({ jid: parts.component }, () => ({
    identities: [{ category: 'component', type: 'generic', name: parts.name }],
    // Whatever else can be done at this address has said so.
    features: [...FEATURES, ...disco.ownInfo().features],
  }));
  disco.setInfo({}, ({ to }) => ({
    identities: [{ category: 'client', type: 'bot', name: nameOf(to?.toString()) ?? NAME }],
    features: FEATURES,
  }));
  toolkit.stream.onIq(VERSION_NS, (request) => {
    requireGet(request);
    return xml('query', { xmlns: VERSION_NS }, xml('name', {}, NAME));
  });
  toolkit.stream.onIq(VCARD_NS, async (request) => {
    requireGet(request);
    const to = request.attr('to');
    const name = nameOf(to);
    if (name === undefined) throw new StanzaErrorReply('item-not-found');
    const picture = await parts.pictureOf?.(toJid(to)?.bare.toString() ?? '');
    const photo = picture && toVCardPhoto(picture.mime, picture.data);
    return xml('vCard', { xmlns: VCARD_NS }, xml('FN', {}, name), xml('NICKNAME', {}, name), photo);
  });
}

function requireGet(request: XmlElement): void {
  if (request.attr('type') !== 'get') throw new StanzaErrorReply('not-allowed', 'cancel');
}
