/**
 * The puppets of one room: brings them in when they have something to say, and sends home who has been silent for long.
 * What a process that comes after a crash has to know is written down before it happens.
 */
import type { Cancel, Clock } from '../../../hub/clock.ts';
import { splitRoomRef, type Avatar } from '../../../hub/message.ts';
import type { AccountPort, Author, OutgoingRename } from '../../../hub/network.ts';
import { RecentMap } from '../../../hub/recent-map.ts';
import { toLeave } from '../../../wire/xmpp/muc.ts';
import type { StanzaErrorDetails } from '../../../wire/xmpp/stanza-error.ts';
import type { Company } from '../company.ts';
import type { Connection } from '../connection.ts';
import { notSent } from '../failures.ts';
import type { Pictures } from './pictures.ts';
import type { PuppetIndex } from './puppet-index.ts';
import { toPuppetLocal } from './puppet-jid.ts';
import { PuppetNick } from './puppet-nick.ts';
import { Puppet } from './puppet.ts';
import { PuppetRecords } from './records.ts';

/** How long a message waits when all puppets that a room may have are speaking. */
const CROWDED_RETRY_MS = 1000;
/** How long a puppet may take to come back after the connection was lost. */
const RETURN_TIMEOUT_MS = 30_000;
/** How often it is looked who has been silent for too long, as a part of that time. */
const SWEEPS = 4;
/** So many renamings are known again when they are tried once more. */
const RENAMED_LIMIT = 1000;
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
  pictures?: Pictures;
  /** Told the nick under which a puppet has come in. */
  met(this: void, nick: string): void;
}

export class Crowd implements Company {
  readonly #settings: CrowdSettings;
  /** By the address's part before the `@`. */
  readonly #puppets = new Map<string, Puppet>();
  readonly #records: PuppetRecords;
  /** Inside when the connection was lost. */
  #returning: { puppet: Puppet; author: Author }[] = [];
  readonly #authors = new WeakMap<Puppet, Author>();
  /** By token: puppets have these names. */
  readonly #renamed = new RecentMap<true>(RENAMED_LIMIT);
  /** The nicks that puppets of an earlier process had when it ended; until they are renamed. */
  readonly #nicksAtEnd = new Map<string, string>();
  #sweep: Cancel | undefined;
  #connection: Connection | undefined;

  constructor(settings: CrowdSettings) {
    this.#settings = settings;
    this.#records = new PuppetRecords(settings.room);
  }

