/**
 * From a message stanza to what the hub is told. Pure but for the memory of recent messages that it reads and adds
 * to: ids of XMPP's own kinds end here.
 */
import type { MessageReport, NetworkEvent, Quote } from '../../hub/event.ts';
import type { User } from '../../hub/message.ts';
import type { XmlElement } from '../../wire/xmpp/element.ts';
import { toJid } from '../../wire/xmpp/jid.ts';
import {
  readCorrection,
  readReactions,
  readReply,
  readRetraction,
  REPLY_NS,
  splitFallback,
  type Retraction,
} from '../../wire/xmpp/message-acts.ts';
import { readSharedFiles } from '../../wire/xmpp/shared-files.ts';
import { readOriginId } from '../../wire/xmpp/stanza-ids.ts';
import { readHops } from './hops.ts';
import { toBody } from './media.ts';
import type { SeenReactions } from './reactions.ts';
import type { RecentMessages } from './recent.ts';

/** A message stanza and what its place knows of it. */
export interface Heard {
  room: string;
  message: XmlElement;
  sender: User;
  /** Sent by this account itself. */
  own: boolean;
  /** From the room itself, not from anybody in it. */
  byRoom: boolean;
  /** What the hub shall know it by; undefined where the place gives messages no id of its own. */
  native: string | undefined;
  /** When it was said, milliseconds since the epoch, where that is told. */
  at: number | undefined;
  /** Told from history. */
  delayed: boolean;
  /** Said to the account, or to a puppet of it, alone. */
  direct?: boolean;
  /** Users whose own ids others' acts name here; missing where acts name the place's ids. */
  parties?: readonly string[];
}

/** What a conversation remembers. */
export interface Memory {
  recent: RecentMessages;
  reactions: SeenReactions;
}

/** What the hub is told; without events `dropped` says why. */
export interface Converted {
  events: NetworkEvent[];
  dropped?: string;
}

/** The room's subject is not among this: its meaning depends on the moment; see room.ts. */
export function toEvents(heard: Heard, memory: Memory): Converted {
  const { message } = heard;
  const retraction = readRetraction(message);
  if (retraction) return toRecall(heard, retraction, memory);
  const reactions = readReactions(message);
  if (reactions) {
    const target = resolveAnybodys(heard, reactions.id, memory);
    const changes = memory.reactions.change(heard.sender.id, target, reactions.emojis);
    const events = changes.map((change): NetworkEvent => {
      const { native, ...common } = toCommon(heard);
      // One stanza can be several events, and each needs an id of its own.
      const id =
        native === undefined ? {} : { native: `${native}${change.added ? '+' : '-'}${change.emoji}` };
      return { kind: 'reaction', ...common, ...id, actor: heard.sender, target, ...change };
    });
    return events.length > 0 ? { events } : { events, dropped: 'the reactions are as they were' };
  }
  const body = readBody(message);
  if (body === undefined) return { events: [], dropped: 'it has no body' };

  const corrected = readCorrection(message);
  if (corrected !== undefined) {
    const target = memory.recent.byOrigin(heard.sender.id, corrected)?.native;
    if (target !== undefined) {
      const text = splitFallback(message, body, REPLY_NS).body;
      const edited = toBody(text, readSharedFiles(message));
      return {
        events: [{ kind: 'edit', ...toCommon(heard), actor: heard.sender, target, body: edited }],
      };
    }
    // What it corrects is not known (any more), or is somebody else's: then it is what it says, like any message.
  }
  return { events: [toMessage(heard, body, memory)] };
}

/** Notes a message, reported or not, so that later acts find it. */
export function remember(heard: Heard, memory: Memory): void {
  if (heard.native === undefined || readBody(heard.message) === undefined) return;
  memory.recent.add({
    native: heard.native,
    sender: heard.sender.id,
    nick: heard.sender.name,
    // A correction's own id is no name for later ones: they name the first message. @see XEP-0308 §3
    origin: heard.message.attr('id') ?? readOriginId(heard.message),
  });
}

/** What a message says; a file may come without words. */
function readBody(message: XmlElement): string | undefined {
  return message.childText('body') ?? (readSharedFiles(message).length > 0 ? '' : undefined);
}

function toMessage(heard: Heard, body: string, memory: Memory): MessageReport {
  remember(heard, memory);
  const reply = readReply(heard.message);
  const { body: said, fallback } = reply
    ? splitFallback(heard.message, body, REPLY_NS)
    : { body, fallback: '' };
  const action = said.startsWith('/me ');
  const quote = reply && toQuote(fallback, reply.to ?? memory.recent.byNative(reply.id)?.nick);
  return {
    kind: 'message',
    ...toCommon(heard),
    sender: heard.sender,
    body: toBody(action ? said.slice('/me '.length) : said, readSharedFiles(heard.message)),
    ...(action && { action }),
    ...(reply && { replyTo: { native: resolveAnybodys(heard, reply.id, memory), ...(quote && { quote }) } }),
  };
}

function toRecall(heard: Heard, retraction: Retraction, memory: Memory): Converted {
  const target = resolve(heard, retraction.id, memory);
  if (!retraction.moderated) {
    return { events: [{ kind: 'recall', ...toCommon(heard), actor: heard.sender, target }] };
  }
  if (!heard.byRoom)
    return { events: [], dropped: 'a removal by moderation that does not come from the room' };
  const nick = toJid(retraction.moderated.by)?.resource;
  const actor = nick ? { id: `${heard.room}/${nick}`, name: nick } : heard.sender;
  return { events: [{ kind: 'recall', ...toCommon(heard), actor, target, moderator: true }] };
}

/** The native id that an act's target is known by: as it stands, or found by the id which its sender chose. */
function resolve(heard: Heard, id: string, { recent }: Memory): string {
  return recent.byNative(id)?.native ?? recent.byOrigin(heard.sender.id, id)?.native ?? id;
}

/** The same for a message of somebody else's, where acts name the ids that senders chose. */
function resolveAnybodys(heard: Heard, id: string, memory: Memory): string {
  const { recent } = memory;
  if (recent.byNative(id)) return id;
  for (const party of heard.parties ?? []) {
    const named = recent.byOrigin(party, id);
    if (named) return named.native;
  }
  return resolve(heard, id, memory);
}

/** The ids of other messages that a message names. */
export function readReferences(message: XmlElement): string[] {
  const named = [
    readCorrection(message),
    readRetraction(message)?.id,
    readReactions(message)?.id,
    readReply(message)?.id,
  ];
  return named.filter((id) => id !== undefined);
}

function toQuote(fallback: string, to: string | undefined): Quote | undefined {
  const text = fallback
    .split('\n')
    .map((line) => line.replace(/^> ?/, ''))
    .join('\n')
    .trim();
  if (text === '') return undefined;
  return { name: toJid(to)?.resource || to || '', text };
}

function toCommon(heard: Heard) {
  const hops = readHops(heard.message);
  return {
    room: heard.room,
    ...(heard.native !== undefined && { native: heard.native }),
    ...(heard.at !== undefined && { at: heard.at }),
    ...(heard.delayed && { delayed: true }),
    ...(heard.own && { own: true }),
    ...(heard.direct && { direct: true }),
    ...(hops.length > 0 && { hops }),
  };
}
