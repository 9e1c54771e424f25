/** Files in messages, as the hub has them: a link that shows a file becomes a picture, sound, film or file. */
import { toMediaType } from '../../hub/media.ts';
import { textBody, type MediaSegment, type Segment } from '../../hub/message.ts';
import type { SharedFile } from '../../wire/xmpp/shared-files.ts';

/** What a file is by the ending of its name, where its sender does not say. */
const TYPES: ReadonlyMap<string, MediaSegment['type']> = new Map(
  Object.entries({
    image: ['png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'bmp'],
    audio: ['mp3', 'ogg', 'oga', 'opus', 'm4a', 'aac', 'flac', 'wav', 'weba', 'amr'],
    video: ['mp4', 'webm', 'mov', 'm4v', 'mkv', '3gp'],
  } as const).flatMap(([type, endings]) =>
    endings.map((ending) => [ending, type as MediaSegment['type']] as const),
  ),
);

/** What a message of ours can hold: one file, as a message of its own. */
export const CARRIED_FILES = ['image', 'audio', 'video', 'file'] as const;

/** Whether a part of a body is a file. */
export function isMedia(segment: Segment): segment is MediaSegment {
  return (CARRIED_FILES as readonly string[]).includes(segment.type);
}

/** A message's text and files as one body. Where a file's address stands in the text the file takes its place. */
export function toBody(text: string, files: readonly SharedFile[]): Segment[] {
  if (files.length === 0) return textBody(text);
  let body: Segment[] = textBody(text);
  for (const file of files) body = withFile(body, file);
  return body.flatMap(trimBesideFiles);
}

function withFile(body: readonly Segment[], file: SharedFile): Segment[] {
  const media = toMedia(file);
  let isPlaced = false;
  const placed = body.flatMap((segment): Segment[] => {
    const at = isPlaced || segment.type !== 'text' ? -1 : segment.text.indexOf(file.url);
    if (at < 0 || segment.type !== 'text') return [segment];
    isPlaced = true;
    const before = segment.text.slice(0, at);
    return [...textBody(before), media, ...textBody(segment.text.slice(at + file.url.length))];
  });
  return isPlaced ? placed : [...placed, media];
}

/** Line ends between a text and a file were only there to set them apart. */
function trimBesideFiles(segment: Segment, index: number, body: readonly Segment[]): Segment[] {
  if (segment.type !== 'text') return [segment];
  let { text } = segment;
  if (index > 0) text = text.trimStart();
  if (index < body.length - 1) text = text.trimEnd();
  return text === '' ? [] : textBody(text);
}

function toMedia({ url, name, mediaType, sizeBytes, description }: SharedFile): MediaSegment {
  const called = name ?? toName(url);
  return {
    type: mediaType === undefined ? toTypeByName(called) : toMediaType(mediaType),
    url,
    ...(called !== undefined && { name: called }),
    ...(mediaType !== undefined && { mime: mediaType }),
    ...(sizeBytes !== undefined && { sizeBytes }),
    ...(description !== undefined && { alt: description }),
  };
}

function toTypeByName(name: string | undefined): MediaSegment['type'] {
  const ending = /\.([a-z0-9]{1,5})$/i.exec(name ?? '')?.[1]?.toLowerCase();
  return TYPES.get(ending ?? '') ?? 'file';
}

/** The last part of an address's path. */
function toName(url: string): string | undefined {
  const last = URL.parse(url)?.pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last) || undefined;
  } catch {
    // Not encoded as UTF-8: it says nothing that could be shown.
    return undefined;
  }
}
