/**
 * Events as bytes, made once for all bots that share a self. The newest are in memory (`Tail`), and what was made of them
 * lives as long as they do; a bot that is behind has its own made, at its own pace.
 */
import type { HubEvent } from '../../hub/event.ts';
import type { Events, View } from './events.ts';
import { toTextBytes, toTextFrame } from './text-frame.ts';

/** Makes the events of one view. */
export interface Telling {
  /** The JSON of an event; undefined where it is nothing for bots. */
  json(this: void, event: HubEvent): Promise<Buffer | undefined>;
  /** Events in a row as frames of a WebSocket, unmasked, in pieces of some size. */
  frames(this: void, events: readonly HubEvent[]): Promise<readonly Buffer[]>;
}

/** What was made for whoever keeps up: it is what the next of them asks for, too. */
interface Page {
  events: readonly HubEvent[];
  frames: Promise<readonly Buffer[]>;
}

type Made = Buffer | undefined;

/** Frames are joined up to this size, bytes: small ones cost more to write than to copy. */
const pieceBytes = 64 * 1024;

export class Teller {
  readonly #events: Events;
  readonly #tellings = new Map<string, Telling>();

  constructor(events: Events) {
    this.#events = events;
  }

  for(view: View): Telling {
    const { account = '', format, ownMessages } = view;
    const key = `${account} ${format} ${ownMessages}`;
    const telling = this.#tellings.get(key) ?? this.#open(view);
    this.#tellings.set(key, telling);
    return telling;
  }

  #open(view: View): Telling {
    const made = new WeakMap<HubEvent, Promise<Made>>();
    let newest: Page | undefined;
    const frame = (event: HubEvent): Promise<Made> => {
      const known = made.get(event);
      if (known) return known;
      const making = this.#make(event, view);
      made.set(event, making);
      making.catch(() => made.delete(event)); // Told to who asked; whoever asks next tries again.
      return making;
    };
    return {
      async json(event) {
        const found = await frame(event);
        return found && toTextBytes(found);
      },
      frames(events) {
        if (newest && isSame(newest.events, events)) return newest.frames;
        const page: Page = { events, frames: Promise.all(events.map(frame)).then(join) };
        newest = page;
        page.frames.catch(() => {
          // As above.
          if (newest === page) newest = undefined;
        });
        return page.frames;
      },
    };
  }

  async #make(event: HubEvent, view: View): Promise<Made> {
    const json = await this.#events.toJson(event, view);
    return json && toTextFrame(JSON.stringify(json));
  }
}

function isSame(one: readonly HubEvent[], other: readonly HubEvent[]): boolean {
  return one.length === other.length && one.every((event, index) => event === other[index]);
}

function join(frames: readonly Made[]): Buffer[] {
  const pieces: Buffer[] = [];
  let row: Buffer[] = [];
  let bytes = 0;
  const end = () => {
    if (row.length > 0) pieces.push(Buffer.concat(row, bytes));
    row = [];
    bytes = 0;
  };
  for (const frame of frames) {
    if (!frame) continue;
    if (bytes + frame.length > pieceBytes) end();
    row.push(frame);
    bytes += frame.length;
  }
  end();
  return pieces;
}
