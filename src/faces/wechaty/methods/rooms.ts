/** `room*`: rooms that several people share. People who are heard by a link are among a room's members. */
import type { RoomRef, User } from '../../../hub/message.ts';
import { splitRoomRef } from '../../../hub/message.ts';
import { mayIn, type Visitor } from '../door.ts';
import { Failure } from '../failure.ts';
import { fieldsOf, textOf, toRoom, type Handlers, type Parts } from './method.ts';

export function createRoomHandlers({ media, people, rooms }: Parts): Handlers {
  return {
    async roomList(_, visitor) {
      const names = await rooms.of(visitor.account);
      return { idsList: [...names.keys()].filter((room) => mayIn(visitor, 'read', room)).map(toId) };
    },
    async roomPayload(request, visitor) {
      const room = await find(request, visitor);
      return {
        id: toId(room),
        topic: await rooms.topic(room),
        memberIdsList: membersOf(room, visitor).map(({ id }) => id),
      };
    },
    async roomMemberList(request, visitor) {
      return { memberIdsList: membersOf(await find(request, visitor), visitor).map(({ id }) => id) };
    },
    async roomMemberPayload(request, visitor) {
      const room = await find(request, visitor);
      const id = textOf(request, 'memberId');
      const member =
        membersOf(room, visitor).find((each) => each.id === id) ?? people.seen(id, visitor.account);
      if (!member) throw new Failure('NOT_FOUND', `there is no "${id}" in ${toId(room)}`);
      return {
        id: member.id,
        name: member.name,
        avatar: member.avatar === undefined ? '' : media.resolve(member.avatar.url),
      };
    },
    async roomTopic(request, visitor) {
      const room = await find(request, visitor);
      if (request['topic'] !== undefined || fieldsOf(request, 'topicStringValueDeprecated')) {
        throw new Failure('UNIMPLEMENTED', 'hutong cannot change what a room is called');
      }
      return { topic: await rooms.topic(room) };
    },
    async roomAnnounce(request, visitor) {
      await find(request, visitor);
      if (request['text'] !== undefined || fieldsOf(request, 'textStringValueDeprecated')) {
        throw new Failure('UNIMPLEMENTED', 'hutong cannot announce; say it in the room');
      }
      return { text: '' };
    },
  };

  async function find(request: Parameters<typeof textOf>[0], visitor: Visitor): Promise<RoomRef> {
    const room = toRoom(textOf(request, 'id'), visitor);
    if (await rooms.isDirect(room)) throw new Failure('NOT_FOUND', `${toId(room)} is a person, not a room`);
    return room;
  }

  /** The account itself is one of them. */
  function membersOf(room: RoomRef, { account }: Visitor): User[] {
    const self = people.selfOf(account);
    const all = [room, ...rooms.linkedTo(room)].flatMap((each) => people.members(each, account));
    return [...new Map([...(self ? [self] : []), ...all].map((user) => [user.id, user])).values()];
  }
}

function toId(room: RoomRef): string {
  return splitRoomRef(room).room;
}
