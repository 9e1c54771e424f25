// Pictures of people: published (XEP-0084), and in vCards, announced by a hash in presences (XEP-0153). A picture counts
// only where its bytes have the hash it is known by, and is bounded: anybody can publish anything.
import {
  AVATAR_DATA_NS as DATA_NS,
  AVATAR_LIMIT_BYTES,
  AVATAR_METADATA_NS as METADATA_NS,
  AVATAR_UPDATE_NS as UPDATE_NS,
  toAvatarId,
} from '../avatar.ts';
import { xml, XmlElement } from '../element.ts';
import { XmppError } from '../errors.ts';
import { defineStanza } from '../stanza/define.ts';
import { computed } from '../stanza/field.ts';
import { Presence } from '../stanza/message.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { childOf } from './child-of.ts';
import type { Address, AskOptions } from './ask.ts';
import { Listeners } from './listeners.ts';
import { Pep } from './pep.ts';
import { VCard, VCards, type Photo } from './vcard.ts';

/**
 * The hash of a picture in a presence: a hash in hexadecimal, '' for "no picture", undefined for "not known yet".
 *
 * @see XEP-0153 §3.2
 */
export const AvatarUpdate = defineStanza({
  name: 'x',
  namespace: UPDATE_NS,
  plugin: 'avatar_update',
  interfaces: {
    photo: computed<string | undefined>({
      get: (stanza) => stanza.nodes.find(isPhoto)?.text(),
      set: (stanza, hash) => stanza.editNodes(() => [xml('photo', {}, hash)]),
      remove: (stanza) => stanza.clear(),
    }),
  },
});

function isPhoto(node: unknown): node is XmlElement {
  return node instanceof XmlElement && node.is('photo', UPDATE_NS);
}

/** What is known of a picture before it is fetched. */
export interface AvatarInfo {
  /** SHA-1 of the bytes, in hexadecimal. */
  readonly id: string;
  readonly mediaType: string;
  readonly sizeBytes: number | undefined;
  /** In pixels. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** Where it may be fetched instead; undefined: from the node. */
  readonly url: string | undefined;
}

/** Somebody has another picture. */
export interface AvatarChange {
  /** Bare; in a room the occupant's address. */
  readonly jid: string;
  /** SHA-1 in hexadecimal; '' for "none any more". */
  readonly id: string;
  /** Whether it is published, or in the vCard. */
  readonly kind: 'published' | 'vcard';
}

function readInfos(metadata: XmlElement | undefined): AvatarInfo[] {
  if (metadata?.is('metadata', METADATA_NS) !== true) return [];
  return metadata.elements('info').flatMap((info) => {
    const id = info.attr('id') ?? '';
    if (!/^[0-9a-f]{40}$/i.test(id)) return [];
    return [
      {
        id: id.toLowerCase(),
        mediaType: info.attr('type') ?? '',
        sizeBytes: toCount(info.attr('bytes')),
        width: toCount(info.attr('width')),
        height: toCount(info.attr('height')),
        url: info.attr('url'),
      },
    ];
  });
}

function toCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

const check = (data: Buffer, id: string): Buffer => {
  if (data.length > AVATAR_LIMIT_BYTES) {
    throw new XmppError('xmpp-value-invalid', `the picture is larger than ${AVATAR_LIMIT_BYTES} bytes`);
  }
  if (toAvatarId(data) === id.toLowerCase()) return data;
  throw new XmppError('xmpp-protocol-violation', 'the picture is not the one with this hash');
};

