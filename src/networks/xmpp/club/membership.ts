/**
 * Who comes and who goes. The roster is the membership: who may see the club's presence is a member. What changed in it
 * while the hub was away is found when it connects.
 */
import { CommandError } from '../../../hub/commands.ts';
import { toError } from '../../../hub/clock.ts';
import type { XmlElement } from '../../../wire/xmpp/element.ts';
import { toJid, type Jid } from '../../../wire/xmpp/jid.ts';
import { readNick, toRosterRemoval, toSubscription, type RosterItem } from '../../../wire/xmpp/roster.ts';
import type { XmppStream } from '../connection.ts';
import type { Club } from './club.ts';
import type { Member } from './members.ts';
import { chooseNick } from './nick-choice.ts';
import { Notices } from './notices.ts';

const ROSTER_TIMEOUT_MS = 20_000;
/** How long a push may come behind the answer that it belongs to. */
const PUSH_DELAY_MS = 2_000;

/** Why somebody leaves who did not do it. */
export interface Removal {
  /** `kicked` or `banned`. */
  readonly how: 'kicked' | 'banned';
  /** The administrator's nick. */
  readonly by: string;
  readonly reason: string | undefined;
}

export class Membership {
  readonly #club: Club;
  readonly #notices: Notices;
  #stream: XmppStream | undefined;
  readonly #roster = new Map<string, RosterItem>();
  /** On the way off the roster: what it still tells of them is old. */
  readonly #leaving = new Set<string>();
  /** Comings and goings, one after the other. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(club: Club) {
    this.#club = club;
    this.#notices = new Notices(club);
  }

  /** A run begins. */
  attach(stream: XmppStream): void {
    this.#stream = stream;
  }

  /** The run is over. */
  detach(): void {
    this.#notices.stop();
  }

  /** A new session begins: makes the membership what the roster now says. */
  reconcile(items: readonly RosterItem[]): Promise<void> {
    return this.#next(() => this.#reconcile(items));
  }

  async #reconcile(items: readonly RosterItem[]): Promise<void> {
    const { members, attendance } = this.#club;
    this.#roster.clear();
    this.#leaving.clear();
    for (const item of items) this.#roster.set(item.jid, item);
    this.#notices.settle();
    for (const member of members) {
      if (!isMember(this.#roster.get(member.jid))) await this.leave(member);
    }
    for (const item of items) {
      if (isMember(item) && !members.get(item.jid)) await this.#enter(item.jid, [item.name]);
      else if (item.subscription === 'from') attendance.believe(item.jid);
    }
  }

  /** The roster has changed. */
  changed(item: RosterItem): Promise<void> {
    const isLeaving = this.#leaving.has(item.jid);
    if (item.subscription === 'remove') {
      this.#roster.delete(item.jid);
      this.#leaving.delete(item.jid);
    } else this.#roster.set(item.jid, item);
    if (isLeaving) return Promise.resolve();
    return this.#next(async () => {
      const now = this.#roster.get(item.jid);
      const member = this.#club.members.get(item.jid);
      if (isMember(now) && !member && !this.#leaving.has(item.jid)) await this.#enter(item.jid, [item.name]);
      if (!isMember(now) && member && item.subscription !== 'none') await this.leave(member);
    });
  }

