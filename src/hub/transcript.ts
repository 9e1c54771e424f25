/**
 * What stands in a room: its messages with all that was done to them, under the ids that the room itself knows them by.
 * For a network that shows more of its past than lines.
 */
import type { MessageEvent, Quote, ReactionEvent } from './event.ts';
import type { Journal, Journey } from './journal.ts';
import type { RoomRef } from './message.ts';
import { toQuote } from './render.ts';

/** A message as it stands in a room. */
export interface TranscriptEntry {
  /** With the words of its newest edit. */
  event: MessageEvent;
  /** Its id in this room; missing where it has none there. */
  native?: string;
  edited: boolean;
  /** What was put on and taken off, in order. */
  reactions: ReactionEvent[];
  /** What it answers: the id in this room and how it begins, as far as they are known. */
  replyTo?: { native?: string; quote?: Quote };
}

/**
 * The last `limit` messages of a room, oldest first: before the one with the native id `before`, if it is given. What
 * was recalled is left out. Empty where nothing is known of `before`. Rejects with a `JournalError`.
 */
export async function readTranscript(
  journal: Journal,
  room: RoomRef,
  limit: number,
  before: string | undefined,
): Promise<TranscriptEntry[]> {
  const end = before === undefined ? undefined : await findPosition(journal, room, before);
  if (before !== undefined && end === undefined) return [];
  const events = await journal.history(room, end, limit);
  const messages = events.filter((event) => event.kind === 'message');
  return Promise.all(messages.map((event) => readEntry(journal, room, event)));
}

async function findPosition(journal: Journal, room: RoomRef, native: string): Promise<number | undefined> {
  const id = await journal.original(room, native);
  return id === undefined ? undefined : (await journal.event(id))?.position;
}

async function readEntry(journal: Journal, room: RoomRef, event: MessageEvent): Promise<TranscriptEntry> {
  const [journey, replyTo] = await Promise.all([journal.journey(event.id), readReply(journal, room, event)]);
  const native = event.room === room ? event.native : undefined;
  const copy = native ?? (journey && nativeIn(journey, room));
  const acts = journey?.acts ?? [];
  return {
    event,
    edited: acts.some((act) => act.kind === 'edit'),
    reactions: acts.filter((act) => act.kind === 'reaction'),
    ...(copy !== undefined && { native: copy }),
    ...(replyTo && { replyTo }),
  };
}

async function readReply(
  journal: Journal,
  room: RoomRef,
  { replyTo, room: saidIn }: MessageEvent,
): Promise<TranscriptEntry['replyTo']> {
  if (!replyTo) return undefined;
  const known = saidIn === room ? replyTo.native : undefined;
  const journey = replyTo.id === undefined ? undefined : await journal.journey(replyTo.id);
  const native = known ?? (journey && nativeIn(journey, room));
  const quote = journey?.event.kind === 'message' ? toQuote(journey.event) : replyTo.quote;
  return { ...(native !== undefined && { native }), ...(quote && { quote }) };
}

function nativeIn(journey: Journey, room: RoomRef): string | undefined {
  return journey.copies.find((copy) => copy.room === room && copy.part === 0)?.native;
}
