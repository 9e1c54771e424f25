/**
 * The puppets of one room: brings them in when they have something to say, sends home who has been silent for long, and
 * keeps on record who is inside and by which ids they are known there, so that after a crash no ghost stays in the room
 * and nothing said by one of ours is taken for a stranger's.
 */
import type { Cancel, Clock } from '../../../hub/clock.ts';
import type { AccountStore, Author } from '../../../hub/network.ts';
import { toLeave } from '../../../wire/xmpp/muc.ts';
import type { StanzaErrorDetails } from '../../../wire/xmpp/stanza-error.ts';
import type { Company } from '../company.ts';
import type { Connection } from '../connection.ts';
import { notSent } from '../failures.ts';
import type { PuppetIndex } from './puppet-index.ts';
import { toPuppetLocal } from './puppet-jid.ts';
import { Puppet } from './puppet.ts';

/** Occupants remembered of one room: whoever may have said something that is still to be caught up with. */
const RECORDS_LIMIT = 1000;
/** Ids remembered of one of them. */
const IDS_LIMIT = 4;
/** How long a message waits when all puppets that a room may have are speaking. */
const CROWDED_RETRY_MS = 1000;
/** How long a puppet may take to come back after the connection was lost. */
const RETURN_TIMEOUT_MS = 30_000;
/** How often it is looked who has been silent for too long, as a part of that time. */
const SWEEPS = 4;
/** The resource of every puppet's address. */
const RESOURCE = 'hutong';

export interface CrowdSettings {
  room: string;
  /** The component's domain. */
  domain: string;
  /** Puppets inside at once. */
  limit: number;
  idleMs: number;
  /** See `puppetNick` in config.ts. */
  nickFormat: string;
  clock: Clock;
  index: PuppetIndex;
  /** Told the nick under which a puppet has come in. */
  met(nick: string): void;
}

/** What is kept of a puppet between runs. */
interface PuppetRecord {
  nick: string;
  /** The occupant ids, newest last. A room that loses its settings gives new ones. */
  ids: string[];
  inside: boolean;
  /** When it changed, milliseconds since the epoch. */
  at: number;
}

export class Crowd implements Company {
  readonly #settings: CrowdSettings;
  readonly #puppets = new Map<string, Puppet>();
  /** By the address's part before the `@`; undefined until they were read. */
  #records: Map<string, PuppetRecord> | undefined;
  readonly #ids = new Set<string>();
  /** In the room according to an earlier process. */
  #ghosts: string[] = [];
  /** Inside when the connection was lost. */
  #returning: { puppet: Puppet; author: Author }[] = [];
  readonly #authors = new WeakMap<Puppet, Author>();
  #store: AccountStore | undefined;
  #sweep: Cancel | undefined;
  #connection: Connection | undefined;

  constructor(settings: CrowdSettings) {
    this.#settings = settings;
  }

