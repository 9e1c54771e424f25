/**
 * A person who came through the web door, in however many pages: tabs, a telephone and a desk. They are there once, in
 * each room that a page shows; who loses a connection is kept, name and room, for a while. What was told to this person
 * alone waits here.
 */
import type { Cancel } from '../../hub/clock.ts';
import { Pace } from '../../hub/pace.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import type { Happening } from './happening.ts';
import type { House } from './house.ts';
import { toLines } from './lines.ts';
import type { Door, Person } from './person.ts';
import type { Room } from './room.ts';
import type { WebConnection } from './web-connection.ts';
import type { HouseFrame } from './web-frames.ts';
import type { WebRoom } from './web-room.ts';
import { type Own, WebView } from './web-view.ts';

/** Whispers that wait for somebody who is away. */
const ownLimit = 200;
/** Messages that are known again when they are said a second time. */
const saidLimit = 200;
/** How long it stays told that somebody is writing. */
const typingMs = 4_000;
/** Pages of one person at a time; of more the oldest has to go. */
const viewLimit = 32;

export interface SessionHost {
  house: House;
  /** How long somebody is kept whose connection is lost. */
  awayMs: number;
  /** How fast the frames of all pages of a person together are read. */
  framesPerSecond: number;
  webRoom(room: Room): WebRoom;
  /** The session is over. */
  ended(session: WebSession): void;
}

/** Where a page comes in. */
interface Attachment {
  room: Room;
  client: string;
  /** What of the things told to the person alone it has been told. */
  own: number;
}

export class WebSession implements Door {
  /** By which a browser comes back; nobody else knows it. */
  readonly secret: string;
  /** The user of the web server that this is, if it is one. */
  readonly user: string | undefined;
  /** Ids of what was said. */
  readonly said = new RecentMap<true>(saidLimit);
  readonly pace: Pace;
  readonly #host: SessionHost;
  #person: Person<WebSession> | undefined;
  readonly #views = new Set<WebView>();
  /** Rooms that no page shows at the moment and the person is still in: whose they were, and what ends that. */
  readonly #kept = new Map<Room, { client: string; end: Cancel }>();
  readonly #own: Own[] = [];
  #ownCount = 0;
  /** When it was told that the person is writing in a room, monotonic milliseconds. */
  readonly #typedAt = new Map<Room, number>();

  constructor(secret: string, user: string | undefined, host: SessionHost) {
    this.secret = secret;
    this.user = user;
    this.#host = host;
    this.pace = new Pace(host.house.clock, host.framesPerSecond);
  }

  /** There from `enter` on. */
  get person(): Person<WebSession> {
    if (!this.#person) throw new Error('this session has no person yet');
    return this.#person;
  }

  /** Comes into the house. Throws a `CommandError` if the name cannot be had. */
  enter(nick: string, as: { id: string; room: Room }): void {
    this.#person = this.#host.house.enter(nick, this, as);
  }

  /** One page more, which shows a room as soon as its view is told to. */
  attach(connection: WebConnection, { room, client, own }: Attachment): WebView {
    const view = new WebView(connection, {
      house: this.#host.house,
      webRoom: this.#host.webRoom(room),
      client,
      ownTold: Math.min(own, this.#ownCount),
      ownSince: (told) => this.#own.filter((each) => each.own > told),
    });
    this.#views.add(view);
    this.#come(room);
    // The page that was lost is this one: it need not be waited for where it was.
    for (const [left, { client: whose }] of this.#kept) if (whose === client) this.#go(left);
    const [oldest] = this.#views;
    if (oldest && this.#views.size > viewLimit) {
      this.detach(oldest);
      oldest.close('replaced', 'This goes on in other connections');
    }
    return view;
  }

  /** A page is lost; its room is kept for a while, so that it can come back. */
  detach(view: WebView): void {
    this.#remove(view, () => this.#keep(view));
  }

  /** A page goes for good; the person goes with the last one. */
  dismiss(view: WebView): void {
    this.#remove(view, () => this.#go(view.webRoom.room));
  }

  /** A page goes into another room; the others stay where they are. */
  async move(view: WebView, room: Room): Promise<void> {
    const { room: left } = view.webRoom;
    view.turnTo(this.#host.webRoom(room));
    this.#come(room);
    if (left !== room && !this.#isShown(left)) this.#go(left);
    await view.show();
  }

  /** Leaves the house, if that is not done yet. */
  leave(): void {
    this.#person?.leave();
  }

  /** Where else something was said. */
  tellActivity(news: readonly { room: string; messages: number }[]): void {
    for (const view of this.#views) view.tellActivity(news);
  }

  /** Tells the other pages what one of them has read. */
  tellRead(from: WebView, read: { room: string; id: string; unread: number }): void {
    for (const view of this.#views) if (view !== from) view.tell({ type: 'read', ...read });
  }

  /** The person is writing, or not any more; said again too soon it is told to nobody. */
  typing(on: boolean, room: Room): void {
    const now = this.#host.house.clock.monotonicMs();
    const before = this.#typedAt.get(room);
    if (on ? before !== undefined && now - before < typingMs : before === undefined) return;
    if (on) this.#typedAt.set(room, now);
    else this.#typedAt.delete(room);
    this.person.typing(on, room);
  }

  reply(lines: readonly string[]): void {
    for (const text of lines) this.#tell({ type: 'notice', text });
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
    for (const view of this.#views) view.tellOwn();
  }

  arrived(): void {
    // What a page shows next says so.
  }

  watch(): void {
    // Each page watches its own room.
  }

  left(): void {
    for (const { end } of this.#kept.values()) end();
    this.#kept.clear();
    this.#host.ended(this);
    for (const view of this.#views) view.close('left', 'Goodbye!');
    this.#views.clear();
  }

  #tell(frame: HouseFrame): void {
    for (const view of this.#views) view.tell(frame);
  }

  #remove(view: WebView, whenUnseen: () => void): void {
    if (!this.#views.delete(view)) return;
    view.end();
    if (!this.#isShown(view.webRoom.room)) whenUnseen();
  }

  #isShown(room: Room): boolean {
    return this.#views.values().some((view) => view.webRoom.room === room);
  }

  #come(room: Room): void {
    this.#kept.get(room)?.end();
    this.#kept.delete(room);
    if (!this.person.isIn(room)) this.person.comeInto(room);
  }

  #keep({ client, webRoom: { room } }: WebView): void {
    const end = this.#host.house.clock.after(this.#host.awayMs, () => this.#go(room));
    this.#kept.set(room, { client, end });
  }

  /** Leaves a room, and with the last one the house. */
  #go(room: Room): void {
    this.#kept.get(room)?.end();
    this.#kept.delete(room);
    this.#typedAt.delete(room);
    if (this.person.isOnlyIn(room)) this.leave();
    else this.person.goFrom(room);
  }
}
