/**
 * The border between QQ's words and the hub's: segments of OneBot become a body. What takes asking (files, merged
 * forwards) is done by `Reading`, so that all else here is pure.
 */
import type { EmojiSegment, ForwardSegment, MediaSegment, Segment } from '../../hub/message.ts';
import type { Forwarded } from '../../wire/onebot11/message.ts';
import type { KnownSegment, Segment as QqSegment } from '../../wire/onebot11/segments.ts';
import { readJsonCard, readXmlCard, toCard } from './cards.ts';
import { toFaceEmoji } from '../../wire/onebot11/faces.ts';

/** Everybody in the room, in a mention. */
const EVERYBODY = 'all';
/** How deep merged forwards are unfolded, and how many messages of one message's forwards altogether. */
const FORWARD_DEPTH = 3;
const FORWARD_LIMIT = 100;

/** The data of segments that are files. */
export type FileData = Extract<KnownSegment, { type: 'image' }>['data'];

/** What has to be asked for while a message is read. */
export interface Reading {
  /** What somebody is called in the room. */
  nameOf(user: string): string;
  /** Keeps a file, or says where it is. Undefined where nobody can get it. Never rejects. */
  file(type: MediaSegment['type'], data: FileData): Promise<MediaSegment | undefined>;
  /** The messages of a merged forward. Never rejects: an empty list is none that could be had. */
  forwarded(id: string | undefined, content: unknown): Promise<readonly Forwarded[]>;
}

export interface ReadMessage {
  body: Segment[];
  /** The id of the message that it answers. */
  replyTo?: string;
}

/** A message as the hub has it. Its body is never empty. */
export async function toReadMessage(message: readonly QqSegment[], reading: Reading): Promise<ReadMessage> {
  const left = { forwards: FORWARD_LIMIT };
  const body = await toBody(message, reading, left, 0);
  const reply = message.find((segment) => segment.type === 'reply');
  return {
    body: body.length > 0 ? body : [{ type: 'text', text: '[empty message]' }],
    ...(reply && { replyTo: reply.data.id }),
  };
}

async function toBody(
  message: readonly QqSegment[],
  reading: Reading,
  left: { forwards: number },
  depth: number,
): Promise<Segment[]> {
  const body: Segment[] = [];
  for (const segment of message) {
    const part =
      segment.type === 'forward'
        ? await unfold(segment.data, reading, left, depth)
        : await toPart(segment, reading);
    const last = body.at(-1);
    if (part?.type === 'text' && last?.type === 'text') last.text += part.text;
    else if (part && (part.type !== 'text' || part.text !== '')) body.push(part);
  }
  return body;
}

async function toPart(segment: QqSegment, reading: Reading): Promise<Segment | undefined> {
  switch (segment.type) {
    case 'text':
      return { type: 'text', text: segment.data.text.replace(/\r\n?/g, '\n') };
    case 'at': {
      const { qq, name } = segment.data;
      if (qq === EVERYBODY) return { type: 'mention', user: EVERYBODY, name: '全体成员' };
      return { type: 'mention', user: qq, name: name?.replace(/^@/, '') || reading.nameOf(qq) };
    }
    case 'face':
      return emoji(toFaceEmoji(segment.data.id));
    case 'mface':
      return toSticker(segment.data, reading);
    case 'image':
      return (await reading.file('image', segment.data)) ?? lost(segment.data.summary || '[图片]');
    case 'record':
      return (await reading.file('audio', segment.data)) ?? lost('[语音]');
    case 'video':
      return (await reading.file('video', segment.data)) ?? lost('[视频]');
    case 'file':
      return (
        (await reading.file('file', segment.data)) ??
        lost(`[文件 ${segment.data.name ?? segment.data.file ?? ''}]`)
      );
    case 'rps':
      return emoji(`[猜拳 ${rps[segment.data.result ?? ''] ?? '✊✌️🖐️'}]`);
    case 'dice':
      return emoji(`🎲 ${segment.data.result ?? ''}`.trim());
    case 'shake':
      return emoji('[窗口抖动]');
    case 'poke':
      return emoji(`[${segment.data.name || '戳一戳'}]`);
    case 'share':
      return toCard(segment.data.title || segment.data.url, segment.data.content, segment.data.url);
    case 'contact':
      return toCard(
        `[推荐${segment.data.type === 'group' ? '群' : '好友'} ${segment.data.id}]`,
        '',
        undefined,
      );
    case 'location': {
      const { lat, lon, title, content } = segment.data;
      const name = title || content;
      const [latitude, longitude] = [Number(lat), Number(lon)];
      if (!Number.isFinite(latitude) || !Number.isFinite(longitude)) return lost(`[位置 ${name ?? ''}]`);
      return { type: 'place', latitude, longitude, ...(name && { name }) };
    }
    case 'music':
      return toMusic(segment.data);
    case 'json':
      return readJsonCard(segment.data.data);
    case 'xml':
      return readXmlCard(segment.data.data);
    case 'markdown':
      return { type: 'text', text: segment.data.content };
    case 'unknown':
      return lost(`[${segment.name}]`);
    // A reply is told beside the body; whom an anonymous message is from, by its sender.
    case 'reply':
    case 'anonymous':
    case 'node':
    case 'forward':
      return undefined;
  }
}

const rps: Record<string, string> = { 1: '🖐️', 2: '✌️', 3: '✊' };

function emoji(text: string): EmojiSegment {
  return { type: 'emoji', text };
}

/** Words for what cannot be shown. */
function lost(text: string): Segment {
  return { type: 'text', text };
}

/** A market face: what it says, and its picture where that can be had. */
async function toSticker(
  { summary, url }: Extract<KnownSegment, { type: 'mface' }>['data'],
  reading: Reading,
): Promise<Segment> {
  const text = summary || '[表情]';
  const file = url === undefined ? undefined : await reading.file('image', { url, name: 'sticker' });
  return { ...emoji(text), ...(file && { url: file.url }) };
}

function toMusic({
  type,
  id,
  title,
  content,
  url,
}: Extract<KnownSegment, { type: 'music' }>['data']): Segment {
  const places: Record<string, string> = {
    qq: `https://y.qq.com/n/ryqq/songDetail/${encodeURIComponent(id ?? '')}`,
    163: `https://music.163.com/#/song?id=${encodeURIComponent(id ?? '')}`,
  };
  return toCard(title || `[音乐 ${type}]`, content, url ?? (id === undefined ? undefined : places[type]));
}

async function unfold(
  { id, content }: Extract<KnownSegment, { type: 'forward' }>['data'],
  reading: Reading,
  left: { forwards: number },
  depth: number,
): Promise<Segment> {
  const title = '聊天记录';
  if (depth >= FORWARD_DEPTH || left.forwards <= 0) return lost(`[${title}]`);
  const found = await reading.forwarded(id, content);
  if (found.length === 0) return lost(`[${title}]`);
  const taken = found.slice(0, left.forwards);
  left.forwards -= taken.length;
  const messages: ForwardSegment['messages'][number][] = [];
  for (const { userId, nickname, time, message } of taken) {
    const body = await toBody(message, reading, left, depth + 1);
    messages.push({
      sender: { id: String(userId ?? nickname), name: nickname || String(userId ?? '?') },
      ...(time !== undefined && { at: time * 1000 }),
      body: body.length > 0 ? body : [lost('[empty message]')],
    });
  }
  const more = found.length - taken.length;
  return { type: 'forward', title: more > 0 ? `${title}, ${more} more` : title, messages };
}
