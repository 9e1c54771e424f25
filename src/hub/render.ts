/**
 * Rendering: how something said in one room is put so that another network can show it. The one place where a
 * message degrades, and always openly: a quote stands for a reply, words for a picture, a marked new text for an
 * edit. Pure, and without the names of networks: what a target can show is told by `carries` and `limits`.
 */
import type { ActEvent, MessageEvent, Quote } from './event.ts';
import { splitRoomRef, toPlainText, type Segment, type User } from './message.ts';
import type { Author, Carried, Limits } from './network.ts';

/** What rendering has to know of where it is shown. */
export interface Target {
  carries: ReadonlySet<Carried>;
  limits: Pick<Limits, 'textBytes'>;
  /** The link's format; see `Link.format`. */
  format: string;
  /** Said by the account itself in its own room: nobody foreign has to be named. */
  asSelf: boolean;
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
  if (author && !carried.author) {
    body = guardLines(body, target.format);
    const name = toSafeName(author.name, target.format);
    body = prepend(
      event.action && !carried.action ? `* ${name} ` : toPrefix(event, name, target.format),
      body,
    );
  } else if (event.action && !carried.action) {
    body = prepend('* ', body);
  }
  return { ...carried, parts: splitBody(body, target.limits.textBytes) };
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

/** The words above an answer. */
export function toQuote(event: MessageEvent): Quote {
  return { name: event.sender.name, text: shorten(toPlainText(event.body)) };
}

/** The author of an event, for networks that show one. */
export function toAuthor(event: { room: MessageEvent['room'] }, user: User): Author {
  return { name: user.name, account: splitRoomRef(event.room).account, user: user.id };
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
function toSafeName(name: string, format: string): string {
  const delimiters = format.replace(/\{[a-z]+\}|[\s\p{L}\p{N}]/gu, '');
  const safe = [...name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, ' ')]
    .map((character) => (delimiters.includes(character) ? '·' : character))
    .slice(0, nameLength)
    .join('')
    .replace(/\s+/g, ' ')
    .trim();
  return safe === '' ? '?' : safe;
}

/** Marks the later lines of a text that look like the beginning of another author's message. */
function guardLines(body: readonly Segment[], format: string): Segment[] {
  const opening = format.slice(0, format.indexOf('{')).trim();
  const pattern =
    opening === ''
      ? undefined
      : new RegExp(`(\\n|\\r|\\u2028|\\u2029)(?=\\s*${escapePattern(opening)})`, 'g');
  if (!pattern) return [...body];
  return body.map((segment) =>
    segment.type === 'text' ? { ...segment, text: segment.text.replace(pattern, `$1${lineGuard}`) } : segment,
  );
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}

function toQuoteLine(quote: Quote): string {
  return `> ${quote.name}: ${shorten(quote.text)}`.replace(/\s+/g, ' ');
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const characters = [...line];
  return characters.length <= quoteLength ? line : `${characters.slice(0, quoteLength - 1).join('')}…`;
}

/** Puts words for the segments that the target does not carry, and joins neighbouring texts without marks. */
function toCarried(body: readonly Segment[], target: Target): Segment[] {
  const result: Segment[] = [];
  for (const segment of body) {
    // A mention names somebody of another network, who is nobody here.
    const keeps =
      segment.type === 'text' ||
      (target.carries.has(segment.type) && (segment.type !== 'mention' || target.asSelf));
    push(result, keeps ? segment : { type: 'text', text: toPlainText([segment]) });
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
function splitBody(body: readonly Segment[], limitBytes: number): (readonly Segment[])[] {
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
