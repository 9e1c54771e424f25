/** Saying something, and knowing one's own words when they come back. */
import type { Clock } from '../../hub/clock.ts';
import { toPlainText, type Segment } from '../../hub/message.ts';
import { DeliveryError } from '../../hub/errors.ts';
import type { OutgoingEdit, OutgoingMessage, Receipt } from '../../hub/network.ts';
import { z } from 'zod';
import { LatestSends } from '../../hub/latest-sends.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import type { SentNote, SentNotes } from '../../hub/sent-notes.ts';
import type { ApiClient } from '../../wire/satori/api-client.ts';
import type { Part } from '../../wire/satori/content.ts';
import { messageSchema } from '../../wire/satori/resources.ts';
import { writeContent } from '../../wire/satori/write-content.ts';
import { toDeliveryError } from './failures.ts';
import { readPage } from './history.ts';
import { toPrint } from './print.ts';
import type { Files } from './files.ts';
import type { Places } from './places.ts';

/** What a sent message can hold as such. */
export const CARRIED = ['reply', 'mention', 'image', 'audio', 'video', 'file'] as const;
const EXTRA_LIMIT = 5000;
const messages = z.union([z.array(messageSchema), z.null(), z.undefined()]);

/** How long a message may take to arrive after its call has failed: before that its absence proves nothing. */
const SETTLE_MS = 30_000;
/** Clocks may differ by so much. */
const SKEW_MS = 60_000;

/** What was sent, which is looked for by its words: Satori takes no id of ours. */
export interface Sent extends SentNote {
  room: string;
  print: string;
  /** Empty where it has none. */
  id?: string;
}

export interface SendsParts {
  client: ApiClient;
  places: Places;
  files: Files;
  notes: SentNotes<Sent>;
  clock: Pick<Clock, 'now'>;
}

export class Sends {
  readonly #client: ApiClient;
  readonly #places: Places;
  readonly #files: Files;
  readonly #notes: SentNotes<Sent>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #latest = new LatestSends();
  /** Ids of further parts that the server made of one send. */
  readonly #extra = new RecentMap<true>(EXTRA_LIMIT);

  constructor({ client, places, files, notes, clock }: SendsParts) {
    this.#client = client;
    this.#places = places;
    this.#files = files;
    this.#notes = notes;
    this.#clock = clock;
  }

  send(message: OutgoingMessage): Promise<Receipt> {
    return this.#latest.track(message.room, this.#send(message));
  }

  async edit({ room, target, body }: OutgoingEdit): Promise<Receipt> {
    try {
      const channel_id = await this.#places.channelOf(room, this.#client);
      const content = writeContent(await this.#toParts(body));
      await this.#client.call('message.update', { channel_id, message_id: target, content }, z.unknown());
      return { native: target };
    } catch (error) {
      throw toDeliveryError(error);
    }
  }

  /** See `Actions.find`; for servers that have a history. */
  async find(
    { room, token }: { room: string; token: string },
    selfId: string,
  ): Promise<Receipt | 'absent' | 'unsure'> {
    const sent = this.#notes.get(token);
    // It is noted before it goes out.
    if (!sent) return 'absent';
    if (sent.id !== undefined) return toReceipt(sent.id);
    const since = sent.at - SKEW_MS;
    try {
      const channel = await this.#places.channelOf(room, this.#client);
      const { messages: said } = await readPage(this.#client, channel, undefined);
      const found = said.find(
        ({ id, user, content, created_at: at = since }) =>
          user?.id === selfId && at >= since && toPrint(content) === sent.print && !this.#notes.isClaimed(id),
      );
      if (found) {
        await this.#notes.settle(token, found.id);
        return toReceipt(found.id);
      }
      const leftMs = sent.at + SETTLE_MS - this.#clock.now();
      if (leftMs > 0) {
        throw new DeliveryError('failed', 'it may still arrive', { retryAfterMs: Math.min(leftMs, 5000) });
      }
      const reachesBack = said.some(({ created_at: at }) => at !== undefined && at < since);
      return reachesBack ? 'absent' : 'unsure';
    } catch (error) {
      if (error instanceof DeliveryError) throw error;
      throw new DeliveryError('failed', 'it cannot be looked for now', { cause: error });
    }
  }

  /** Resolves when no send of the room is under way: then it is known which messages are sends. */
  settled(room: string): Promise<void> {
    return this.#latest.settled(room);
  }

  /** Whether a message is a further part of one that was sent. */
  isExtra(id: string): boolean {
    return this.#extra.get(id) !== undefined;
  }

  /** Whether a message is known to be one that was sent, or a further part of it. */
  isSent(id: string): boolean {
    return this.isExtra(id) || this.#notes.isClaimed(id);
  }

  async #send({ room, token, body, replyTo }: OutgoingMessage): Promise<Receipt> {
    try {
      const channel_id = await this.#places.channelOf(room, this.#client);
      const parts = await this.#toParts(body);
      const content = writeContent(parts, replyTo && { id: replyTo.native });
      await this.#notes.note(token, { room, print: toPrint(content), at: this.#clock.now() });
      const created = await this.#client.call('message.create', { channel_id, content }, messages);
      const [first, ...others] = created ?? [];
      for (const { id } of others) this.#extra.set(id, true);
      await this.#notes.settle(token, first?.id ?? '');
      return toReceipt(first?.id);
    } catch (thrown) {
      const error = toDeliveryError(thrown);
      if (error.outcome === 'failed') await this.#notes.forget(token);
      throw error;
    }
  }

  async #toParts(body: readonly Segment[]): Promise<Part[]> {
    const parts: Part[] = [];
    for (const segment of body) {
      switch (segment.type) {
        case 'text':
        case 'mention':
          parts.push(segment);
          break;
        case 'image':
        case 'audio':
        case 'video':
        case 'file':
          parts.push({ ...segment, url: await this.#files.give(segment) });
          break;
        default:
          parts.push({ type: 'text', text: toPlainText([segment]) });
      }
    }
    return parts;
  }
}

function toReceipt(id: string | undefined): Receipt {
  return id ? { native: id } : {};
}