/** Avatars. @see XEP-0084, XEP-0153 */
export const Avatars = definePlugin({
  name: 'xep_0084',
  description: 'Avatars',
  dependencies: [Pep, VCards],
  init({ log, on, plugin, registerStanza, onEnd }) {
    registerStanza(Presence, AvatarUpdate);
    const pep = plugin(Pep);
    const cards = plugin(VCards);
    const changes = new Listeners<AvatarChange>(log);
    onEnd(
      pep.onEvent(METADATA_NS, async ({ from, items }) => {
        const [item] = items;
        if (item === undefined) return;
        const id = readInfos(item.payload)[0]?.id ?? '';
        await changes.tell({ jid: from.toString(), id, kind: 'published' });
      }),
    );
    on('presence/avatar_update', async (presence) => {
      const id = presence.sub(AvatarUpdate).photo?.trim().toLowerCase();
      const isRoomPresence = childOf(presence, 'x', 'http://jabber.org/protocol/muc#user') !== undefined;
      const { from } = presence;
      if (id === undefined || from === undefined || presence.type !== undefined) return;
      if (id !== '' && !/^[0-9a-f]{40}$/.test(id)) return;
      await changes.tell({ jid: String(isRoomPresence ? from : from.bare), id, kind: 'vcard' });
    });

    return {
      /** Hears of pictures. The same one may be told again with every presence: compare ids. @returns ends that */
      onAvatar: changes.add,
      /** What pictures somebody published: the same one in several forms. @throws IqError, IqTimeout, XmppError */
      async published(of: Address | undefined, options: AskOptions = {}): Promise<readonly AvatarInfo[]> {
        const items = await pep.items(of, METADATA_NS, options);
        return readInfos(items.at(-1)?.payload);
      },
      /**
       * The bytes of a published picture.
       *
       * @throws XmppError `xmpp-protocol-violation` where they have another hash, IqError, IqTimeout
       */
      async fetch(of: Address | undefined, id: string, options: AskOptions = {}): Promise<Buffer> {
        const items = await pep.items(of, DATA_NS, { ...options, ids: [id] });
        const payload = items.find((item) => item.id.toLowerCase() === id.toLowerCase())?.payload;
        return check(Buffer.from(payload?.is('data', DATA_NS) === true ? payload.text() : '', 'base64'), id);
      },
      /**
       * Publishes the own picture. @returns its id
       *
       * @throws XmppError `xmpp-value-invalid` for one that is too large, IqError, IqTimeout
       */
      async publish(
        { mediaType, data, width, height }: Photo & { readonly width?: number; readonly height?: number },
        options: AskOptions = {},
      ): Promise<string> {
        const id = toAvatarId(data);
        check(data, id);
        const picture = xml('data', { xmlns: DATA_NS }, data.toString('base64'));
        await pep.publish(DATA_NS, picture, { ...options, id });
        const info = xml('info', {
          id,
          type: mediaType,
          bytes: String(data.length),
          width: width === undefined ? undefined : String(width),
          height: height === undefined ? undefined : String(height),
        });
        await pep.publish(METADATA_NS, xml('metadata', { xmlns: METADATA_NS }, info), { ...options, id });
        return id;
      },
      /** Says that there is no published picture any more. @throws IqError, IqTimeout, XmppError */
      unpublish: (options: AskOptions = {}): Promise<void> =>
        pep.publish(METADATA_NS, xml('metadata', { xmlns: METADATA_NS }), options),
      /** The picture in somebody's vCard; undefined where it has none. @throws IqError, IqTimeout, XmppError */
      async fromVCard(of: Address | undefined, options: AskOptions = {}): Promise<Photo | undefined> {
        const photo = (await cards.get(of, options)).photo;
        return photo === undefined || photo.data.length > AVATAR_LIMIT_BYTES ? undefined : photo;
      },
      /** Puts a picture into the own vCard, leaving the rest of it. @returns its id @throws IqError, IqTimeout, XmppError */
      async setInVCard(photo: Photo | undefined, options: AskOptions = {}): Promise<string> {
        const card = VCard.wrap((await cards.get(undefined, options)).xml);
        card.assign({ photo });
        await cards.set(card, options);
        return photo === undefined ? '' : toAvatarId(photo.data);
      },
      /** What a presence of ours carries to announce the picture in the vCard: its id, '' for none. */
      toUpdate: (id: string) => AvatarUpdate.create({ photo: id }),
    };
  },
});
