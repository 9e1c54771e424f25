/**
 * What the account has said itself, as far as it was seen: by its echo (`message_sent`), or in a history. It is what a
 * send of unknown outcome is looked for in, because QQ takes no id of ours.
 */
import { RecentMap } from '../../hub/recent-map.ts';
import type { MessageEvent } from '../../wire/onebot11/events.ts';
import { toPrint } from './outgoing.ts';

/** Messages remembered of each room, how many ids have their send, and files and further messages that were sent. */
const SEEN_LIMIT = 2000;
const ROOMS_LIMIT = 500;
const CLAIMED_LIMIT = 5000;
const FILES_LIMIT = 500;
const TEXTS_LIMIT = 500;
/** How long after it went out a file, or one of several messages, may be told. */
const ECHO_TOLD_MS = 5 * 60_000;

export interface OwnMessage {
  id: number;
  print: string;
  /** Seconds since the epoch. */
  time: number;
}

export class OwnMessages {
  readonly #seen = new RecentMap<OwnMessage[]>(ROOMS_LIMIT);
  /** Ids that are receipts of sends: one message is never the outcome of two. */
  readonly #claimed = new RecentMap<string>(CLAIMED_LIMIT);
  readonly #files = new RecentMap<number>(FILES_LIMIT);
  readonly #texts = new RecentMap<number>(TEXTS_LIMIT);

  seen(room: string, { message_id: id, message, time }: MessageEvent): void {
    const list = this.#seen.get(room) ?? [];
    if (list.some((known) => known.id === id)) return;
    list.push({ id, print: toPrint(message), time });
    if (list.length > SEEN_LIMIT) list.shift();
    this.#seen.set(room, list);
  }

  /** This message is what the send with this token has said. */
  claim(id: number, token: string): void {
    this.#claimed.set(String(id), token);
  }

  /** A further message of one send goes out: that the account has said it is no news. */
  expectText(room: string, print: string, atMs: number): void {
    this.#texts.set(`${room} ${print}`, atMs);
  }

  /** Whether it is a message that goes out just now, of which the hub gets no id. */
  isExpectedText(room: string, { message, time }: MessageEvent): boolean {
    const atMs = this.#texts.get(`${room} ${toPrint(message)}`);
    return atMs !== undefined && Math.abs(time * 1000 - atMs) < ECHO_TOLD_MS;
  }

  /** A file of this name goes out: that the account has put it there may be told beside, or without, a message's id. */
  expectFile(room: string, name: string, atMs: number): void {
    this.#files.set(`${room} ${name}`, atMs);
  }

  /** @param time when it is said to have been put there, seconds since the epoch */
  isExpectedFile(room: string, name: string, time: number): boolean {
    const atMs = this.#files.get(`${room} ${name}`);
    return atMs !== undefined && Math.abs(time * 1000 - atMs) < ECHO_TOLD_MS;
  }

  isClaimed(id: number): boolean {
    return this.#claimed.get(String(id)) !== undefined;
  }

  /** The oldest message of this print, not before `sinceMs`, that is no other send's. */
  find(room: string, print: string, sinceMs: number): OwnMessage | undefined {
    return this.#seen
      .get(room)
      ?.filter((own) => own.print === print && own.time * 1000 >= sinceMs && !this.isClaimed(own.id))
      .toSorted((a, b) => a.time - b.time)[0];
  }
}
