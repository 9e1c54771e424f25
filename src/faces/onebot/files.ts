/**
 * Files as bots name them: by a web address, as base64, or by the id of a file that the hub keeps. A path of a disk is
 * never read: the bot's disk is not here, and this one's is nobody's business.
 */
import { toMediaUrl, mediaIdPattern, type MediaStore } from '../../hub/media.ts';
import { RETCODE } from '../../wire/onebot11/retcodes.ts';
import { ActionFailure } from './failure.ts';

/** The largest file that is taken as base64; larger ones go by an address, or by an upload of the REST face. */
const base64LimitBytes = 24 * 1024 * 1024;
/** How much of it is decoded at a time, characters: four are three bytes. */
const pieceLength = 64 * 1024;

const scheme = 'base64://';
/** Either alphabet of RFC 4648. */
const noBase64 = /[^\w+/=-]/;

/** Bytes as an address, with or without what says that they are base64. */
export function toBase64Address(base64: string): string {
  return base64.startsWith(scheme) ? base64 : scheme + base64;
}

/**
 * The address of a file for a body: of the web, or of the media store, where base64 is put. Rejects with an
 * `ActionFailure` or a `MediaError`.
 *
 * @param name how the file is to be called
 */
export async function takeFile(
  file: string,
  name: string | undefined,
  media: Pick<MediaStore, 'save' | 'find' | 'idOf' | 'limitBytes'>,
): Promise<string> {
  if (file.startsWith(scheme)) return keep(file, name, media);
  const id = findMediaId(file, media);
  if (id !== undefined) {
    if (await media.find(id)) return toMediaUrl(id, name ?? 'file');
    throw new ActionFailure(RETCODE.badParameter, `there is no file ${id}, or it is no longer kept`);
  }
  const { protocol } = URL.parse(file) ?? {};
  if (protocol === 'http:' || protocol === 'https:') return file;
  const why = protocol === 'file:' ? 'the bot’s files cannot be read from here' : 'no such file is known';
  throw new ActionFailure(
    RETCODE.badParameter,
    `${JSON.stringify(file.slice(0, 100))}: ${why}; send a web address, base64:// or the id of a kept file`,
  );
}

/** The id of a kept file, however it is named: the id itself, `media:ID/NAME`, a link, `file://…/ID` or `file://…/ID/NAME`. */
export function findMediaId(file: string, media: Pick<MediaStore, 'idOf'>): string | undefined {
  if (mediaIdPattern.test(file)) return file;
  const last = /^file:\/\/.*?\/?([0-9a-f]{40})(?:\/[^/]*)?$/.exec(file)?.[1];
  return last ?? media.idOf(file);
}

async function keep(
  file: string,
  name: string | undefined,
  media: Pick<MediaStore, 'save' | 'limitBytes'>,
): Promise<string> {
  const limitBytes = Math.min(base64LimitBytes, media.limitBytes);
  if ((file.length - scheme.length) * 0.75 > limitBytes + 2) {
    const message = `as base64 a file may have ${limitBytes} bytes; send a web address of a larger one`;
    throw new ActionFailure(RETCODE.badParameter, message);
  }
  try {
    return (await media.save(decode(file), { limitBytes, ...(name !== undefined && { name }) })).url;
  } catch (error) {
    throw error instanceof Error && error.cause instanceof ActionFailure ? error.cause : error;
  }
}

/** Encoders break the lines of base64 where they like: blanks in it mean nothing, and a piece may end within four characters. */
async function* decode(file: string): AsyncGenerator<Uint8Array, void, undefined> {
  let left = '';
  for (let at = scheme.length; at < file.length; at += pieceLength) {
    const piece = left + file.slice(at, at + pieceLength).replace(/\s+/g, '');
    if (noBase64.test(piece)) {
      throw new ActionFailure(RETCODE.badParameter, `what comes after ${scheme} is no base64`);
    }
    const whole = piece.length - (piece.length % 4);
    yield Buffer.from(piece.slice(0, whole), 'base64');
    left = piece.slice(whole);
  }
  yield Buffer.from(left, 'base64');
}
