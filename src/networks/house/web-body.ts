/** A body as a browser sent it, made one that can be trusted: a file is what the media store says that it is. */
import { toMediaSegment, toMediaUrl, type MediaStore } from '../../hub/media.ts';
import type { Segment } from '../../hub/message.ts';
import { WebFailure, type SentBody, type SentMedia } from './web-frames.ts';

/** Rejects with a `WebFailure` where a file is not one of the store's, or is not kept any more. */
export async function readBody(sent: SentBody, media: MediaStore): Promise<Segment[]> {
  return Promise.all(
    sent.map(async (segment): Promise<Segment> => {
      if (segment.type === 'mention') return segment;
      if (segment.type !== 'text') return readMedia(segment, media);
      const { type, text, marks } = segment;
      return { type, text, ...(marks && { marks }) };
    }),
  );
}

async function readMedia({ url, name = 'file', alt }: SentMedia, media: MediaStore): Promise<Segment> {
  const id = media.idOf(url);
  const info = id === undefined ? undefined : await media.find(id);
  if (!info) throw new WebFailure('media-unknown', 'That file is not kept here; please upload it again');
  const segment = toMediaSegment({ ...info, url: toMediaUrl(info.id, nameOf(name)), name: nameOf(name) });
  return { ...segment, ...(alt !== undefined && { alt }) };
}

/** A file's name as one harmless word of a path. */
function nameOf(name: string): string {
  const harmless = name.replace(/[\p{C}\p{Zl}\p{Zp}/\\:*?"<>|]/gu, '_').slice(0, 128);
  return /^[.\s]*$/u.test(harmless) ? 'file' : harmless;
}
