/** What a bot wants to say, from OneBot's segments to a body of the hub. */
import type { MediaStore } from '../../hub/media.ts';
import type { AccountId, Segment as HubSegment, TextSegment, User } from '../../hub/message.ts';
import { toFaceEmoji } from '../../wire/onebot11/faces.ts';
import { parseMessage } from '../../wire/onebot11/message.ts';
import { RETCODE } from '../../wire/onebot11/retcodes.ts';
import type { Segment } from '../../wire/onebot11/segments.ts';
import { ActionFailure } from './failure.ts';
import { takeFile } from './files.ts';
import type { Numbered } from './numbers.ts';

export interface BodyHost {
  media: MediaStore;
  /** Where it is to be said. */
  account: AccountId;
  /** Who has a number. */
  find(number: number): Promise<Numbered | undefined>;
  /** A message that the bot may see, to be forwarded. */
  message(id: number): Promise<{ sender: User; at: number; body: readonly HubSegment[] } | undefined>;
}

export interface Said {
  body: HubSegment[];
  /** The id of the message that is answered. */
  replyTo?: number;
}

/** Forwarded messages within forwarded messages, and so on; deeper is refused. */
const depthLimit = 4;
/** Segments of a message, and characters in them, those of forwarded messages included and files not; more is refused. */
const segmentsLimit = 2_000;
const charactersLimit = 200_000;

/** Rejects with an `ActionFailure` or a `MediaError`. What is empty is refused. */
export async function toBody(message: readonly Segment[], host: BodyHost): Promise<Said> {
  const replies = message.flatMap((segment) => (segment.type === 'reply' ? Number(segment.data.id) : []));
  const body = await toSegments(message, host, new Room(), 0);
  const replyTo = replies.find(Number.isSafeInteger);
  if (body.length === 0) throw new ActionFailure(RETCODE.badParameter, 'there is nothing to say');
  return { body, ...(replyTo !== undefined && { replyTo }) };
}

/** How much of a message has still room. */
class Room {
  #segments = segmentsLimit;
  #characters = charactersLimit;

