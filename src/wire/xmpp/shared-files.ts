// Files that a message shows by a link, in every way that programs write it. What is said of a file is its sender's claim.
import { xml, type XmlElement } from './element.ts';

/** @see XEP-0066 §3 */
export const OOB_NS = 'jabber:x:oob';
/** @see XEP-0447, and XEP-0446 and XEP-0103 for what is in it */
const SHARING_NS = 'urn:xmpp:sfs:0';
const METADATA_NS = 'urn:xmpp:file:metadata:0';
const URL_DATA_NS = 'http://jabber.org/protocol/url-data';
/** @see XEP-0385, with the files of XEP-0234 in a reference of XEP-0372 */
const SIMS_NS = 'urn:xmpp:sims:1';
const JINGLE_FILE_NS = 'urn:xmpp:jingle:apps:file-transfer:5';
const REFERENCE_NS = 'urn:xmpp:reference:0';

/** The most files taken from one message, and the longest address. */
const FILES_LIMIT = 16;
const URL_LENGTH_LIMIT = 4096;

/** A file that a message shows. Whatever is not told is missing. */
export interface SharedFile {
  /** On http or https. */
  readonly url: string;
  readonly name?: string;
  readonly mediaType?: string;
  readonly sizeBytes?: number;
  readonly description?: string;
}

/** The files of a message, each once; those that more is told of first. */
export function readSharedFiles(message: XmlElement): SharedFile[] {
  const found = [...readSharing(message), ...readReferences(message), ...readOob(message)];
  const byUrl = new Map<string, SharedFile>();
  for (const file of found) if (!byUrl.has(file.url)) byUrl.set(file.url, file);
  return [...byUrl.values()].slice(0, FILES_LIMIT);
}

/** Marks a message as one that shows the file at this address, which has to be its body too. */
export function toOob(url: string): XmlElement {
  return xml('x', { xmlns: OOB_NS }, xml('url', {}, url));
}

function readOob(message: XmlElement): SharedFile[] {
  return message.elements('x', OOB_NS).flatMap((mark) => {
    const url = toWebUrl(mark.childText('url'));
    const description = mark.childText('desc')?.trim();
    return url === undefined ? [] : { url, ...(description && { description }) };
  });
}

function readSharing(message: XmlElement): SharedFile[] {
  return message.elements('file-sharing', SHARING_NS).flatMap((sharing) => {
    const targets = sharing.child('sources', SHARING_NS)?.elements('url-data', URL_DATA_NS) ?? [];
    return toFile(
      sharing.child('file', METADATA_NS),
      targets.map((target) => target.attr('target')),
    );
  });
}

function readReferences(message: XmlElement): SharedFile[] {
  return message.elements('reference', REFERENCE_NS).flatMap((reference) => {
    const sharing = reference.child('media-sharing', SIMS_NS);
    const sources = sharing?.child('sources', SIMS_NS)?.elements('reference', REFERENCE_NS) ?? [];
    return toFile(
      sharing?.child('file', JINGLE_FILE_NS),
      sources.map((source) => source.attr('uri')),
    );
  });
}

/** The file, if one of its addresses is on the web: the first such one. */
function toFile(file: XmlElement | undefined, addresses: readonly (string | undefined)[]): SharedFile[] {
  const url = addresses.map(toWebUrl).find((each) => each !== undefined);
  if (url === undefined) return [];
  const name = file?.childText('name')?.trim();
  const mediaType = file?.childText('media-type')?.trim().toLowerCase();
  const size = file?.childText('size')?.trim() ?? '';
  const description = file?.childText('desc')?.trim();
  return [
    {
      url,
      ...(name && { name }),
      ...(mediaType && { mediaType }),
      ...(/^\d{1,15}$/.test(size) && { sizeBytes: Number(size) }),
      ...(description && { description }),
    },
  ];
}

/** The address as it stands, if it is one of the web. */
function toWebUrl(text: string | undefined): string | undefined {
  const trimmed = text?.trim() ?? '';
  if (trimmed.length > URL_LENGTH_LIMIT) return undefined;
  const protocol = URL.parse(trimmed)?.protocol;
  return protocol === 'https:' || protocol === 'http:' ? trimmed : undefined;
}
