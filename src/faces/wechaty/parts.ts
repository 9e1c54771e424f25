/**
 * A message of Wechaty is one thing: a text, a picture, a file, a link, a place. One of the hub may be several of them: then
 * it is several messages. The first has the hub's id, the others have it with their number.
 */
import {
  toPlainText,
  type CardSegment,
  type EventId,
  type MediaSegment,
  type PlaceSegment,
  type Segment,
} from '../../hub/message.ts';

export type Part =
  | { type: 'text'; text: string; mentions: readonly string[] }
  | { type: 'media'; media: MediaSegment }
  | { type: 'url'; card: CardSegment & { url: string } }
  | { type: 'location'; place: PlaceSegment };

/** The parts of a body; at least one. */
export function toParts(body: readonly Segment[]): Part[] {
  const parts: Part[] = [];
  let words: Segment[] = [];
  const endText = () => {
    const text = toPlainText(words);
    const mentions = words.flatMap((segment) => (segment.type === 'mention' ? [segment.user] : []));
    // Blanks between two pictures are nothing that was said.
    if (text.trim() !== '') parts.push({ type: 'text', text, mentions });
    words = [];
  };
  for (const segment of body) {
    const part = toOwnPart(segment);
    if (!part) {
      words.push(segment);
      continue;
    }
    endText();
    parts.push(part);
  }
  endText();
  return parts.length > 0 ? parts : [{ type: 'text', text: toPlainText(body), mentions: [] }];
}

function toOwnPart(segment: Segment): Part | undefined {
  switch (segment.type) {
    case 'image':
    case 'audio':
    case 'video':
    case 'file':
      return { type: 'media', media: segment };
    case 'card': {
      const { url } = segment;
      return url === undefined ? undefined : { type: 'url', card: { ...segment, url } };
    }
    case 'place':
      return { type: 'location', place: segment };
    case 'text':
    case 'mention':
    case 'emoji':
    case 'forward':
      return undefined;
  }
}

export function toPartId(event: EventId, index: number): string {
  return index === 0 ? event : `${event}.${index}`;
}

/** The message and the part that an id names; nothing of it is proved. */
export function parsePartId(id: string): { event: EventId; index: number } {
  const dot = id.indexOf('.');
  if (dot < 0) return { event: id, index: 0 };
  return { event: id.slice(0, dot), index: Number(id.slice(dot + 1)) };
}
