/**
 * What a page knows of the room that it is in: messages, people, who is writing. Each frame of the house changes it;
 * `position` is the last that was taken in, from which a lost connection goes on.
 */
import { batch, signal } from '@preact/signals';
import { addNewer, addOlder, change, toReactions, type ShownMessage } from '../conversation/messages.ts';
import type { Resume } from './house-socket.ts';
import type { FromHouse, Happening, RoomInfo, RoomMessage, Who } from './protocol.ts';

/** Nobody writes for longer without saying so again. */
const typingMs = 10_000;

export interface Notice {
  key: number;
  text: string;
}

export class HouseRoom {
  readonly messages = signal<readonly ShownMessage[]>([]);
  readonly people = signal<readonly Who[]>([]);
  /** Linked rooms whose accounts are not online. */
  readonly away = signal<readonly string[]>([]);
  readonly rooms = signal<readonly RoomInfo[]>([]);
  readonly typing = signal<readonly Who[]>([]);
  readonly notices = signal<readonly Notice[]>([]);
  readonly you = signal<Who | undefined>(undefined);
  /** Is there anything before the first message? */
  readonly more = signal(false);
  readonly name = signal('');
  /** The last message that was there when this room was entered, unread ones behind it. */
  readonly unreadAfter = signal<string | undefined>(undefined);
  readonly #account: string;
  readonly #typingTimers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #onSaid: (message: ShownMessage, isMention: boolean) => void;
  /** By room, the last message that was shown when one went to another. */
  readonly #lastSeen = new Map<string, string>();
  #session: string | undefined;
  #epoch = '';
  #position = 0;
  #own = 0;
  #noticeKey = 0;

  constructor(account: string, onSaid: (message: ShownMessage, isMention: boolean) => void) {
    this.#account = account;
    this.#onSaid = onSaid;
  }

