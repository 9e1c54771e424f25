/**
 * Saying something in WeChat, and finding out whether it was said. WeChat takes no id of ours: so what is sent is noted
 * durably before, and its outcome is the id that the puppet answers, or the own message that it tells.
 */
import type { Clock } from '../../hub/clock.ts';
import { DeliveryError } from '../../hub/errors.ts';
import { toPlainText, type MediaSegment, type Segment } from '../../hub/message.ts';
import type { AccountPort, OutgoingMessage, Receipt } from '../../hub/network.ts';
import { LatestSends } from '../../hub/latest-sends.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import { SentNotes, type SentNote } from '../../hub/sent-notes.ts';
import type { DriverClient } from './driver-client.ts';
import { toDeliveryError } from './failures.ts';
import type { Files } from './files.ts';
import { toPrint, type OwnMessages } from './own-messages.ts';
import type { Places } from './places.ts';

/** What a sent message can hold as such. */
export const CARRIED = ['mention', 'image', 'audio', 'video', 'file', 'card'] as const;

/** Sends of this run of which it is known when they went out. */
const TIMED_LIMIT = 1000;
/** How long a puppet that answers no id may take to tell the message. */
const ECHO_WAIT_MS = 3000;
/** A puppet that has let so many sends go untold in a row does not tell its own messages. */
const UNTOLD_LIMIT = 3;
/** How long a message may take to arrive after its call has failed. */
const SETTLE_MS = 15_000;

interface Sent extends SentNote {
  conversation: string;
  print: string;
  /** Empty where the puppet tells none. */
  id?: string;
}

/** What is one message in WeChat. */
type Part =
  | { type: 'text'; text: string; mentions: string[] }
  | { type: 'file'; segment: MediaSegment }
  | { type: 'link'; title: string; url: string; description?: string };

export interface SendsParts {
  port: AccountPort;
  client: DriverClient;
  clock: Clock;
  places: Places;
  files: Files;
  own: OwnMessages;
}

export class Sends {
  readonly #parts: SendsParts;
  readonly #notes: SentNotes<Sent>;
  /** When those of this run went out, monotonic. */
  readonly #sentMs = new RecentMap<number>(TIMED_LIMIT);
  readonly #latest = new LatestSends();
  #untold = 0;

  constructor(parts: SendsParts) {
    this.#parts = parts;
    this.#notes = new SentNotes(parts.port);
  }

  /** Reads what was noted of earlier sends. */
  async open(): Promise<void> {
    await this.#notes.open();
    for (const [token, { id }] of this.#notes.entries()) if (id) this.#parts.own.claim(id, token);
  }

  send(message: OutgoingMessage): Promise<Receipt> {
    return this.#latest.track(message.room, this.#send(message));
  }

  /** Resolves when no send of the room is under way: then it is known which messages are sends. */
  settled(room: string): Promise<void> {
    return this.#latest.settled(room);
  }

  /** See `Actions.find`. */
  async find({ token }: { token: string }): Promise<Receipt | 'absent' | 'unsure'> {
    const { own, clock } = this.#parts;
    const sent = this.#notes.get(token);
    // It is noted before it goes out.
    if (!sent) return 'absent';
    if (sent.id !== undefined) return toReceipt(sent.id);
    const sentMs = this.#sentMs.get(token);
    // Of an earlier run's, all that the puppet has told since is from what the driver kept.
    const id = own.find(sent.conversation, sent.print, sentMs ?? Number.NEGATIVE_INFINITY);
    if (id !== undefined) {
      own.claim(id, token);
      await this.#notes.settle(token, id);
      return toReceipt(id);
    }
    const leftMs = sentMs === undefined ? 0 : sentMs + SETTLE_MS - clock.monotonicMs();
    if (leftMs > 0) {
      throw new DeliveryError('failed', 'it may still arrive', { retryAfterMs: Math.min(leftMs, 3000) });
    }
    return 'unsure';
  }

  async #send({ room, token, body }: OutgoingMessage): Promise<Receipt> {
    const { places, clock } = this.#parts;
    let saidSome = false;
    try {
      const conversation = await places.conversationOf(room);
      const parts = toParts(body);
      let first: string | undefined;
      for (const part of parts) {
        const print = toPartPrint(part);
        await this.#notes.note(token, { conversation, print, at: clock.now() });
        const id = await this.#say(conversation, part, print, token);
        first ??= id;
        saidSome = true;
      }
      await this.#notes.settle(token, first ?? '');
      return toReceipt(first);
    } catch (thrown) {
      const error = toDeliveryError(thrown);
      if (error.outcome === 'unknown') throw error;
      if (saidSome) {
        throw new DeliveryError('unknown', `only a part of it went out: ${error.message}`, { cause: error });
      }
      await this.#notes.forget(token);
      throw error;
    }
  }

