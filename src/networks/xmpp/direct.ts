/**
 * Messages that are not said in a room: from and to one person, or one occupant of a room. The conversation is the
 * person's bare JID, or the occupant's full one.
 */
import type { NetworkEvent } from '../../hub/event.ts';
import type { Receipt } from '../../hub/network.ts';
import type { XmlElement } from '../../wire/xmpp/element.ts';
import { toJid, type Jid } from '../../wire/xmpp/jid.ts';
import { MUC_USER_NS } from '../../wire/xmpp/muc.ts';
import { readDelay, readStanzaId } from '../../wire/xmpp/stanza-ids.ts';
import type { Connection } from './connection.ts';
import { toEvents, type Memory } from './convert.ts';
import { Echoes } from './echoes.ts';
import { toBounce, toDeliveryError } from './failures.ts';
import { SeenReactions } from './reactions.ts';
import { RecentMessages } from './recent.ts';
import { orAborted } from './waiting.ts';

/** Conversations whose recent messages are remembered. */
const CONVERSATIONS_LIMIT = 200;

export class DirectChats {
  readonly #account: Jid;
  readonly #memories = new Map<string, Memory>();
  /** Here the server's acknowledgement stands for the echo. */
  readonly #acknowledged = new Echoes();

  /** @param account the account's bare JID */
  constructor(account: Jid) {
    this.#account = account;
  }

  /**
   * Takes a message from outside of rooms. Resolves when it is durable: only then the server may forget it.
   *
   * @param inRoom it comes from an occupant of a room that we are in
   */
  async handle(message: XmlElement, inRoom: boolean, { port }: Connection): Promise<void> {
    const type = message.attr('type') ?? 'normal';
    const from = toJid(message.attr('from'));
    if (!from || from.local === '') return; // From a server: not anybody's words.
    if (type === 'error') {
      const { error } = toBounce(message);
      port.log.warn({ room: from.toString(), reason: error.message }, 'a direct message came back');
      return;
    }
    if (type !== 'chat' && type !== 'normal') return;
    const room = inRoom || (from.resource !== '' && message.childIn(MUC_USER_NS)) ? from : from.bare;
    const events = this.#toEvents(message, room, from, port.log);
    await Promise.all(events.map((event) => port.receive(event)));
  }

  /**
   * Sends a message. Nobody shows it back, so it counts as sent when the server has it.
   *
   * @throws DeliveryError
   */
  async send(token: string, stanza: XmlElement, { stream, signal }: Connection): Promise<Receipt> {
    const echoes = this.#acknowledged;
    const receipt = echoes.receipt(token);
    if (receipt) return receipt;
    const under = echoes.awaits(token);
    const acknowledged = echoes.expect(token);
    if (!under) {
      stream.sendAcked(stanza).then(
        () => echoes.settle(token, { native: token }),
        (error: unknown) => echoes.refuse(token, toDeliveryError(error)),
      );
    }
    return orAborted(acknowledged, signal);
  }

  /** Whether the token's message was sent: there is no archive that is asked, only what this process knows. */
  async find(token: string, { signal }: Connection): Promise<Receipt | 'unsure'> {
    const echoes = this.#acknowledged;
    const receipt = echoes.receipt(token);
    if (receipt) return receipt;
    return echoes.awaits(token) ? orAborted(echoes.expect(token), signal) : 'unsure';
  }

  #toEvents(message: XmlElement, room: Jid, from: Jid, log: Connection['port']['log']): NetworkEvent[] {
    const delay = readDelay(message);
    const { events, dropped } = toEvents(
      {
        room: room.toString(),
        message,
        sender:
          room.resource === ''
            ? { id: room.toString(), name: room.local }
            : { id: from.toString(), name: from.resource },
        own: from.bare.equals(this.#account),
        byRoom: false,
        // Between two people all acts name the sender's id. @see XEP-0424 §4, XEP-0444 §4
        native: message.attr('id') || readStanzaId(message, this.#account.toString()),
        at: delay?.atMs,
        delayed: delay !== undefined,
      },
      this.#memory(room.toString()),
    );
    if (dropped !== undefined)
      log.debug({ room: room.toString(), why: dropped }, 'a message is not passed on');
    return events;
  }

  #memory(room: string): Memory {
    const memory = this.#memories.get(room) ?? {
      recent: new RecentMessages(),
      reactions: new SeenReactions(),
    };
    this.#memories.delete(room);
    this.#memories.set(room, memory);
    if (this.#memories.size > CONVERSATIONS_LIMIT) {
      const oldest = this.#memories.keys().next().value;
      if (oldest !== undefined) this.#memories.delete(oldest);
    }
    return memory;
  }
}
