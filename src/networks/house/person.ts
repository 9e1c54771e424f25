/** Somebody who is logged in to the house, by whatever door, and what the chat commands do for them. */
import type { Participant } from '../../hub/chat-commands.ts';
import { CommandError } from '../../hub/commands.ts';
import { textBody, type User } from '../../hub/message.ts';
import type { Author } from '../../hub/network.ts';
import { Correspondents } from './correspondents.ts';
import type { Happening } from './happening.ts';
import type { House } from './house.ts';
import { toExcerpt } from './lines.ts';
import { toPrivateRoom } from './private-room.ts';
import type { Room } from './room.ts';

/** The door that a person came through. */
export interface Door {
  /** Shows lines to the person. */
  reply(lines: readonly string[]): void;
  /** Shows something that happened to this person alone. */
  show(happening: Happening): void;
  /** From now on the person sees what happens in this room; `undefined` is none. */
  watch(room: Room | undefined): void;
  /** The person has left the house. */
  left(): void;
}

export class Person<Through extends Door = Door> implements Participant {
  readonly door: Through;
  readonly #house: House;
  #user: User;
  #room: Room;
  #gone = false;
  readonly #correspondents = new Correspondents();

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

  reply(lines: readonly string[]): void {
    this.door.reply(lines);
  }

  async say(text: string, action: boolean): Promise<void> {
    const room = this.#room;
    const { name } = this.#user;
    const native = this.#house.newId();
    const kept = this.#house.port.receive({
      kind: 'message',
      room: room.name,
      native,
      at: this.#house.now(),
      sender: this.#user,
      body: textBody(text),
      ...(action && { action }),
    });
    try {
      await kept;
    } catch (error) {
      throw new CommandError(`This was not said (${this.#house.explain(error)}) - ${toExcerpt(text)}`, {
        cause: error,
      });
    }
    room.remember(native, name, text);
    room.tell({ kind: 'said', name, text, action });
  }

  whisper(nick: string, text: string): Promise<void> | void {
    if (nick.includes('@')) return this.#writeAway(nick, text);
    const other = this.#house.find(nick);
    if (!other) throw new CommandError(`Nobody called ${nick} is in this house`);
    other.door.show({ kind: 'received', name: this.#user.name, text });
    this.door.show({ kind: 'sent', name: other.user.name, text });
  }

  /** Shows what somebody elsewhere tells this person alone. */
  async hear(author: Author, show: (name: string) => Happening): Promise<void> {
    const here = await this.#house.neighbourhoods([this.#room]);
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
    if (!room) throw new CommandError(`There is no room ${name} - ${this.#house.roomNames()}`);
    if (room === this.#room) throw new CommandError(`You are in ${room.name} already`);
    this.#leaveRoom();
    this.#room = room;
    this.enterRoom();
  }

  async history(count: number | undefined): Promise<string[]> {
    return this.#house.history(this.#room, count);
  }

  rename(typed: string): void {
    const oldName = this.#user.name;
    const name = this.#house.rename(this, typed);
    this.#user = { ...this.#user, name };
    this.#room.tell({ kind: 'renamed', name, oldName });
    this.#house.report({ kind: 'rename', room: this.#room.name, who: this.#user, oldName });
  }

  leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#leaveRoom();
    this.#house.forget(this);
    this.door.left();
  }

  /** Shows the others that the person is here, then the person what happens here. */
  enterRoom(): void {
    const others = this.#room.people.size;
    this.#house.show(this.#room, { kind: 'entered', name: this.#user.name });
    this.#room.people.add(this);
    this.door.watch(this.#room);
    const company = others === 0 ? 'nobody else is' : others === 1 ? '1 other is' : `${others} others are`;
    this.reply([
      `You are ${this.#user.name}, in ${this.#room.name}; ${company} here. Type help for the commands`,
    ]);
    this.#house.report({ kind: 'join', room: this.#room.name, who: this.#user });
  }

  async #writeAway(typed: string, text: string): Promise<void> {
    const [here, all] = await Promise.all([
      this.#house.neighbourhoods([this.#room]),
      this.#house.neighbourhoods(this.#house.rooms),
    ]);
    const { account, user, name, shown } = this.#correspondents.find(typed, here, all);
    try {
      await this.#house.port.receive({
        kind: 'message',
        room: toPrivateRoom(this.#user.id, { account, user }),
        native: this.#house.newId(),
        at: this.#house.now(),
        sender: this.#user,
        body: textBody(text),
        to: { account, user, name },
      });
    } catch (error) {
      throw new CommandError(`This was not sent (${this.#house.explain(error)}) - ${toExcerpt(text)}`, {
        cause: error,
      });
    }
    this.door.show({ kind: 'sent', name: shown, text });
  }

  #leaveRoom(): void {
    this.#room.people.delete(this);
    this.door.watch(undefined);
    this.#house.show(this.#room, { kind: 'left', name: this.#user.name });
    this.#house.report({ kind: 'leave', room: this.#room.name, who: this.#user });
  }
}
