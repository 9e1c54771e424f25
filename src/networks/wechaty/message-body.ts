/** What is said in a message of WeChat, as a body. */
import type { MediaSegment, Segment } from '../../hub/message.ts';
import type { DriverClient } from './driver-client.ts';
import type { Files } from './files.ts';
import { MESSAGE_TYPE, type Message } from './payloads.ts';
import type { People } from './people.ts';

export interface BodyParts {
  client: DriverClient;
  people: People;
  files: Files;
}

/** Messages that are files, and what stands for one that cannot be had. */
const FILES: ReadonlyMap<number, readonly [MediaSegment['type'], string]> = new Map([
  [MESSAGE_TYPE.image, ['image', 'picture']],
  [MESSAGE_TYPE.emoticon, ['image', 'sticker']],
  [MESSAGE_TYPE.audio, ['audio', 'voice message']],
  [MESSAGE_TYPE.video, ['video', 'video']],
  [MESSAGE_TYPE.attachment, ['file', 'file']],
]);
/** Mentions that are looked for in a message: a group has no more people. */
const MENTIONS_LIMIT = 500;
/** Messages of which nothing can be shown but that they are there. */
const NAMED: ReadonlyMap<number, string> = new Map([
  [MESSAGE_TYPE.chatHistory, 'forwarded messages'],
  [MESSAGE_TYPE.groupNote, 'group note'],
  [MESSAGE_TYPE.transfer, 'money transfer'],
  [MESSAGE_TYPE.redEnvelope, 'red envelope'],
  [MESSAGE_TYPE.post, 'post'],
]);

/** Undefined: it says nothing to people. Never rejects: what cannot be read is put in words. */
export async function readBody(message: Message, parts: BodyParts): Promise<Segment[] | undefined> {
  const { id, type, text, filename } = message;
  const file = FILES.get(type);
  if (file) {
    const [kind, words] = file;
    return [(await parts.files.keep(id, kind)) ?? inBrackets(filename ? `${words}: ${filename}` : words)];
  }
  switch (type) {
    case MESSAGE_TYPE.text:
      return readText(message, parts.people);
    case MESSAGE_TYPE.link:
      return readLink(id, text, parts.client);
    case MESSAGE_TYPE.miniProgram:
      return readMiniProgram(id, parts.client);
    case MESSAGE_TYPE.location:
      return readPlace(id, parts.client);
    case MESSAGE_TYPE.contact:
      return readContact(id, parts);
    default: {
      const named = NAMED.get(type);
      if (named !== undefined) return [inBrackets(named)];
      return readUnknown(message, parts);
    }
  }
}

/** Names of the mentioned people are found where they stand; what is not found stays text. */
async function readText(message: Message, people: People): Promise<Segment[]> {
  const { text, roomId, mentionIdList } = message;
  let rest = text ?? '';
  const body: Segment[] = [];
  const mentioned = await Promise.all(
    [...new Set(mentionIdList?.slice(0, MENTIONS_LIMIT))].map((id) => people.find(id, roomId ?? undefined)),
  );
  const waiting = new Set(mentioned.filter(({ name }) => name !== ''));
  while (waiting.size > 0) {
    const found = [...waiting]
      .map((user) => ({ user, at: findMention(rest, user.name) }))
      .filter(({ at }) => at >= 0)
      .toSorted((a, b) => a.at - b.at || b.user.name.length - a.user.name.length)[0];
    if (!found) break;
    const { user, at } = found;
    if (at > 0) body.push({ type: 'text', text: rest.slice(0, at) });
    body.push({ type: 'mention', user: user.id, name: user.name });
    // The blank that ends a mention in WeChat is an ordinary one elsewhere.
    rest = rest.slice(at + 1 + user.name.length).replace(/^\u2005/, ' ');
    waiting.delete(user);
  }
  if (rest !== '' || body.length === 0) body.push({ type: 'text', text: rest });
  return body;
}

/** Where `@NAME` stands, with a blank or nothing behind it; below 0 if nowhere. */
function findMention(text: string, name: string): number {
  const sought = `@${name}`;
  for (let at = text.indexOf(sought); at >= 0; at = text.indexOf(sought, at + 1)) {
    if (/^(?:\s|$)/.test(text.slice(at + sought.length, at + sought.length + 1))) return at;
  }
  return -1;
}

async function readLink(
  id: string,
  text: string | null | undefined,
  client: DriverClient,
): Promise<Segment[]> {
  try {
    const { title, url, description } = await client.call('link', [id]);
    const words = title || url || 'link';
    return [{ type: 'card', title: words, ...(description && { text: description }), ...toWebAddress(url) }];
  } catch {
    // Its words, if they are any, say what the puppet cannot.
    return [text && !isMarkup(text) ? { type: 'text', text } : inBrackets('link')];
  }
}

async function readMiniProgram(id: string, client: DriverClient): Promise<Segment[]> {
  try {
    const { title, description } = await client.call('miniProgram', [id]);
    const [first, second] = [title, description].filter((words) => !!words);
    if (!first) return [inBrackets('mini program')];
    const words = second && second !== first ? `${second} (mini program)` : '(mini program)';
    return [{ type: 'card', title: first, text: words }];
  } catch {
    // That it is one can be told all the same.
    return [inBrackets('mini program')];
  }
}

async function readPlace(id: string, client: DriverClient): Promise<Segment[]> {
  try {
    const { latitude, longitude, name, address } = await client.call('location', [id]);
    const words = [name, address].filter((each) => !!each).join(', ');
    return [{ type: 'place', latitude, longitude, ...(words !== '' && { name: words }) }];
  } catch {
    // That it is one can be told all the same.
    return [inBrackets('place')];
  }
}

async function readContact(id: string, { client, people }: BodyParts): Promise<Segment[]> {
  try {
    const contact = await client.call('sharedContact', [id]);
    if (contact === '') return [inBrackets('contact card')];
    return [{ type: 'card', title: (await people.find(contact)).name, text: 'contact card' }];
  } catch {
    // That it is one can be told all the same.
    return [inBrackets('contact card')];
  }
}

/** Puppets use it for what they do not know and for signs between the account's own programs. */
async function readUnknown({ id, text }: Message, { files }: BodyParts): Promise<Segment[] | undefined> {
  if (text) return isMarkup(text) ? undefined : [{ type: 'text', text }];
  const kept = await files.keep(id, 'file');
  return kept && [kept];
}

function isMarkup(text: string): boolean {
  return text.trimStart().startsWith('<');
}

function toWebAddress(url: string | null | undefined): { url?: string } {
  return url && /^https?:\/\//i.test(url) ? { url } : {};
}

function inBrackets(words: string): Segment {
  return { type: 'text', text: `[${words}]` };
}
