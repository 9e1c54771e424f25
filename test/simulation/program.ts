/**
 * A program that posts through the hub, edits and takes back what it posted, and will not be put off: what was not
 * acknowledged, because the hub refused it or crashed over it, it asks for again under the same key.
 */
import type { Posted } from '../../src/hub/face.ts';
import type { Hub } from '../../src/hub/hub.ts';
import { textBody, type EventId, type RoomRef } from '../../src/hub/message.ts';
import type { VirtualTime } from './virtual-clock.ts';

/** How long the program waits for an answer before it asks again. */
const patienceMs = 5_000;

/** The name under which it posts. */
export const programName = 'program';

/** Something that was asked for. */
export interface Asked {
  kind: 'post' | 'edit' | 'recall';
  /** What stands there then. */
  text: string;
  /** The id that was answered; undefined while it waits. */
  id?: EventId;
  /** Of an edit or recall: the message that it is done to. */
  target?: EventId;
}

export class Program {
  readonly #time: VirtualTime;
  readonly #hub: () => Hub | undefined;
  readonly asked: Asked[] = [];
  /** What should not have happened. */
  readonly violations: string[] = [];

  /** `hub`: the one that runs now, if one does. */
  constructor(time: VirtualTime, hub: () => Hub | undefined) {
    this.#time = time;
    this.#hub = hub;
  }

  /** All that it asked for has been acknowledged. */
  get isSettled(): boolean {
    return this.asked.every(({ id }) => id !== undefined);
  }

  /** Posts a text, and when that is acknowledged goes on with `then`. */
  post(room: RoomRef, text: string, then: (id: EventId) => void): void {
    const body = textBody(text);
    this.#ask({ kind: 'post', text }, (hub, key) => hub.post({ room, body, by: programName, key }), then);
  }

  edit(message: EventId, text: string, then: () => void): void {
    const edit = { message, body: textBody(text), by: programName };
    this.#ask({ kind: 'edit', text, target: message }, (hub, key) => hub.edit({ ...edit, key }), then);
  }

  recall(message: EventId): void {
    const asked = { kind: 'recall', text: '', target: message } as const;
    this.#ask(asked, (hub, key) => hub.recall({ message, by: programName, key }));
  }

  #ask(asked: Asked, ask: (hub: Hub, key: string) => Promise<Posted>, then?: (id: EventId) => void): void {
    const key = `${asked.kind} ${this.asked.length}`;
    this.asked.push(asked);
    const answered = ({ id }: Posted) => {
      const before = asked.id;
      asked.id = id;
      if (before === undefined) then?.(id);
      else if (before !== id) this.violations.push(`posted once: ${key} became two events`);
    };
    const again = () => {
      const hub = this.#hub();
      if (hub)
        ask(hub, key).then(answered, () => {
          // Refused: it is asked for again below.
        });
      this.#time.after(patienceMs, () => {
        if (asked.id === undefined) again();
      });
    };
    again();
  }
}
