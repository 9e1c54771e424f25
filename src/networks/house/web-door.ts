/**
 * The web door of the house: browsers come in by a WebSocket at the account's place on the web server. Who came in is a
 * person of the house like those at the telnet door; docs/house-web.md is what is spoken.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Cancel } from '../../hub/clock.ts';
import type { AccountPort, MountedRoutes, Visit } from '../../hub/network.ts';
import type { WebDoorConfig } from './config.ts';
import type { House } from './house.ts';
import type { Room } from './room.ts';
import { WebConnection } from './web-connection.ts';
import { textLimitBytes, WebFailure, type RoomInfo, type WebLimits } from './web-frames.ts';
import { ReadMarks } from './web-marks.ts';
import { WebRoom } from './web-room.ts';
import { WebSession } from './web-session.ts';
import { takeUpload, type UploadHost } from './web-uploads.ts';
import { WebVisit } from './web-visit.ts';

/** How often browsers are told where else something was said. */
const activityMs = 1_000;
/** How long browsers have to take in the last words when the door closes. */
const closeGraceMs = 500;
/** Of the secret by which a browser comes back. */
const secretBytes = 24;

export class WebDoor implements UploadHost {
  readonly house: House;
  readonly config: WebDoorConfig;
  readonly #marks: ReadMarks;
  readonly #sockets: WebSocketServer;
  readonly #connections = new Set<WebConnection>();
  readonly #sessions = new Map<string, WebSession>();
  /** By the name by which the web server knows them: a user is there once. */
  readonly #users = new Map<string, WebSession>();
  readonly #rooms = new Map<Room, WebRoom>();
  /** Of each room, how many messages browsers have been told of. */
  readonly #told = new Map<Room, number>();
  #activity: Cancel | undefined;
  #closing = false;

  constructor(house: House, config: WebDoorConfig) {
    this.house = house;
    this.config = config;
    this.#marks = new ReadMarks(house.port.store);
    house.watchRooms((room) => this.#rooms.set(room, new WebRoom(house, room)));
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: config.frameBytes,
      perMessageDeflate: false,
    });
  }

  get port(): AccountPort {
    return this.house.port;
  }

  get limits(): WebLimits {
    const { frameBytes } = this.config;
    return { frameBytes, textBytes: textLimitBytes, uploadBytes: this.uploadBytes };
  }

  /** The largest file that is taken; 0 where none is. */
  get uploadBytes(): number {
    return Math.min(this.config.uploadBytes, this.house.port.media.limitBytes);
  }

  /** From now on browsers come in. */
  open(): void {
    this.house.port.http.serve({
      refuses: ({ path }) => refusalOf(path),
      request: (request, response, visit) => takeUpload(request, response, visit, this),
      upgrade: (request, socket, head, visit) => this.#upgrade(request, socket, head, visit),
    });
    this.#watchActivity();
  }

  /** Somebody comes into the house. Throws a `CommandError` if the name cannot be had. */
  admit(user: string | undefined, nick: string, as: { id: string; room: Room }): WebSession {
    if (this.#sessions.size >= this.config.sessions) {
      throw new WebFailure('failed', `${this.house.name} is full; please come back later`);
    }
    const session = new WebSession(randomBytes(secretBytes).toString('base64url'), user, {
      house: this.house,
      awayMs: this.config.awaySeconds * 1000,
      framesPerSecond: this.config.framesPerSecond,
      webRoom: (room) => this.#webRoom(room),
      ended: ({ secret }) => {
        this.#sessions.delete(secret);
        if (user !== undefined) this.#users.delete(user);
      },
    });
    session.enter(nick, as);
    this.#sessions.set(session.secret, session);
    if (user !== undefined) this.#users.set(user, session);
    return session;
  }

  /** Whoever is here already: a user of the web server, or the guest who has this secret. */
  find(secret: string | undefined, user: string | undefined): WebSession | undefined {
    if (user !== undefined) return this.#users.get(user);
    const session = secret === undefined ? undefined : this.#sessions.get(secret);
    return session?.user === undefined ? session : undefined;
  }

  isJoined(secret: string): boolean {
    return this.#sessions.has(secret);
  }

  /** The rooms, and what a user has not read in them. Rejects with a `JournalError`. */
  async roomsFor(user: string | undefined): Promise<RoomInfo[]> {
    const marks = user === undefined ? undefined : await this.#marks.of(user);
    return Promise.all(
      this.house.rooms.map(async (room): Promise<RoomInfo> => {
        const info = { name: room.name, people: room.people.size, unread: 0 };
        const read = marks?.get(room.name);
        if (read === undefined) return info;
        const webRoom = this.#webRoom(room);
        await webRoom.ready();
        return { ...info, unread: webRoom.unreadAfter(read), read };
      }),
    );
  }

  /** A user has read everything in a room up to a message; answers what that changes, if it does. */
  async markRead(
    user: string | undefined,
    room: Room | undefined,
    id: string,
  ): Promise<{ room: string; id: string; unread: number } | undefined> {
    if (user === undefined || !room) return undefined;
    const webRoom = this.#webRoom(room);
    await webRoom.ready();
    const before = await this.#marks.get(user, room.name);
    if (!webRoom.isAfter(id, before ?? '')) return undefined;
    await this.#marks.set(user, room.name, id);
    return { room: room.name, id, unread: webRoom.unreadAfter(id) };
  }

  /** Has everybody leave, and ends the connections. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#activity?.();
    const grace = Promise.withResolvers<void>();
    const cancel = this.house.clock.after(closeGraceMs, grace.resolve);
    const ended = Array.from(this.#connections, (connection) =>
      connection.stop(`${this.house.name} stops for now. Goodbye!`),
    );
    await Promise.race([Promise.all(ended), grace.promise]);
    cancel();
    for (const session of this.#sessions.values()) session.leave();
    for (const connection of this.#connections) connection.destroy();
  }

  #webRoom(room: Room): WebRoom {
    const known = this.#rooms.get(room);
    if (!known) throw new Error(`the web door does not know the room ${room.name}`);
    return known;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, visit: Visit): void {
    if (visit.path !== '/web' || this.#closing) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.house.port.log.debug({ client: visit.address }, 'a browser came');
      const isFull = this.#connections.size >= this.config.sessions;
      let connection: WebConnection;
      const over = () => this.#connections.delete(connection);
      const begin = (made: WebConnection) => new WebVisit(made, this, visit);
      connection = new WebConnection(webSocket, this.house.clock, { ...this.config, over }, begin);
      this.#connections.add(connection);
      if (isFull) connection.close('full', `${this.house.name} is full; please come back later`);
    });
  }

  /** Tells everybody now and then in which other rooms something was said. */
  #watchActivity(): void {
    this.#activity = this.house.clock.after(activityMs, () => {
      const news = this.house.rooms.flatMap((room) => {
        const messages = room.said - (this.#told.get(room) ?? 0);
        this.#told.set(room, room.said);
        return messages > 0 ? { room: room.name, messages } : [];
      });
      if (news.length > 0) for (const session of this.#sessions.values()) session.tellActivity(news);
      this.#watchActivity();
    });
  }
}

/** What comes here is what pages ask for by themselves; who types the address in gets a way on. */
function refusalOf(path: string): ReturnType<NonNullable<MountedRoutes['refuses']>> {
  if (path === '/media') return undefined;
  if (path === '/web') {
    return {
      status: 426,
      explanation: 'Only WebSockets come in here. The page that opens one is the web room, at /.',
    };
  }
  return { status: 404, explanation: 'There is nothing here. The web room is at /.' };
}
