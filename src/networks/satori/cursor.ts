/** How far a room has been read, and how far all that the server tells. */
import type { AccountStore } from '../../hub/network.ts';
import type { RoomInbox } from '../../hub/room-inbox.ts';

export interface Cursor {
  /** The newest message's id. */
  id: string;
  /** When it was said, milliseconds since the epoch. */
  at: number;
}

export type Inbox = RoomInbox<Cursor>;

const KEY = 'sn';

/** The `sn` up to which everything is durable, in the order in which it came: numbers may begin anew. */
export class LastSn {
  readonly #inbox: Pick<Inbox, 'store'>;
  #allKept: Promise<unknown> = Promise.resolve();
  #sn: number | undefined;

  constructor(inbox: Pick<Inbox, 'store'>) {
    this.#inbox = inbox;
  }

  async open(store: AccountStore): Promise<void> {
    const sn = await store.get(KEY);
    if (sn !== undefined) this.#sn = Number(sn);
  }

  get value(): number | undefined {
    return this.#sn;
  }

  /** Everything up to this event is durable, once `kept` and all before it is. */
  passed(sn: number | undefined, kept: Promise<unknown> = Promise.resolve()): void {
    const all = Promise.all([this.#allKept, kept]).then(() => {
      if (sn === undefined) return;
      this.#sn = sn;
      this.#inbox.store(KEY, () => String(this.#sn));
    });
    this.#allKept = all;
    all.catch(() => {
      // The inbox has told it as what broke the run: nothing behind it counts as kept.
    });
  }
}