  /** Takes a presence of somebody else. Resolves when it is dealt with for good. */
  async handle(presence: XmlElement, from: Jid): Promise<void> {
    const { members, attendance, audience } = this.#club;
    const jid = from.bare.toString();
    const member = members.get(jid);
    switch (presence.attr('type')) {
      case 'subscribe':
        return this.#next(() => this.#asked(jid, readNick(presence)));
      case 'unsubscribe':
        return this.#next(async () => {
          const leaving = members.get(jid);
          if (leaving) await this.leave(leaving);
        });
      case undefined:
      case 'unavailable':
      case 'error':
        // Who does not show their presence seems away to us, whether they are or not.
        if (!member || (presence.attr('type') !== undefined && !isSeen(this.#roster.get(jid)))) return;
        attendance.note(jid, from.resource, presence);
        if (presence.attr('type') === undefined) audience.reached(member);
        return audience.update(member);
      case 'subscribed':
      case 'unsubscribed':
      default:
        // What we may see of them changes; who is a member does not. A probe is the server's to answer.
        return;
    }
  }

  /** Takes a member out of the club. Resolves when it is durable. */
  async kick(nickOrJid: string, removal: Removal): Promise<Member> {
    const { members, clock, audience } = this.#club;
    const member = members.byNick(nickOrJid) ?? members.get(nickOrJid);
    if (!member) throw new CommandError(`Nobody called ${nickOrJid} is in this club`);
    await this.#next(async () => {
      const words = `You were ${removal.how} by ${removal.by}${toReason(removal.reason)}`;
      audience.tell(member.jid, { id: clock.id(), body: `*** ${words}` }).catch((error: unknown) => {
        this.#club.port.log.debug({ err: error }, 'a farewell was lost');
      });
      this.#notices.tell(await this.#remove(member, removal));
    });
    return member;
  }

  /** They have taken the club off their contacts. Resolves when it is durable and told. */
  async leave(member: Member): Promise<void> {
    this.#notices.tell(await this.#remove(member, undefined));
  }

  #next<T>(change: () => Promise<T>): Promise<T> {
    const changing = this.#changing.then(change);
    // A failure is told to whoever wanted this change; the next one is made all the same.
    this.#changing = changing.catch(() => {});
    return changing;
  }

  async #asked(jid: string, wish: string | undefined): Promise<void> {
    const { bans, members, port } = this.#club;
    const own = this.#club.view.jid;
    if (jid === own || toJid(jid)?.local === '') return;
    if (bans.has(jid)) {
      port.log.info({ jid }, 'somebody who is banned wanted to become a member');
      return this.#send(toSubscription(jid, 'unsubscribed'));
    }
    if (members.get(jid)) return this.#send(toSubscription(jid, 'subscribed'));
    await this.#enter(jid, [wish, this.#roster.get(jid)?.name]);
  }

  async #enter(jid: string, wishes: readonly (string | undefined)[]): Promise<void> {
    const { members, bans, attendance, audience, clock, name, room, port } = this.#club;
    if (bans.has(jid)) return this.#takeOff(jid);
    const given = wishes.map((wish) => wish || undefined);
    const local = toJid(jid)?.local;
    const nick = chooseNick([...given, local], name, (wish) => members.byNick(wish) !== undefined);
    const head = (await port.history(room, 1))[0]?.position ?? 0;
    const member: Member = { jid, nick, sinceMs: clock.now(), seen: head };
    const others = members.size;
    await members.add(member);
    audience.admit(member);
    attendance.believe(jid);
    await port.receive({
      kind: 'join',
      room,
      native: clock.id(),
      at: member.sinceMs,
      who: { id: jid, name: nick },
    });
    port.log.info({ jid, nick }, 'a member came');
    if (!isMember(this.#roster.get(jid))) this.#send(toSubscription(jid, 'subscribed'));
    if (!isSeen(this.#roster.get(jid)) && this.#roster.get(jid)?.asked !== true)
      this.#send(toSubscription(jid, 'subscribe', name));
    const company =
      others === 0 ? 'no other member' : others === 1 ? '1 other member' : `${others} other members`;
    this.#club.tell(
      jid,
      `Welcome to ${name}, ${nick}! What you write here goes to everyone in this club: ${company} so far. ` +
        `A line that begins with a dash is a command: -help lists them, -nick NAME gives you another name. ` +
        `To leave, take this address off your contacts.`,
    );
    this.#notices.tell(`${nick} has joined the club`, jid);
    audience.update(member);
  }

  /** Answers what the others are told. */
  async #remove(member: Member, removal: Removal | undefined): Promise<string> {
    const { members, attendance, audience, clock, room, port } = this.#club;
    const { jid, nick } = member;
    await members.remove(member);
    audience.forget(member);
    attendance.forget(jid);
    const reason = removal && `${removal.how} by ${removal.by}${toReason(removal.reason)}`;
    await port.receive({
      kind: 'leave',
      room,
      native: clock.id(),
      at: clock.now(),
      who: { id: jid, name: nick },
      ...(reason !== undefined && { reason }),
    });
    port.log.info({ jid, nick, ...(reason !== undefined && { reason }) }, 'a member left');
    this.#takeOff(jid);
    return reason === undefined ? `${nick} has left the club` : `${nick} was ${reason}`;
  }

  /** Ends both subscriptions. */
  #takeOff(jid: string): void {
    const { clock } = this.#club;
    const stream = this.#stream;
    if (!stream) return;
    if (!this.#roster.has(jid)) return this.#send(toSubscription(jid, 'unsubscribed'));
    this.#leaving.add(jid);
    stream.iq(toRosterRemoval(jid), { timeoutMs: ROSTER_TIMEOUT_MS }).then(
      () => {
        // The push that tells of it removes the mark, before or after this; without one it has no use either.
        clock.after(PUSH_DELAY_MS, () => this.#leaving.delete(jid));
      },
      (error: unknown) => {
        this.#leaving.delete(jid);
        this.#club.port.log.warn({ jid, err: toError(error) }, 'a contact could not be taken off the roster');
      },
    );
  }

  #send(presence: XmlElement): void {
    this.#stream?.send(presence).catch((error: unknown) => {
      // The server asks again when we connect: it has no answer yet.
      this.#club.port.log.debug({ err: error }, 'an answer to a subscription was lost');
    });
  }
}

/** Whether the contact may see the club's presence: that is what a member is. */
function isMember(item: RosterItem | undefined): boolean {
  return item?.subscription === 'from' || item?.subscription === 'both';
}

/** Whether the contact shows its presence. */
function isSeen(item: RosterItem | undefined): boolean {
  return item?.subscription === 'to' || item?.subscription === 'both';
}

function toReason(reason: string | undefined): string {
  return reason === undefined ? '' : ` (${reason})`;
}
