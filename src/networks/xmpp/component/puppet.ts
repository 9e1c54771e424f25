/**
 * One person of another network as an occupant of one room: comes in when there is something to say, changes the nick
 * with the name, and knows when it was put out.
 */
import type { Clock } from '../../../hub/clock.ts';
import type { Avatar } from '../../../hub/message.ts';
import type { Author } from '../../../hub/network.ts';
import { toAvatarUpdate } from '../../../wire/xmpp/avatar.ts';
import { xml, XmlElement } from '../../../wire/xmpp/element.ts';
import { MUC_STATUS, readMucPresence, toJoin, toLeave } from '../../../wire/xmpp/muc.ts';
import { readStanzaError, type StanzaErrorDetails } from '../../../wire/xmpp/stanza-error.ts';
import type { Connection } from '../connection.ts';
import { notSent } from '../failures.ts';
import { toHops } from '../hops.ts';
import { inTime, orAborted } from '../waiting.ts';
import { PuppetNick } from './puppet-nick.ts';

/** How long the room may take to answer for one nick. */
const ANSWER_TIMEOUT_MS = 20_000;
/** How long a refusal counts before the room is asked again. */
const REFUSAL_MS = 60_000;

export interface PuppetSettings {
  room: string;
  /** Full. */
  jid: string;
  nickFormat: string;
  clock: Clock;
}

export class Puppet {
  readonly room: string;
  readonly jid: string;
  /** The nick it has; undefined outside. */
  nick: string | undefined;
  /** The id that the room knows it by, once it was inside. */
  occupantId: string | undefined;
  /** The name it goes by on its own network, as last heard. */
  name = '';
  /** When it last had something to say, by the clock's `monotonicMs`. */
  usedAtMs: number;
  /** What it said that the room has not shown yet. */
  pending = 0;
  /** Its picture, as last heard. */
  avatar: Avatar | undefined;
  /** The hash of the picture that it wears; undefined until it is known. */
  #worn: string | undefined;
  /** What of that the room has been told. */
  #shown: string | undefined;
  /** Of its name; other hubs in the room are told, so that they do not pass it on to where it comes from. */
  #hops: readonly string[] = [];
  readonly #clock: Clock;
  readonly #nickFormat: string;
  #asked:
    | { id: string; nick: string; answered: PromiseWithResolvers<StanzaErrorDetails | undefined> }
    | undefined;
  #appearing: Promise<StanzaErrorDetails | undefined> | undefined;
  #refusal: { details: StanzaErrorDetails; untilMs: number } | undefined;

  constructor({ room, jid, nickFormat, clock }: PuppetSettings) {
    this.#nickFormat = nickFormat;
    this.room = room;
    this.jid = jid;
    this.#clock = clock;
    this.usedAtMs = clock.monotonicMs();
  }

  get inside(): boolean {
    return this.nick !== undefined;
  }

  /** On the way in, or changing its nick. */
  get asking(): boolean {
    return this.#asked !== undefined;
  }

  /** Whether it has this nick or is asking for it. */
  hasNick(nick: string): boolean {
    return nick === this.nick || nick === this.#asked?.nick;
  }

  /** Whether a presence of the occupant with this nick tells it something: of others it wants to know nothing. */
  needs(nick: string): boolean {
    return this.asking || nick === this.nick;
  }

