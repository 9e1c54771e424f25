/** What the puppet tells, as reports to the hub. */
import { ZodError } from 'zod';
import type { Clock } from '../../hub/clock.ts';
import type { NetworkEvent } from '../../hub/event.ts';
import type { User } from '../../hub/message.ts';
import type { AccountPort } from '../../hub/network.ts';
import type { Inbox } from './inbox.ts';
import { readBody, type BodyParts } from './message-body.ts';
import { toPrint, type OwnMessages } from './own-messages.ts';
import {
  FRIENDSHIP_RECEIVED,
  friendshipSchema,
  invitationSchema,
  joinSchema,
  leaveSchema,
  MESSAGE_TYPE,
  messageSchema,
  topicSchema,
  toTimeMs,
  type Message,
} from './payloads.ts';
import { toDirectRoom, type Places } from './places.ts';
import type { DriverEvent } from './protocol.ts';
import { toRequest } from './requests.ts';
import type { Sends } from './sends.ts';

export interface IncomingParts extends BodyParts {
  self: User;
  port: AccountPort;
  clock: Clock;
  inbox: Inbox;
  places: Places;
  own: OwnMessages;
  sends: Sends;
}

const nobody: User = { id: '?', name: '?' };

export class Incoming {
  readonly #parts: IncomingParts;
  #last: Promise<void> = Promise.resolve();

  constructor(parts: IncomingParts) {
    this.#parts = parts;
  }

  /** Takes an event that the driver keeps until it is durable. */
  take(event: DriverEvent): void {
    this.#noteOwn(event);
    // A group that a link names may have to be found first; the order stays.
    this.#last = this.#last
      .then(() => this.#place(event))
      .catch((error: unknown) => {
        const { port, inbox } = this.#parts;
        if (!(error instanceof ZodError)) return inbox.fail(error);
        // What makes no sense now makes none later: it must not come again for ever.
        port.log.warn({ err: error, event: event.name }, 'something of the puppet is not understood');
        inbox.pass(event.seq);
      });
  }

  /** At once: a send that waits for it may have to be looked for before all that was told earlier has been read. */
  #noteOwn({ name, payload }: DriverEvent): void {
    if (name !== 'message') return;
    const parsed = messageSchema.safeParse(payload);
    if (!parsed.success) return;
    const message = parsed.data;
    const conversation = toConversation(message, this.#parts.self.id);
    if (toTalker(message) === this.#parts.self.id && conversation !== undefined) {
      this.#parts.own.saw(conversation, message.id, toMessagePrint(message));
    }
  }

  async #place({ name, payload, seq }: DriverEvent): Promise<void> {
    switch (name) {
      case 'message':
        return this.#message(messageSchema.parse(payload), seq);
      case 'room-join':
        return this.#joined(payload, seq);
      case 'room-leave':
        return this.#left(payload, seq);
      case 'room-topic':
        return this.#renamed(payload, seq);
      case 'friendship':
        return this.#friendship(payload, seq);
      case 'room-invite':
        return this.#invited(payload, seq);
      default:
        this.#parts.inbox.pass(seq);
    }
  }

  async #message(message: Message, seq: number | undefined): Promise<void> {
    const { self, places, inbox, port } = this.#parts;
    const conversation = toConversation(message, self.id);
    if (conversation === undefined) {
      port.log.warn({ message: message.id }, 'a message without sender and room can be nobody’s');
      return inbox.pass(seq);
    }
    const { roomId } = message;
    const room = roomId ? await places.place(roomId) : toDirectRoom(conversation);
    inbox.take(room, seq, async () => this.#read(room, conversation, message));
  }

  async #read(room: string, conversation: string, message: Message): Promise<NetworkEvent[]> {
    const { self, own, sends, people, clock } = this.#parts;
    const talker = toTalker(message);
    const isOwn = talker === self.id;
    if (isOwn) {
      await sends.settled(room);
      if (own.isSent(conversation, message.id, toMessagePrint(message))) return [];
    }
    const group = message.roomId ?? undefined;
    const sender = isOwn ? self : talker === undefined ? nobody : await people.find(talker, group);
    const at = toTimeMs(message.timestamp, clock.now());
    const about = {
      room,
      native: message.id,
      ...(at !== undefined && { at }),
      ...(isOwn && { own: true }),
      ...(group === undefined && { direct: true }),
    };
    if (message.type === MESSAGE_TYPE.recalled) {
      const target = toRecalled(message.text ?? '');
      if (target === '') return [];
      return [{ ...about, native: `recall:${message.id}`, kind: 'recall', actor: sender, target }];
    }
    const body = await readBody(message, this.#parts);
    return body ? [{ ...about, kind: 'message', sender, body }] : [];
  }

