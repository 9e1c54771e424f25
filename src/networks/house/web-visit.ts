/** One connection's part in the house: it joins as somebody, new or come back, and then does what the browser asks. */
import { hash } from 'node:crypto';
import type { Cancel } from '../../hub/clock.ts';
import { CommandError } from '../../hub/commands.ts';
import { MediaError } from '../../hub/errors.ts';
import { parseNick } from '../../hub/nicks.ts';
import type { Visit } from '../../hub/network.ts';
import type { Room } from './room.ts';
import { HouseError } from './saying.ts';
import { readBody } from './web-body.ts';
import type { FrameHandler, WebConnection } from './web-connection.ts';
import type { WebDoor } from './web-door.ts';
import { WebFailure, type BrowserFrame } from './web-frames.ts';
import type { WebSession } from './web-session.ts';
import type { WebView } from './web-view.ts';
import { toUserId } from './who.ts';

type Joining = Extract<BrowserFrame, { type: 'join' }>;
type Doing = Exclude<BrowserFrame, { type: 'join' }>;

/** What is answered beside that it was done. */
type Done = Omit<Extract<Parameters<WebConnection['tell']>[0], { type: 'done' }>, 'type' | 'key'>;

/** For so long a login that was seen to hold is taken to hold. */
const knownMs = 1_000;
/** How often it is asked about where a browser only listens. */
const askEveryMs = 10_000;

export class WebVisit implements FrameHandler {
  readonly #connection: WebConnection;
  readonly #door: WebDoor;
  readonly #user: Visit['user'];
  readonly #holds: Visit['holds'];
  /** When it was last asked whether the login holds, monotonic milliseconds. */
  #askedMs: number;
  #asking: Cancel = () => {};
  #joined: { session: WebSession; view: WebView } | undefined;

  constructor(connection: WebConnection, door: WebDoor, { user, holds }: Pick<Visit, 'user' | 'holds'>) {
    this.#connection = connection;
    this.#door = door;
    this.#user = user;
    this.#holds = holds;
    this.#askedMs = door.house.clock.monotonicMs();
    if (holds) this.#askLater();
  }

