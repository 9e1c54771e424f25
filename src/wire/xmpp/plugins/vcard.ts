// vCards of the old kind, which is the one that every server and client knows.
import { XmlElement, xml } from '../element.ts';
import { text } from '../stanza/codec.ts';
import { defineStanza } from '../stanza/define.ts';
import type { StanzaOf } from '../stanza/definition.ts';
import { computed, subText } from '../stanza/field.ts';
import { Iq } from '../stanza/iq.ts';
import { StanzaErrorReply } from '../stanza-error.ts';
import type { Jid } from '../jid.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { ask, contentOf, type Address, type AskOptions } from './ask.ts';

const VCARD_NS = 'vcard-temp';

/** A picture. */
export interface Photo {
  /** Such as `image/png`; '' where the card does not say. */
  readonly mediaType: string;
  readonly data: Buffer;
}

const isPhoto = (node: unknown): node is XmlElement =>
  node instanceof XmlElement && node.is('PHOTO', VCARD_NS);

/** A card. What is not declared here is kept as it is. @see XEP-0054 */
export const VCard = defineStanza({
  name: 'vCard',
  namespace: VCARD_NS,
  plugin: 'vcard',
  interfaces: {
    fullName: subText(text, { name: 'FN' }),
    nickname: subText(text, { name: 'NICKNAME' }),
    url: subText(text, { name: 'URL' }),
    description: subText(text, { name: 'DESC' }),
    birthday: subText(text, { name: 'BDAY' }),
    jabberId: subText(text, { name: 'JABBERID' }),
    photo: computed<Photo | undefined>({
      get(stanza) {
        const photo = stanza.nodes.find(isPhoto);
        const data = Buffer.from(photo?.childText('BINVAL') ?? '', 'base64');
        return data.length === 0 ? undefined : { mediaType: photo?.childText('TYPE') ?? '', data };
      },
      set: (stanza, { mediaType, data }) =>
        stanza.editNodes((nodes) => [
          ...nodes.filter((node) => !isPhoto(node)),
          xml(
            'PHOTO',
            { xmlns: VCARD_NS },
            xml('TYPE', {}, mediaType),
            xml('BINVAL', {}, Buffer.from(data).toString('base64')),
          ),
        ]),
      remove: (stanza) => stanza.editNodes((nodes) => nodes.filter((node) => !isPhoto(node))),
    }),
  },
});
export type VCard = StanzaOf<typeof VCard>;

/** vCards. @see XEP-0054 */
export const VCards = definePlugin({
  name: 'xep_0054',
  description: 'vCards',
  init({ client, on, registerStanza, addFeature }) {
    registerStanza(Iq, VCard);
    let tell: ((to: Jid | undefined) => VCard | undefined | Promise<VCard | undefined>) | undefined;
    // A client's server answers for it, so this is for components.
    on('iq@type=get/vcard', async (iq) => {
      if (tell === undefined) return undefined;
      const card = await tell(iq.to);
      if (card === undefined) throw new StanzaErrorReply('item-not-found');
      return card;
    });
    addFeature(VCARD_NS);
    return {
      /** Somebody's card; undefined is one's own. @throws IqError (`item-not-found`), IqTimeout, XmppError */
      async get(of?: Address, options: AskOptions = {}): Promise<VCard> {
        return contentOf(await ask(client, 'get', of, VCard.create(), options), VCard);
      },
      /** Sets one's own card, or, with the rights for it, a room's. @throws IqError, IqTimeout, XmppError */
      async set(card: VCard, { of, ...options }: AskOptions & { readonly of?: Address } = {}): Promise<void> {
        await ask(client, 'set', of, card, options);
      },
      /** Answers who asks for the card of an address of ours; undefined: it has none. @returns ends that */
      answer(cardOf: (to: Jid | undefined) => VCard | undefined | Promise<VCard | undefined>): () => void {
        tell = cardOf;
        return () => {
          if (tell === cardOf) tell = undefined;
        };
      },
    };
  },
});
