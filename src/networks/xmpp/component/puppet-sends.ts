/**
 * What puppets say to single people. Before the first word it is durable whom the puppet stands for, so that an answer
 * finds its way whatever happens; and whoever is written to as an occupant of a room finds the puppet in it.
 */
import { DeliveryError } from '../../../hub/errors.ts';
import type { Author, Receipt } from '../../../hub/network.ts';
import { xml, type XmlElement } from '../../../wire/xmpp/element.ts';
import { MUC_USER_NS } from '../../../wire/xmpp/muc.ts';
import type { Connection } from '../connection.ts';
import type { DirectChats } from '../direct.ts';
import { explain, notSent } from '../failures.ts';
import { readHops } from '../hops.ts';
import type { Rooms } from '../rooms.ts';
import type { Crowd } from './crowd.ts';
import type { People } from './people.ts';
import type { PuppetRoom } from './puppet-room.ts';
import { Puppet } from './puppet.ts';

/** @see XEP-0172 */
const NICK_NS = 'http://jabber.org/protocol/nick';
/** How long a puppet may take to come into the room of whom it writes to. */
const ENTER_TIMEOUT_MS = 25_000;

export interface PuppetSendsParts {
  connection: Connection;
  rooms: Pick<Rooms, 'get'>;
  crowdOf(this: void, room: string): Crowd;
  direct: DirectChats;
  people: People;
  /** The full address of a puppet. */
  addressOf(this: void, local: string): string;
  monotonicMs(this: void): number;
}

export class PuppetSends {
  readonly #parts: PuppetSendsParts;
  /** By conversation: what is not handed to the stream yet, so that what comes next waits behind it. */
  readonly #handing = new Map<string, Promise<unknown>>();

  constructor(parts: PuppetSendsParts) {
    this.#parts = parts;
  }

  /**
   * Sends a message of a puppet. Messages of one conversation go out in the order of the calls.
   *
   * @param author whom the puppet stands for, where the hub says so
   * @throws DeliveryError
   */
  async send(
    name: string,
    { local, peer }: PuppetRoom,
    token: string,
    author: Author | undefined,
    message: XmlElement,
  ): Promise<Receipt> {
    const { connection, direct, addressOf } = this.#parts;
    // Who is not in a room with the puppet may never have heard of the person.
    const about =
      peer.resource === ''
        ? author && xml('nick', { xmlns: NICK_NS }, author.name)
        : xml('x', { xmlns: MUC_USER_NS });
    const attributes = { ...message.attributes, to: peer.toString(), from: addressOf(local) };
    const whole = xml(message.name, attributes, ...message.children, about);
    const before = this.#handing.get(name);
    const ready = this.#prepare({ local, peer }, author, readHops(message));
    if (!before && !ready) return direct.send(token, whole, connection, name);
    const handing = Promise.allSettled([before]).then(async () => {
      await ready;
      return { receipt: direct.send(token, whole, connection, name) };
    });
    this.#handing.set(name, handing);
    const { receipt } = await handing.finally(() => {
      if (this.#handing.get(name) === handing) this.#handing.delete(name);
    });
    return receipt;
  }

  #prepare(
    { local, peer }: PuppetRoom,
    author: Author | undefined,
    hops: readonly string[],
  ): Promise<void> | undefined {
    const { rooms, people } = this.#parts;
    const noted = author && people.note(author);
    const room = peer.resource === '' ? undefined : rooms.get(peer.bare.toString());
    if (!noted && !room) return undefined;
    const preparing = (async () => {
      await noted?.catch((error: unknown) => {
        throw notSent('whom a puppet stands for could not be kept', error);
      });
      if (room) await this.#enter(room.jid, author ?? people.find(local), peer.resource, hops);
    })();
    // Who waits for the message before this one sees the rejection in its turn.
    preparing.catch(() => {});
    return preparing;
  }

  async #enter(
    jid: string,
    author: Author | undefined,
    nick: string,
    hops: readonly string[],
  ): Promise<void> {
    const { rooms, crowdOf, connection, monotonicMs } = this.#parts;
    const room = rooms.get(jid);
    if (!room?.inside) throw notSent(`not in ${jid} yet`);
    if (!room.members().some(({ name }) => name === nick)) {
      throw new DeliveryError('failed', `${nick} has left the room`, { permanent: true });
    }
    if (!author) return;
    const deadlineMs = monotonicMs() + ENTER_TIMEOUT_MS;
    const brought = await crowdOf(jid).bring(author, connection, deadlineMs, hops);
    if (brought instanceof Puppet) return;
    const why = `${author.name} is not let into ${jid}: ${explain(brought)}`;
    throw new DeliveryError('failed', why, { permanent: true });
  }
}