  async #joined(payload: unknown, seq: number | undefined): Promise<void> {
    const { roomId, inviterId, inviteeIdList, timestamp } = joinSchema.parse(payload);
    const { self, places, people, inbox, clock } = this.#parts;
    const room = await places.place(roomId);
    const at = toTimeMs(timestamp, clock.now());
    inbox.take(room, seq, async () => {
      const inviter = inviterId ? (await people.find(inviterId, roomId)).name : '';
      const reports: NetworkEvent[] = [];
      for (const id of inviteeIdList) {
        if (id === self.id) continue;
        reports.push({
          kind: 'join',
          room,
          native: `join:${id}:${timestamp ?? clock.id()}`,
          ...(at !== undefined && { at }),
          who: await people.find(id, roomId),
          ...(inviter !== '' && inviterId !== id && { reason: `invited by ${inviter}` }),
        });
      }
      return reports;
    });
  }

  async #left(payload: unknown, seq: number | undefined): Promise<void> {
    const { roomId, removerId, removeeIdList, timestamp } = leaveSchema.parse(payload);
    const { self, places, people, inbox, clock } = this.#parts;
    const room = await places.place(roomId);
    const at = toTimeMs(timestamp, clock.now());
    inbox.take(room, seq, async () => {
      const remover = removerId ? (await people.find(removerId, roomId)).name : '';
      const reports: NetworkEvent[] = [];
      for (const id of removeeIdList) {
        if (id === self.id) {
          places.left(roomId);
          continue;
        }
        reports.push({
          kind: 'leave',
          room,
          native: `leave:${id}:${timestamp ?? clock.id()}`,
          ...(at !== undefined && { at }),
          who: await people.find(id, roomId),
          ...(remover !== '' && removerId !== id && { reason: `removed by ${remover}` }),
        });
        people.left(id, roomId);
      }
      return reports;
    });
  }

  async #renamed(payload: unknown, seq: number | undefined): Promise<void> {
    const { roomId, changerId, newTopic, timestamp } = topicSchema.parse(payload);
    const { places, people, inbox, clock } = this.#parts;
    const room = await places.place(roomId);
    await places.renamed(roomId, newTopic);
    const at = toTimeMs(timestamp, clock.now());
    inbox.take(room, seq, async () => [
      {
        kind: 'topic',
        room,
        native: `topic:${timestamp ?? clock.id()}`,
        ...(at !== undefined && { at }),
        topic: newTopic,
        ...(changerId && { actor: await people.find(changerId, roomId) }),
      },
    ]);
  }

  async #friendship(payload: unknown, seq: number | undefined): Promise<void> {
    const { port, inbox, people, clock } = this.#parts;
    const { id, type, contactId, hello, timestamp } = friendshipSchema.parse(payload);
    if (type !== FRIENDSHIP_RECEIVED) {
      port.log.info({ contact: contactId, type }, 'a friendship in WeChat has changed');
      people.forget(contactId);
      return inbox.pass(seq);
    }
    const room = toDirectRoom(contactId);
    inbox.take(room, seq, async () => {
      const at = toTimeMs(timestamp, clock.now());
      const from = await people.find(contactId);
      return [toRequest({ ask: 'contact', id, room, from, at, ...(hello && { comment: hello }) })];
    });
  }

  async #invited(payload: unknown, seq: number | undefined): Promise<void> {
    const { inbox, people, clock } = this.#parts;
    const { id, inviterId, topic, timestamp } = invitationSchema.parse(payload);
    const room = toDirectRoom(inviterId);
    inbox.take(room, seq, async () => {
      const at = toTimeMs(timestamp, clock.now());
      const from = await people.find(inviterId);
      return [toRequest({ ask: 'invite', id, room, from, at, ...(topic && { roomName: topic }) })];
    });
  }
}

function toTalker({ talkerId, fromId }: Message): string | undefined {
  return talkerId ?? fromId ?? undefined;
}

/** The puppet's id of the conversation: the group's, or the other one's. Undefined where nobody knows. */
function toConversation(message: Message, self: string): string | undefined {
  const { roomId, listenerId, toId } = message;
  if (roomId) return roomId;
  const talker = toTalker(message);
  return talker === self ? (listenerId ?? toId ?? undefined) : talker;
}

/** What was recalled: its id, in the web protocol among other things. */
function toRecalled(text: string): string {
  return /<msgid>([^<]+)<\/msgid>/.exec(text)?.[1] ?? text;
}

function toMessagePrint({ type, text }: Message): string {
  return toPrint(type === MESSAGE_TYPE.text ? (text ?? '') : undefined);
}
