/**
 * What a file is, by its first bytes: what its name or its sender say of it is not believed, since a browser would act
 * on it. Texts are told from the rest by being UTF-8 without control characters.
 */

/** How much of a file's beginning is looked at. */
export const headBytes = 64 * 1024;

export interface ContentType {
  mime: string;
  /** Usual for it, without the dot. */
  extension: string;
}

const unknown: ContentType = { mime: 'application/octet-stream', extension: 'bin' };
const plainText: ContentType = { mime: 'text/plain', extension: 'txt' };
/** Text that a browser would run if it were told that it is this. */
const marked: readonly (readonly [RegExp, ContentType])[] = [
  [/<svg[\s>]/i, { mime: 'image/svg+xml', extension: 'svg' }],
  [/<!doctype html|<(html|head|body|script|iframe)[\s>]/i, { mime: 'text/html', extension: 'html' }],
  [/^\s*<\?xml/i, { mime: 'application/xml', extension: 'xml' }],
];
/** How much of a text is looked through for marks. */
const markedBytes = 4096;

/** @param whole whether these are all of the file's bytes */
export async function toContentType(head: Uint8Array, whole: boolean): Promise<ContentType> {
  if (head.byteLength === 0) return unknown;
  const found = await detect(head);
  if (found !== undefined && !found.mime.endsWith('xml')) return found;
  const text = toText(head, whole);
  if (text === undefined) return found ?? unknown;
  const start = text.slice(0, markedBytes);
  return marked.find(([pattern]) => pattern.test(start))?.[1] ?? found ?? plainText;
}

/** The library is loaded when it is needed: it costs some 13 MiB. */
async function detect(head: Uint8Array): Promise<ContentType | undefined> {
  const { fileTypeFromBuffer } = await import('file-type');
  try {
    const found = await fileTypeFromBuffer(head);
    // `audio/ogg; codecs=opus`: the parameters are of no use to who shows it.
    return found && { mime: found.mime.replace(/\s*;.*$/, ''), extension: found.ext };
  } catch {
    // It begins like something and goes on as something else: then it is not known what it is.
    return undefined;
  }
}

/** The text, if it is one. */
function toText(head: Uint8Array, whole: boolean): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: !whole });
    // oxlint-disable-next-line no-control-regex -- it is control characters that a text does not have
    return /[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text) ? undefined : text;
  } catch {
    // Not UTF-8.
    return undefined;
  }
}
