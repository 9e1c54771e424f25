/**
 * Events as bytes, made once for all bots that share a self. The newest are in memory (`Tail`), and what was made of them
 * lives as long as they do; a bot that is behind has its own made, at its own pace.
 */
import type { HubEvent } from '../../hub/event.ts';
import type { Events, View } from './events.ts';

type Made = Buffer | undefined;

export class Teller {
  readonly #events: Events;
  readonly #views = new Map<string, WeakMap<HubEvent, Promise<Made>>>();

  constructor(events: Events) {
    this.#events = events;
  }

  /** What makes the events of a view: each call of it answers the JSON of one event; nothing where it is not for bots. */
  for(view: View): (event: HubEvent) => Promise<Made> {
    const { account = '', format, ownMessages } = view;
    const key = `${account} ${format} ${ownMessages}`;
    const shared = this.#views.get(key) ?? new WeakMap<HubEvent, Promise<Made>>();
    this.#views.set(key, shared);
    return (event) => {
      const known = shared.get(event);
      if (known) return known;
      const making = this.#make(event, view);
      shared.set(event, making);
      making.catch(() => shared.delete(event)); // Told to who asked; whoever asks next tries again.
      return making;
    };
  }

  async #make(event: HubEvent, view: View): Promise<Made> {
    const json = await this.#events.toJson(event, view);
    return json && Buffer.from(JSON.stringify(json));
  }
}
