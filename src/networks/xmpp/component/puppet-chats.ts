/**
 * What people on XMPP write to puppets, by their address or as an occupant of a room: it is for the person whom the
 * puppet stands for. Who writes learns at once where it cannot go there.
 */
import { RequestError, type ErrorCode } from '../../../hub/errors.ts';
import { splitRoomRef, type User } from '../../../hub/message.ts';
import type { AccountPort } from '../../../hub/network.ts';
import { xml, type XmlElement } from '../../../wire/xmpp/element.ts';
import type { Jid } from '../../../wire/xmpp/jid.ts';
import { readCorrection } from '../../../wire/xmpp/message-acts.ts';
import { MUC_USER_NS } from '../../../wire/xmpp/muc.ts';
import { readDelay } from '../../../wire/xmpp/stanza-ids.ts';
import { toErrorElement, type StanzaErrorDetails } from '../../../wire/xmpp/stanza-error.ts';
import type { Connection } from '../connection.ts';
import { toEvents, type Memory } from '../convert.ts';
import { SeenReactions } from '../reactions.ts';
import { RecentMessages } from '../recent.ts';
import type { Rooms } from '../rooms.ts';
import type { People } from './people.ts';
import { toPuppetRoom } from './puppet-room.ts';

/** Conversations whose recent messages are remembered. */
const CONVERSATIONS_LIMIT = 1000;
/** So far back it is looked for what somebody corrects, events. */
const LOOK_BACK = 100;

interface Conversation extends Memory {
  /** What was said in it before this process has been looked for. */
  recalled?: 'yes' | Promise<void>;
}

type Refusal = Pick<StanzaErrorDetails, 'condition' | 'type' | 'text'>;

/** What the hub's refusals are on XMPP. */
const REFUSALS: Partial<Record<ErrorCode, Pick<Refusal, 'condition' | 'type'>>> = {
  'account-unknown': { condition: 'item-not-found', type: 'cancel' },
  'person-away': { condition: 'recipient-unavailable', type: 'wait' },
  'not-allowed': { condition: 'not-allowed', type: 'cancel' },
  'not-supported': { condition: 'service-unavailable', type: 'cancel' },
};
const NOBODY: Refusal = {
  condition: 'item-not-found',
  type: 'cancel',
  text: 'Nobody is known here under this address.',
};
/** The hub could not keep it. */
const NOT_KEPT: Refusal = {
  condition: 'resource-constraint',
  type: 'wait',
  text: 'Nothing can be kept here at the moment; please try again later.',
};

export class PuppetChats {
  readonly #people: People;
  readonly #rooms: Pick<Rooms, 'get'>;
  readonly #memories = new Map<string, Conversation>();

  constructor(people: People, rooms: Pick<Rooms, 'get'>) {
    this.#people = people;
    this.#rooms = rooms;
  }

