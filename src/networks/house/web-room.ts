/**
 * A room as browsers see it: what stands in it, and the log of what happened of late. Whoever comes gets the first;
 * whoever was away for a moment gets what is behind their position in the second. An event is made JSON once, for all.
 */
import type { ReactionEvent } from '../../hub/event.ts';
import { toPlainText } from '../../hub/message.ts';
import type { TranscriptEntry } from '../../hub/transcript.ts';
import { toWord } from './happening.ts';
import type { House } from './house.ts';
import type { Answered, RoomEvent } from './room-event.ts';
import type { Room } from './room.ts';
import type { WebEvent, WebMessage } from './web-frames.ts';
import { toEventWho, type Who } from './who.ts';

/** Messages that stand ready for whoever comes. */
const standingLimit = 100;
/** Their text, UTF-16 units. */
const standingSizeLimit = 1024 * 1024;
/** Events that whoever was away can catch up with, and their size in UTF-16 units. */
const logLimit = 1_000;
const logSizeLimit = 1024 * 1024;
/** Different emoji on one message, and people under one of them. */
const emojiLimit = 50;
const reactorsLimit = 500;

/** Somebody who is shown what happens. */
export interface WebListener {
  send(json: string): void;
}

export class WebRoom {
  readonly room: Room;
  /** Positions are of one epoch. */
  readonly epoch: string;
  readonly #house: House;
  readonly #listeners = new Set<WebListener>();
  /** By id, oldest first. */
  readonly #standing = new Map<string, WebMessage>();
  #standingSize = 0;
  /** There are older ones than those that stand ready. */
  #more = false;
  #log: { position: number; json: string }[] = [];
  #logSize = 0;
  #position = 0;
  #loading: Promise<void> | undefined;
  /** The events of the log, until the past was read: what was shown a moment ago may not be part of it yet. */
  #early: WebEvent[] | undefined = [];

