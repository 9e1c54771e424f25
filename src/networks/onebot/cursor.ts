/** How far a room has been read. */
export interface Cursor {
  /** The newest message's id. */
  id: number;
  /** When it was said, seconds since the epoch. */
  time: number;
}
