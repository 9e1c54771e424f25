/** How far a bot has been told, as the gate keeps it for the next hub: a mark of ASCII that goes by a header. */
import type { Position } from '../../hub/message.ts';

export interface Told {
  /** Everything up to here. */
  position: Position;
  /** The user that the bot believes to be; missing where it believes to be logged out. */
  self?: string;
}

export function toMark({ position, self }: Told): string {
  return self === undefined ? String(position) : `${position} ${encodeURIComponent(self.toWellFormed())}`;
}

/** Undefined where it is none. */
export function readMark(text: string): Told | undefined {
  const [position = '', self] = text.split(' ');
  if (!/^\d{1,15}$/.test(position)) return undefined;
  return { position: Number(position), ...(self !== undefined && { self: decodeURIComponent(self) }) };
}
