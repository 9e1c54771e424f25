/** Bodies between the JSON of programs and the hub's segments. */
import { toMediaUrl, withMediaLinks, type MediaStore } from '../../hub/media.ts';
import { textBody, type Segment, type User } from '../../hub/message.ts';
import { RestError } from './problems.ts';
import type { WireSegment } from './schemas/segment.ts';
import type { WireUser } from './schemas/values.ts';

/** Forwarded messages within forwarded messages, and so on; deeper is refused. */
const depthLimit = 4;

/** Milliseconds since the epoch, as programs read a time. */
export function toTime(atMs: number): string {
  return new Date(atMs).toISOString();
}

export function toWireUser({ id, name }: User): WireUser {
  return { id, name };
}

/** A body as programs read it: kept files are links that open. */
export function toWireBody(
  body: readonly Segment[],
  { media }: { media: Pick<MediaStore, 'resolve'> },
): WireSegment[] {
  return withMediaLinks(body, (url) => media.resolve(url)).map(toWireSegment);
}

function toWireSegment(segment: Segment): WireSegment {
  switch (segment.type) {
    case 'text': {
      const { type, text, marks } = segment;
      return { type, text, ...(marks && { marks: [...marks] }) };
    }
    case 'forward': {
      const { type, title, messages } = segment;
      const forwarded = messages.map(({ sender, at, body }) => ({
        sender: toWireUser(sender),
        ...(at !== undefined && { at: toTime(at) }),
        body: body.map(toWireSegment),
      }));
      return { type, ...(title !== undefined && { title }), messages: forwarded };
    }
    default:
      return segment;
  }
}

/** What a request says, as text or as segments. */
export interface Content {
  text?: string;
  body?: readonly WireSegment[];
}

/** The body that a request wants said. Rejects with a `RestError`. */
export async function parseContent({ text, body }: Content, media: MediaStore): Promise<Segment[]> {
  if (text !== undefined && body !== undefined) {
    throw new RestError(
      'request-invalid',
      '"text" and "body" are two ways to say the same: send one of them',
    );
  }
  if (text !== undefined) return textBody(text);
  if (body === undefined)
    throw new RestError('request-invalid', 'nothing to say: "text" or "body" is missing');
  return Promise.all(body.map((segment) => parseSegment(segment, media, 0)));
}

async function parseSegment(segment: WireSegment, media: MediaStore, depth: number): Promise<Segment> {
  switch (segment.type) {
    case 'image':
    case 'audio':
    case 'video':
    case 'file':
      return { ...segment, url: await parseMediaUrl(segment.url, segment.name, media) };
    case 'emoji':
    case 'card':
      if (segment.url === undefined) return segment;
      return { ...segment, url: await parseMediaUrl(segment.url, undefined, media) };
    case 'forward': {
      if (depth >= depthLimit)
        throw new RestError('request-invalid', 'forwarded messages are nested too deep');
      const messages = await Promise.all(
        segment.messages.map(async ({ at, body, ...message }) => ({
          ...message,
          ...(at !== undefined && { at: Date.parse(at) }),
          body: await Promise.all(body.map((inner) => parseSegment(inner, media, depth + 1))),
        })),
      );
      return { ...segment, messages };
    }
    default:
      return segment;
  }
}

/** An address that others will open: a web address, or a file that the hub keeps. */
async function parseMediaUrl(url: string, name: string | undefined, media: MediaStore): Promise<string> {
  const id = media.idOf(url);
  if (id === undefined) {
    const { protocol } = URL.parse(url) ?? {};
    if (protocol === 'https:' || protocol === 'http:') return url;
    throw new RestError(
      'request-invalid',
      `${JSON.stringify(url.slice(0, 100))} is no address of the web, nor of an upload`,
    );
  }
  if (!(await media.find(id))) {
    throw new RestError(
      'media-unknown',
      `there is no file ${id}: it was never uploaded, or is no longer kept`,
    );
  }
  return url.startsWith('media:') ? url : toMediaUrl(id, name ?? 'file');
}