  /** Undefined before the first time inside. */
  resume(): Resume | undefined {
    if (this.#session === undefined || this.name.value === '') return undefined;
    return {
      session: this.#session,
      room: this.name.value,
      epoch: this.#epoch,
      position: this.#position,
      own: this.#own,
    };
  }

  get session(): string | undefined {
    return this.#session;
  }

  take(frame: FromHouse): void {
    batch(() => this.#take(frame));
  }

  addOlder(messages: readonly RoomMessage[], more: boolean): void {
    this.messages.value = addOlder(
      this.messages.value,
      messages.map((message) => this.#toShown(message)),
    );
    this.more.value = more;
  }

  #take(frame: FromHouse): void {
    switch (frame.type) {
      case 'hello':
        if (frame.rooms !== undefined) this.rooms.value = frame.rooms;
        return;
      case 'welcome':
        this.#session = frame.session;
        if (!frame.resumed) this.#own = 0;
        this.you.value = frame.you;
        this.rooms.value = frame.rooms;
        return;
      case 'room':
        this.#takeRoom(frame);
        return;
      case 'typing':
        // One sees oneself write, and in another tab it is no news either.
        if (!this.#isYou(frame.who)) this.#takeTyping(frame.who, frame.on);
        return;
      case 'read':
        this.#takeRead(frame.room, frame.unread);
        return;
      case 'activity':
        this.rooms.value = this.rooms.value.map((room) => {
          const told = frame.rooms.find((each) => each.room === room.name);
          return told === undefined ? room : { ...room, unread: room.unread + told.messages };
        });
        return;
      case 'whisper':
        if (frame.own <= this.#own) return;
        this.#own = frame.own;
        this.#note(`${frame.direction === 'sent' ? '→' : '←'} ${frame.name}: ${frame.text}`);
        return;
      case 'notice':
        this.#note(frame.text);
        return;
      case 'said':
      case 'edited':
      case 'recalled':
      case 'reacted':
      case 'entered':
      case 'left':
      case 'renamed':
        this.#takeHappening(frame);
        return;
      default:
    }
  }

  #takeRoom(frame: Extract<FromHouse, { type: 'room' }>): void {
    const isOther = frame.room !== this.name.value;
    const seen = this.messages.value.at(-1);
    if (isOther && seen !== undefined) this.#lastSeen.set(this.name.value, seen.id);
    const info = this.rooms.value.find((room) => room.name === frame.room);
    this.name.value = frame.room;
    this.#epoch = frame.epoch;
    this.#position = frame.position;
    this.people.value = frame.people;
    this.away.value = frame.away;
    this.typing.value = [];
    this.rooms.value = this.rooms.value.map((room) =>
      room.name === frame.room ? { ...room, unread: 0 } : room,
    );
    if (frame.reset || isOther) {
      this.messages.value = frame.messages.map((message) => this.#toShown(message));
      this.more.value = frame.more;
      this.unreadAfter.value = this.#findLastRead(frame.room, info);
    }
  }

  /** Read in another tab, or on another device. */
  #takeRead(name: string, unread: number): void {
    this.rooms.value = this.rooms.value.map((room) => (room.name === name ? { ...room, unread } : room));
    if (name === this.name.value && unread === 0) this.unreadAfter.value = undefined;
  }

  /** The last message that was seen of a room before now, if others came behind it. */
  #findLastRead(room: string, info: RoomInfo | undefined): string | undefined {
    const { value: messages } = this.messages;
    const byCount = messages[messages.length - 1 - (info?.unread ?? 0)]?.id;
    const last = this.#lastSeen.get(room) ?? info?.read ?? byCount;
    return last === messages.at(-1)?.id ? undefined : last;
  }

  #takeHappening(frame: Happening): void {
    // Of a room that was just left, or told already.
    if (frame.room !== this.name.value || frame.position <= this.#position) return;
    this.#position = frame.position;
    const { messages, people } = this;
    switch (frame.type) {
      case 'said': {
        const message = this.#toShown(frame.message);
        this.#takeTyping(frame.message.author, false);
        messages.value = addNewer(messages.value, [message]);
        if (!message.own) this.#onSaid(message, this.#mentionsMe(frame.message));
        return;
      }
      case 'edited':
        messages.value = change(messages.value, frame.id, (message) => ({
          ...message,
          body: frame.body,
          edited: true,
        }));
        return;
      case 'recalled':
        messages.value = change(messages.value, frame.id, (message) => ({
          ...message,
          body: [],
          recalled: true,
        }));
        return;
      case 'reacted':
        messages.value = change(messages.value, frame.id, (message) => ({
          ...message,
          reactions: toReactions(message.reactions, frame.emoji, frame.by.name, frame.added),
        }));
        return;
      case 'entered':
        people.value = [...people.value.filter((each) => each.id !== frame.who.id), frame.who];
        return;
      case 'left':
        people.value = people.value.filter((each) => each.id !== frame.who.id);
        return;
      case 'renamed':
        people.value = people.value.map((each) => (isRenamed(each, frame) ? frame.who : each));
        if (this.#isYou(frame.who)) this.you.value = frame.who;
    }
  }

  #takeTyping(who: Who, on: boolean): void {
    clearTimeout(this.#typingTimers.get(who.id));
    this.#typingTimers.delete(who.id);
    const others = this.typing.value.filter((each) => each.id !== who.id);
    if (!on) {
      if (others.length !== this.typing.value.length) this.typing.value = others;
      return;
    }
    this.typing.value = [...others, who];
    this.#typingTimers.set(
      who.id,
      setTimeout(() => this.#takeTyping(who, false), typingMs),
    );
  }

  /** Ids of people elsewhere are their networks'. */
  #isYou(who: Who): boolean {
    return who.id === this.you.value?.id && (who.kind === 'guest' || who.kind === 'user');
  }

  #note(text: string): void {
    this.#noticeKey += 1;
    this.notices.value = [...this.notices.value.slice(-2), { key: this.#noticeKey, text }];
  }

  #mentionsMe({ body }: RoomMessage): boolean {
    const you = this.you.value;
    if (you === undefined) return false;
    return body.some(
      (segment) =>
        (segment.type === 'mention' && (segment.user === you.id || segment.user === 'all')) ||
        (segment.type === 'text' && segment.text.toLowerCase().includes(you.nick.toLowerCase())),
    );
  }

  #toShown(message: RoomMessage): ShownMessage {
    const { author, replyTo } = message;
    const isForeign = author.kind === 'foreign' && author.account !== undefined;
    return {
      id: message.id,
      at: message.at,
      name: author.name,
      room: `${isForeign ? author.account : this.#account}/${isForeign ? '' : this.name.value}`,
      body: message.body,
      action: message.action ?? false,
      ...(replyTo === undefined ? {} : { replyTo }),
      edited: message.edited ?? false,
      recalled: false,
      reactions: Object.fromEntries(
        message.reactions.map(({ emoji, by }) => [emoji, by.map((each) => each.name)]),
      ),
      own: this.#isYou(author),
    };
  }
}

/** Whether somebody who is here has another name. Some networks know people by their names alone. */
function isRenamed(person: Who, { who, oldNick }: Extract<Happening, { type: 'renamed' }>): boolean {
  return person.account === who.account && (person.id === who.id || person.name === oldNick);
}