  /**
   * Takes a message to a puppet. Resolves when the hub has it, or who wrote it was told that it has not. Never rejects.
   *
   * @param to the puppet's address
   */
  async handle(message: XmlElement, from: Jid, to: Jid, { port, stream }: Connection): Promise<void> {
    const type = message.attr('type') ?? 'normal';
    if (type !== 'chat' && type !== 'normal') return;
    const isOccupant = this.#isOccupant(message, from);
    // What comes from a room itself, or from a server, is nobody's words.
    if (isOccupant ? from.resource === '' : from.local === '') return;
    const refuse = (refusal: Refusal) => {
      if (message.child('body') === undefined) return;
      // Where the stream is lost meanwhile, whoever would have got this sees that, too.
      stream.send(toRefusal(message, refusal, isOccupant)).catch(() => {});
    };
    const person = this.#people.find(to.local);
    if (!person) return refuse(NOBODY);
    const room = toPuppetRoom({ local: to.local, peer: isOccupant ? from : from.bare });
    const sender = this.#toSender(from, isOccupant);
    const memory = this.#memory(room);
    // Who has an occupant's nick now may be somebody else.
    const recalling = isOccupant ? undefined : recall(memory, room, message, sender, port);
    if (recalling) await recalling;
    const delay = readDelay(message);
    const { events, dropped } = toEvents(
      {
        room,
        message,
        sender,
        own: false,
        byRoom: false,
        // Between two people all acts name the sender's id. @see XEP-0424 §4, XEP-0444 §4
        native: message.attr('id') || undefined,
        at: delay?.atMs,
        delayed: delay !== undefined,
        direct: true,
      },
      memory,
    );
    if (dropped !== undefined) port.log.debug({ room, why: dropped }, 'a message is not passed on');
    const { account, user, name } = person;
    const reports = events.map((event) =>
      port.receive(event.kind === 'message' ? { ...event, to: { account, user, name } } : event),
    );
    try {
      await Promise.all(reports);
    } catch (error) {
      if (!(error instanceof RequestError)) {
        port.log.warn({ room, err: error }, 'a private message could not be kept; who wrote it is told');
        return refuse(NOT_KEPT);
      }
      const how = REFUSALS[error.code] ?? { condition: 'not-acceptable', type: 'cancel' };
      refuse({ ...how, text: error.message });
    }
  }

  #isOccupant(message: XmlElement, from: Jid): boolean {
    const isRoom = this.#rooms.get(from.bare.toString()) !== undefined;
    return isRoom || (from.resource !== '' && message.childIn(MUC_USER_NS) !== undefined);
  }

  /** Whoever may be anybody's namesake is called by the whole address. */
  #toSender(from: Jid, isOccupant: boolean): User {
    if (!isOccupant) return { id: from.bare.toString(), name: from.bare.toString() };
    const room = this.#rooms.get(from.bare.toString());
    return room?.whisperer(from.resource) ?? { id: from.toString(), name: from.resource };
  }

  #memory(room: string): Conversation {
    const memory: Conversation = this.#memories.get(room) ?? {
      recent: new RecentMessages(),
      reactions: new SeenReactions(),
    };
    this.#memories.delete(room);
    this.#memories.set(room, memory);
    const [oldest] = this.#memories.keys();
    if (this.#memories.size > CONVERSATIONS_LIMIT && oldest !== undefined) this.#memories.delete(oldest);
    return memory;
  }
}

/** Learns what was said before this process, once it matters. What comes meanwhile in the conversation waits, too. */
function recall(
  memory: Conversation,
  room: string,
  message: XmlElement,
  sender: User,
  port: AccountPort,
): Promise<void> | undefined {
  if (memory.recalled !== undefined) return memory.recalled === 'yes' ? undefined : memory.recalled;
  const corrected = readCorrection(message);
  if (corrected === undefined || memory.recent.byOrigin(sender.id, corrected)) return undefined;
  const recalling = async () => {
    try {
      for (const event of await port.history(room, LOOK_BACK)) {
        if (event.kind !== 'message' || event.native === undefined) continue;
        if (splitRoomRef(event.room).room !== room) continue;
        const { id, name } = event.sender;
        memory.recent.add({ native: event.native, sender: id, nick: name, origin: event.native });
      }
    } catch (error) {
      // Then the correction is a message of its own.
      port.log.warn({ room, err: error }, 'what was said before could not be read');
    }
    memory.recalled = 'yes';
  };
  return (memory.recalled = recalling());
}

/** To an occupant in words: a room takes an error for a lost occupant and puts the puppet out. */
function toRefusal(message: XmlElement, refusal: Refusal, isOccupant: boolean): XmlElement {
  const back = { to: message.attr('from'), from: message.attr('to'), id: message.attr('id') };
  if (!isOccupant) return xml('message', { ...back, type: 'error' }, toErrorElement(refusal));
  return xml(
    'message',
    { ...back, id: undefined, type: 'chat' },
    xml('body', {}, `[hutong] This did not reach anybody: ${refusal.text}`),
    xml('x', { xmlns: MUC_USER_NS }),
  );
}