  constructor(house: House, room: Room) {
    this.#house = house;
    this.room = room;
    this.epoch = house.newId();
    room.watch((event) => this.#watch(event));
  }

  /** Resolves when the room's past is known. Rejects with a `JournalError`. */
  async ready(): Promise<void> {
    if (!this.#early) return;
    this.#loading ??= this.#load().finally(() => (this.#loading = undefined));
    await this.#loading;
  }

  get position(): number {
    return this.#position;
  }

  /** The last messages, oldest first; `more` tells that there are older ones. */
  get standing(): { messages: WebMessage[]; more: boolean } {
    return { messages: [...this.#standing.values()], more: this.#more };
  }

  /** What happened after a position, as JSON; undefined where the log does not go back so far. */
  since(epoch: string, position: number): string[] | undefined {
    const first = this.#log[0]?.position ?? this.#position + 1;
    if (epoch !== this.epoch || position > this.#position || position + 1 < first) return undefined;
    return this.#log.slice(position + 1 - first).map(({ json }) => json);
  }

  /** How many of the last messages came after this one; all where it is not among them. */
  unreadAfter(id: string): number {
    const ids = [...this.#standing.keys()];
    return ids.length - 1 - ids.lastIndexOf(id);
  }

  /** Which of two messages is the later one, as far as they are among the last ones. */
  isAfter(id: string, other: string): boolean {
    const ids = [...this.#standing.keys()];
    return ids.indexOf(id) > ids.indexOf(other);
  }

  listen(listener: WebListener): void {
    this.#listeners.add(listener);
  }

  unlisten(listener: WebListener): void {
    this.#listeners.delete(listener);
  }

  /** Messages before one of the room. */
  async older(before: string, limit: number): Promise<{ messages: WebMessage[]; more: boolean }> {
    const entries = await this.#house.port.transcript(this.room.name, limit + 1, before);
    return { messages: this.#toMessages(entries.slice(-limit)), more: entries.length > limit };
  }

  async #load(): Promise<void> {
    const entries = await this.#house.port.transcript(this.room.name, standingLimit + 1);
    const early = this.#early ?? [];
    this.#early = undefined;
    this.#more = entries.length > standingLimit;
    for (const message of join(this.#toMessages(entries.slice(-standingLimit)), early)) this.#put(message);
    for (const event of early) if (event.type !== 'said') this.#apply(event);
  }

  #toMessages(entries: readonly TranscriptEntry[]): WebMessage[] {
    return entries.flatMap((entry) => {
      const message = this.#toMessage(entry);
      if (!message) return [];
      if (!this.room.find(message.id)) this.room.remember(toSaid(message));
      return message;
    });
  }

  #toMessage({ event, native, edited, reactions, replyTo }: TranscriptEntry): WebMessage | undefined {
    if (native === undefined) return undefined;
    const view = this.#house.viewFrom(this.room);
    const message: WebMessage = {
      id: native,
      at: event.at,
      author: toEventWho(event.room, event.sender, view),
      body: event.body,
      reactions: [],
    };
    if (event.action) message.action = true;
    if (edited) message.edited = true;
    if (replyTo) message.replyTo = toReplyTo(toAnswered(replyTo));
    const toWho = (reaction: ReactionEvent) => toEventWho(reaction.room, reaction.actor, view);
    for (const reaction of reactions) react(message, reaction.emoji, reaction.added, toWho(reaction));
    return message;
  }

  #watch(event: RoomEvent): void {
    if (event.kind === 'typing') {
      const { who, on } = event;
      this.#tell(JSON.stringify({ type: 'typing', room: this.room.name, who, on }));
      return;
    }
    const told = toWebEvent(event);
    if (this.#early) this.#early.push(told);
    else if (!this.#apply(told)) return;
    this.#position += 1;
    const position = this.#position;
    const json = JSON.stringify({ ...told, room: this.room.name, position });
    this.#log.push({ position, json });
    this.#logSize += json.length;
    while (this.#log.length > logLimit || this.#logSize > logSizeLimit) {
      this.#logSize -= this.#log.shift()?.json.length ?? 0;
      this.#early?.shift();
    }
    this.#tell(json);
  }

  #tell(json: string): void {
    for (const listener of this.#listeners) listener.send(json);
  }

  /** Keeps what stands in the room true. False: it is known already, such as what was said twice under one key. */
  #apply(event: WebEvent): boolean {
    switch (event.type) {
      case 'said': {
        if (this.#standing.has(event.message.id)) return false;
        this.#put({ ...event.message, reactions: [] });
        return true;
      }
      case 'edited': {
        const message = this.#standing.get(event.id);
        if (message) this.#put({ ...message, body: event.body, edited: true });
        return true;
      }
      case 'recalled':
        this.#take(event.id);
        return true;
      case 'reacted': {
        const message = this.#standing.get(event.id);
        if (message) react(message, event.emoji, event.added, event.by);
        return true;
      }
      default:
        return true;
    }
  }

  /** Adds a message, or puts it in the place of what it was before; the oldest ones make room. */
  #put(message: WebMessage): void {
    const before = this.#standing.get(message.id);
    this.#standingSize += sizeOf(message) - (before ? sizeOf(before) : 0);
    this.#standing.set(message.id, message);
    while (this.#standing.size > standingLimit || this.#standingSize > standingSizeLimit) {
      const [oldest] = this.#standing.keys();
      // What is said last is always there.
      if (oldest === undefined || this.#standing.size === 1) return;
      this.#take(oldest);
      this.#more = true;
    }
  }

  #take(id: string): void {
    const message = this.#standing.get(id);
    if (message) this.#standingSize -= sizeOf(message);
    this.#standing.delete(id);
  }
}

/**
 * The past with what was said since the house was opened and is not part of it yet, because the hub has still to write that
 * it was shown. What was said before the past begins is left out.
 */
function join(past: readonly WebMessage[], early: readonly WebEvent[]): WebMessage[] {
  const known = new Map(past.map((message) => [message.id, message]));
  const said = early.flatMap((event) => (event.type === 'said' ? event.message : []));
  const recent = said.slice(
    Math.max(
      0,
      said.findIndex(({ id }) => known.has(id)),
    ),
  );
  const ids = new Set(recent.map(({ id }) => id));
  return [
    ...past.filter(({ id }) => !ids.has(id)),
    ...recent.map((message) => known.get(message.id) ?? { ...message, reactions: [] }),
  ];
}

function sizeOf({ body }: WebMessage): number {
  return toPlainText(body).length;
}

function toWebEvent(event: Exclude<RoomEvent, { kind: 'typing' }>): WebEvent {
  switch (event.kind) {
    case 'said': {
      const { id, at, who: author, body, action, replyTo } = event;
      const message: WebMessage = { id, at, author, body, reactions: [] };
      if (action) message.action = true;
      if (replyTo) message.replyTo = toReplyTo(replyTo);
      return { type: 'said', message };
    }
    case 'edited':
      return { type: 'edited', id: event.id, body: event.body, at: event.at, by: event.who };
    case 'recalled':
      return { type: 'recalled', id: event.id };
    case 'reacted': {
      const { id, emoji, added, who: by } = event;
      return { type: 'reacted', id, emoji, added, by };
    }
    case 'entered':
    case 'left':
      return { type: event.kind, who: event.who };
    case 'renamed':
      return { type: 'renamed', who: event.who, oldNick: event.oldName };
  }
}

function toReplyTo({ id, quote }: Answered): NonNullable<WebMessage['replyTo']> {
  return { ...(id !== undefined && { id }), name: quote?.name ?? '', text: quote?.text ?? '' };
}

function toAnswered({ native: id, quote }: NonNullable<TranscriptEntry['replyTo']>): Answered {
  const harmless = quote && { name: toWord(quote.name), text: quote.text };
  return { ...(id !== undefined && { id }), ...(harmless && { quote: harmless }) };
}

function toSaid({ id, at, author, body, action }: WebMessage) {
  return { kind: 'said', id, at, who: author, body, action: action ?? false } as const;
}

function react(message: WebMessage, emoji: string, added: boolean, who: Who): void {
  const known = message.reactions.find((one) => one.emoji === emoji);
  const others = known?.by.filter(({ id, account }) => id !== who.id || account !== who.account) ?? [];
  const by = added ? [...others, who].slice(0, reactorsLimit) : others;
  if (known) known.by = by;
  else if (added && message.reactions.length < emojiLimit) message.reactions.push({ emoji, by });
  message.reactions = message.reactions.filter((one) => one.by.length > 0);
}
