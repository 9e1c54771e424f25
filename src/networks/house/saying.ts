/** What somebody does in a room, and why it could not be done. */
import { CommandError } from '../../hub/commands.ts';
import type { Segment } from '../../hub/message.ts';

/** Something that is said. */
export interface Saying {
  body: readonly Segment[];
  action: boolean;
  /** The id, in the room, of the message that it answers. */
  replyTo?: string;
  /** Its own id, where the door has one by which it is known when it is said again. */
  id?: string;
}

/** Why somebody could not do what they wanted, with a code for programs; docs/house-web.md has them all. */
export class HouseError extends CommandError {
  readonly code: 'message-unknown' | 'not-allowed' | 'not-kept' | 'room-unknown' | 'person-unknown';
  constructor(code: HouseError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
