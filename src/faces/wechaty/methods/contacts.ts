/** `contact*`: people of the account's rooms and those who wrote to it. What a network does not know of has its empty value. */
import { toRoomRef, type User } from '../../../hub/message.ts';
import type { ContactDetails } from '../../../hub/network.ts';
import { mayIn, statusOf, type Visitor } from '../door.ts';
import { Failure } from '../failure.ts';
import { toFileBox } from '../file-box.ts';
import { CONTACT_TYPE_INDIVIDUAL, GENDER, toStringValue } from '../protobuf.ts';
import { fieldsOf, textOf, type Handlers, type Parts } from './method.ts';

export function createContactHandlers(parts: Parts): Handlers {
  const { hub, media, people, peers, rooms } = parts;
  return {
    async contactList(_, visitor) {
      const ids = new Set((await peers.all(visitor.account)).map(({ id }) => id));
      statusOf(hub, visitor);
      const self = people.selfOf(visitor.account);
      if (self) ids.add(self.id);
      for (const room of await roomsOf(visitor)) {
        for (const { id } of people.members(room, visitor.account)) ids.add(id);
      }
      return { idsList: [...ids] };
    },
    async contactPayload(request, visitor) {
      const id = textOf(request, 'id');
      const room = toRoomRef(visitor.account, id);
      const topic = mayIn(visitor, 'read', room) && (await rooms.of(visitor.account)).get(room);
      // When a room's members changed, clients look the room up among people, too, and tell their bot if it is not there.
      if (topic) return { id, name: topic };
      const contact = await find(id, visitor);
      const isPeer = (await peers.find(visitor.account, contact.id)) !== undefined;
      const { alias, gender, province, city, isFriend } = await detailsOf(contact.id, visitor);
      return {
        id: contact.id,
        name: contact.name,
        type: CONTACT_TYPE_INDIVIDUAL,
        avatar: contact.avatar === undefined ? '' : media.resolve(contact.avatar.url),
        friend: isFriend ?? isPeer,
        alias: alias ?? '',
        gender: gender === undefined ? 0 : GENDER[gender],
        province: province ?? '',
        city: city ?? '',
      };
    },
    async contactAvatar(request, visitor) {
      if (textOf(request, 'fileBox') !== '' || fieldsOf(request, 'fileboxStringValueDeprecated')) {
        throw new Failure('UNIMPLEMENTED', 'hutong cannot change pictures of people');
      }
      const { name, avatar } = await find(textOf(request, 'id'), visitor);
      if (!avatar) throw new Failure('NOT_FOUND', `no picture of ${name} is known`);
      return { fileBox: await toFileBox({ type: 'image', url: avatar.url, mime: avatar.mime }, media) };
    },
    async contactAlias(request, visitor) {
      if (request['alias'] !== undefined || fieldsOf(request, 'aliasStringValueDeprecated')) {
        throw new Failure('UNIMPLEMENTED', 'hutong keeps no names of its own for people');
      }
      const { id } = await find(textOf(request, 'id'), visitor);
      const { alias = '' } = await detailsOf(id, visitor);
      return { alias, aliasStringValueDeprecated: toStringValue(alias) };
    },
    async tagContactList() {
      return { idsList: [] };
    },
  };

  async function roomsOf(visitor: Visitor) {
    const named = [...(await rooms.of(visitor.account)).keys()].filter((room) =>
      mayIn(visitor, 'read', room),
    );
    return new Set([...named, ...named.flatMap((room) => rooms.linkedTo(room))]);
  }

  /** What the network says of somebody, as far as it can be asked now. */
  async function detailsOf(id: string, { account }: Visitor): Promise<ContactDetails> {
    if (hub.accounts().some((each) => each.id !== account && id.startsWith(`${each.id}/`))) return {};
    // The rest of a contact is of use without it.
    return hub.contact(account, id).catch(() => ({}));
  }

  async function find(id: string, visitor: Visitor): Promise<User> {
    const { account } = visitor;
    const self = people.selfOf(account);
    if (self && self.id === id) return self;
    for (const room of await roomsOf(visitor)) {
      const member = people.members(room, account).find((each) => each.id === id);
      if (member) return member;
    }
    const known = people.seen(id, account) ?? (await peers.find(account, id));
    if (known) return known;
    throw new Failure('NOT_FOUND', `nobody of the account's rooms is "${id}"`);
  }
}
