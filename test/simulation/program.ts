/**
 * A program that posts through the hub and will not be put off: what was not acknowledged, because the hub refused it
 * or crashed over it, it posts again under the same key.
 */
import type { Hub } from '../../src/hub/hub.ts';
import { textBody, type RoomRef } from '../../src/hub/message.ts';
import type { VirtualTime } from './virtual-clock.ts';

/** How long the program waits for an answer before it asks again. */
const patienceMs = 5_000;

/** The name under which it posts. */
export const programName = 'program';

export class Program {
  readonly #time: VirtualTime;
  readonly #hub: () => Hub | undefined;
  /** Of each post, by its text, the id that was answered; undefined while it waits. */
  readonly posts = new Map<string, string | undefined>();
  /** What should not have happened. */
  readonly violations: string[] = [];

  /** `hub`: the one that runs now, if one does. */
  constructor(time: VirtualTime, hub: () => Hub | undefined) {
    this.#time = time;
    this.#hub = hub;
  }

  /** Posts a text, which is its key too, until it is acknowledged. */
  post(room: RoomRef, text: string): void {
    const known = this.posts.get(text);
    this.posts.set(text, known);
    this.#hub()
      ?.post({ room, body: textBody(text), by: programName, key: text })
      .then(
        ({ id }) => {
          const before = this.posts.get(text);
          if (before !== undefined && before !== id) this.violations.push(`${text} was posted twice`);
          this.posts.set(text, id);
        },
        () => {
          // Refused: it is posted again below.
        },
      );
    this.#time.after(patienceMs, () => {
      if (this.posts.get(text) === undefined) this.post(room, text);
    });
  }
}
