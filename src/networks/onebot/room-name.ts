/** Rooms of QQ: `group:ID` and `private:ID`, by the numbers that QQ gives groups and people. */

export interface Place {
  type: 'group' | 'private';
  id: number;
}

const idPattern = /^(group|private):([1-9]\d{0,15})$/;

export function toRoom({ type, id }: Place): string {
  return `${type}:${id}`;
}

/** What a room's id means; undefined for what is none. */
export function toPlace(room: string): Place | undefined {
  const [, type, id] = idPattern.exec(room) ?? [];
  return type === undefined ? undefined : { type: type as Place['type'], id: Number(id) };
}

/**
 * A room as somebody writes it into a link.
 *
 * @throws Error whose message says what is wrong with the name
 */
export function parseRoomName(name: string): string {
  const place = toPlace(name.trim());
  if (place) return toRoom(place);
  throw new Error(`"${name}" is no QQ room; expected group:NUMBER or private:NUMBER, as in group:123456`);
}