  /**
   * Is in the room under the author's name, or one near it.
   *
   * @param hops the hubs that its name has come through; none: as before
   * @param clear makes a nick that is taken free again; false where it cannot
   * @returns why not, where the room refuses
   * @throws DeliveryError (not sent) when the room does not answer in time
   */
  appear(
    author: Author,
    connection: Connection,
    deadlineMs: number,
    hops: readonly string[],
    clear?: (nick: string) => Promise<boolean>,
  ): Promise<StanzaErrorDetails | undefined> {
    if (hops.length > 0) this.#hops = hops;
    if (this.inside && this.name === author.name) return Promise.resolve(undefined);
    const refusal = this.#refusal;
    if (!this.inside && refusal && refusal.untilMs > this.#clock.monotonicMs()) {
      return Promise.resolve(refusal.details);
    }
    return (this.#appearing ??= this.#appear(author, connection, deadlineMs, clear).finally(() => {
      this.#appearing = undefined;
    }));
  }

  /** Wears a picture with this hash, from its next presence on; see `show`. */
  wear(hash: string): void {
    this.#worn = hash;
  }

  /** The stanza that shows the room what it wears, where the room has not seen it. */
  show(): XmlElement | undefined {
    if (this.nick === undefined || this.#worn === this.#shown) return undefined;
    return this.#dress(xml('presence', { to: `${this.room}/${this.nick}`, from: this.jid }));
  }

  /** The stanza by which it leaves. From then on it is outside. */
  leave(): XmlElement {
    const stanza = toLeave(this.room, this.nick ?? '').with({ from: this.jid });
    this.lose('it has left the room');
    return stanza;
  }

  /** It is outside, whatever it was. */
  lose(why: string): void {
    this.nick = undefined;
    this.#asked?.answered.reject(notSent(why));
    this.#asked = undefined;
  }

  handlePresence(stanza: XmlElement): void {
    if (stanza.attr('type') === 'error') {
      if (this.#asked && stanza.attr('id') === this.#asked.id) {
        this.#asked.answered.resolve(readStanzaError(stanza));
      }
      return;
    }
    const presence = readMucPresence(stanza);
    if (!presence || !(presence.codes.has(MUC_STATUS.self) || presence.nick === this.nick)) return;
    if (presence.available) {
      this.nick = presence.nick;
      this.occupantId = presence.occupantId ?? this.occupantId;
      this.#asked?.answered.resolve(undefined);
    } else if (presence.codes.has(MUC_STATUS.nickChanged) && presence.newNick) {
      this.nick = presence.newNick;
    } else if (this.inside) {
      this.lose('the room has put it out');
    }
  }

  async #appear(
    author: Author,
    connection: Connection,
    deadlineMs: number,
    clear: ((nick: string) => Promise<boolean>) | undefined,
  ): Promise<StanzaErrorDetails | undefined> {
    const choice = new PuppetNick(author, this.#nickFormat);
    for (;;) {
      const refusal = await this.#ask(choice.current, connection, deadlineMs);
      if (!refusal) break;
      if (refusal.condition === 'conflict' && (await clear?.(choice.current))) continue;
      if (choice.refuse(refusal.condition)) continue;
      // Who is inside already keeps the nick of before.
      if (this.inside) break;
      this.#refusal = { details: refusal, untilMs: this.#clock.monotonicMs() + REFUSAL_MS };
      return refusal;
    }
    this.name = author.name;
    this.#refusal = undefined;
    return undefined;
  }

  async #ask(
    nick: string,
    { stream, signal }: Connection,
    deadlineMs: number,
  ): Promise<StanzaErrorDetails | undefined> {
    const clock = this.#clock;
    const asked = { id: clock.id(), nick, answered: Promise.withResolvers<StanzaErrorDetails | undefined>() };
    asked.answered.promise.catch(() => {});
    this.#asked = asked;
    try {
      const stanza = this.inside
        ? xml('presence', { to: `${this.room}/${nick}`, id: asked.id })
        : toJoin(this.room, nick, asked.id, 'none');
      await orAborted(stream.send(this.#dress(stanza).with({ from: this.jid })), signal);
      const limitMs = Math.min(ANSWER_TIMEOUT_MS, Math.max(0, deadlineMs - clock.monotonicMs()));
      const answer = orAborted(asked.answered.promise, signal);
      return await inTime(clock, answer, limitMs, `${this.room} does not answer`);
    } finally {
      if (this.#asked === asked) this.#asked = undefined;
    }
  }

  /**
   * With its picture and the mark of its hubs. Each presence has that: ejabberd shows a new nick with the presence of before.
   *
   * @see XEP-0153 §3.2
   */
  #dress(presence: XmlElement): XmlElement {
    this.#shown = this.#worn;
    const mark = toHops(this.#hops);
    const update = this.#worn === undefined ? undefined : toAvatarUpdate(this.#worn);
    const { name, ns, attributes, children } = presence;
    return new XmlElement(name, ns, attributes, [...children, mark ?? [], update ?? []].flat());
  }
}
