/** What of the hub's events a caller may see: rooms that it is bound to, and no private mail for who is no administrator. */
import { allows } from '../../hub/access.ts';
import { RequestError } from '../../hub/errors.ts';
import { isPrivateMessage, type HubEvent, type MessageEvent } from '../../hub/event.ts';
import type { HubAccess } from '../../hub/face.ts';
import type { Journey } from '../../hub/journal.ts';
import type { EventId, RoomRef } from '../../hub/message.ts';
import { PrivateMail } from '../../hub/private-mail.ts';
import type { Caller } from '../../http/authentication.ts';
import { seesJourney } from './rights.ts';

export class Sight {
  readonly #hub: Pick<HubAccess, 'journey' | 'isDirect'>;
  readonly #mail: PrivateMail;

  constructor(hub: Pick<HubAccess, 'journey' | 'isDirect'>) {
    this.#hub = hub;
    this.#mail = new PrivateMail(hub);
  }

  /** To be called with every new event. */
  note(events: readonly HubEvent[]): void {
    this.#mail.note(events);
  }

  /** Those of them that are no private mail, unless the caller may see that, in order. Rejects with a `JournalError`. */
  async only<T>(caller: Caller, all: T[], eventOf: (each: T) => HubEvent): Promise<T[]> {
    if (seesMail(caller)) return all;
    const seen: T[] = [];
    for (const each of all) {
      const isMail = this.#mail.has(eventOf(each));
      if (!(typeof isMail === 'boolean' ? isMail : await isMail)) seen.push(each);
    }
    return seen;
  }

  /**
   * Those of them whose rooms can hold no private mail, unless the caller may see that: who has mail waiting is nobody
   * else's business. Rejects with a `JournalError`.
   */
  async onlyLanes<T extends { lane: RoomRef }>(caller: Caller, all: T[]): Promise<T[]> {
    if (seesMail(caller)) return all;
    const direct = await Promise.all(all.map(({ lane }) => this.#hub.isDirect(lane)));
    return all.filter((_, index) => !direct[index]);
  }

  /** Rejects with `message-unknown`, also for what the caller may not see. */
  async journey(caller: Caller, id: EventId): Promise<Journey> {
    const journey = await this.#hub.journey(id);
    if (journey && seesJourney(caller, journey)) {
      const [seen] = await this.only(caller, [journey], ({ event }) => event);
      if (seen) return seen;
    }
    throw new RequestError('message-unknown', `there is no message ${id}`);
  }

  /** As `journey`. */
  async message(caller: Caller, id: EventId): Promise<MessageEvent> {
    const { event } = await this.journey(caller, id);
    if (event.kind === 'message') return event;
    throw new RequestError('message-unknown', `there is no message ${id}`);
  }
}

/** Whether the caller may see a message, as far as that is no question of rooms. */
export function seesMessage(caller: Caller, message: MessageEvent): boolean {
  return seesMail(caller) || !isPrivateMessage(message);
}

function seesMail(caller: Caller): boolean {
  return allows(caller, 'admin');
}
