/** Contacts, rooms and messages as old clients look into them. What a network does not know of has its empty value. */
import type { MessageEvent } from '../../hub/event.ts';
import { withMediaLinks } from '../../hub/media.ts';
import { splitRoomRef, toPlainText, type RoomRef, type User } from '../../hub/message.ts';
import type { ContactDetails } from '../../hub/network.ts';

export interface WireContact {
  id: string;
  name: string;
  alias: string;
  isFriend: boolean;
  /** 0 unknown, 1 male, 2 female. */
  gender: 0 | 1 | 2;
  province: string;
  city: string;
  isSelf: boolean;
}

export interface WireRoom {
  id: string;
  topic: string;
  announce: string;
}

/** `to` is there in a private message only, `room` in a room's. */
export interface WireMessage {
  id: string;
  from: WireContact;
  to?: WireContact;
  room?: WireRoom;
  text: string;
  /** ISO 8601. */
  date: string;
}

const genders = { male: 1, female: 2 } as const;

/** @param details what the network tells; `isFriend` of it where nothing else says so */
export function toWireContact(
  { id, name }: User,
  details: ContactDetails,
  { isFriend = false, isSelf = false }: { isFriend?: boolean; isSelf?: boolean } = {},
): WireContact {
  const { alias = '', gender, province = '', city = '' } = details;
  return {
    id,
    name,
    alias,
    isFriend: !isSelf && (isFriend || details.isFriend === true),
    gender: gender === undefined ? 0 : genders[gender],
    province,
    city,
    isSelf,
  };
}

export function toWireRoom(ref: RoomRef, topic: string): WireRoom {
  return { id: splitRoomRef(ref).room, topic, announce: '' };
}

/** @param toLink see `MediaStore.resolve` */
export function toWireMessage(
  { id, body, at }: MessageEvent,
  from: WireContact,
  place: { to: WireContact } | { room: WireRoom },
  toLink: (url: string) => string,
): WireMessage {
  const text = toPlainText(withMediaLinks(body, toLink));
  return { id, from, ...place, text, date: new Date(at).toISOString() };
}
