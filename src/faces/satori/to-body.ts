/** What a bot wants to say, from content to bodies of the hub. */
import { mediaIdPattern, toMediaUrl, type MediaStore } from '../../hub/media.ts';
import type { Segment } from '../../hub/message.ts';
import type { FilePart, Part } from '../../wire/satori/content.ts';
import { readMessages } from '../../wire/satori/read-content.ts';
import { Failure } from './failure.ts';

/** The largest file that is taken within a content. */
const inlineLimitBytes = 24 * 1024 * 1024;

export interface Said {
  body: Segment[];
  /** The id of the message that is answered. */
  replyTo?: string;
}

type Media = Pick<MediaStore, 'save' | 'find' | 'idOf' | 'limitBytes'>;

/**
 * The messages of a content. Rejects with a `Failure` or a `MediaError`. What is empty is refused.
 *
 * @param nameOf what somebody is called, where a mention does not say it
 */
export async function toBodies(
  content: string,
  media: Media,
  nameOf: (user: string) => string | undefined,
): Promise<Said[]> {
  const said: Said[] = [];
  for (const { parts, quote } of readMessages(content.toWellFormed())) {
    const body: Segment[] = [];
    for (const part of parts) body.push(await toSegment(part, media, nameOf));
    said.push({ body, ...(quote?.id !== undefined && { replyTo: quote.id }) });
  }
  if (said.length === 0) throw new Failure(400, 'there is nothing to say');
  return said;
}

async function toSegment(
  part: Part,
  media: Media,
  nameOf: (user: string) => string | undefined,
): Promise<Segment> {
  switch (part.type) {
    case 'mention':
      return part.name === part.user ? { ...part, name: nameOf(part.user) ?? part.name } : part;
    case 'image':
    case 'audio':
    case 'video':
    case 'file':
      return toFile(part, media);
    case 'emoji':
      return part.url === undefined ? part : { ...part, url: await takeFile(part.url, undefined, media) };
    case 'forward': {
      const messages = [];
      for (const { sender, body } of part.messages) {
        const segments: Segment[] = [];
        for (const each of body) segments.push(await toSegment(each, media, nameOf));
        messages.push({ sender, body: segments });
      }
      return { ...part, messages };
    }
    case 'text':
    case 'place':
    case 'card':
      return part;
  }
}

async function toFile(part: FilePart, media: Media): Promise<Segment> {
  return { ...part, url: await takeFile(part.url, part.name, media) };
}

/** The address of a file for a body: of the web, or of the media store, where what is within the content is put. */
async function takeFile(src: string, name: string | undefined, media: Media): Promise<string> {
  if (src.startsWith('data:')) return keep(src, name, media);
  const id = mediaIdPattern.test(src) ? src : media.idOf(src);
  if (id !== undefined) {
    if (await media.find(id)) return toMediaUrl(id, name ?? 'file');
    throw new Failure(400, `there is no file ${id}, or it is no longer kept`);
  }
  if (/^https?:$/.test(URL.parse(src)?.protocol ?? '')) return src;
  throw new Failure(
    400,
    `${JSON.stringify(src.slice(0, 100))}: send a web address, data: or what upload.create answered`,
  );
}

/** @see RFC 2397 */
async function keep(src: string, name: string | undefined, media: Media): Promise<string> {
  const comma = src.indexOf(',');
  const limitBytes = Math.min(inlineLimitBytes, media.limitBytes);
  if ((src.length - comma) * 0.75 > limitBytes + 2) {
    throw new Failure(413, `within a content a file may have ${limitBytes} bytes; upload a larger one`);
  }
  const isBase64 = /;base64$/i.test(src.slice(0, comma));
  const bytes = isBase64
    ? Buffer.from(src.slice(comma + 1), 'base64')
    : Buffer.from(decode(src.slice(comma + 1)));
  const stored = await media.save(inOne(bytes), { limitBytes, ...(name !== undefined && { name }) });
  return stored.url;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Failure(400, 'a data: address is not encoded as it has to be');
  }
}

async function* inOne(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
