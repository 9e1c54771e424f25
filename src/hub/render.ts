/**
 * Rendering: how something said in one room is put so that another network can show it. The one place where a
 * message degrades, and always openly: a quote stands for a reply, words for a picture, a marked new text for an
 * edit. Pure, and without the names of networks: what a target can show is told by `carries` and `limits`.
 */
import type { ActEvent, MessageEvent, Quote, RenameEvent } from './event.ts';
import { withMediaLinks } from './media.ts';
import {
  gapBehind,
  splitRoomRef,
  toPlainText,
  type MediaSegment,
  type Segment,
  type User,
} from './message.ts';
import type { Author, Carried, Limits } from './network.ts';

/** What rendering has to know of where it is shown. */
export interface Target {
  carries: ReadonlySet<Carried>;
  limits: Pick<Limits, 'textBytes' | 'mediaAlone'>;
  /** The link's format; see `Link.format`. */
  format: string;
  /** Said by the account itself in its own room: nobody foreign has to be named. */
  asSelf: boolean;
  /** Makes a link of a kept file's address; see `MediaStore.resolve`. */
  toLink(url: string): string;
}

/** What a reply points at, as far as it is known in the target's room. */
export interface ReplyContext {
  /** The answered message's id in the target's room. */
  native?: string;
  quote?: Quote;
}

/** One message as the target can show it, in parts that each fit. */
export interface Rendered {
  parts: (readonly Segment[])[];
  author?: Author;
  action?: boolean;
  replyTo?: { native: string; quote?: Quote };
}

/** Longest quote above an answer, in characters. */
const quoteLength = 80;
/** Longest name of a foreigner, in characters. */
const nameLength = 64;
const nothing: Segment = { type: 'text', text: '' };
/** Stands before a line of a foreign message that would look like somebody else's. */
const lineGuard = '| ';

/** A message as the target shows it. */
export function renderMessage(
  event: MessageEvent,
  reply: ReplyContext | undefined,
  target: Target,
): Rendered {
  const author = target.asSelf ? undefined : toAuthor(event, event.sender);
  const carried: Rendered = { parts: [] };
  if (author && target.carries.has('author')) carried.author = author;
  if (event.action && target.carries.has('action')) carried.action = true;
  if (reply?.native !== undefined && target.carries.has('reply')) {
    carried.replyTo = { native: reply.native, ...(reply.quote && { quote: reply.quote }) };
  }

  let body = toCarried(event.body, target);
  if (reply?.quote && !carried.replyTo) body = prepend(`${toQuoteLine(reply.quote)}\n`, body);
  const star = event.action && !carried.action;
  if (!author || carried.author) return { ...carried, parts: toParts(star ? '* ' : '', body, target) };
  // An action keeps the format too: a bare `* ann waves` could be anybody's second line.
  const prefix = (name: string) => toPrefix(event, name, target.format) + (star ? '* ' : '');
  const name = toSafeName(author.name, target.format);
  const fitting = prefix(cutName(name, target.limits.textBytes / 2 - Buffer.byteLength(prefix(''))));
  return { ...carried, parts: toParts(fitting, guardLines(body, target.format), target) };
}

/**
 * The body in parts that the target takes. Where a file has to be alone nothing can stand before it, so if its author
 * has to be named and nothing was said before, its words are: they name both.
 */
function toParts(prefix: string, body: readonly Segment[], target: Target): (readonly Segment[])[] {
  const { mediaAlone = false } = target.limits;
  const isAlone = (segment: Segment): boolean => {
    if (typeof mediaAlone === 'boolean') return mediaAlone && isMedia(segment);
    return segment.type !== 'text' && mediaAlone.includes(segment.type);
  };
  if (!body.some(isAlone)) return toFitting(prefix, body, target);
  const parts: (readonly Segment[])[] = [];
  for (const group of groupMedia(body, isAlone)) {
    const [first] = group;
    if (first === undefined || !isAlone(first)) {
      parts.push(...toFitting(prefix, group, target));
      continue;
    }
    if (prefix !== '' && parts.length === 0) {
      parts.push(...toFitting(prefix, [{ type: 'text', text: toTitle(first) }], target));
    }
    parts.push(group);
  }
  return parts;
}

/** What is going to follow, in a few words. */
function toTitle(segment: Segment): string {
  if (segment.type === 'forward') return toPlainText([{ ...segment, messages: [] }]);
  return toPlainText([isMedia(segment) ? { ...segment, url: '' } : segment]);
}

function isMedia(segment: Segment): segment is MediaSegment {
  return ['image', 'audio', 'video', 'file'].includes(segment.type);
}

