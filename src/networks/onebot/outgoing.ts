/** A body as QQ gets it. What it cannot show has been put in words before, by the hub. */
import { toBareName } from '../../hub/media.ts';
import { toPlainText, type ForwardSegment, type MediaSegment, type Segment } from '../../hub/message.ts';
import { toWireSegment, type Segment as QqSegment, type WireSegment } from '../../wire/onebot11/segments.ts';
import { toFaceId } from '../../wire/onebot11/faces.ts';

/** What a sent message can hold as such. */
export const CARRIED = [
  'reply',
  'mention',
  'image',
  'audio',
  'video',
  'file',
  'emoji',
  'forward',
  'place',
] as const;
/** What QQ shows only as a message of its own. */
export const ALONE = ['audio', 'video', 'file', 'forward', 'place'] as const;

/**
 * @param toFile how the implementation gets a file: an address, or its bytes as `base64://`
 * @param replyTo the answered message's id
 */
export async function toMessage(
  body: readonly Segment[],
  replyTo: string | undefined,
  toFile: (segment: MediaSegment) => Promise<string>,
): Promise<QqSegment[]> {
  const message: QqSegment[] = replyTo === undefined ? [] : [{ type: 'reply', data: { id: replyTo } }];
  for (const segment of body) message.push(await toQqSegment(segment, toFile));
  return message;
}

async function toQqSegment(
  segment: Segment,
  toFile: (segment: MediaSegment) => Promise<string>,
): Promise<QqSegment> {
  switch (segment.type) {
    case 'mention':
      if (!/^(all|\d{1,16})$/.test(segment.user)) return text(`@${segment.name}`);
      return { type: 'at', data: { qq: segment.user } };
    case 'emoji': {
      const id = toFaceId(segment.text);
      return id === undefined ? text(segment.text) : { type: 'face', data: { id } };
    }
    case 'image':
      return {
        type: 'image',
        data: { file: await toFile(segment), ...(segment.alt && { summary: segment.alt }) },
      };
    case 'audio':
      return { type: 'record', data: { file: await toFile(segment) } };
    case 'video':
      return {
        type: 'video',
        data: { file: await toFile(segment), ...(segment.name && { name: segment.name }) },
      };
    case 'file':
      return { type: 'file', data: { file: await toFile(segment), name: toBareName(segment) } };
    case 'place': {
      const { latitude, longitude, name } = segment;
      return {
        type: 'location',
        data: { lat: String(latitude), lon: String(longitude), ...(name && { title: name }) },
      };
    }
    default:
      return text(toPlainText([segment]));
  }
}

/**
 * The messages of a merged forward, for the actions that send one. Forwards within it, and what QQ shows only as a message
 * of its own, are words there.
 *
 * @param selfId stands in for people who have no number
 */
export async function toNodes(
  { messages }: ForwardSegment,
  selfId: number,
  toFile: (segment: MediaSegment) => Promise<string>,
): Promise<WireSegment[]> {
  const nodes: WireSegment[] = [];
  for (const { sender, at, body } of messages) {
    const content: WireSegment[] = [];
    for (const segment of body) {
      const isAlone = ALONE.some((type) => type === segment.type);
      const said = isAlone ? text(toPlainText([segment])) : await toQqSegment(segment, toFile);
      content.push(toWireSegment(said));
    }
    const user = /^\d{1,16}$/.test(sender.id) ? sender.id : String(selfId);
    const time = at === undefined ? {} : { time: String(Math.floor(at / 1000)) };
    // Implementations read either the one pair of names or the other.
    const data = { user_id: user, nickname: sender.name, uin: user, name: sender.name, content, ...time };
    nodes.push({ type: 'node', data });
  }
  return nodes;
}

/** What cannot be encoded, or ends a text for QQ, is left out of it. */
function text(value: string): QqSegment {
  return { type: 'text', data: { text: value.toWellFormed().replaceAll('\u0000', '') } };
}

/**
 * A message as a text by which it is found again among what the account has said: what implementations tell otherwise
 * than it was sent (addresses of files, blanks, the answered message) makes no difference.
 */
export function toPrint(message: readonly QqSegment[]): string {
  const words = message.map((segment) => {
    switch (segment.type) {
      case 'text':
        return segment.data.text;
      case 'at':
        return ` @${segment.data.qq} `;
      case 'face':
        return ` [face ${segment.data.id}] `;
      case 'reply':
        return '';
      default:
        return ` [${segment.type === 'unknown' ? segment.name : segment.type}] `;
    }
  });
  return words.join('').replace(/\s+/g, ' ').trim();
}
