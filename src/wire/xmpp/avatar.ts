// Pictures of people, as elements: announced by a hash in presences, fetched from vCards or from where they are
// published. A picture counts only where its bytes have the hash it is known by.
import { createHash } from 'node:crypto';
import { xml, type XmlElement } from './element.ts';
import { IqError } from './errors.ts';
import type { AskOptions } from './iq.ts';
import type { XmppSession } from './session.ts';

/** @see XEP-0153 */
export const AVATAR_UPDATE_NS = 'vcard-temp:x:update';
/** @see XEP-0054 */
export const VCARD_NS = 'vcard-temp';
/** @see XEP-0084 */
export const AVATAR_DATA_NS = 'urn:xmpp:avatar:data';
export const AVATAR_METADATA_NS = 'urn:xmpp:avatar:metadata';
/** @see XEP-0060 */
const PUBSUB_NS = 'http://jabber.org/protocol/pubsub';

/** The largest picture taken, in bytes: servers' limits for stanzas are below it. */
export const AVATAR_LIMIT_BYTES = 512 * 1024;
/** Base64 has four characters for three bytes; some break it into lines. */
const BASE64_LIMIT = Math.ceil(AVATAR_LIMIT_BYTES / 3) * 4 * 1.05;

const HASH = /^[0-9a-f]{40}$/;

/** The hash that a picture is known by: SHA-1 of its bytes, in hexadecimal. */
export function toAvatarId(data: Uint8Array): string {
  return createHash('sha1').update(data).digest('hex');
}

/** What a presence tells of its sender's picture: its hash, '' for none; undefined where it tells nothing. */
export function readAvatarHash(presence: XmlElement): string | undefined {
  const hash = presence.child('x', AVATAR_UPDATE_NS)?.childText('photo')?.trim().toLowerCase();
  return hash === '' || (hash !== undefined && HASH.test(hash)) ? hash : undefined;
}

/** What a presence carries to tell of its sender's picture. @param hash '' for none */
export function toAvatarUpdate(hash: string): XmlElement {
  return xml('x', { xmlns: AVATAR_UPDATE_NS }, xml('photo', {}, hash));
}

/** A picture in a vCard. */
export function toVCardPhoto(mediaType: string, data: Buffer): XmlElement {
  return xml('PHOTO', {}, xml('TYPE', {}, mediaType), xml('BINVAL', {}, data.toString('base64')));
}

/**
 * The picture in somebody's vCard; undefined where there is none that could be taken.
 *
 * @throws IqTimeout, XmppError as {@link XmppSession.iq}
 * @see XEP-0153 §3.1
 */
export async function fetchVCardPhoto(
  session: Pick<XmppSession, 'iq'>,
  jid: string,
  options: AskOptions,
): Promise<Buffer | undefined> {
  const request = xml('iq', { to: jid, type: 'get' }, xml('vCard', { xmlns: VCARD_NS }));
  const answer = await askPolitely(session, request, options);
  const card = answer?.child('vCard', VCARD_NS);
  return toPicture(card?.child('PHOTO')?.childText('BINVAL'));
}

/**
 * The picture that somebody publishes; undefined where there is none, or none for us.
 *
 * @throws IqTimeout, XmppError as {@link XmppSession.iq}
 * @see XEP-0084 §4
 */
export async function fetchPublishedPhoto(
  session: Pick<XmppSession, 'iq'>,
  jid: string,
  options: AskOptions,
): Promise<Buffer | undefined> {
  const metadata = await readItem(session, jid, AVATAR_METADATA_NS, undefined, options);
  const info = metadata?.child('metadata', AVATAR_METADATA_NS)?.elements('info')[0];
  const id = info?.attr('id')?.toLowerCase() ?? '';
  if (!HASH.test(id)) return undefined;
  const item = await readItem(session, jid, AVATAR_DATA_NS, id, options);
  const data = toPicture(item?.childText('data', AVATAR_DATA_NS));
  return data && toAvatarId(data) === id ? data : undefined;
}

async function readItem(
  session: Pick<XmppSession, 'iq'>,
  jid: string,
  node: string,
  id: string | undefined,
  options: AskOptions,
): Promise<XmlElement | undefined> {
  const wanted =
    id === undefined ? xml('items', { node, max_items: '1' }) : xml('items', { node }, xml('item', { id }));
  const request = xml('iq', { to: jid, type: 'get' }, xml('pubsub', { xmlns: PUBSUB_NS }, wanted));
  const answer = await askPolitely(session, request, options);
  const pubsub = answer?.child('pubsub', PUBSUB_NS);
  return pubsub?.child('items')?.elements('item').at(-1);
}

/** The answer; undefined where it is a refusal. */
async function askPolitely(
  session: Pick<XmppSession, 'iq'>,
  request: XmlElement,
  options: AskOptions,
): Promise<XmlElement | undefined> {
  try {
    return await session.iq(request, options);
  } catch (error) {
    if (error instanceof IqError) return undefined;
    throw error;
  }
}

function toPicture(base64: string | undefined): Buffer | undefined {
  if (base64 === undefined || base64.length > BASE64_LIMIT) return undefined;
  const data = Buffer.from(base64, 'base64');
  return data.length > 0 && data.length <= AVATAR_LIMIT_BYTES ? data : undefined;
}