/** Each segment that has to be alone by itself, and what stands between them, if that is anything. */
function groupMedia(body: readonly Segment[], isAlone: (segment: Segment) => boolean): Segment[][] {
  const groups: Segment[][] = [[]];
  for (const segment of body) {
    if (isAlone(segment)) groups.push([segment], []);
    else groups.at(-1)!.push(segment);
  }
  return groups.filter((group) => isAlone(group[0] ?? nothing) || toPlainText(group).trim() !== '');
}

/** The body in parts that fit, each beginning with the prefix: one without would pass for the account's own words. */
function toFitting(prefix: string, body: readonly Segment[], target: Target): (readonly Segment[])[] {
  if (prefix === '') return splitBody(body, target.limits.textBytes);
  const leftBytes = Math.max(1, target.limits.textBytes - Buffer.byteLength(prefix));
  return splitBody(body, leftBytes).map((part) => prepend(prefix, part));
}

/** An edit that the target cannot make: the new text, marked, as a message of its author. */
export function renderEditAsMessage(
  original: MessageEvent,
  body: readonly Segment[],
  target: Target,
): Rendered {
  const marked: MessageEvent = { ...withoutReply(original), body: [{ type: 'text', text: '✎ ' }, ...body] };
  return renderMessage(marked, undefined, target);
}

/** A recall that the target cannot make, in words. */
export function renderRecallAsMessage(original: MessageEvent, act: ActEvent, target: Target): Rendered {
  const text = `✗ recalled: ${shorten(toPlainText(original.body))}`;
  return renderMessage(spokenBy(original, act, text), undefined, target);
}

/** A reaction that the target cannot show, in words. */
export function renderReactionAsMessage(
  original: MessageEvent,
  act: ActEvent,
  emoji: string,
  target: Target,
): Rendered {
  const text = `${emoji} → ${original.sender.name}: ${shorten(toPlainText(original.body))}`;
  return renderMessage(spokenBy(original, act, text), undefined, target);
}

/** Another name in words: what somebody does, under the name that is known. Undefined where both are shown alike. */
export function renderRenameAsMessage(event: RenameEvent, target: Target): Rendered | undefined {
  const { who, oldName, ...common } = event;
  const name = toSafeName(who.name, target.format);
  if (name === toSafeName(oldName, target.format)) return undefined;
  const body: Segment[] = [{ type: 'text', text: `is now known as ${name}` }];
  const done: MessageEvent = {
    ...common,
    kind: 'message',
    sender: { ...who, name: oldName },
    body,
    action: true,
  };
  return renderMessage(done, undefined, target);
}

/** The words above an answer. */
export function toQuote(event: MessageEvent): Quote {
  return { name: event.sender.name, text: shorten(toPlainText(event.body)) };
}

/** The author of an event, for networks that show one. */
export function toAuthor(event: { room: MessageEvent['room'] }, user: User): Author {
  const { id, name, avatar } = user;
  return { name, account: splitRoomRef(event.room).account, user: id, ...(avatar && { avatar }) };
}

function spokenBy(original: MessageEvent, act: ActEvent, text: string): MessageEvent {
  return { ...withoutReply(original), room: act.room, sender: act.actor, body: [{ type: 'text', text }] };
}

function withoutReply(event: MessageEvent): MessageEvent {
  const { replyTo: _, action: __, ...rest } = event;
  return rest;
}

function toPrefix(event: MessageEvent, name: string, format: string): string {
  const { account, room } = splitRoomRef(event.room);
  const values: Record<string, string> = { nick: name, account, room, text: '' };
  return format.replace(/\{(nick|account|room|text)\}/g, (_, key: string) => values[key] ?? '');
}

/**
 * A foreign name on one line, without control or direction characters and without those by which the format sets
 * a name off from the text, so that nobody's name can end early and go on as somebody else's words.
 */
export function toSafeName(name: string, format: string): string {
  const delimiters = format.replace(/\{[a-z]+\}|[\s\p{L}\p{N}]/gu, '');
  const safe = [...name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u2800\u3164\uffa0]/gu, ' ')]
    .map((character) => (delimiters.includes(character) ? '·' : character))
    .slice(0, nameLength)
    .join('')
    .replace(/\s+/g, ' ')
    .trim();
  return safe === '' ? '?' : safe;
}

/** As much of a name as fits, at least its first character. */
function cutName(name: string, limitBytes: number): string {
  return Buffer.byteLength(name) <= limitBytes ? name : cutBytes(name, limitBytes, true);
}

/** Where a terminal, a browser or Unicode may begin a new line. */
const lineEnds = '\\n\\r\\v\\f\\u0085\\u2028\\u2029';
/** What stands in a line and is not seen: blanks of all sorts, controls, code points without a shape. */
const unseen = `(?:(?![${lineEnds}])[\\s\\p{C}\\p{Default_Ignorable_Code_Point}\\u2800])*`;
const hasLineEnd = new RegExp(`[${lineEnds}]`);
/** Stands for a segment that is no text, U+FFFC. */
const object = '\ufffc';

