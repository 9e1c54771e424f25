/** Rooms by number. Numbers are given once and never change; both directions are remembered. */
import type { DatabaseSync } from 'node:sqlite';
import { splitRoomRef, type RoomRef } from '../../hub/message.ts';
import { prepareChange, prepareQuery } from './statement.ts';

/** Beyond this many remembered rooms the memory starts anew: a hub may meet any number of direct chats. */
const rememberedRoomsLimit = 20_000;

export interface Rooms {
  /** The room's number, a new one if it has none. Only inside a transaction that may write. */
  number(ref: string): number;
  /** The room's number, if it has one. */
  find(ref: string): number | undefined;
  /** The room that a number stands for. */
  ref(number: number): string;
  /** Forgets what is remembered: after a rollback some numbers do not exist any more. */
  forget(): void;
}

export function createRooms(database: DatabaseSync): Rooms {
  const select = prepareQuery<[number]>(database, 'SELECT id FROM rooms WHERE ref = ?');
  const selectRef = prepareQuery<[string]>(database, 'SELECT ref FROM rooms WHERE id = ?');
  const insert = prepareChange(database, 'INSERT INTO rooms (ref, account) VALUES (?, ?)');
  const numbers = new Map<string, number>();
  const refs = new Map<number, string>();

  const remember = (ref: string, number: number) => {
    if (numbers.size >= rememberedRoomsLimit) numbers.clear();
    if (refs.size >= rememberedRoomsLimit) refs.clear();
    numbers.set(ref, number);
    refs.set(number, ref);
    return number;
  };
  const find = (ref: string) => {
    const remembered = numbers.get(ref);
    if (remembered !== undefined) return remembered;
    const row = select.get(ref);
    return row === undefined ? undefined : remember(ref, row[0]);
  };

  return {
    find,
    number(ref) {
      const known = find(ref);
      if (known !== undefined) return known;
      insert(ref, splitRoomRef(ref as RoomRef).account);
      const row = select.get(ref);
      if (row === undefined) throw new Error(`the room ${ref} was not kept`);
      return remember(ref, row[0]);
    },
    ref(number) {
      const remembered = refs.get(number);
      if (remembered !== undefined) return remembered;
      const row = selectRef.get(number);
      if (row === undefined) throw new Error(`no room has the number ${number}`);
      remember(row[0], number);
      return row[0];
    },
    forget() {
      numbers.clear();
      refs.clear();
    },
  };
}
