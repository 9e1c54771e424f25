/**
 * Names of files. They are foreign text that ends up in links, headers and on people's disks, so only what is harmless
 * in all of these is left of them.
 */
import { encodeFileName } from '../hub/media.ts';

/** Longest name, in UTF-8 bytes: what any file system takes, with room for what a browser adds. */
const nameLimitBytes = 150;
const extensionPattern = /\.[A-Za-z0-9]{1,10}$/;
/** Names that are devices on Windows, whatever comes after a dot. */
const deviceName = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * What is harmless of a name: no path, no control or direction characters, nothing that a file system or shell takes for
 * something else. Never empty: where nothing is left it is `file` and the extension.
 *
 * @param extension of the file's real content, without the dot
 */
export function toFileName(name: string | undefined, extension: string): string {
  const last = name?.toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const harmless = last
    .normalize('NFC')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .replace(/[<>:"|?*%`]/g, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[\s.~-]+|[\s.]+$/g, '')
    .replace(deviceName, '_$1');
  return harmless === '' ? `file.${extension}` : cut(harmless);
}

/** The name within its limit, its extension kept. */
function cut(name: string): string {
  if (Buffer.byteLength(name) <= nameLimitBytes) return name;
  const extension = extensionPattern.exec(name)?.[0] ?? '';
  let stem = '';
  let leftBytes = nameLimitBytes - extension.length;
  for (const character of name.slice(0, name.length - extension.length)) {
    leftBytes -= Buffer.byteLength(character);
    if (leftBytes < 0) break;
    stem += character;
  }
  return stem + extension;
}

/**
 * The header by which a browser shows or saves a file under its name.
 *
 * @see RFC 6266 §4, RFC 8187 §3.2
 */
export function toContentDisposition(type: 'inline' | 'attachment', name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%]/g, '_');
  return `${type}; filename="${ascii}"; filename*=UTF-8''${encodeFileName(name)}`;
}

/** The name that a server gives to what it sends; undefined where the header has none that can be read. */
export function nameOfDisposition(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const extended = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(header)?.[1];
  if (extended !== undefined) {
    try {
      return decodeURIComponent(extended);
    } catch {
      // Wrongly encoded: the plain name may be better.
    }
  }
  const plain = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(header);
  return plain?.[1]?.replace(/\\(.)/g, '$1') ?? plain?.[2];
}

/** The last part of an address's path; undefined where there is none. */
export function nameOfUrl(url: URL): string | undefined {
  const last = url.pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last) || undefined;
  } catch {
    // No UTF-8: then the address says no name that could be shown.
    return undefined;
  }
}