  /** Says one message and answers its id, where the puppet tells any. */
  async #say(conversation: string, part: Part, print: string, token: string): Promise<string | undefined> {
    const { own, clock } = this.#parts;
    const startedMs = clock.monotonicMs();
    this.#sentMs.set(token, startedMs);
    const answered = await this.#call(conversation, part);
    const waitMs = this.#untold >= UNTOLD_LIMIT ? 0 : ECHO_WAIT_MS;
    const id = answered ?? (await own.wait(conversation, print, startedMs, waitMs));
    if (id !== undefined) {
      own.claim(id, token);
      this.#untold = 0;
    } else {
      own.expect(conversation, print);
      this.#untold += 1;
    }
    return id;
  }

  async #call(conversation: string, part: Part): Promise<string | undefined> {
    const { client, files } = this.#parts;
    switch (part.type) {
      case 'text':
        return client.call('sendText', [conversation, part.text, part.mentions]);
      case 'link':
        try {
          const { title, url, description } = part;
          return await client.call('sendLink', [
            conversation,
            { title, url, ...(description !== undefined && { description }) },
          ]);
        } catch (error) {
          if (toDeliveryError(error).outcome === 'unknown') throw error;
          // Many puppets can only show cards.
          return client.call('sendText', [conversation, toLinkText(part), []]);
        }
      case 'file': {
        const given = await files.give(part.segment);
        if (!given) return client.call('sendText', [conversation, toPlainText([part.segment]), []]);
        return given.send((file) => client.call('sendFile', [conversation, file], files.timeoutMs));
      }
    }
  }
}

/** The messages that a body becomes. A card that stands with words becomes words, too. */
function toParts(body: readonly Segment[]): Part[] {
  const [only] = body;
  if (body.length === 1 && only?.type === 'card' && only.url !== undefined) {
    const { title, url, text: description } = only;
    return [{ type: 'link', title, url, ...(description !== undefined && { description }) }];
  }
  const parts: Part[] = [];
  for (const segment of body) {
    switch (segment.type) {
      case 'image':
      case 'audio':
      case 'video':
      case 'file':
        parts.push({ type: 'file', segment });
        break;
      default: {
        const text = toWords(segment);
        const last = parts.at(-1);
        const mentions = segment.type === 'mention' && segment.user !== 'all' ? [segment.user] : [];
        if (last?.type === 'text') {
          last.text += text;
          last.mentions.push(...mentions);
        } else parts.push({ type: 'text', text, mentions });
      }
    }
  }
  return parts;
}

/** What cannot be encoded, or ends a text, is left out. Behind a mention stands the blank that WeChat knows it by. */
function toWords(segment: Segment): string {
  const text = segment.type === 'mention' ? `@${segment.name}\u2005` : toPlainText([segment]);
  return text.toWellFormed().replaceAll('\u0000', '');
}

function toLinkText({ title, description, url }: Part & { type: 'link' }): string {
  return [title, description, url].filter(Boolean).join('\n');
}

function toPartPrint(part: Part): string {
  if (part.type === 'file') return toPrint(undefined);
  return toPrint(part.type === 'text' ? part.text : toLinkText(part));
}

function toReceipt(id: string | undefined): Receipt {
  return id ? { native: id } : {};
}
