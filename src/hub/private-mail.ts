/**
 * Which of the hub's events are mail between people: what one said to another alone, and what was done to that. The hub
 * carries it; who reads along with all that happens is not to see it without being an administrator.
 */
import { isPrivateMessage, type HubEvent } from './event.ts';
import type { HubAccess } from './face.ts';
import type { EventId } from './message.ts';
import { RecentMap } from './recent-map.ts';

/** Events of which it is remembered whether they are private. */
const rememberedEvents = 10_000;

export class PrivateMail {
  readonly #hub: Pick<HubAccess, 'journey'>;
  readonly #known = new RecentMap<boolean | Promise<boolean>>(rememberedEvents);

  constructor(hub: Pick<HubAccess, 'journey'>) {
    this.#hub = hub;
  }

  /** Remembers what was said: what is done to it later is then told without a look into the journal. */
  note(events: readonly HubEvent[]): void {
    for (const event of events)
      if (event.kind === 'message') this.#known.set(event.id, isPrivateMessage(event));
  }

  /**
   * Whether an event is such mail; a promise only where the journal has to be asked. What was done to a message that is
   * no longer kept counts as such. Rejects with a `JournalError`.
   */
  has(event: HubEvent): boolean | Promise<boolean> {
    if (event.kind === 'message') return isPrivateMessage(event);
    // What is asked of an account is no mail between people, nor is the answer.
    if (!('target' in event) || event.kind === 'answer') return false;
    return this.#known.get(event.target) ?? this.#find(event.target);
  }

  #find(id: EventId): Promise<boolean> {
    const finding = this.#read(id).then(
      (found) => {
        this.#known.set(id, found);
        return found;
      },
      (error: unknown) => {
        this.#known.delete(id);
        throw error;
      },
    );
    this.#known.set(id, finding);
    return finding;
  }

  async #read(id: EventId): Promise<boolean> {
    const journey = await this.#hub.journey(id);
    return journey === undefined || this.has(journey.event);
  }
}
