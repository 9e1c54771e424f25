/**
 * What members write. Everything is in the hub's journal before anybody is shown it; what the hub did not take is not
 * acknowledged to the server, which sends it again.
 */
import { createHash } from 'node:crypto';
import { CommandError } from '../../../hub/commands.ts';
import type { MessageReport, NetworkEvent } from '../../../hub/event.ts';
import type { XmlElement } from '../../../wire/xmpp/element.ts';
import type { Jid } from '../../../wire/xmpp/jid.ts';
import { readCorrection, readReactions, readRetraction } from '../../../wire/xmpp/message-acts.ts';
import type { ArchivedMessage } from '../../../wire/xmpp/mam.ts';
import { readDelay, readStanzaId } from '../../../wire/xmpp/stanza-ids.ts';
import type { Avatars } from '../avatars.ts';
import { toEvents } from '../convert.ts';
import type { Club } from './club.ts';
import { findCommand, readCommand, toUsage } from './commands.ts';
import { toExcerpt, toNotice } from './lines.ts';
import type { Member } from './members.ts';
import type { Membership } from './membership.ts';
import { AdminPlace } from './admin-place.ts';
import { RecentMap } from '../../../hub/recent-map.ts';
import { toReacted, toRecalled, toShownEdit, toShownMessage } from './showing.ts';

/** Somebody who is no member is told so again after so long. */
const STRANGER_PAUSE_MS = 3_600_000;
const STRANGERS_LIMIT = 1000;

/** A message of a member's. */
export interface Written {
  readonly message: XmlElement;
  readonly from: Jid;
  /** What the hub and everybody's clients know it by. */
  readonly native: string;
  /** When it was written, milliseconds since the epoch, where that is told. */
  readonly atMs: number | undefined;
  /** Not live. */
  readonly delayed: boolean;
}

export class Talk {
  readonly #club: Club;
  readonly #membership: Membership;
  readonly #avatars: Avatars;
  /** What is being taken, by its native id. */
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #strangers = new RecentMap<number>(STRANGERS_LIMIT);
  /** The server gives every message that it stores an id of its own. */
  hasStanzaIds = false;

  constructor(club: Club, membership: Membership, avatars: Avatars) {
    this.#club = club;
    this.#membership = membership;
    this.#avatars = avatars;
  }

  /** Takes a message that was not taken live. Resolves when it is dealt with for good. */
  async hearArchived({ id, atMs, message }: ArchivedMessage, from: Jid): Promise<void> {
    const type = message.attr('type') ?? 'normal';
    const member = this.#club.members.get(from.bare.toString());
    if (!member || (type !== 'chat' && type !== 'normal') || !isSaying(message)) return;
    await this.#once({ message, from, native: id, atMs, delayed: true }, member);
  }

  /** Takes a message stanza. Resolves when it is dealt with for good. */
  async hear(message: XmlElement, from: Jid): Promise<void> {
    const { members, audience, attendance, view } = this.#club;
    const jid = from.bare.toString();
    const type = message.attr('type') ?? 'normal';
    if (jid === view.jid || from.local === '') return; // From the account itself, or from a server.
    const member = members.get(jid);
    if (type === 'error') {
      if (member) audience.bounced(member, message.attr('id') ?? '');
      return;
    }
    if ((type !== 'chat' && type !== 'normal') || !isSaying(message)) return;
    if (!member) return this.#turnAway(jid);
    if (!attendance.isPresent(jid)) attendance.believe(jid);
    audience.reached(member);
    audience.update(member);
    const delay = readDelay(message);
    const native = this.#toNative(message);
    await this.#once({ message, from, native, atMs: delay?.atMs, delayed: delay !== undefined }, member);
  }

