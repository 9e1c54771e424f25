/** One connection's part in the house: it joins as somebody, new or come back, and then does what the browser asks. */
import { hash } from 'node:crypto';
import type { Cancel } from '../../hub/clock.ts';
import { CommandError } from '../../hub/commands.ts';
import { MediaError } from '../../hub/errors.ts';
import type { Visit } from '../../hub/network.ts';
import { HouseError } from './saying.ts';
import { readBody } from './web-body.ts';
import type { FrameHandler, WebConnection } from './web-connection.ts';
import type { WebDoor } from './web-door.ts';
import { WebFailure, type BrowserFrame } from './web-frames.ts';
import type { WebSession } from './web-session.ts';
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
  #session: WebSession | undefined;
  #client = '';

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
    const session = this.#session;
    if (!session) throw new WebFailure('not-joined', 'Please join first');
    const done = await this.#do(session, frame);
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
    this.#session?.detach(this.#connection);
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
    this.#connection.close('loggedOut', 'The login is over');
    this.#session?.leave();
    return false;
  }

  async #join(frame: Joining): Promise<void> {
    if (!this.#isWelcome) throw new WebFailure('login-required', 'Please log in; guests do not come in here');
    if (this.#session) throw new WebFailure('failed', 'You have joined already');
    const { resume } = frame;
    const back = resume && this.#door.find(resume.session, this.#user?.name);
    const session = back ?? this.#enter(frame);
    this.#session = session;
    this.#client = frame.client;
    session.attach(this.#connection, back && resume ? resume.own : 0);
    this.#connection.joined();
    this.#connection.tell({
      type: 'welcome',
      ...(frame.key !== undefined && { key: frame.key }),
      session: session.secret,
      resumed: back !== undefined,
      you: session.person.who,
      rooms: await this.#door.roomsFor(session.user),
    });
    await session.showRoom(resume);
  }

  #enter({ nick, client, room: wanted, resume }: Joining): WebSession {
    const { house } = this.#door;
    const room = house.findRoom(wanted ?? resume?.room ?? '') ?? house.rooms[0]!;
    const id = this.#user ? toUserId(this.#user.name) : toGuestId(client);
    const name = nick ?? this.#user?.name ?? '';
    if (name === '') throw new WebFailure('nick-refused', 'Please enter a name');
    try {
      return this.#door.admit(this.#user?.name, name, { id, room });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const code = house.find(name) ? 'nick-taken' : 'nick-refused';
      throw new WebFailure(code, error.message, { cause: error });
    }
  }

  async #do(session: WebSession, frame: Doing): Promise<Done> {
    const { person } = session;
    const { house } = this.#door;
    switch (frame.type) {
      case 'say':
        return { id: await this.#say(session, frame) };
      case 'edit':
        await person.edit(frame.id, await readBody(frame.body, house.port.media));
        return {};
      case 'recall':
        await person.recall(frame.id, this.#user?.role === 'admin');
        return {};
      case 'react':
        await person.react(frame.id, frame.emoji, frame.added);
        return {};
      case 'typing':
        session.typing(frame.on);
        return {};
      case 'whisper':
        await person.whisper(frame.to, frame.text);
        return {};
      case 'nick':
        this.#rename(session, frame.nick);
        return {};
      case 'enter':
        person.join(frame.room);
        await session.showRoom();
        return {};
      case 'read':
        await this.#door.markRead(session.user, frame.room ?? person.room.name, frame.id);
        return {};
      case 'older':
        return session.webRoom.older(frame.before, frame.limit);
      case 'people':
        return house.peopleOf(person.room);
      case 'leave':
        person.leave();
        return {};
    }
  }

  /** The same key says the same message: what is said again after a lost connection is not there twice. */
  async #say(session: WebSession, frame: Extract<Doing, { type: 'say' }>): Promise<string> {
    const known = session.said.get(frame.key);
    if (known !== undefined) return known;
    const body = await readBody(frame.body, this.#door.house.port.media);
    const { action, replyTo } = frame;
    const id = await session.person.speak({
      body,
      action,
      id: toMessageId(this.#client, frame.key),
      ...(replyTo !== undefined && { replyTo }),
    });
    session.said.set(frame.key, id);
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