/**
 * Marks the later lines of a body that look like the beginning of another author's message: by what stands before
 * the name in the format, or all of them if nothing does. Where one segment ends and the next begins is not seen by
 * who reads it, so they are looked at as one text.
 */
function guardLines(body: readonly Segment[], format: string): readonly Segment[] {
  const text = body.map((segment) => (segment.type === 'text' ? segment.text : object)).join('');
  if (!hasLineEnd.test(text)) return body;
  const opening = format.slice(0, Math.max(0, format.indexOf('{'))).trim();
  const looksLike = `(?:\\r\\n|[${lineEnds}])(?=${unseen}${opening === '' ? `[^${lineEnds}]` : RegExp.escape(opening)})`;
  const guarded = [...text.matchAll(new RegExp(looksLike, 'gu'))].map(
    ({ 0: end, index }) => index + end.length,
  );
  let from = 0;
  return body.map((segment) => {
    const size = segment.type === 'text' ? segment.text.length : object.length;
    const start = from;
    from += size;
    if (segment.type !== 'text') return segment;
    const cuts = guarded.filter((at) => at > start && at <= from).map((at) => at - start);
    const pieces = [0, ...cuts].map((cut, index) => segment.text.slice(cut, cuts[index]));
    return { ...segment, text: pieces.join(lineGuard) };
  });
}

function toQuoteLine(quote: Quote): string {
  return `> ${quote.name}: ${shorten(quote.text)}`.replace(/\s+/g, ' ');
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const characters = [...line];
  return characters.length <= quoteLength ? line : `${characters.slice(0, quoteLength - 1).join('')}…`;
}

/**
 * Puts words for the segments that the target does not carry, links for kept files, and joins neighbouring texts
 * without marks.
 */
function toCarried(body: readonly Segment[], target: Target): Segment[] {
  const result: Segment[] = [];
  const linked = withMediaLinks(body, (url) => target.toLink(url));
  for (const [index, segment] of linked.entries()) {
    // A mention names somebody of another network, who is nobody here.
    const keeps =
      segment.type === 'text' ||
      (target.carries.has(segment.type) && (segment.type !== 'mention' || target.asSelf));
    const words = () => toPlainText([segment]) + gapBehind(segment, linked[index + 1]);
    push(result, keeps ? segment : { type: 'text', text: words() });
  }
  return result;
}

function prepend(text: string, body: readonly Segment[]): Segment[] {
  const result: Segment[] = [{ type: 'text', text }];
  for (const segment of body) push(result, segment);
  return result;
}

function push(body: Segment[], segment: Segment): void {
  const last = body.at(-1);
  if (last?.type === 'text' && segment.type === 'text' && !last.marks && !segment.marks) {
    body[body.length - 1] = { type: 'text', text: last.text + segment.text };
  } else {
    body.push(segment);
  }
}

/** Splits a body so that the text of each part is at most `limitBytes` of UTF-8. Always at least one part. */
export function splitBody(body: readonly Segment[], limitBytes: number): (readonly Segment[])[] {
  if (
    body.every((segment) => segment.type !== 'text' || segment.text.length * 3 <= limitBytes / body.length)
  ) {
    return [body];
  }
  const parts: Segment[][] = [[]];
  let leftBytes = limitBytes;
  for (const segment of body) {
    if (segment.type !== 'text') {
      parts.at(-1)!.push(segment);
      continue;
    }
    let text = segment.text;
    while (Buffer.byteLength(text) > leftBytes) {
      const head = cutBytes(text, leftBytes, leftBytes === limitBytes);
      if (head !== '') parts.at(-1)!.push({ ...segment, text: head });
      text = text.slice(head.length);
      parts.push([]);
      leftBytes = limitBytes;
    }
    if (text !== '') parts.at(-1)!.push({ ...segment, text });
    leftBytes -= Buffer.byteLength(text);
  }
  return parts.filter((part) => part.length > 0);
}

/**
 * The longest beginning of a text within `limitBytes`, ending after a line or a word where that leaves at least
 * half, never inside a code point. With `force` it takes at least one code point.
 */
function cutBytes(text: string, limitBytes: number, force: boolean): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > limitBytes) break;
    end += character.length;
  }
  if (end === 0) return force ? (text.match(/^./su)?.[0] ?? '') : '';
  const head = text.slice(0, end);
  const boundary = Math.max(head.lastIndexOf('\n'), head.lastIndexOf(' ')) + 1;
  return boundary > end / 2 ? head.slice(0, boundary) : head;
}