  hasNick(nick: string): boolean {
    for (const puppet of this.#puppets.values()) if (puppet.hasNick(nick)) return true;
    return this.#ghosts.some((local) => {
      const record = this.#records?.get(local);
      return record?.inside === true && record.nick === nick;
    });
  }

  hasId(occupantId: string): boolean {
    return this.#ids.has(occupantId);
  }

  async open(connection: Connection): Promise<void> {
    this.#connection = connection;
    this.#store = connection.port.store;
    this.#records ??= await this.#readRecords(this.#store);
  }

  entered(connection: Connection): void {
    // The room has lost the one that listens, so perhaps the others, too: coming in once more harms nobody.
    this.#lose('the room was left');
    void this.#restore(connection);
  }

  async leave(): Promise<void> {
    const stream = this.#connection?.stream;
    const inside = [...this.#puppets.values()].filter((puppet) => puppet.inside);
    await Promise.all(
      inside.map(async (puppet) => {
        const nick = puppet.nick ?? '';
        await stream?.send(puppet.leave());
        await this.#record(puppet, { nick, inside: false });
      }),
    );
  }

  detach(): void {
    this.#connection = undefined;
    this.#sweep?.();
    this.#sweep = undefined;
    this.#lose('the connection is over');
  }

  /**
   * The author's puppet, in the room. Called one at a time, in the order in which things are said.
   *
   * @returns the refusal, where the room does not let it in
   * @throws DeliveryError
   */
  async bring(
    author: Author,
    connection: Connection,
    deadlineMs: number,
  ): Promise<Puppet | StanzaErrorDetails> {
    const puppet = this.#puppetOf(author);
    puppet.usedAtMs = this.#settings.clock.monotonicMs();
    const known = this.#records?.get(toPuppetLocal(author));
    if (!puppet.inside) {
      await this.#makeRoom(connection);
      // Durable before it goes in: whatever happens, the next process knows whom to call back.
      await this.#record(puppet, { nick: known?.nick ?? author.name, inside: true });
    }
    const refusal = await puppet.appear(author, connection, deadlineMs);
    const { nick } = puppet;
    if (refusal || nick === undefined) {
      await this.#record(puppet, { nick: known?.nick ?? author.name, inside: false });
      if (refusal) return refusal;
      throw notSent(`${this.#settings.room} has put ${author.name} out`);
    }
    this.#authors.set(puppet, author);
    this.#settings.met(nick);
    // Durable before it speaks: what it says must be known as ours after a crash, too.
    await this.#record(puppet, { nick, inside: true });
    this.#sweepLater();
    return puppet;
  }

  /** The room does not know the puppet any more, though it thought so. */
  suspect(puppet: Puppet): void {
    puppet.lose(`${this.#settings.room} does not know it any more`);
  }

  /** Everybody is outside, and to come back. */
  #lose(why: string): void {
    for (const puppet of this.#puppets.values()) {
      const author = this.#authors.get(puppet);
      if (puppet.inside && author) this.#returning.push({ puppet, author });
      puppet.lose(why);
    }
  }

  #puppetOf(author: Author): Puppet {
    const { room, domain, clock, index } = this.#settings;
    const local = toPuppetLocal(author);
    const known = this.#puppets.get(local);
    if (known) return known;
    const jid = `${local}@${domain}/${RESOURCE}`;
    const puppet = new Puppet({ room, jid, clock, nickFormat: this.#settings.nickFormat });
    this.#puppets.set(local, puppet);
    index.add(puppet);
    return puppet;
  }

  /** Sends home who has been silent the longest, so that there is a place. @throws DeliveryError when all are speaking */
  async #makeRoom({ stream }: Connection): Promise<void> {
    const { limit } = this.#settings;
    const inside = [...this.#puppets.values()].filter((puppet) => puppet.inside);
    const surplus = inside.length - limit + 1;
    if (surplus <= 0) return;
    const idle = inside
      .filter(({ pending, asking }) => pending === 0 && !asking)
      .toSorted((a, b) => a.usedAtMs - b.usedAtMs);
    if (idle.length < surplus) {
      throw notSent(`all ${limit} puppets of the room are speaking`, undefined, CROWDED_RETRY_MS);
    }
    for (const puppet of idle.slice(0, surplus)) await this.#sendHome(puppet, stream);
  }

  async #sendHome(puppet: Puppet, stream: Connection['stream']): Promise<void> {
    const nick = puppet.nick ?? '';
    await stream.send(puppet.leave());
    await this.#record(puppet, { nick, inside: false });
  }

  /** Ghosts of an earlier process leave; who was inside when the connection was lost comes back. Never rejects. */
  async #restore(connection: Connection): Promise<void> {
    const { room, domain, clock } = this.#settings;
    const { stream, port, signal } = connection;
    const ghosts = [...this.#ghosts];
    const returning = this.#returning;
    this.#returning = [];
    try {
      for (const local of ghosts) {
        const known = this.#records?.get(local);
        if (!known?.inside || this.#puppets.get(local)?.inside) continue;
        await stream.send(toLeave(room, known.nick).with({ from: `${local}@${domain}/${RESOURCE}` }));
        await this.#write(local, { ...known, inside: false });
      }
      this.#ghosts = [];
      for (const { puppet, author } of returning) {
        if (signal.aborted) return;
        const refusal = await puppet.appear(author, connection, clock.monotonicMs() + RETURN_TIMEOUT_MS);
        if (refusal) port.log.info({ room, why: refusal.condition }, 'a puppet is not let in again');
        else if (puppet.nick !== undefined) {
          this.#settings.met(puppet.nick);
          await this.#record(puppet, { nick: puppet.nick, inside: true });
        }
      }
    } catch (error) {
      // Whoever is missing comes in with the next word.
      if (!signal.aborted) port.log.warn({ room, err: error }, 'not all puppets came back');
    }
    this.#sweepLater();
  }

  #sweepLater(): void {
    const { clock, idleMs } = this.#settings;
    const connection = this.#connection;
    if (this.#sweep || !connection) return;
    this.#sweep = clock.after(idleMs / SWEEPS, () => {
      this.#sweep = undefined;
      this.#reap(connection).catch((error: unknown) => {
        if (!connection.signal.aborted) connection.fail(error);
      });
    });
  }

  async #reap({ stream }: Connection): Promise<void> {
    const { clock, idleMs, index } = this.#settings;
    const nowMs = clock.monotonicMs();
    for (const [local, puppet] of this.#puppets) {
      if (puppet.pending > 0 || puppet.asking || nowMs - puppet.usedAtMs < idleMs) continue;
      // Its address is remembered one round longer than it is inside: what the room says to it last is known.
      if (puppet.inside) {
        await this.#sendHome(puppet, stream);
      } else {
        this.#puppets.delete(local);
        index.remove(puppet);
      }
    }
    if (this.#puppets.size > 0) this.#sweepLater();
  }

  async #record(puppet: Puppet, { nick, inside }: { nick: string; inside: boolean }): Promise<void> {
    const local = puppet.jid.slice(0, puppet.jid.indexOf('@'));
    const known = this.#records?.get(local);
    const ids = known?.ids ?? [];
    const { occupantId } = puppet;
    const isNew = occupantId !== undefined && !ids.includes(occupantId);
    if (known && known.inside === inside && known.nick === nick && !isNew) return;
    const kept = isNew ? [...ids, occupantId].slice(-IDS_LIMIT) : ids;
    await this.#write(local, { nick, inside, ids: kept, at: this.#settings.clock.now() });
  }

  async #write(local: string, record: PuppetRecord): Promise<void> {
    this.#records?.set(local, record);
    for (const id of record.ids) this.#ids.add(id);
    await this.#store?.set(this.#key(local), JSON.stringify(record));
  }

  async #readRecords(store: AccountStore): Promise<Map<string, PuppetRecord>> {
    const prefix = this.#key('');
    const found = (await store.list(prefix))
      .map(([key, value]): [string, PuppetRecord] => [
        key.slice(prefix.length),
        JSON.parse(value) as PuppetRecord,
      ])
      .toSorted(([, a], [, b]) => b.at - a.at);
    for (const [local] of found.slice(RECORDS_LIMIT)) await store.set(this.#key(local), undefined);
    const records = new Map(found.slice(0, RECORDS_LIMIT));
    for (const [local, { ids, inside }] of records) {
      for (const id of ids) this.#ids.add(id);
      if (inside) this.#ghosts.push(local);
    }
    return records;
  }

  #key(local: string): string {
    return `puppet/${this.#settings.room}/${local}`;
  }
}
