/**
 * The seam between the hub and its media store: where the bytes of pictures, sounds, films and files are, which never
 * go into the journal. A body names a file of the store by a stable address, `media:ID/NAME`. Who shows it makes a
 * link of that with `resolve`; for what goes to networks `render.ts` has done so. Thus the name by which browsers
 * reach the hub may change, and old messages still open.
 */
import { RequestError } from './errors.ts';
import type { AccountId, MediaSegment, Segment } from './message.ts';

/** Every method but the pure ones rejects with a `MediaError`. */
export interface MediaStore {
  /** The largest file it takes. */
  readonly limitBytes: number;
  /**
   * Keeps what `content` yields, and never holds more than a piece of it in memory. Resolves when the file is on
   * disk under its id; when it rejects, nothing is left of it. The same bytes are kept once, however often saved.
   */
  save(content: AsyncIterable<Uint8Array>, about?: MediaAbout): Promise<StoredMedia>;
  /**
   * Keeps what an address of somebody else's opens. Private addresses are refused, cookies are the account's, and
   * the name is taken from the answer or the address where `about` has none.
   */
  fetch(url: string, about?: MediaAbout & { account?: AccountId }): Promise<StoredMedia>;
  /** What is known of a kept file; undefined when there is none (any more). Says that it is still of use. */
  find(id: string): Promise<MediaInfo | undefined>;
  /** The bytes of a kept file, or of a part of it. The stream has to be read or destroyed. */
  open(id: string, range?: ByteRange): Promise<OpenMedia | undefined>;
  /** The id in an address of the store's own, `media:…` or a link that `resolve` made; else undefined. */
  idOf(url: string): string | undefined;
  /** A link that opens it for browsers and other programs. Any other address stays as it is. */
  resolve(url: string): string;
}

/** What is known of bytes before they are kept. */
export interface MediaAbout {
  /** The file's name, as foreign as it likes: only what is harmless of it is kept. */
  name?: string;
  /** Never more than this, if it is less than the store's own limit. */
  limitBytes?: number;
  /** Aborted: it ends, at the next piece of what comes in at the latest, with the signal's reason. */
  signal?: AbortSignal;
}

export interface MediaInfo {
  /** Forty hexadecimal digits. Nobody can make it up, not even who has the bytes. */
  id: string;
  /** Content type by the bytes themselves; `text/plain` or `application/octet-stream` where they do not tell. */
  mime: string;
  sizeBytes: number;
  /** Of the bytes, hexadecimal. */
  sha256: string;
}

export interface StoredMedia extends MediaInfo {
  /** `media:ID/NAME`, for `MediaSegment.url`. */
  url: string;
  /** Harmless as a file's name. */
  name: string;
}

/** Bytes from `start` to `end`, both included, both within the file. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface OpenMedia {
  info: MediaInfo;
  stream: AsyncIterable<Uint8Array> & { destroy(): unknown };
}

export const mediaIdPattern = /^[0-9a-f]{40}$/;

/** The store's own address of a file. @param name harmless as a file's name */
export function toMediaUrl(id: string, name: string): string {
  return `media:${id}/${encodeFileName(name)}`;
}

/**
 * A name as it may stand in a link and in a header (RFC 8187 §3.2.1). Brackets and quotes, too: programs that make links
 * of addresses in a text leave them out at the end.
 */
export function encodeFileName(name: string): string {
  return encodeURIComponent(name).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The path after `media:`, `ID/NAME` as it stands in a link; undefined for any other address. */
export function toMediaPath(url: string): string | undefined {
  return /^media:([0-9a-f]{40}\/[^/?#]*)$/.exec(url)?.[1];
}

/** Pictures that browsers draw and that cannot run anything: no SVG, which can. */
const shownImages: ReadonlySet<string> = new Set([
  'image/apng',
  'image/avif',
  'image/bmp',
  'image/gif',
  'image/jpeg',
  'image/png',
  'image/webp',
]);

/** How a file of this content type is shown. What is not surely harmless is a `file`. */
export function toMediaType(mime: string): MediaSegment['type'] {
  if (shownImages.has(mime)) return 'image';
  if (mime.startsWith('audio/')) return 'audio';
  return mime.startsWith('video/') ? 'video' : 'file';
}

/** A kept file as a part of a body. */
export function toMediaSegment({ url, name, mime, sizeBytes }: StoredMedia): MediaSegment {
  return { type: toMediaType(mime), url, name, mime, sizeBytes };
}

/**
 * What a file is called where a name is given to programs of others, which may write it to a disk: the last part of a path,
 * without control characters. Names in segments are foreign text, whether or not the file is kept.
 */
export function toBareName({ name = '' }: Pick<MediaSegment, 'name'>): string {
  const last = name.toWellFormed().split(/[/\\]/).at(-1) ?? '';
  return last.replace(/\p{C}/gu, '').replace(/^[\s.]+/, '') || 'file';
}

/** A body with the addresses of kept files made to links; forwarded messages too. */
export function withMediaLinks(
  body: readonly Segment[],
  resolve: (url: string) => string,
): readonly Segment[] {
  if (body.every((segment) => segment.type === 'text')) return body;
  return body.map((segment) => {
    if (segment.type === 'forward') {
      const messages = segment.messages.map((message) => ({
        ...message,
        body: withMediaLinks(message.body, resolve),
      }));
      return { ...segment, messages };
    }
    if (!('url' in segment) || segment.url === undefined) return segment;
    const url = resolve(segment.url);
    return url === segment.url ? segment : { ...segment, url };
  });
}

/** The addresses in a body that a file may be behind; forwarded messages' too. */
export function* mediaAddressesOf(body: readonly Segment[]): Generator<string, void, undefined> {
  for (const segment of body) {
    if (segment.type === 'forward')
      for (const { body: said } of segment.messages) yield* mediaAddressesOf(said);
    else if ('url' in segment && segment.url !== undefined) yield segment.url;
  }
}

/** The store of a hub that has none: it keeps nothing. */
export const noMedia: MediaStore = {
  limitBytes: 0,
  save: async () => refuse(),
  fetch: async () => refuse(),
  find: async () => undefined,
  open: async () => undefined,
  idOf: () => undefined,
  resolve: (url) => url,
};

function refuse(): never {
  throw new RequestError('not-supported', 'this hub keeps no media');
}