  /** The id by which the account's archive knows a message that came live. */
  archiveId(message: XmlElement): string | undefined {
    return this.hasStanzaIds ? readStanzaId(message, this.#club.view.jid) : undefined;
  }

  /** What was taken before, or is being taken, from wherever it came, is not taken again. */
  async #once(written: Written, member: Member): Promise<void> {
    const { native } = written;
    if (this.#club.known.get(native)) return;
    // The archive may show what came live a moment ago.
    const underWay = this.#underWay.get(native) ?? this.#takeUp(written, member);
    this.#underWay.set(native, underWay);
    await underWay.finally(() => this.#underWay.delete(native));
  }

  async #takeUp(written: Written, member: Member): Promise<void> {
    const { message, native } = written;
    const command = isAct(message) ? undefined : readCommand(message.childText('body') ?? '');
    if (command) await this.#run(command, member, written);
    else await this.#take(written, member);
    this.#club.known.set(native, true);
  }

  /**
   * Says something of a member's. Resolves when it is durable; it is shown by then as far as it can be.
   *
   * @param as how it is shown, where that is not as usual
   */
  async say(report: MessageReport, as?: string): Promise<void> {
    const { ledger, known, port } = this.#club;
    const native = report.native ?? '';
    ledger.arrive(native);
    try {
      await port.receive(report);
      known.set(native, true);
    } catch (error) {
      ledger.gone(native);
      throw error;
    }
    await this.#club.show(toShownMessage(this.#club, native, report, as), report.sender.id);
  }

  /** The id by which the hub and everybody's clients know a message. */
  #toNative(message: XmlElement): string {
    const { clock } = this.#club;
    const given = this.archiveId(message);
    if (given !== undefined) return given;
    const id = message.attr('id');
    if (!id) return clock.id();
    // What comes twice has the same id and text; a client that gives two messages one id hardly gives them one text.
    const parts = [message.attr('from') ?? '', id, message.childText('body') ?? ''];
    return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
  }

  async #take({ message, from, native, atMs, delayed }: Written, { jid, nick }: Member): Promise<void> {
    const { room, memory, port } = this.#club;
    const avatar = delayed ? undefined : this.#avatars.ofPerson(from.toString());
    const heard = {
      room,
      message,
      sender: { id: jid, name: nick, ...(avatar && { avatar }) },
      own: false,
      byRoom: false,
      native,
      at: atMs,
      delayed,
    };
    const { events, dropped } = toEvents(heard, memory);
    if (dropped !== undefined) port.log.debug({ why: dropped }, 'a message is not passed on');
    for (const event of events) await this.#enter(event, jid);
  }

  async #enter(event: NetworkEvent, jid: string): Promise<void> {
    const { port } = this.#club;
    switch (event.kind) {
      case 'message':
        return this.say(event);
      case 'edit':
        await port.receive(event);
        return this.#club.show(toShownEdit(this.#club, event), event.actor.id);
      case 'recall':
        // The hub refuses it too, but does not say so.
        if (this.#club.quotes.get(event.target)?.by !== jid) {
          return port.log.debug({ jid }, 'only its author may take a message back');
        }
        await port.receive(event);
        return this.#club.show(toRecalled(this.#club, event.target, event.actor.name), event.actor.id);
      case 'reaction':
        await port.receive(event);
        return this.#club.notify(
          toReacted(this.#club, event.actor.name, event.target, event.emoji, event.added),
          event.actor.id,
        );
      case 'join':
      case 'leave':
      case 'rename':
      case 'topic':
      case 'request':
      case 'answer':
      // No message stanza is one of these.
    }
  }

  async #run(
    { word, rest }: { word: string; rest: string },
    member: Member,
    written: Written,
  ): Promise<void> {
    const isAdmin = this.#club.isAdmin(member.jid);
    const place = new AdminPlace({
      club: this.#club,
      talk: this,
      membership: this.#membership,
      member,
      written,
    });
    const command = findCommand(word, rest, isAdmin);
    if (command === 'unknown')
      return place.reply([`Unknown command ${toExcerpt(word)}`, ...toUsage(isAdmin)]);
    if (command === 'admins-only') return place.reply(['Only an administrator of this club may do that']);
    try {
      await command.run(place);
    } catch (error) {
      if (place.unsaid !== undefined) throw error;
      if (error instanceof CommandError) return place.reply([error.message]);
      // Were it thrown, the server would send the command again, and it would fail again.
      this.#club.port.log.error({ err: error, command: word }, 'a command failed');
      place.reply(['Something went wrong here; it is in the log']);
    }
  }

  #turnAway(jid: string): void {
    const { bans, name, clock } = this.#club;
    const nowMs = clock.monotonicMs();
    const toldMs = this.#strangers.get(jid);
    if (bans.has(jid) || (toldMs !== undefined && nowMs - toldMs < STRANGER_PAUSE_MS)) return;
    this.#strangers.set(jid, nowMs);
    const words = `You are not a member of ${name}. Add this address to your contacts to become one`;
    this.#club.tell(jid, toNotice(words));
  }
}

/** Whether it is anything but typing, receipts and the like. */
function isSaying(message: XmlElement): boolean {
  return (message.childText('body') ?? '').trim() !== '' || isAct(message);
}

function isAct(message: XmlElement): boolean {
  return (
    readRetraction(message) !== undefined ||
    readReactions(message) !== undefined ||
    readCorrection(message) !== undefined
  );
}
