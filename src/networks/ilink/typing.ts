/** Showing that somebody writes: the server gives a ticket for each person, which holds for about a day. */
import type { Clock } from '../../hub/clock.ts';
import type { BotClient } from '../../wire/ilink/api-client.ts';
import { doneSchema, userConfigSchema } from '../../wire/ilink/messages.ts';
import { toDeliveryError } from './failures.ts';
import type { People } from './people.ts';

const TICKET_MS = 12 * 3600_000;
const STATUS = { on: 1, off: 2 } as const;

export class Typing {
  readonly #bot: BotClient;
  readonly #people: People;
  readonly #clock: Clock;
  readonly #tickets = new Map<string, { ticket: string; untilMs: number }>();

  constructor(bot: BotClient, people: People, clock: Clock) {
    this.#bot = bot;
    this.#people = people;
    this.#clock = clock;
  }

  /** Does nothing for somebody who has not written, or where the server gives no ticket. Rejects as actions do. */
  async show(room: string, on: boolean): Promise<void> {
    const person = this.#people.get(room);
    if (!person) return;
    try {
      const ticket = await this.#ticketOf(room, person.context);
      if (ticket === undefined) return;
      const status = on ? STATUS.on : STATUS.off;
      await this.#bot.call('sendtyping', { ilink_user_id: room, typing_ticket: ticket, status }, doneSchema);
    } catch (error) {
      this.#tickets.delete(room);
      throw toDeliveryError(error);
    }
  }

  async #ticketOf(room: string, context: string): Promise<string | undefined> {
    const known = this.#tickets.get(room);
    if (known && known.untilMs > this.#clock.monotonicMs()) return known.ticket;
    const asked = { ilink_user_id: room, context_token: context };
    const { typing_ticket: ticket } = await this.#bot.call('getconfig', asked, userConfigSchema);
    if (!ticket) return undefined;
    this.#tickets.set(room, { ticket, untilMs: this.#clock.monotonicMs() + TICKET_MS });
    return ticket;
  }
}
