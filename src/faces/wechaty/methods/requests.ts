/** `friendship*` and `roomInvitation*`: what people ask of the account. A request's id is that of its event. */
import type { RequestStatus } from '../../../hub/face.ts';
import { mayIn, type Visitor } from '../door.ts';
import { Failure } from '../failure.ts';
import { FRIENDSHIP_TYPE_RECEIVE, toTimestamp, type Fields } from '../protobuf.ts';
import { requireSend, textOf, type Handlers, type Parts } from './method.ts';

export function createRequestHandlers({ hub, people }: Parts): Handlers {
  return {
    async friendshipPayload(request, visitor) {
      const { request: asked } = await find(request, visitor, 'contact');
      const { id } = people.contactOf(asked, asked.from, visitor.account);
      return { id: asked.id, contactId: id, hello: asked.comment ?? '', type: FRIENDSHIP_TYPE_RECEIVE };
    },
    friendshipAccept: (request, visitor) => accept(request, visitor, 'contact'),
    async roomInvitationPayload(request, visitor) {
      const { request: asked } = await find(request, visitor, 'invite');
      return {
        id: asked.id,
        inviterId: people.contactOf(asked, asked.from, visitor.account).id,
        receiverId: people.selfOf(visitor.account)?.id ?? visitor.account,
        topic: asked.roomName ?? '',
        invitation: asked.comment ?? '',
        receiveTime: toTimestamp(asked.at),
      };
    },
    roomInvitationAccept: (request, visitor) => accept(request, visitor, 'invite'),
  };

  async function accept(request: Fields, visitor: Visitor, ask: 'contact' | 'invite'): Promise<Fields> {
    requireSend(visitor);
    const { request: asked } = await find(request, visitor, ask);
    await hub.answer({ request: asked.id, accepted: true, by: visitor.caller.name });
    return {};
  }

  async function find(request: Fields, visitor: Visitor, ask: 'contact' | 'invite'): Promise<RequestStatus> {
    const id = textOf(request, 'id');
    const found = await hub.request(id);
    if (found.request.ask === ask && mayIn(visitor, 'read', found.request.room)) return found;
    throw new Failure('NOT_FOUND', `there is no such request: ${id}`);
  }
}
