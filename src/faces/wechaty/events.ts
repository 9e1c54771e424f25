/**
 * What happens, as events of Wechaty. What it has no word for is not told: changed texts (who asks for the message gets the
 * new one), reactions, and what became of deliveries. Private mail between two people is nobody else's.
 */
import { isPrivateMessage, type HubEvent, type MessageEvent, type RequestEvent } from '../../hub/event.ts';
import type { HubAccess } from '../../hub/face.ts';
import { splitRoomRef, type User } from '../../hub/message.ts';
import { mayIn, type Visitor } from './door.ts';
import { toPartId, toParts } from './parts.ts';
import type { Peers } from './peers.ts';
import type { People } from './people.ts';
import { DIRTY_TYPE, EVENT_TYPE } from './protobuf.ts';
import type { Rooms } from './rooms.ts';

export interface WireEvent {
  type: number;
  payload: object;
  /** Of the message, which a client asks for when it has got the event. */
  message?: string;
}

export interface EventsHost {
  hub: Pick<HubAccess, 'journey'>;
  people: People;
  peers: Peers;
  rooms: Rooms;
}

export class Events {
  readonly #host: EventsHost;

  constructor(host: EventsHost) {
    this.#host = host;
  }

  /** What a bot is told of it, in this order; nothing where it does not concern the bot. */
  async toWire(event: HubEvent, visitor: Visitor): Promise<WireEvent[]> {
    if (event.kind === 'message') return this.#said(event, visitor);
    if (event.kind === 'recall') return this.#recalled(event.id, event.target, visitor);
    if (!mayIn(visitor, 'read', event.room)) return [];
    const { room } = splitRoomRef(event.room);
    const timestamp = Math.floor(event.at / 1000);
    const idOf = (who: User) => this.#host.people.contactOf(event, who, visitor.account).id;
    switch (event.kind) {
      case 'join': {
        if (await this.#host.rooms.isDirect(event.room)) return [];
        const who = idOf(event.who);
        const payload = { inviteeIdList: [who], inviterId: who, roomId: room, timestamp };
        return [{ type: EVENT_TYPE.roomJoin, payload }];
      }
      case 'leave': {
        if (await this.#host.rooms.isDirect(event.room)) return [];
        const who = idOf(event.who);
        const payload = { removeeIdList: [who], removerId: who, roomId: room, timestamp };
        return [{ type: EVENT_TYPE.roomLeave, payload }];
      }
      case 'rename':
        return [
          {
            type: EVENT_TYPE.dirty,
            payload: { payloadType: DIRTY_TYPE.contact, payloadId: idOf(event.who) },
          },
          { type: EVENT_TYPE.dirty, payload: { payloadType: DIRTY_TYPE.roomMember, payloadId: room } },
        ];
      case 'topic': {
        const changer = event.actor && idOf(event.actor);
        const changerId = changer ?? this.#host.people.selfOf(visitor.account)?.id ?? visitor.account;
        const payload = { changerId, newTopic: event.topic, oldTopic: '', roomId: room, timestamp };
        return [{ type: EVENT_TYPE.roomTopic, payload }];
      }
      case 'request':
        return this.#asked(event);
      case 'edit':
      case 'reaction':
      case 'answer':
      case 'outcome':
        return [];
    }
  }

  async #said(event: MessageEvent, visitor: Visitor): Promise<WireEvent[]> {
    const { people, peers, rooms } = this.#host;
    if (isPrivateMessage(event)) return [];
    const room = rooms.hears(event, visitor.account);
    if (room === undefined || !mayIn(visitor, 'read', room)) return [];
    // Clients ask who it was as soon as they have the message.
    const talker = people.contactOf(event, event.sender, visitor.account);
    const isOwn = talker.id === people.selfOf(visitor.account)?.id;
    if (!isOwn && room === event.room && (await rooms.isDirect(room))) await peers.note(talker, room);
    return toParts(event.body).map((_, index) => {
      const id = toPartId(event.id, index);
      return { type: EVENT_TYPE.message, payload: { messageId: id }, message: id };
    });
  }

  async #recalled(id: string, target: string, visitor: Visitor): Promise<WireEvent[]> {
    const journey = await this.#host.hub.journey(target);
    if (journey?.event.kind !== 'message' || isPrivateMessage(journey.event)) return [];
    const room = this.#host.rooms.hears(journey.event, visitor.account);
    if (room === undefined || !mayIn(visitor, 'read', room)) return [];
    return [{ type: EVENT_TYPE.message, payload: { messageId: id }, message: id }];
  }

  #asked({ ask, id }: RequestEvent): WireEvent[] {
    switch (ask) {
      case 'contact':
        return [{ type: EVENT_TYPE.friendship, payload: { friendshipId: id } }];
      case 'invite':
        return [{ type: EVENT_TYPE.roomInvite, payload: { roomInvitationId: id } }];
      case 'join':
        // Wechaty has no word for somebody who asks to be let in.
        return [];
    }
  }
}
