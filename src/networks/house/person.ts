/** Somebody who is logged in to the house, by whatever door, and what the chat commands do for them. */
import type { Participant } from '../../hub/chat-commands.ts';
import { CommandError } from '../../hub/commands.ts';
import { withMediaLinks } from '../../hub/media.ts';
import { textBody, toPlainText, type Segment, type User } from '../../hub/message.ts';
import type { MessageReport } from '../../hub/event.ts';
import type { Author } from '../../hub/network.ts';
import { Blocked } from './blocked.ts';
import { Correspondents, toForeignId, type Foreigner } from './correspondents.ts';
import type { Happening } from './happening.ts';
import type { House } from './house.ts';
import { toExcerpt } from './lines.ts';
import { toPrivateRoom } from './private-room.ts';
import type { RememberedMessage, Room } from './room.ts';
import { HouseError, type Saying } from './saying.ts';
import { toLocalWho, type Who } from './who.ts';

/** The door that a person came through. */
export interface Door {
  /** Shows lines to the person. */
  reply(lines: readonly string[]): void;
  /** Shows something that happened to this person alone. */
  show(happening: Happening): void;
  /** The person has come into a room where `others` are, and is to be told so. */
  arrived(person: Person, others: number): void;
  /** From now on the person sees what happens in this room; `undefined` is none. */
  watch(room: Room | undefined): void;
  /** The person has left the house. */
  left(): void;
}

export class Person<Through extends Door = Door> implements Participant {
  readonly door: Through;
  readonly #house: House;
  #user: User;
  /** The one that commands are about: the last that was entered. */
  #room: Room;
  /** All that the person is in: more than one only where a door shows several at a time. */
  readonly #rooms = new Set<Room>();
  #gone = false;
  readonly #correspondents = new Correspondents();
  readonly #blocked = new Blocked();

  /** For `House.enter`, which has checked the name and tells the others. */
  constructor(house: House, user: User, room: Room, door: Through) {
    this.#house = house;
    this.#user = user;
    this.#room = room;
    this.door = door;
  }

  get user(): User {
    return this.#user;
  }

