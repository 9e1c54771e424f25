/**
 * What is said: a message's body as a flat list of segments, and the words for where and by whom. Networks turn
 * their own form into this and back in their `convert.ts`; everything between speaks only this.
 */

/** A configured login on a network. Matches `[a-z][a-z0-9-]*`; some names are reserved, see `accountIdPattern`. */
export type AccountId = string;

/** A conversation, as `account/room`, split at the first `/`. The room part is the network's own stable id. */
export type RoomRef = `${AccountId}/${string}`;

/** The hub's id of a message or other event, the same for all its copies. */
export type EventId = string;

/** An event's place in the journal's one order. Only grows; never reused. */
export type Position = number;

export const accountIdPattern = /^[a-z][a-z0-9-]*$/;
/** Account ids that would collide with paths of the web server. */
export const reservedAccountIds: ReadonlySet<string> = new Set(['api', 'event', 'in', 't']);

export interface User {
  /** The network's own stable id of this person, as far as it has one (an occupant id, a QQ number, …). */
  id: string;
  /** The name to show. Foreign text: may hold anything. */
  name: string;
  /** Their picture, where the network knew it when this was said. */
  avatar?: Avatar;
}

/** Somebody's picture, kept in the media store. */
export interface Avatar {
  /** The store's own address, `media:ID/NAME`. */
  url: string;
  /** Content type by the bytes themselves. */
  mime: string;
  /** Of the bytes, hexadecimal: the same picture has the same. */
  sha256: string;
}

/** How a stretch of text is set. Marks never nest deeper than this list: a text segment carries all of its own. */
export type Mark = 'bold' | 'italic' | 'strike' | 'code' | 'preformatted' | 'quote';

export interface TextSegment {
  type: 'text';
  text: string;
  marks?: readonly Mark[];
}

export interface MentionSegment {
  type: 'mention';
  /** The network's id of the person in the room the message comes from; `all` is everyone there. */
  user: string;
  /** The name as it was written, without the `@`. */
  name: string;
}

/** A picture, sound, film or file. Its bytes are in the media store or behind a link, never in the journal. */
export interface MediaSegment {
  type: 'image' | 'audio' | 'video' | 'file';
  /** An address that opens it: `https:`, `http:`, or `media:…`, the media store's own (media.ts). */
  url: string;
  name?: string;
  /** Content type as the network told it; not proved. */
  mime?: string;
  sizeBytes?: number;
  /** What it shows, in words. */
  alt?: string;
}

/** An emoji or sticker that plain Unicode may not have. */
export interface EmojiSegment {
  type: 'emoji';
  /** What it says where it can't be shown: a Unicode emoji if one fits, else its name in brackets. */
  text: string;
  url?: string;
}

export interface ForwardSegment {
  type: 'forward';
  title?: string;
  messages: readonly { sender: User; at?: number; body: readonly Segment[] }[];
}

export interface PlaceSegment {
  type: 'place';
  latitude: number;
  longitude: number;
  name?: string;
}

/** A link with a face: a shared page, a mini program, a music card. */
export interface CardSegment {
  type: 'card';
  title: string;
  text?: string;
  url?: string;
}

export type Segment =
  | TextSegment
  | MentionSegment
  | MediaSegment
  | EmojiSegment
  | ForwardSegment
  | PlaceSegment
  | CardSegment;

/** Joins an account and a room of it. */
export function toRoomRef(account: AccountId, room: string): RoomRef {
  return `${account}/${room}`;
}

/** Splits at the first `/`: `xmpp/room@host/nick` is the room `room@host/nick` of the account `xmpp`. */
export function splitRoomRef(ref: RoomRef): { account: AccountId; room: string } {
  const slash = ref.indexOf('/');
  return { account: ref.slice(0, slash), room: ref.slice(slash + 1) };
}

/** A body of one plain text. */
export function textBody(text: string): Segment[] {
  return [{ type: 'text', text }];
}

/**
 * A body as plain text, everything that isn't text by its best words: for search, quotes, terminals and networks
 * that show nothing else. Never empty for a body that isn't.
 */
export function toPlainText(body: readonly Segment[]): string {
  return body.map((segment, index) => segmentText(segment) + gapBehind(segment, body[index + 1])).join('');
}

/** A blank, where a link's words are followed by more: what is said right behind a link would belong to it. */
export function gapBehind(segment: Segment, next: Segment | undefined): string {
  const isLink = 'url' in segment && segment.type !== 'emoji' && isShown(segment.url);
  return isLink && next && !/^\s/.test(segmentText(next)) ? ' ' : '';
}

function segmentText(segment: Segment): string {
  switch (segment.type) {
    case 'text':
      return segment.text;
    case 'mention':
      return `@${segment.name}`;
    case 'emoji':
      return segment.text;
    case 'image':
    case 'audio':
    case 'video':
    case 'file':
      return withLink(`[${segment.alt ?? segment.name ?? segment.type}]`, segment.url);
    case 'place':
      return `[${segment.name ?? 'place'}: ${segment.latitude}, ${segment.longitude}]`;
    case 'card':
      return withLink([segment.title, segment.text].filter(Boolean).join(' – '), segment.url);
    case 'forward':
      return [
        `[${segment.title ?? 'forwarded messages'}]`,
        ...segment.messages.map((message) => `${message.sender.name}: ${toPlainText(message.body)}`),
      ].join('\n');
  }
}

function withLink(words: string, url: string | undefined): string {
  return isShown(url) ? `${words} ${url}` : words;
}

/** The media store's own address opens nothing for people: it is left out until it has been made a link. */
function isShown(url: string | undefined): url is string {
  return url !== undefined && url !== '' && !url.startsWith('media:');
}
