/** Where a post goes: old clients name a room by its topic and somebody by their name, not by ids. */
import { RequestError } from '../../hub/errors.ts';
import type { AccountStatus, HubAccess } from '../../hub/face.ts';
import { splitRoomRef, textBody, type RoomRef, type Segment, type User } from '../../hub/message.ts';
import type { Contacts } from './contacts.ts';
import { oldTexts, Refusal } from './refusal.ts';
import type { Rooms } from './rooms.ts';

export interface Asked {
  topic: string | undefined;
  name: string | undefined;
  text: string;
}

export interface Addressed {
  room: RoomRef;
  body: Segment[];
}

export interface AddressBook {
  hub: Pick<HubAccess, 'members' | 'direct'>;
  rooms: Rooms;
  contacts: Contacts;
}

/** @throws Refusal, RequestError where the person cannot be written to */
export async function findAddressee(
  { topic, name, text }: Asked,
  { id: account, state }: AccountStatus,
  { hub, rooms, contacts }: AddressBook,
): Promise<Addressed> {
  const names = await rooms.of(account);
  const room = topic === undefined ? undefined : findRoom(topic, names);
  if (room !== undefined) return { room, body: toRoomBody(name, text, room) };
  if (name !== undefined) {
    const direct = await findDirectRoom(name);
    if (direct !== undefined) return { room: direct, body: textBody(text) };
  }
  if (state.phase !== 'online') throw new Refusal(oldTexts.notLogin);
  throw new Refusal(
    `There is no ${[topic && 'room', name && 'contact'].filter(Boolean).join(' or ')} of that name`,
  );

  /** A member is mentioned; whoever is none is not spoken of. */
  function toRoomBody(to: string | undefined, words: string, ref: RoomRef): Segment[] {
    const called = to === undefined ? [] : hub.members(ref).filter((each) => isCalled(each, to));
    const [member, ...others] = called;
    if (!member) return textBody(words);
    // Of several who are called so nobody is meant by id.
    if (others.length > 0) return textBody(`@${member.name} ${words}`);
    return [{ type: 'mention', user: member.id, name: member.name }, ...textBody(` ${words}`)];
  }

  /** Where the account talks alone with whoever has this name or id. */
  async function findDirectRoom(called: string): Promise<RoomRef | undefined> {
    const known = await contacts.get(account, called);
    const contactsCalled = known ? [known] : await contacts.named(account, called);
    const members = [...names.keys()].flatMap((ref) => hub.members(ref));
    const people = new Set([
      ...contactsCalled.map(({ id }) => id),
      ...members.filter((member) => isCalled(member, called)).map(({ id }) => id),
    ]);
    const [user, ...others] = people;
    if (user === undefined) return undefined;
    if (others.length > 0) throw new Refusal(`Several contacts are called ${called}: name one by id`);
    const theirs = contactsCalled[0]?.room;
    if (theirs !== undefined && splitRoomRef(theirs).room === user) return theirs;
    try {
      return hub.direct(account, user);
    } catch (error) {
      // Where the network finds nobody a room, the one in which they wrote is theirs.
      if (theirs !== undefined && error instanceof RequestError && error.code === 'not-supported')
        return theirs;
      throw error;
    }
  }
}

function isCalled({ id, name }: User, called: string): boolean {
  return name === called || id === called;
}

/** By its reference, its id, or its name where only one has it. */
function findRoom(topic: string, names: ReadonlyMap<RoomRef, string>): RoomRef | undefined {
  const byId = [...names.keys()].find((ref) => ref === topic || splitRoomRef(ref).room === topic);
  if (byId !== undefined) return byId;
  const [room, ...others] = [...names].filter(([, name]) => name === topic);
  if (others.length > 0) throw new Refusal(`Several rooms are called ${topic}: name one by id`);
  return room?.[0];
}
