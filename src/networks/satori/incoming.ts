/** What the server tells, as reports to the hub. */
import type { NetworkEvent } from '../../hub/event.ts';
import type { Segment, User } from '../../hub/message.ts';
import type { AccountPort } from '../../hub/network.ts';
import type { Part } from '../../wire/satori/content.ts';
import type { SatoriEvent } from '../../wire/satori/events.ts';
import { readContent } from '../../wire/satori/read-content.ts';
import type { Message, Member, User as SatoriUser } from '../../wire/satori/resources.ts';
import type { Cursor, Inbox, LastSn } from './cursor.ts';
import type { Files } from './files.ts';
import type { People } from './people.ts';
import type { Places } from './places.ts';
import { toAsked, type Asked } from './requests.ts';
import type { Sends } from './sends.ts';

export interface IncomingParts {
  self: User;
  platform: string | undefined;
  port: AccountPort;
  inbox: Inbox;
  lastSn: LastSn;
  people: People;
  places: Places;
  files: Files;
  sends: Sends;
  now(this: void): number;
}

const nobody: User = { id: '?', name: '?' };

export class Incoming {
  readonly #parts: IncomingParts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: IncomingParts) {
    this.#parts = parts;
  }

  /** Takes an event of the server, which may be another login's. */
  take(event: SatoriEvent): void {
    const { self, platform, lastSn } = this.#parts;
    const sn = event.sn ?? event.id;
    const user = event.login?.user?.id ?? event.login?.self_id ?? event.self_id ?? self.id;
    const of = event.login?.platform ?? event.platform ?? platform;
    if (user !== self.id || of !== platform) return lastSn.passed(sn);
    // A private channel's room may have to be noted first; the order stays.
    const placed = this.#last.then(() => this.#place(event, sn));
    this.#last = placed.catch((error: unknown) => {
      lastSn.passed(sn, Promise.reject(error));
    });
  }

  /** Hands in messages of a room's history, oldest first; only for who is in the room's turn. */
  async backlog(room: string, messages: readonly Message[]): Promise<void> {
    const { self, sends } = this.#parts;
    for (const message of messages) {
      // What is known to be a send is no news; as a report it would have the room wait for sends that are looked for.
      if (message.user?.id === self.id && sends.isSent(message.id)) continue;
      const read = await this.#toMessage(room, message, true);
      this.#parts.inbox.receive(room, read, this.#toCursor(message)).catch(() => {
        // The inbox ends the run for it.
      });
    }
  }

  async #place(event: SatoriEvent, sn: number | undefined): Promise<void> {
    const { inbox, lastSn, places, people } = this.#parts;
    const channel = event.channel ?? event.message?.channel;
    if (event.type === 'guild-member-added' || event.type === 'guild-member-removed') {
      const guild = event.guild?.id;
      const rooms = guild === undefined ? [] : people.channelsOf(guild);
      const all = channel && !rooms.includes(channel.id) ? [...rooms, channel.id] : rooms;
      const kept = all.map((room) => inbox.take(room, async () => this.#toPresence(room, event)));
      return lastSn.passed(sn, Promise.all(kept));
    }
    const asked = toAsked(event);
    if (asked) {
      const { room } = asked;
      return lastSn.passed(
        sn,
        inbox.take(room, async () => this.#toRequest(asked, event)),
      );
    }
    const author = event.user ?? event.message?.user;
    const room = channel ? await places.roomOf(channel, author) : undefined;
    if (room === undefined) return lastSn.passed(sn);
    const isSaid = event.type === 'message-created' || event.type === 'message';
    const cursor = isSaid && event.message ? this.#toCursor(event.message, event) : undefined;
    const kept = inbox.take(room, () => this.#read(room, event), cursor);
    lastSn.passed(sn, kept);
  }

  async #read(room: string, event: SatoriEvent): Promise<NetworkEvent | undefined> {
    switch (event.type) {
      case 'message-created':
      // Of servers before 1.0.
      case 'message':
        return this.#said(room, event);
      case 'message-updated':
        return this.#changed(room, event);
      case 'message-deleted':
        return this.#deleted(room, event);
      case 'reaction-added':
      case 'reaction-removed':
        return this.#reacted(room, event);
      default:
        return undefined;
    }
  }

  async #said(room: string, event: SatoriEvent): Promise<NetworkEvent | undefined> {
    const { self, sends } = this.#parts;
    const { message, user = message?.user, member, guild, channel, timestamp } = event;
    if (!message) return undefined;
    if (user?.id === self.id) {
      await sends.settled(room);
      if (sends.isExtra(message.id)) return undefined;
    }
    const whole = {
      ...message,
      user: user ?? message.user,
      member: member ?? message.member,
      guild: guild ?? message.guild,
      channel: channel ?? message.channel,
      created_at: message.created_at ?? timestamp ?? undefined,
    };
    return this.#toMessage(room, whole, false);
  }

  #toCursor({ id, created_at: at }: Message, { timestamp }: Pick<SatoriEvent, 'timestamp'> = {}): Cursor {
    return { id, at: at ?? timestamp ?? this.#parts.now() };
  }

  async #toMessage(room: string, message: Message, isOld: boolean): Promise<NetworkEvent> {
    const { self, now } = this.#parts;
    const { id, content, user, member, created_at: at = now() } = message;
    const { parts, quote } = readContent(content);
    const isOwn = user?.id === self.id;
    const sender = isOwn ? self : this.#toUser(user ?? member?.user, member, message);
    return {
      kind: 'message',
      room,
      native: id,
      at,
      sender,
      body: await this.#toBody(parts),
      ...(quote?.id !== undefined && {
        replyTo: {
          native: quote.id,
          ...(quote.name !== undefined && { quote: { name: quote.name, text: quote.text } }),
        },
      }),
      ...(isOwn && { own: true }),
      ...(isOld && { delayed: true }),
    };
  }

  async #changed(room: string, event: SatoriEvent): Promise<NetworkEvent | undefined> {
    const { message, operator, member } = event;
    const user = operator ?? event.user ?? message?.user;
    if (!message || !user || message.content === '') return undefined;
    const { parts } = readContent(message.content);
    return {
      kind: 'edit',
      room,
      ...this.#at(event),
      target: message.id,
      body: await this.#toBody(parts),
      ...this.#actor(user, member, event),
    };
  }

  async #deleted(room: string, event: SatoriEvent): Promise<NetworkEvent | undefined> {
    const { message, operator } = event;
    if (!message) return undefined;
    const author = event.user ?? message.user;
    const user = operator ?? author;
    // Whoever it was: the platform has taken it away.
    const isModerator = !user || !author || user.id !== author.id;
    const actor = user ? this.#actor(user, undefined, event) : { actor: nobody };
    return {
      kind: 'recall',
      room,
      ...this.#at(event),
      target: message.id,
      ...actor,
      ...(isModerator && { moderator: true }),
    };
  }

  async #reacted(room: string, event: SatoriEvent): Promise<NetworkEvent | undefined> {
    const { message, emoji } = event;
    const user = event.operator ?? event.user;
    if (!message || !emoji || !user) return undefined;
    return {
      kind: 'reaction',
      room,
      ...this.#at(event),
      target: message.id,
      emoji: emoji.name ?? emoji.id,
      added: event.type === 'reaction-added',
      ...this.#actor(user, event.member, event),
    };
  }

  #toPresence(room: string, event: SatoriEvent): NetworkEvent | undefined {
    const { people, self } = this.#parts;
    const { user = event.member?.user, member, guild } = event;
    if (!user || !guild || user.id === self.id) return undefined;
    const who = this.#toUser(user, member, event);
    const isLeaving = event.type === 'guild-member-removed';
    if (isLeaving) people.forget(user.id, guild.id);
    return { kind: isLeaving ? 'leave' : 'join', room, ...this.#at(event), who };
  }

  #toRequest({ ask, room, request }: Asked, event: SatoriEvent): NetworkEvent {
    const { user, member, guild, message, operator } = event;
    const { parts } = readContent(message?.content ?? '');
    const comment = parts.map((part) => ('text' in part ? part.text : '')).join('');
    return {
      kind: 'request',
      room,
      ...this.#at(event),
      ask,
      request,
      from: this.#toUser(user ?? operator ?? message?.user ?? member?.user, member, {}),
      ...(comment !== '' && { comment }),
      ...(ask === 'invite' && guild?.name !== undefined && { roomName: guild.name }),
    };
  }

  #actor(user: SatoriUser, member: Member | null | undefined, event: SatoriEvent) {
    const { self } = this.#parts;
    if (user.id === self.id) return { actor: self, own: true };
    return { actor: this.#toUser(user, member, event) };
  }

  #at({ timestamp }: SatoriEvent): { at?: number } {
    return timestamp == null ? {} : { at: timestamp };
  }

  #toUser(
    user: SatoriUser | null | undefined,
    member: Member | null | undefined,
    { guild, channel }: Pick<SatoriEvent, 'guild' | 'channel'>,
  ): User {
    if (!user) return nobody;
    const known = member?.user?.id === undefined || member.user.id === user.id ? member : undefined;
    return this.#parts.people.learn(user, known, { guild: guild?.id, channel: channel?.id });
  }

  async #toBody(parts: readonly Part[]): Promise<Segment[]> {
    const { files, people } = this.#parts;
    const body: Segment[] = [];
    for (const part of parts) {
      switch (part.type) {
        case 'image':
        case 'audio':
        case 'video':
        case 'file':
          body.push(await files.keep(part));
          break;
        case 'mention':
          body.push(part.name === part.user ? { ...part, name: people.nameOf(part.user, undefined) } : part);
          break;
        case 'forward': {
          const messages = [];
          for (const each of part.messages) messages.push({ ...each, body: await this.#toBody(each.body) });
          body.push({ ...part, messages });
          break;
        }
        default:
          body.push(part);
      }
    }
    return body.length > 0 ? body : [{ type: 'text', text: '[empty message]' }];
  }
}