  /** Says what this house is, before the browser is listened to. */
  async begin(): Promise<void> {
    const { house, config, limits } = this.#door;
    const rooms = this.#isWelcome ? await this.#door.roomsFor(this.#user?.name) : undefined;
    this.#connection.tell({
      type: 'hello',
      house: house.name,
      guests: config.guests,
      ...(this.#user && { user: this.#user }),
      limits,
      ...(rooms && { rooms }),
    });
  }

  async frame(frame: BrowserFrame): Promise<void> {
    if (!(await this.#isLoggedIn())) return;
    if (frame.type === 'join') return this.#join(frame);
    if (!this.#joined) throw new WebFailure('not-joined', 'Please join first');
    const { session, view } = this.#joined;
    const done = await this.#do(session, view, frame);
    if (frame.key !== undefined) this.#connection.tell({ type: 'done', key: frame.key, ...done });
  }

  explain(error: unknown): { code: WebFailure['code']; message: string } {
    if (error instanceof WebFailure || error instanceof HouseError) {
      return { code: error.code, message: error.message };
    }
    const code = error instanceof MediaError ? 'media-unknown' : 'failed';
    return { code, message: this.#door.house.explain(error) };
  }

  closed(): void {
    this.#asking();
    this.#joined?.session.detach(this.#joined.view);
  }

  get #isWelcome(): boolean {
    return this.#user !== undefined || this.#door.config.guests;
  }

  #askLater(): void {
    this.#asking = this.#door.house.clock.after(askEveryMs, () => {
      void this.#isLoggedIn().then((holds) => {
        if (holds) this.#askLater();
      });
    });
  }

  /** Whether whoever came as a user still is one, asked if that is not known of late. Who is not is sent away. */
  async #isLoggedIn(): Promise<boolean> {
    const nowMs = this.#door.house.clock.monotonicMs();
    if (!this.#holds || nowMs - this.#askedMs < knownMs) return true;
    this.#askedMs = nowMs;
    const holds = await this.#holds().catch(() => {
      // The journal cannot be read now, so nobody is let in or turned out; it is asked again.
      return true;
    });
    if (holds) return true;
    this.#leave('loggedOut', 'The login is over');
    return false;
  }

  /** Ends this connection; the person goes with the last one. */
  #leave(code: 'loggedOut' | 'left', words: string): void {
    this.#connection.close(code, words);
    this.#joined?.session.dismiss(this.#joined.view);
  }

  async #join(frame: Joining): Promise<void> {
    if (!this.#isWelcome) throw new WebFailure('login-required', 'Please log in; guests do not come in here');
    if (this.#joined) throw new WebFailure('failed', 'You have joined already');
    const { house } = this.#door;
    const { resume, client } = frame;
    const room = house.findRoom(resume?.room ?? frame.room ?? '') ?? house.rooms[0]!;
    const session = this.#door.find(resume?.session, this.#user?.name) ?? this.#enter(frame, room);
    const isBack = resume !== undefined && session.secret === resume.session;
    const view = session.attach(this.#connection, { room, client, own: isBack ? resume.own : 0 });
    this.#joined = { session, view };
    this.#connection.joined(session.pace);
    this.#connection.tell({
      type: 'welcome',
      ...(frame.key !== undefined && { key: frame.key }),
      session: session.secret,
      resumed: isBack,
      you: session.person.who,
      rooms: await this.#door.roomsFor(session.user),
    });
    await view.show(resume);
  }

  #enter({ nick, client }: Joining, room: Room): WebSession {
    const id = this.#user ? toUserId(this.#user.name) : toGuestId(client);
    const name = nick ?? this.#ownName ?? '';
    if (name === '') throw new WebFailure('nick-refused', 'Please enter a name');
    try {
      return this.#door.admit(this.#user?.name, name, { id, room });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const code = this.#door.house.find(name) ? 'nick-taken' : 'nick-refused';
      throw new WebFailure(code, error.message, { cause: error });
    }
  }

  /** The user's; with a figure behind it where that is no name for people of the house, as `admin` is none. */
  get #ownName(): string | undefined {
    const name = this.#user?.name;
    if (name === undefined) return undefined;
    const { house } = this.#door;
    return [name, `${name}1`].find((each) => isNick(each, house.name)) ?? name;
  }

  async #do(session: WebSession, view: WebView, frame: Doing): Promise<Done> {
    const { person } = session;
    const { room } = view.webRoom;
    const { house } = this.#door;
    switch (frame.type) {
      case 'say':
        return { id: await this.#say(session, view, frame) };
      case 'edit':
        await person.edit(frame.id, await readBody(frame.body, house.port.media), room);
        return {};
      case 'recall':
        await person.recall(frame.id, this.#user?.role === 'admin', room);
        return {};
      case 'react':
        await person.react(frame.id, frame.emoji, frame.added, room);
        return {};
      case 'typing':
        session.typing(frame.on, room);
        return {};
      case 'whisper':
        await person.whisper(frame.to, frame.text, room);
        return {};
      case 'nick':
        this.#rename(session, frame.nick);
        return {};
      case 'enter':
        await session.move(view, this.#roomOtherThan(room, frame.room));
        return {};
      case 'read': {
        const where = frame.room === undefined ? room : house.findRoom(frame.room);
        const read = await this.#door.markRead(session.user, where, frame.id);
        if (read) session.tellRead(view, read);
        return {};
      }
      case 'older':
        return view.webRoom.older(frame.before, frame.limit);
      case 'people':
        return house.peopleOf(room);
      case 'leave':
        this.#leave('left', 'Goodbye!');
        return {};
    }
  }

  /** Throws where there is no such room, or it is the present one. */
  #roomOtherThan(present: Room, name: string): Room {
    const { house } = this.#door;
    const room = house.findRoom(name);
    if (!room) throw new HouseError('room-unknown', `There is no room ${name} - ${house.roomNames()}`);
    if (room === present) throw new CommandError(`You are in ${room.name} already`);
    return room;
  }

  /** The same key says the same message: what is said again after a lost connection is not there twice. */
  async #say(session: WebSession, view: WebView, frame: Extract<Doing, { type: 'say' }>): Promise<string> {
    const id = toMessageId(view.client, frame.key);
    if (session.said.get(id)) return id;
    const body = await readBody(frame.body, this.#door.house.port.media);
    const { action, replyTo } = frame;
    const saying = { body, action, id, ...(replyTo !== undefined && { replyTo }) };
    await session.person.speak(saying, view.webRoom.room);
    session.said.set(id, true);
    return id;
  }

  #rename(session: WebSession, nick: string): void {
    try {
      session.person.rename(nick);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const code = this.#door.house.find(nick) ? 'nick-taken' : 'nick-refused';
      throw new WebFailure(code, error.message, { cause: error });
    }
  }
}

function isNick(name: string, houseName: string): boolean {
  try {
    parseNick(name, houseName);
    return true;
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
}

/** Who knows the page's secret is the same guest. */
function toGuestId(client: string): string {
  return `g-${toDigest(`guest\n${client}`)}`;
}

function toMessageId(client: string, key: string): string {
  return `w-${toDigest(`say\n${client}\n${key}`)}`;
}

function toDigest(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32);
}