  get who(): Who {
    return toLocalWho(this.#user);
  }

  get room(): Room {
    return this.#room;
  }

  isIn(room: Room): boolean {
    return this.#rooms.has(room);
  }

  /** In no room but this, if in any. */
  isOnlyIn(room: Room): boolean {
    return this.#rooms.size === 0 || (this.#rooms.size === 1 && this.#rooms.has(room));
  }

  reply(lines: readonly string[]): void {
    this.door.reply(lines);
  }

  async say(text: string, action: boolean): Promise<void> {
    await this.speak({ body: textBody(text), action });
  }

  /** As `say`; answers the message's id in the room. */
  async speak(
    { body, action, replyTo, id = this.#house.newId() }: Saying,
    room: Room = this.#room,
  ): Promise<string> {
    const { who } = this;
    const at = this.#house.now();
    const quote = replyTo === undefined ? undefined : room.quoteOf(replyTo);
    const kept = this.#house.port.receive({
      kind: 'message',
      room: room.name,
      native: id,
      at,
      sender: this.#user,
      body,
      ...(action && { action }),
      ...(replyTo !== undefined && { replyTo: { native: replyTo, ...(quote && { quote }) } }),
    });
    await this.#untilKept(kept, 'said', body);
    const answered = replyTo !== undefined && { replyTo: { id: replyTo, ...(quote && { quote }) } };
    room.tell({ kind: 'said', id, who, at, body: this.#withLinks(body), action, ...answered });
    return id;
  }

  /** Gives an own message other words. */
  async edit(id: string, body: readonly Segment[], room: Room = this.#room): Promise<void> {
    const { who, action } = this.#ownMessage(id, room);
    const at = this.#house.now();
    const done = { room: room.name, native: this.#house.newId(), at, actor: this.#user };
    await this.#untilKept(
      this.#house.port.receive({ ...done, kind: 'edit', target: id, body }),
      'changed',
      body,
    );
    room.tell({ kind: 'edited', id, who, at, body: this.#withLinks(body), action });
  }

  /** Takes an own message back, or as a `moderator` anybody's. */
  async recall(id: string, moderator: boolean, room: Room = this.#room): Promise<void> {
    const message = moderator ? this.#message(id, room) : this.#ownMessage(id, room);
    const own = message.who.id === this.#user.id;
    const done = { room: room.name, native: this.#house.newId(), at: this.#house.now() };
    const actor = this.#user;
    const kept = this.#house.port.receive({
      ...done,
      kind: 'recall',
      actor,
      target: id,
      ...(moderator && !own && { moderator }),
    });
    await this.#untilKept(kept, 'taken back', []);
    room.tell({ kind: 'recalled', id, author: message.name });
  }

  /** Puts a reaction on a message, or takes it off. */
  async react(id: string, emoji: string, added: boolean, room: Room = this.#room): Promise<void> {
    const { who } = this;
    const { name, text } = this.#message(id, room);
    const done = { room: room.name, native: this.#house.newId(), at: this.#house.now(), actor: this.#user };
    await this.#untilKept(
      this.#house.port.receive({ ...done, kind: 'reaction', target: id, emoji, added }),
      'shown',
      [],
    );
    room.tell({ kind: 'reacted', id, who, emoji, added, quote: { name, text } });
  }

  /** Shows those who can see it that the person is writing, or not any more. */
  typing(on: boolean, room: Room = this.#room): void {
    room.tell({ kind: 'typing', who: this.who, on });
  }

  /** `room`: where the name is used, whose people it means before others. */
  whisper(nick: string, text: string, room: Room = this.#room): Promise<void> | void {
    if (this.#house.isCalled(nick)) return this.#writeToHouse(text);
    if (nick.includes('@')) return this.#writeAway(nick, text, room);
    const other = this.#house.find(nick);
    if (!other) throw new HouseError('person-unknown', `Nobody called ${nick} is in this house`);
    if (other.refuses(this.#user.id)) {
      throw new HouseError('not-allowed', `${other.user.name} takes no private messages from you`);
    }
    other.door.show({ kind: 'received', name: this.#user.name, text });
    this.door.show({ kind: 'sent', name: other.user.name, text });
  }

  async block(typed: string): Promise<void> {
    if (Blocked.isEverybody(typed)) {
      this.#blocked.addAll();
    } else if (typed.includes('@')) {
      const { account, user, shown } = await this.#findAway(typed, this.#room);
      this.#blocked.add(toForeignId({ account, user }), shown);
    } else {
      const other = this.#house.find(typed);
      if (!other) throw new HouseError('person-unknown', `Nobody called ${typed} is in this house`);
      this.#blocked.add(other.user.id, other.user.name);
    }
    this.reply([`Private messages of ${typed} are refused from now on; unblock ${typed} ends that`]);
  }

  unblock(typed: string): void {
    this.#blocked.remove(typed);
    this.reply([`Private messages of ${typed} are taken again`]);
  }

  /** Whether this one's private messages are unwelcome: a person of the house by id, others as `toForeignId` says. */
  refuses(id: string): boolean {
    return this.#blocked.has(id);
  }

  /** Shows what somebody elsewhere tells this person alone. */
  async hear(author: Author, show: (name: string) => Happening): Promise<void> {
    if (this.#house.isSelf(author)) return this.door.show(show(this.#house.self.name));
    const here = await this.#house.neighbourhoods([...this.#rooms]);
    this.door.show(show(this.#correspondents.meet(author, here).shown));
  }

  async peopleHere(): Promise<string[]> {
    const here = Array.from(this.#room.people, (person) => person.user.name);
    return [...here, ...(await this.#house.neighbours([this.#room]))];
  }

  async people(): Promise<string[]> {
    const here = Array.from(this.#house.people(), (person) => person.user.name);
    return [...here, ...(await this.#house.neighbours(this.#house.rooms))];
  }

  rooms(): { name: string; people: number; here: boolean }[] {
    return this.#house.rooms.map((room) => ({
      name: room.name,
      people: room.people.size,
      here: room === this.#room,
    }));
  }

  join(name: string): void {
    const room = this.#house.findRoom(name);
    if (!room) throw new HouseError('room-unknown', `There is no room ${name} - ${this.#house.roomNames()}`);
    if (room === this.#room) throw new CommandError(`You are in ${room.name} already`);
    this.goFrom(this.#room);
    this.comeInto(room);
  }

  async history(count: number | undefined): Promise<string[]> {
    return this.#house.history(this.#room, count);
  }

  rename(typed: string): void {
    const oldName = this.#user.name;
    const name = this.#house.rename(this, typed);
    this.#user = { ...this.#user, name };
    for (const room of this.#rooms) {
      room.tell({ kind: 'renamed', who: this.who, oldName });
      this.#house.report({ kind: 'rename', room: room.name, who: this.#user, oldName });
    }
  }

  leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    for (const room of this.#rooms) this.goFrom(room);
    this.#house.forget(this);
    this.door.left();
  }

  /** Shows those in the room that the person is there, then the person what happens there. No room is left for it. */
  comeInto(room: Room): void {
    const others = room.people.size;
    this.#room = room;
    this.#rooms.add(room);
    this.#house.show(room, { kind: 'entered', who: this.who });
    room.people.add(this);
    this.door.watch(room);
    this.door.arrived(this, others);
    this.#house.report({ kind: 'join', room: room.name, who: this.#user });
  }

  /** Leaves a room, but not the house. */
  goFrom(room: Room): void {
    this.#rooms.delete(room);
    this.#room = [...this.#rooms].at(-1) ?? room;
    room.people.delete(this);
    this.door.watch(undefined);
    this.#house.show(room, { kind: 'left', who: this.who });
    this.#house.report({ kind: 'leave', room: room.name, who: this.#user });
  }

  async #findAway(typed: string, room: Room): Promise<Foreigner> {
    const [here, all] = await Promise.all([
      this.#house.neighbourhoods([room]),
      this.#house.neighbourhoods(this.#house.rooms),
    ]);
    return this.#correspondents.find(typed, here, all);
  }

  async #writeAway(typed: string, text: string, room: Room): Promise<void> {
    const { account, user, name, shown } = await this.#findAway(typed, room);
    await this.#write({ account, user }, text, shown, { to: { account, user, name } });
  }

  /** For the programs that are there as the house. */
  #writeToHouse(text: string): Promise<void> {
    return this.#write(this.#house.author, text, this.#house.self.name, {});
  }

  async #write(
    other: Pick<Author, 'account' | 'user'>,
    text: string,
    shown: string,
    more: Pick<MessageReport, 'to'>,
  ): Promise<void> {
    try {
      await this.#house.port.receive({
        kind: 'message',
        room: toPrivateRoom(this.#user.id, other),
        direct: true,
        native: this.#house.newId(),
        at: this.#house.now(),
        sender: this.#user,
        body: textBody(text),
        ...more,
      });
    } catch (error) {
      throw new CommandError(`This was not sent (${this.#house.explain(error)}) - ${toExcerpt(text)}`, {
        cause: error,
      });
    }
    this.door.show({ kind: 'sent', name: shown, text });
  }

  /** Resolves when it is durable; else rejects with an error that tells what was not done. */
  async #untilKept(kept: Promise<void>, done: string, body: readonly Segment[]): Promise<void> {
    try {
      await kept;
    } catch (error) {
      const excerpt = body.length === 0 ? '' : ` - ${toExcerpt(toPlainText(body))}`;
      throw new HouseError('not-kept', `This was not ${done} (${this.#house.explain(error)})${excerpt}`, {
        cause: error,
      });
    }
  }

  #message(id: string, room: Room): RememberedMessage {
    const message = room.find(id);
    if (message && !message.recalled) return message;
    throw new HouseError('message-unknown', 'That message is not there any more, or is too old');
  }

  #ownMessage(id: string, room: Room): RememberedMessage {
    const message = this.#message(id, room);
    const { kind, id: author } = message.who;
    if (author === this.#user.id && kind !== 'foreign' && kind !== 'house') return message;
    throw new HouseError('not-allowed', 'That message is not yours');
  }

  #withLinks(body: readonly Segment[]): readonly Segment[] {
    return withMediaLinks(body, (url) => this.#house.port.media.resolve(url));
  }
}
