/** placeholder */
import type { KnownRooms } from '../screens/rooms/known-rooms.ts';
import { RoomHistory } from '../screens/rooms/room-history.tsx';

export function WebRoom({ room, rooms }: { room: string; rooms: KnownRooms }) {
  return <RoomHistory room={room} rooms={rooms} focus={undefined} />;
}
