/** The newest messages of every account: what clients poll for. Read from the journal once, for all of them. */
import { timeOfId, type Clock } from '../../hub/clock.ts';
import type { HubEvent, MessageEvent } from '../../hub/event.ts';
import type { HubAccess } from '../../hub/face.ts';
import type { Journal } from '../../hub/journal.ts';
import type { Log } from '../../hub/log.ts';
import { splitRoomRef, type AccountId } from '../../hub/message.ts';
import { findPositionAt } from '../../hub/position-at.ts';
import { Tail } from '../../hub/tail.ts';

/** How long a message is offered. */
const windowMs = 5 * 60_000;
/** Messages that are older than this when they come are history, and nobody shall answer them. */
const oldAtArrivalMs = 60_000;
/** Messages kept of an account; a client that may see some rooms only is offered the last of those. */
const keptMessages = 500;
/** How long a client waits for what is in the journal and has not been read yet. */
const catchUpLimitMs = 2_000;

export interface RecentHost {
  hub: Pick<HubAccess, 'read' | 'follow'>;
  journal: Pick<Journal, 'head'>;
  clock: Clock;
  log: Log;
}

export class RecentMessages {
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #messages = new Map<AccountId, MessageEvent[]>();

  readonly #journal: Pick<Journal, 'head'>;
  readonly #tail: Tail;

  private constructor({ clock, journal }: RecentHost, tail: Tail) {
    this.#clock = clock;
    this.#journal = journal;
    this.#tail = tail;
  }

  /**
   * Begins with what came in the last minutes, and follows until `signal` is aborted.
   *
   * @param said told of every message that is offered to somebody
   */
  static async open(
    host: RecentHost,
    signal: AbortSignal,
    said: (message: MessageEvent) => void,
  ): Promise<RecentMessages> {
    const { hub, journal, clock, log } = host;
    const head = await findPositionAt(hub, await journal.head(), clock.now() - windowMs - oldAtArrivalMs);
    const tail = new Tail({ hub, clock, log, head });
    const recent = new RecentMessages(host, tail);
    tail.watch((events) => {
      for (const event of events) if (recent.#take(event)) said(event as MessageEvent);
    });
    if (signal.aborted) tail.stop();
    else signal.addEventListener('abort', () => tail.stop(), { once: true });
    return recent;
  }

  /** What people said in the account's rooms in the last five minutes, oldest first, with its newest words. */
  async of(account: AccountId): Promise<readonly MessageEvent[]> {
    await this.#catchUp();
    const messages = this.#messages.get(account) ?? [];
    const now = this.#clock.now();
    // Where the clock was set back, what came by the old one is not new until then.
    const current = messages.filter(({ id }) => Math.abs(now - timeOfId(id)) <= windowMs);
    this.#messages.set(account, current);
    return current;
  }

  /** What was durable when a client asked is offered to it, unless the journal cannot be read now. */
  async #catchUp(): Promise<void> {
    const head = await this.#journal.head();
    const patience = new AbortController();
    const cancel = this.#clock.after(catchUpLimitMs, () => patience.abort());
    while (this.#tail.head < head && !patience.signal.aborted && !this.#tail.signal.aborted) {
      await this.#tail.changed(this.#tail.head, patience.signal);
    }
    cancel();
  }

  /** Whether it is a message that may be offered. */
  #take(event: HubEvent): boolean {
    const { account } = splitRoomRef(event.room);
    const messages = this.#messages.get(account) ?? [];
    switch (event.kind) {
      case 'message': {
        if (event.postedBy !== undefined || timeOfId(event.id) - event.at > oldAtArrivalMs) return false;
        if (messages.length >= keptMessages) messages.shift();
        messages.push(event);
        this.#messages.set(account, messages);
        return true;
      }
      case 'edit': {
        const index = messages.findIndex(({ id }) => id === event.target);
        if (index >= 0) messages[index] = { ...messages[index]!, body: event.body };
        return false;
      }
      case 'recall': {
        const index = messages.findIndex(({ id }) => id === event.target);
        if (index >= 0) messages.splice(index, 1);
        return false;
      }
      case 'reaction':
      case 'join':
      case 'leave':
      case 'rename':
      case 'topic':
      case 'outcome':
      case 'request':
      case 'answer':
        return false;
    }
  }
}
