/**
 * A person who came through the web door, with or without a connection at the moment: who loses it is kept, name and
 * room, for a while. What was told to this person alone waits here.
 */
import type { Cancel } from '../../hub/clock.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import type { Happening } from './happening.ts';
import type { House } from './house.ts';
import { toLines } from './lines.ts';
import type { Door, Person } from './person.ts';
import type { Room } from './room.ts';
import type { WebConnection } from './web-connection.ts';
import type { HouseFrame, Resume } from './web-frames.ts';
import type { WebRoom } from './web-room.ts';

/** Whispers that wait for somebody who is away. */
const ownLimit = 200;
/** Messages that are known again when they are said a second time. */
const saidLimit = 200;
/** How long it stays told that somebody is writing. */
const typingMs = 4_000;

export interface SessionHost {
  house: House;
  /** How long somebody is kept whose connection is lost. */
  awayMs: number;
  webRoom(room: Room): WebRoom;
  /** The session is over. */
  ended(session: WebSession): void;
}

export class WebSession implements Door {
  /** By which a browser comes back; nobody else knows it. */
  readonly secret: string;
  /** The user of the web server that this is, if it is one. */
  readonly user: string | undefined;
  /** Ids of what was said, by the browser's keys. */
  readonly said = new RecentMap<string>(saidLimit);
  readonly #host: SessionHost;
  #person: Person<WebSession> | undefined;
  #connection: WebConnection | undefined;
  #webRoom: WebRoom | undefined;
  /** The browser has been shown the room, so it is told what happens there. */
  #listening = false;
  readonly #own: { own: number; json: string }[] = [];
  #ownCount = 0;
  /** The last of them that the browser has. */
  #ownTold = 0;
  #away: Cancel | undefined;
  /** When it was told that the person is writing, monotonic milliseconds. */
  #typedAt = -Infinity;

  constructor(secret: string, user: string | undefined, host: SessionHost) {
    this.secret = secret;
    this.user = user;
    this.#host = host;
  }

  /** There from `enter` on. */
  get person(): Person<WebSession> {
    if (!this.#person) throw new Error('this session has no person yet');
    return this.#person;
  }

  get webRoom(): WebRoom {
    return this.#host.webRoom(this.person.room);
  }

  /** Comes into the house. Throws a `CommandError` if the name cannot be had. */
  enter(nick: string, as: { id: string; room: Room }): void {
    this.#person = this.#host.house.enter(nick, this, as);
  }

  /** From now on this is the person's connection; one that they had before is closed. `own`: what it has been told. */
  attach(connection: WebConnection, own: number): void {
    this.#ownTold = Math.min(own, this.#ownCount);
    this.#away?.();
    this.#away = undefined;
    this.#listening = false;
    this.#connection?.close('replaced', 'This goes on in another connection');
    this.#connection = connection;
  }

  /** The connection is lost. */
  detach(connection: WebConnection): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#listening = false;
    this.#away = this.#host.house.clock.after(this.#host.awayMs, () => this.leave());
  }

  /** Shows the room, or what was missed of it, and from now on what happens there. */
  async showRoom(resume?: Resume): Promise<void> {
    const { webRoom } = this;
    const { room } = webRoom;
    await webRoom.ready();
    const people = await this.#host.house.peopleOf(room);
    const connection = this.#connection;
    if (!connection || this.person.room !== room) return;
    const missed = resume?.room === room.name ? webRoom.since(resume.epoch, resume.position) : undefined;
    const standing = missed ? { messages: [], more: true } : webRoom.standing;
    const at = { room: room.name, epoch: webRoom.epoch };
    const position = missed && resume ? resume.position : webRoom.position;
    connection.tell({ type: 'room', ...at, position, reset: !missed, ...standing, ...people });
    for (const json of missed ?? []) connection.send(json);
    this.#listening = true;
    this.#tellOwn();
  }

  /** Leaves the house, if that is not done yet. */
  leave(): void {
    this.#person?.leave();
  }

  /** Tells the browser, if it is there. */
  tell(frame: HouseFrame): void {
    this.#connection?.tell(frame);
  }

  /** An event of the room that the person is in. */
  send(json: string): void {
    if (this.#listening) this.#connection?.send(json);
  }

  /** Where else something was said. */
  tellActivity(news: readonly { room: string; messages: number }[]): void {
    if (!this.#listening) return;
    const rooms = news.filter(({ room }) => room !== this.person.room.name);
    if (rooms.length > 0) this.tell({ type: 'activity', rooms });
  }

  /** The person is writing, or not any more; said again too soon it is told to nobody. */
  typing(on: boolean): void {
    const now = this.#host.house.clock.monotonicMs();
    if (on ? now - this.#typedAt < typingMs : this.#typedAt === -Infinity) return;
    this.#typedAt = on ? now : -Infinity;
    this.person.typing(on);
  }

  reply(lines: readonly string[]): void {
    for (const text of lines) this.tell({ type: 'notice', text });
  }

  show(happening: Happening): void {
    if (happening.kind !== 'received' && happening.kind !== 'sent') {
      this.reply([toLines(happening).trimEnd()]);
      return;
    }
    this.#ownCount += 1;
    const { kind: direction, name, text } = happening;
    const whisper = { type: 'whisper', own: this.#ownCount, direction, name, text } as const;
    const json = JSON.stringify({ ...whisper, at: this.#host.house.now() } satisfies HouseFrame);
    this.#own.push({ own: this.#ownCount, json });
    if (this.#own.length > ownLimit) this.#own.shift();
    this.#tellOwn();
  }

  arrived(): void {
    // What it is shown next says so.
  }

  watch(room: Room | undefined): void {
    this.#webRoom?.unlisten(this);
    this.#webRoom = room && this.#host.webRoom(room);
    this.#webRoom?.listen(this);
    this.#listening = false;
  }

  left(): void {
    this.#away?.();
    this.#host.ended(this);
    this.#connection?.close('left', 'Goodbye!');
    this.#connection = undefined;
  }

  #tellOwn(): void {
    if (!this.#listening || !this.#connection) return;
    for (const { own, json } of this.#own) if (own > this.#ownTold) this.#connection.send(json);
    this.#ownTold = this.#ownCount;
  }
}
