/**
 * Who else in a room is ours, beside the occupant that listens: a client has nobody, a component its puppets. What
 * they say is our own, and their coming and going is nobody's news.
 */
import type { Connection } from './connection.ts';

export interface Company {
  /** Whether one of ours has this nick, is asking for it, or was left behind with it. */
  hasNick(nick: string): boolean;
  /** Whether this occupant id is one of ours, now or in the past. */
  hasId(occupantId: string): boolean;
  /** A run begins. Resolves when `hasId` knows what earlier runs knew. */
  open(connection: Connection): Promise<void>;
  /** The one that listens has come into the room, perhaps again. */
  entered(connection: Connection): void;
  /** Everybody leaves; the one that listens goes last. */
  leave(): Promise<void>;
  /** The run is over. */
  detach(): void;
}
