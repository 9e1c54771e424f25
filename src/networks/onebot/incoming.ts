/** What an implementation tells, as reports to the hub. */
import { hash } from 'node:crypto';
import type { Clock } from '../../hub/clock.ts';
import type { NetworkEvent } from '../../hub/event.ts';
import type { Segment, User } from '../../hub/message.ts';
import type { AccountPort } from '../../hub/network.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import type { RoomInbox } from '../../hub/room-inbox.ts';
import type { OneBotClient } from '../../wire/onebot11/client.ts';
import type { MessageEvent, NoticeEvent, OneBotEvent, RequestEvent } from '../../wire/onebot11/events.ts';
import { parseForwarded, type Forwarded } from '../../wire/onebot11/message.ts';
import { toReadMessage, type Reading } from './convert.ts';
import { toReactionEmoji } from '../../wire/onebot11/faces.ts';
import type { Avatars } from './avatars.ts';
import type { Files } from './files.ts';
import type { Cursor } from './cursor.ts';
import type { People } from './people.ts';
import type { Requests } from './requests.ts';
import { toRoom } from './room-name.ts';
import type { OwnMessages } from './own-messages.ts';
import type { WaitingRequest } from './waiting-requests.ts';

/** A file in a group is told as a message or as a notice, or as both: the notice waits so long for the message. */
const UPLOAD_WAIT_MS = 1500;
const UPLOADS_REMEMBERED = 200;

export interface IncomingParts {
  self: User;
  selfId: number;
  port: AccountPort;
  client: OneBotClient;
  clock: Clock;
  inbox: RoomInbox<Cursor>;
  people: People;
  avatars: Avatars;
  files: Files;
  own: OwnMessages;
  requests: Requests;
  /** The account may not speak in a group until then, milliseconds since the epoch; 0: it may again. */
  muted(group: number, until: number): void;
}

/** Whether it is a file that goes out just now, which may be known by no id. */
function isExpectedFile(room: string, { message, time }: MessageEvent, own: OwnMessages): boolean {
  const [first, second] = message;
  if (first?.type !== 'file' || second) return false;
  return own.isExpectedFile(room, first.data.name ?? first.data.file ?? '', time);
}

type Notice<Type extends NoticeEvent['notice_type']> = Extract<NoticeEvent, { notice_type: Type }>;

export class Incoming {
  readonly #parts: IncomingParts;
  readonly #uploads = new RecentMap<true>(UPLOADS_REMEMBERED);

  constructor(parts: IncomingParts) {
    this.#parts = parts;
  }

  /** Takes an event. Resolves when what it tells is durable; rejects when it could not be kept. */
  async take(event: OneBotEvent): Promise<void> {
    switch (event.post_type) {
      case 'message':
      case 'message_sent':
        return this.#message(event);
      case 'notice':
        return this.#notice(event);
      case 'request':
        return this.#request(event);
      case 'meta_event':
        return undefined;
    }
  }

