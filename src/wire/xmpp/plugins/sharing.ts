// Files with what is known of them: name, size, kind, hashes, and where they can be got. What it says is the sender's
// claim; the hash is what a download is checked by.
import { createHash, getHashes } from 'node:crypto';
import { XmlElement, xml } from '../element.ts';
import { defineStanza } from '../stanza/define.ts';
import { attribute, computed } from '../stanza/field.ts';
import { oneOf } from '../stanza/codec.ts';
import { Message } from '../stanza/message.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { isWeb } from './oob.ts';

/** @see XEP-0447 */
const SHARING_NS = 'urn:xmpp:sfs:0';
/** @see XEP-0446 */
const METADATA_NS = 'urn:xmpp:file:metadata:0';
/** @see XEP-0300 */
const HASHES_NS = 'urn:xmpp:hashes:2';
/** @see XEP-0103 */
const URL_DATA_NS = 'http://jabber.org/protocol/url-data';

const SOURCES_LIMIT = 16;

/** A file. Whatever is not told is undefined. */
export interface FileMetadata {
  readonly name?: string | undefined;
  readonly mediaType?: string | undefined;
  readonly sizeBytes?: number | undefined;
  readonly description?: string | undefined;
  /** In pixels. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** Of a sound or a film. */
  readonly lengthMs?: number | undefined;
  /** Base64 by the name of the hash: `sha-256`. */
  readonly hashes?: ReadonlyMap<string, string>;
}

/** The file in an element. */
function readMetadata(file: XmlElement): FileMetadata {
  const hashes = file.elements('hash', HASHES_NS).flatMap((hash) => {
    const algorithm = hash.attr('algo');
    return algorithm === undefined ? [] : [[algorithm, hash.text().trim()] as const];
  });
  return {
    name: toFileName(file.childText('name')),
    mediaType: file.childText('media-type'),
    sizeBytes: toCount(file.childText('size')),
    description: file.childText('desc'),
    width: toCount(file.childText('width')),
    height: toCount(file.childText('height')),
    lengthMs: toCount(file.childText('length')),
    hashes: new Map(hashes),
  };
}

function toMetadata(file: FileMetadata): XmlElement {
  return xml(
    'file',
    { xmlns: METADATA_NS },
    part('media-type', file.mediaType),
    part('name', file.name),
    part('size', file.sizeBytes),
    part('desc', file.description),
    part('width', file.width),
    part('height', file.height),
    part('length', file.lengthMs),
    ...[...(file.hashes ?? [])].map(([algo, hash]) => xml('hash', { xmlns: HASHES_NS, algo }, hash)),
  );
}

function part(name: string, value: string | number | undefined): XmlElement | undefined {
  return value === undefined ? undefined : xml(name, {}, String(value));
}

/** A name is no path, whatever it says. */
function toFileName(name: string | undefined): string | undefined {
  return name?.split(/[/\\]/).at(-1) || undefined;
}

function toCount(text: string | undefined): number | undefined {
  const count = Number(text);
  return text !== undefined && /^\d+$/.test(text.trim()) && Number.isSafeInteger(count) ? count : undefined;
}

const isFile = (node: unknown): node is XmlElement =>
  node instanceof XmlElement && node.is('file', METADATA_NS);
const isSources = (node: unknown): node is XmlElement =>
  node instanceof XmlElement && node.is('sources', SHARING_NS);

/** A file and where it can be got. @see XEP-0447 §4 */
export const FileSharing = defineStanza({
  name: 'file-sharing',
  namespace: SHARING_NS,
  plugin: 'file_sharing',
  interfaces: {
    disposition: attribute(oneOf('inline', 'attachment')),
    id: attribute(),
    file: computed<FileMetadata | undefined>({
      get(stanza) {
        const file = stanza.nodes.find(isFile);
        return file === undefined ? undefined : readMetadata(file);
      },
      set: (stanza, file) =>
        stanza.editNodes((nodes) => [toMetadata(file), ...nodes.filter((node) => !isFile(node))]),
      remove: (stanza) => stanza.editNodes((nodes) => nodes.filter((node) => !isFile(node))),
    }),
    /** Addresses on http and https. */
    urls: computed<readonly string[]>({
      get: (stanza) =>
        stanza.nodes
          .filter(isSources)
          .flatMap((sources) => sources.elements('url-data', URL_DATA_NS))
          .flatMap((source) => source.attr('target') ?? [])
          .filter(isWeb)
          .slice(0, SOURCES_LIMIT),
      set(stanza, urls) {
        const sources = urls.map((target) => xml('url-data', { xmlns: URL_DATA_NS, target }));
        stanza.editNodes((nodes) => [
          ...nodes.filter((node) => !isSources(node)),
          xml('sources', { xmlns: SHARING_NS }, ...sources),
        ]);
      },
      remove: (stanza) => stanza.editNodes((nodes) => nodes.filter((node) => !isSources(node))),
    }),
  },
});

/** The hashes of a file, as XEP-0447 wants them. */
export function toHashes(data: Uint8Array): ReadonlyMap<string, string> {
  return new Map([['sha-256', createHash('sha256').update(data).digest('base64')]]);
}

/** Whether this is the file that was told. `unknown`: no hash was told that can be made here. */
export function checkHashes(
  data: Uint8Array,
  hashes: ReadonlyMap<string, string>,
): 'same' | 'other' | 'unknown' {
  let result: 'same' | 'unknown' = 'unknown';
  for (const [name, hash] of hashes) {
    const algorithm = name.replace(/^sha-/, 'sha');
    if (!/^sha-(256|512|3-256|3-512)$/.test(name) || !getHashes().includes(algorithm)) continue;
    if (createHash(algorithm).update(data).digest('base64') !== hash) return 'other';
    result = 'same';
  }
  return result;
}

/** Stateless file sharing. @see XEP-0447 */
export const Sharing = definePlugin({
  name: 'xep_0447',
  description: 'File sharing',
  init({ registerStanza, addFeature }) {
    registerStanza(Message, FileSharing, { iterable: true });
    addFeature(SHARING_NS);
    return {
      /** The files of a message that can be got. */
      filesOf: (message: Message) =>
        message
          .subs(FileSharing)
          .flatMap(({ file, urls, disposition }) =>
            file === undefined || urls.length === 0 ? [] : [{ file, urls, disposition }],
          ),
      /** Adds a file to a message; the body should have the link too, for clients that know nothing of this. */
      attach(
        message: Message,
        file: FileMetadata,
        urls: readonly string[],
        disposition?: 'inline' | 'attachment',
      ) {
        message.append(FileSharing.create({ disposition, file, urls }));
        return message;
      },
    };
  },
});
