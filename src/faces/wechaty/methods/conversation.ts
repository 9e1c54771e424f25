/** The room that a bot means when it speaks: Wechaty names a room, or a person. */
import { toRoomRef, type RoomRef } from '../../../hub/message.ts';
import { mayIn, type Visitor } from '../door.ts';
import { Failure } from '../failure.ts';
import { requireSend, type Parts } from './method.ts';

/** Rejects with a `Failure` or a `RequestError`. */
export async function findConversation(
  id: string,
  visitor: Visitor,
  { hub, peers, people, rooms }: Pick<Parts, 'hub' | 'peers' | 'people' | 'rooms'>,
): Promise<RoomRef> {
  requireSend(visitor);
  const { account } = visitor;
  const asRoom = toRoomRef(account, id);
  const room = await find();
  if (!mayIn(visitor, 'send', room)) {
    throw new Failure('PERMISSION_DENIED', `the token "${visitor.caller.name}" may not speak in ${room}`);
  }
  return room;

  async function find(): Promise<RoomRef> {
    if (id === '') throw new Failure('INVALID_ARGUMENT', 'no conversation is named');
    if ((await rooms.of(account)).has(asRoom)) return asRoom;
    const peer = await peers.find(account, id);
    if (peer) return peer.room;
    if (await hub.isDirect(asRoom)) return asRoom;
    if (people.seen(id, account) && hub.accounts().some((each) => id.startsWith(`${each.id}/`))) {
      const message = `${id} is on another network and heard here by a link: answer in the room`;
      throw new Failure('FAILED_PRECONDITION', message);
    }
    return hub.direct(account, id);
  }
}