  hasNick(nick: string): boolean {
    for (const puppet of this.#puppets.values()) if (puppet.hasNick(nick)) return true;
    return this.#records.ghosts.some((ghost) => ghost.nick === nick);
  }

  hasId(occupantId: string): boolean {
    return this.#records.hasId(occupantId);
  }

  async open(connection: Connection): Promise<void> {
    this.#connection = connection;
    await this.#records.open(connection.port.store);
  }

  entered(connection: Connection): void {
    // The room has lost the one that listens, so perhaps the others, too: coming in once more harms nobody.
    this.#lose('the room was left');
    void this.#restore(connection);
  }

  async leave(): Promise<void> {
    const stream = this.#connection?.stream;
    if (!stream) return;
    const inside = [...this.#puppets.values()].filter((puppet) => puppet.inside);
    await Promise.all(inside.map((puppet) => this.#sendHome(puppet, stream)));
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
   * @param hops those of what is said
   * @returns the refusal, where the room does not let it in
   * @throws DeliveryError
   */
  async bring(
    author: Author,
    connection: Connection,
    deadlineMs: number,
    hops: readonly string[] = [],
  ): Promise<Puppet | StanzaErrorDetails> {
    const { room, clock, met } = this.#settings;
    const local = toPuppetLocal(author);
    const puppet = this.#puppetOf(local);
    puppet.usedAtMs = clock.monotonicMs();
    this.#nicksAtEnd.delete(local);
    if (author.avatar) this.#dress(puppet, author.avatar, connection);
    const before = this.#records.nickOf(local) ?? author.name;
    if (!puppet.inside) {
      await this.#makeRoom(connection);
      // Durable before it goes in: whatever happens, the next process knows whom to call back.
      await this.#note(puppet, before, true);
    }
    const clear = (nick: string) => this.#clear(nick, author, connection);
    const refusal = await puppet.appear(author, connection, deadlineMs, hops, clear);
    const { nick } = puppet;
    if (refusal || nick === undefined) {
      await this.#note(puppet, before, false);
      if (refusal) return refusal;
      throw notSent(`${room} has put ${author.name} out`);
    }
    this.#authors.set(puppet, author);
    met(nick);
    // Durable before it speaks: what it says must be known as ours after a crash, too.
    await this.#note(puppet, nick, true);
    // Its picture may have become known while it came in.
    this.#show(puppet, connection);
    this.#sweepLater();
    return puppet;
  }

  /**
   * Gives the author's puppet the author's new name, if it is in the room. Called in turn with `bring`.
   *
   * @returns whether the room has been shown it, now or at an earlier try with this token
   * @throws DeliveryError
   */
  async rename(
    { token, author, hops }: Pick<OutgoingRename, 'token' | 'author' | 'hops'>,
    connection: Connection,
    deadlineMs: number,
  ): Promise<boolean> {
    if (this.hasRenamed(token)) return true;
    const { nickFormat, met } = this.#settings;
    const local = toPuppetLocal(author);
    const puppet = this.#puppets.get(local);
    const { nick: before } = puppet ?? {};
    if (!puppet || before === undefined) {
      // A process that has ended since may have done it, and the hub could not be told.
      const atEnd = this.#nicksAtEnd.get(local);
      this.#nicksAtEnd.delete(local);
      const isDone = atEnd !== undefined && new PuppetNick(author, nickFormat).mayBe(atEnd);
      if (isDone) this.#renamed.set(token, true);
      return isDone;
    }
    const clear = (nick: string) => this.#clear(nick, author, connection);
    const refusal = await puppet.appear(author, connection, deadlineMs, hops, clear);
    const { nick } = puppet;
    if (refusal || nick === undefined) return false;
    this.#authors.set(puppet, author);
    met(nick);
    await this.#note(puppet, nick, true);
    if (nick === before) return false;
    this.#renamed.set(token, true);
    return true;
  }

  /** Whether `rename` has done this. */
  hasRenamed(token: string): boolean {
    return this.#renamed.get(token) === true;
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

  /** The puppet shows this picture, sooner or later: nothing that it says waits for it. */
  #dress(puppet: Puppet, avatar: Avatar, connection: Connection): void {
    puppet.avatar = avatar;
    this.#settings.pictures?.tell(avatar, (hash) => {
      if (puppet.avatar?.sha256 !== avatar.sha256) return;
      puppet.wear(hash);
      this.#show(puppet, connection);
    });
  }

  #show(puppet: Puppet, { stream, port }: Connection): void {
    const shown = puppet.show();
    if (!shown) return;
    stream.send(shown).catch((error: unknown) => {
      // It is in the presence by which the puppet comes in the next time.
      port.log.debug({ room: puppet.room, err: error }, 'a picture was not shown');
    });
  }

  #puppetOf(local: string): Puppet {
    const { room, domain, clock, index, nickFormat } = this.#settings;
    const known = this.#puppets.get(local);
    if (known) return known;
    const jid = `${local}@${domain}/${RESOURCE}`;
    const puppet = new Puppet({ room, jid, clock, nickFormat });
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

  /**
   * Sends home who has a nick that somebody else needs, where that person is gone: whoever has no account on their own
   * network is somebody new each time, and the puppet of the last time would keep them from their name.
   */
  async #clear(nick: string, author: Author, { port, stream }: Connection): Promise<boolean> {
    for (const puppet of this.#puppets.values()) {
      if (puppet.nick !== nick || puppet.pending > 0 || puppet.asking) continue;
      const before = this.#authors.get(puppet);
      if (!before || !(await hasGone(before, author, port, this.#settings.room))) return false;
      // Meanwhile it may have begun to speak.
      if (puppet.nick !== nick || puppet.pending > 0 || puppet.asking) return false;
      await this.#sendHome(puppet, stream);
      return true;
    }
    return false;
  }

  async #sendHome(puppet: Puppet, stream: Connection['stream']): Promise<void> {
    const nick = puppet.nick ?? '';
    await stream.send(puppet.leave());
    await this.#note(puppet, nick, false);
  }

  /** Ghosts of an earlier process leave; who was inside when the connection was lost comes back. Never rejects. */
  async #restore(connection: Connection): Promise<void> {
    const { room, domain, clock } = this.#settings;
    const { stream, port, signal } = connection;
    const returning = this.#returning;
    this.#returning = [];
    try {
      const ghosts = this.#records.ghosts.filter(({ local }) => !this.#puppets.get(local)?.inside);
      // All at once, before anybody comes in who wants one of their nicks.
      await Promise.all(
        ghosts.map(({ local, nick }) =>
          stream.send(toLeave(room, nick).with({ from: `${local}@${domain}/${RESOURCE}` })),
        ),
      );
      for (const { local, nick } of ghosts) {
        await this.#records.note(local, { nick, inside: false, at: clock.now() });
        this.#nicksAtEnd.set(local, nick);
      }
      this.#records.forgetGhosts();
    } catch (error) {
      // They are tried again when the room is entered again.
      if (!signal.aborted) port.log.warn({ room, err: error }, 'not all puppets of an earlier run have left');
    }
    for (const each of returning) if (!signal.aborted) await this.#bringBack(each, connection);
    this.#sweepLater();
  }

  async #bringBack(
    { puppet, author }: { puppet: Puppet; author: Author },
    connection: Connection,
  ): Promise<void> {
    const { room, clock, met } = this.#settings;
    const { log } = connection.port;
    try {
      const deadlineMs = clock.monotonicMs() + RETURN_TIMEOUT_MS;
      const refusal = await puppet.appear(author, connection, deadlineMs, []);
      if (refusal) log.info({ room, why: refusal.condition }, 'a puppet is not let in again');
      if (puppet.nick === undefined) return;
      met(puppet.nick);
      await this.#note(puppet, puppet.nick, true);
    } catch (error) {
      // It comes in with its next word.
      if (!connection.signal.aborted) log.warn({ room, err: error }, 'a puppet did not come back');
    }
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

  async #note(puppet: Puppet, nick: string, inside: boolean): Promise<void> {
    const local = puppet.jid.slice(0, puppet.jid.indexOf('@'));
    const { occupantId } = puppet;
    await this.#records.note(local, { nick, inside, occupantId, at: this.#settings.clock.now() });
  }
}

/** Whether the rooms linked with this one show the one author, who speaks there now, and not the other. */
async function hasGone(other: Author, author: Author, port: AccountPort, room: string): Promise<boolean> {
  if (other.account !== author.account) return false;
  const places = (await port.neighbours(room)).filter(
    (place) => splitRoomRef(place.room).account === author.account,
  );
  const isThere = ({ user }: Author) => places.some(({ members }) => members.some(({ id }) => id === user));
  return isThere(author) && !isThere(other);
}