  /** The room that a message is in; undefined where that is not told. */
  #roomOf(event: MessageEvent): string | undefined {
    if (event.message_type === 'group') return toRoom({ type: 'group', id: event.group_id });
    const isOwn = this.#isOwn(event);
    const id = isOwn ? event.target_id : event.user_id;
    return id === undefined ? undefined : toRoom({ type: 'private', id });
  }

  /** Hands in messages of a room's history, oldest first; only for who is in the room's turn. */
  async backlog(room: string, messages: readonly MessageEvent[]): Promise<void> {
    const { inbox, own } = this.#parts;
    for (const event of messages) {
      const isOwn = this.#isOwn(event);
      if (isOwn) own.seen(room, event);
      // What is known to be a send is no news; as a report it would have the room wait for sends that are looked for.
      if (isOwn && own.isClaimed(event.message_id)) continue;
      const report = await this.#toMessage(room, event, isOwn, true);
      inbox.receive(room, report, toCursor(event)).catch(() => {
        // The inbox ends the run for it.
      });
    }
  }

  async #message(event: MessageEvent): Promise<void> {
    const { inbox, own } = this.#parts;
    const room = this.#roomOf(event);
    if (room === undefined) return;
    const isOwn = this.#isOwn(event);
    if (isOwn) own.seen(room, event);
    // The echo of what has its receipt already, of a file, which may have none, or of one of several messages.
    const isKnown = isOwn && (own.isClaimed(event.message_id) || own.isExpectedText(room, event));
    if (isKnown || (isOwn && isExpectedFile(room, event, own))) return;
    await inbox.take(room, () => this.#toMessage(room, event, isOwn, false), toCursor(event));
  }

  #isOwn(event: MessageEvent): boolean {
    return event.post_type === 'message_sent' || event.user_id === this.#parts.selfId;
  }

  async #toMessage(room: string, event: MessageEvent, isOwn: boolean, isOld: boolean): Promise<NetworkEvent> {
    const group = event.message_type === 'group' ? event.group_id : undefined;
    for (const segment of event.message) {
      if (segment.type !== 'file' || group === undefined) continue;
      for (const known of [segment.data.file_id, segment.data.file, segment.data.name]) {
        if (known) this.#uploads.set(`${group} ${event.user_id} ${known}`, true);
      }
    }
    const { body, replyTo } = await toReadMessage(event.message, this.#reading(group));
    return {
      kind: 'message',
      room,
      native: String(event.message_id),
      at: event.time * 1000,
      sender: isOwn ? this.#parts.self : this.#toSender(event, group),
      body,
      ...(replyTo !== undefined && { replyTo: { native: replyTo } }),
      ...(isOwn && { own: true }),
      ...(isOld && { delayed: true }),
    };
  }

  #toSender(event: MessageEvent, group: number | undefined): User {
    const { people, avatars } = this.#parts;
    if (event.message_type === 'group' && event.anonymous) {
      return { id: `anonymous:${event.anonymous.id}`, name: event.anonymous.name };
    }
    const { card = '', nickname = '' } = event.sender ?? {};
    people.learn(event.user_id, (group === undefined ? '' : card) || nickname, group);
    const avatar = avatars.of(event.user_id, event.sender?.avatar);
    return { ...people.toUser(event.user_id, group), ...(avatar && { avatar }) };
  }

  #reading(group: number | undefined): Reading {
    const { people, files } = this.#parts;
    return {
      nameOf: (user) => people.nameOf(Number(user), group),
      file: (type, data) => files.keep(type, data),
      forwarded: (id, content) => this.#unfold(id, content),
    };
  }

  async #unfold(id: string | undefined, content: unknown): Promise<Forwarded[]> {
    const { client, port } = this.#parts;
    const here = parseForwarded(content);
    if (here.length > 0 || id === undefined) return here;
    try {
      return parseForwarded(await client.call('get_forward_msg', { id, message_id: id }));
    } catch (error) {
      port.log.warn({ err: error }, 'a merged forward cannot be read');
      return [];
    }
  }

  async #notice(event: NoticeEvent): Promise<void> {
    switch (event.notice_type) {
      case 'group_upload':
        return this.#upload(event);
      case 'group_increase':
      case 'group_decrease':
        return this.#presence(event);
      case 'group_ban':
        return this.#ban(event);
      case 'group_recall': {
        const { user_id, operator_id = user_id } = event;
        return this.#recall(event, event.group_id, operator_id, operator_id !== user_id);
      }
      case 'friend_recall':
        // Of one's own it is not told with whom.
        if (event.user_id === this.#parts.selfId) return undefined;
        return this.#recall(event, undefined, event.user_id, false);
      case 'notify':
        return event.sub_type === 'poke' ? this.#poke(event) : undefined;
      case 'group_card':
        return this.#card(event);
      case 'group_msg_emoji_like':
        return this.#reaction(event);
      case 'friend_add':
        return this.#entered(toRoom({ type: 'private', id: event.user_id }), event.user_id, undefined);
      case 'group_admin': {
        const { notice_type, user_id } = event;
        return this.#parts.port.log.info({ notice: notice_type, user: user_id }, 'a notice of QQ');
      }
    }
  }

  /** Beside the room's order, so that a message about the same file may come first. */
  async #upload({ group_id, user_id, file, time }: Notice<'group_upload'>): Promise<void> {
    const { clock, inbox, files, people, own, selfId } = this.#parts;
    const room = toRoom({ type: 'group', id: group_id });
    await new Promise<void>((resolve) => clock.after(UPLOAD_WAIT_MS, resolve));
    if ([file.id, file.name].some((known) => this.#uploads.get(`${group_id} ${user_id} ${known}`))) return;
    if (user_id === selfId && own.isExpectedFile(room, file.name, time)) return;
    await inbox.take(room, async () => {
      const data = { file_id: file.id, name: file.name, ...(file.url && { url: file.url }) };
      const kept = await files.keep('file', data);
      return {
        kind: 'message',
        room,
        native: `file:${file.id}`,
        at: time * 1000,
        sender: people.toUser(user_id, group_id),
        body: [kept ?? { type: 'text', text: `[文件 ${file.name}]` }],
        ...(user_id === this.#parts.selfId && { own: true }),
      };
    });
  }

  async #presence(event: Notice<'group_increase'> | Notice<'group_decrease'>): Promise<void> {
    const { people } = this.#parts;
    const { group_id: group, user_id: user, time, operator_id, sub_type } = event;
    const room = toRoom({ type: 'group', id: group });
    const isJoin = event.notice_type === 'group_increase';
    if (isJoin) {
      const isNamed = operator_id !== undefined && operator_id !== 0 && operator_id !== user;
      await this.#entered(room, user, isNamed ? people.toUser(operator_id, group) : undefined);
    }
    return this.#parts.inbox.take(room, async () => {
      if (isJoin) await this.#learnNewcomer(user, group);
      const who = people.toUser(user, group);
      if (!isJoin) people.forget(user, group);
      const operator =
        operator_id !== undefined && operator_id !== user ? people.nameOf(operator_id, group) : '';
      const reasons: Record<string, string> = { kick: 'kicked', kick_me: 'kicked', invite: 'invited' };
      const reason = reasons[sub_type];
      return {
        kind: isJoin ? 'join' : 'leave',
        room,
        native: `${isJoin ? 'join' : 'leave'}:${user}:${time}`,
        at: time * 1000,
        who,
        ...(reason !== undefined && { reason: operator === '' ? reason : `${reason} by ${operator}` }),
      };
    });
  }

  /** A notice tells numbers only. */
  async #learnNewcomer(user: number, group: number): Promise<void> {
    const { card = '', nickname = '' } = (await this.#infoOf(user, group)) ?? {};
    this.#parts.people.learn(user, card || nickname, group);
  }

  /** What somebody is called in a group, asked for; undefined where that is not to be known. */
  async #infoOf(user: number, group: number): Promise<{ card: string; nickname: string } | undefined> {
    try {
      return await this.#parts.client.call('get_group_member_info', { group_id: group, user_id: user });
    } catch (error) {
      this.#parts.port.log.debug({ err: error }, 'the name of somebody is not known');
      return undefined;
    }
  }

  #ban(event: Notice<'group_ban'>): Promise<void> {
    const { people, self, selfId, clock } = this.#parts;
    const { group_id: group, user_id: user, duration = 0, operator_id = user, time } = event;
    const isBan = event.sub_type !== 'lift_ban';
    if (user === selfId || user === 0) {
      // Of everybody it is not told for how long, and whether it means us, too: trying tells.
      this.#parts.muted(group, isBan && user === selfId ? clock.now() + duration * 1000 : 0);
    }
    const whom = user === 0 ? 'everybody' : user === selfId ? self.name : people.nameOf(user, group);
    const words = isBan
      ? `muted ${whom}${duration > 0 ? ` for ${toWords(duration)}` : ''}`
      : `unmuted ${whom}`;
    return this.#action(group, operator_id, words, `ban:${user}:${event.sub_type}:${time}`, time);
  }

  #poke({ group_id: group, user_id: user, target_id, time }: Notice<'notify'>): Promise<void> {
    const { people, self, selfId } = this.#parts;
    if (target_id === undefined || user === selfId) return Promise.resolve();
    const whom = target_id === selfId ? self.name : people.nameOf(target_id, group);
    return this.#action(group, user, `戳了戳 ${whom}`, `poke:${user}:${target_id}:${time}`, time);
  }

  /** Something that somebody does, told by no message. */
  #action(
    group: number | undefined,
    user: number,
    words: string,
    native: string,
    time: number,
  ): Promise<void> {
    const { inbox, people, selfId } = this.#parts;
    const room = toRoom(group === undefined ? { type: 'private', id: user } : { type: 'group', id: group });
    const body: Segment[] = [{ type: 'text', text: words }];
    return inbox.take(room, async () => ({
      kind: 'message',
      room,
      native,
      at: time * 1000,
      sender: user === selfId ? this.#parts.self : people.toUser(user, group),
      body,
      action: true,
    }));
  }

  #recall(
    { message_id, user_id, time }: Notice<'group_recall'> | Notice<'friend_recall'>,
    group: number | undefined,
    operator: number,
    moderator: boolean,
  ): Promise<void> {
    const { inbox, people, selfId } = this.#parts;
    const room = toRoom(
      group === undefined ? { type: 'private', id: user_id } : { type: 'group', id: group },
    );
    return inbox.take(room, async () => ({
      kind: 'recall',
      room,
      native: `recall:${message_id}`,
      at: time * 1000,
      actor: operator === selfId ? this.#parts.self : people.toUser(operator, group),
      target: String(message_id),
      ...(moderator && { moderator }),
      ...(operator === selfId && { own: true }),
    }));
  }

  #card({ group_id: group, user_id: user, card_new, card_old, time }: Notice<'group_card'>): Promise<void> {
    const { inbox, people, selfId } = this.#parts;
    const room = toRoom({ type: 'group', id: group });
    return inbox.take(room, async () => {
      const known = people.nameOf(user, group);
      // What was said under the new card may be told first: who had no card was called by the nickname.
      const isLate = card_old === '' && card_new !== '' && known === card_new;
      const oldName = card_old || (isLate && (await this.#infoOf(user, group))?.nickname) || known;
      if (card_new === '') await this.#learnNewcomer(user, group);
      else people.learn(user, card_new, group);
      const who = people.toUser(user, group);
      if (who.name === oldName) return undefined;
      const own = user === selfId && { own: true };
      // Somebody may try several cards in a second.
      const native = `card:${user}:${time}:${toDigest(card_old, card_new)}`;
      return { kind: 'rename', room, native, at: time * 1000, who, oldName, ...own };
    });
  }

  async #reaction(event: Notice<'group_msg_emoji_like'>): Promise<void> {
    const { inbox, people, selfId } = this.#parts;
    const { group_id: group, user_id: user, message_id, likes, is_add: added, time } = event;
    // Our own are told by who did them.
    if (user === selfId) return;
    const room = toRoom({ type: 'group', id: group });
    await Promise.all(
      (likes ?? []).map(({ emoji_id }) =>
        inbox.take(room, async () => ({
          kind: 'reaction',
          room,
          native: `like:${message_id}:${user}:${emoji_id}:${added ? 'on' : 'off'}:${time}`,
          at: time * 1000,
          actor: people.toUser(user, group),
          target: String(message_id),
          emoji: toReactionEmoji(emoji_id),
          added,
        })),
      ),
    );
  }

  #request(event: RequestEvent): Promise<void> {
    const { inbox, requests } = this.#parts;
    return inbox.take(requests.roomOf(event), () => requests.toReport(event));
  }

  /** Takes a request of a list, which may have been told already. */
  missed(waiting: WaitingRequest): Promise<void> {
    const { inbox, requests } = this.#parts;
    return inbox.take(requests.roomOf(waiting.event), () => requests.toMissedReport(waiting));
  }

  /** Somebody is in now, who may have asked for it. */
  #entered(room: string, user: number, operator: User | undefined): Promise<void> {
    const { inbox, requests } = this.#parts;
    return inbox.take(room, () => requests.toAnswer(room, user, operator));
  }
}

function toCursor({ message_id: id, time }: MessageEvent): Cursor {
  return { id, time };
}

function toDigest(...words: readonly string[]): string {
  return hash('sha256', JSON.stringify(words), 'base64url');
}

function toWords(seconds: number): string {
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