  take(data: object): void {
    this.#segments -= 1;
    for (const value of Object.values(data)) {
      const isText = typeof value === 'string' && !value.startsWith('base64://');
      if (isText) this.#characters -= value.length;
    }
    if (this.#segments < 0) this.#refuse(`${segmentsLimit} segments`);
    if (this.#characters < 0) this.#refuse(`${charactersLimit} characters`);
  }

  #refuse(limit: string): never {
    throw new ActionFailure(RETCODE.badParameter, `a message may have ${limit}, its forwards included`);
  }
}

async function toSegments(
  message: readonly Segment[],
  host: BodyHost,
  room: Room,
  depth: number,
): Promise<HubSegment[]> {
  if (depth > depthLimit) {
    throw new ActionFailure(RETCODE.badParameter, 'forwarded messages are nested too deep');
  }
  const body: HubSegment[] = [];
  const nodes: Extract<Segment, { type: 'node' }>[] = [];
  for (const segment of message) {
    room.take(segment.data);
    if (segment.type === 'node') nodes.push(segment);
    else body.push(...(await toHubSegments(segment, host)));
  }
  if (nodes.length > 0) {
    const messages = [];
    for (const node of nodes) messages.push(await toForwarded(node, host, room, depth));
    body.push({ type: 'forward', messages });
  }
  return body;
}

async function toHubSegments(segment: Segment, host: BodyHost): Promise<HubSegment[]> {
  const { type, data } = segment;
  switch (type) {
    case 'text':
      return data.text === '' ? [] : [text(data.text)];
    case 'at':
      return [await toMention(data.qq, data.name, host)];
    case 'image':
    case 'record':
    case 'video':
    case 'file':
      return [await toMedia(type, data, host)];
    case 'mface':
      return [
        {
          type: 'emoji',
          text: data.summary ?? '[sticker]',
          ...(data.url !== undefined && { url: data.url }),
        },
      ];
    case 'face':
      return [{ type: 'emoji', text: toFaceEmoji(data.id) }];
    case 'rps':
      return [{ type: 'emoji', text: '✊' }];
    case 'dice':
      return [{ type: 'emoji', text: '🎲' }];
    case 'share': {
      const { url, title = url, content } = data;
      return [{ type: 'card', title, url, ...(content !== undefined && { text: content }) }];
    }
    case 'music': {
      const { title, content, url = data.audio } = data;
      const card = { type: 'card' as const, title: title ?? `♪ ${data.type} ${data.id ?? ''}`.trim() };
      return [
        { ...card, ...(content !== undefined && { text: content }), ...(url !== undefined && { url }) },
      ];
    }
    case 'location': {
      const [latitude, longitude] = [Number(data.lat), Number(data.lon)];
      if (!Number.isFinite(latitude) || !Number.isFinite(longitude)) {
        throw new ActionFailure(RETCODE.badParameter, 'a location needs "lat" and "lon" as numbers');
      }
      return [{ type: 'place', latitude, longitude, ...(data.title !== undefined && { name: data.title }) }];
    }
    case 'markdown':
      return [text(data.content)];
    case 'contact':
      return [text(`[${data.type} ${data.id}]`)];
    case 'poke':
    case 'shake':
      return [text('[poke]')];
    case 'json':
    case 'xml':
      return [text(`[${type}]`)];
    case 'unknown':
      return [text(`[${segment.name}]`)];
    // The answer stands beside the body, anonymity is QQ's own, and a forward is made of nodes.
    case 'reply':
    case 'anonymous':
    case 'forward':
    case 'node':
      return [];
  }
}

async function toMention(qq: string, name: string | undefined, host: BodyHost): Promise<HubSegment> {
  if (qq === 'all') return { type: 'mention', user: 'all', name: 'all' };
  const found = /^\d{1,16}$/.test(qq) ? await host.find(Number(qq)) : undefined;
  if (found?.kind !== 'user') return text(`@${name ?? qq}`);
  // Somebody of another network has no id here that could be mentioned.
  if (found.account !== host.account) return text(`@${found.name}`);
  return { type: 'mention', user: found.id, name: found.name };
}

async function toMedia(
  type: 'image' | 'record' | 'video' | 'file',
  data: {
    file?: string | undefined;
    url?: string | undefined;
    name?: string | undefined;
    summary?: string | undefined;
  },
  { media }: BodyHost,
): Promise<HubSegment> {
  const file = data.file ?? data.url;
  if (file === undefined)
    throw new ActionFailure(RETCODE.badParameter, `"file" is missing in a segment "${type}"`);
  const { name, summary } = data;
  return {
    type: type === 'record' ? 'audio' : type,
    url: await takeFile(file, name, media),
    ...(name !== undefined && { name }),
    ...(summary !== undefined && { alt: summary }),
  };
}

async function toForwarded(
  { data }: Extract<Segment, { type: 'node' }>,
  host: BodyHost,
  room: Room,
  depth: number,
): Promise<{ sender: User; at?: number; body: HubSegment[] }> {
  if (data.content === undefined) {
    const message = await host.message(Number(data.id));
    if (!message) throw new ActionFailure(RETCODE.badParameter, `there is no message ${data.id ?? ''}`);
    for (const segment of message.body) room.take(segment);
    return { ...message, body: [...message.body] };
  }
  const id = data.user_id ?? data.uin ?? '';
  const body = await toSegments(parseMessage(data.content), host, room, depth + 1);
  const seconds = Number(data.time);
  return {
    sender: { id, name: data.nickname ?? data.name ?? id },
    body,
    ...(data.time !== undefined && Number.isFinite(seconds) && { at: seconds * 1000 }),
  };
}

function text(words: string): TextSegment {
  return { type: 'text', text: words };
}
