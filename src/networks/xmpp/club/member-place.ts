/** What the commands do for one member who typed one. */
import { CommandError } from '../../../hub/commands.ts';
import type { MessageReport } from '../../../hub/event.ts';
import { splitRoomRef, textBody, type User } from '../../../hub/message.ts';
import { parseNick } from '../../../hub/nicks.ts';
import type { Club } from './club.ts';
import type { ClubMember } from './commands.ts';
import { toForeignName, toNotice, toTime, toWhisper } from './lines.ts';
import { keepLetter } from './mail.ts';
import type { Member } from './members.ts';
import type { Membership } from './membership.ts';
import { toHistory } from './recap.ts';
import type { Talk, Written } from './talk.ts';

/** How many messages `history` shows when it is not told, and the most that it shows. */
const HISTORY_MESSAGES = 20;
const HISTORY_LIMIT = 1000;
/** The longest answer in one stanza, UTF-16 units. */
const ANSWER_LENGTH = 20_000;
/** Of a linked room so many people are listed, the rest counted. */
const NEIGHBOUR_LIMIT = 200;
const MINUTE_MS = 60_000;

export interface MemberPlaceParts {
  readonly club: Club;
  readonly talk: Talk;
  readonly membership: Membership;
  readonly member: Member;
  /** The command as they wrote it. */
  readonly written: Written;
}

export class MemberPlace implements ClubMember {
  /** Why something could not be said, where it could not: then the server is to send it again. */
  unsaid: unknown;
  protected readonly parts: MemberPlaceParts;

  constructor(parts: MemberPlaceParts) {
    this.parts = parts;
  }

  reply(lines: readonly string[]): void {
    const { club, written } = this.parts;
    const replyTo = written.from.toString();
    if (lines.length === 1) return club.tell(replyTo, toNotice(lines[0] ?? ''));
    let answer: string[] = [];
    let length = 0;
    for (const line of lines.map((each) => each.slice(0, ANSWER_LENGTH))) {
      if (length + line.length > ANSWER_LENGTH && answer.length > 0) {
        club.tell(replyTo, answer.join('\n'));
        [answer, length] = [[], 0];
      }
      answer.push(line);
      length += line.length + 1;
    }
    club.tell(replyTo, answer.join('\n'));
  }

  async say(text: string, action: boolean): Promise<void> {
    await this.speak(text, action);
  }

  async whisper(nick: string, text: string): Promise<void> {
    const { club, member } = this.parts;
    const to = this.find(nick);
    if (to === member) throw new CommandError('That is you');
    if (club.audience.isReceiving(to)) {
      const shown = { id: club.clock.id(), body: toWhisper(member.nick, text) };
      const told = club.audience.tell(to.jid, shown).then(() => this.reply([`${to.nick} has it`]));
      told.catch((error: unknown) => club.port.log.debug({ err: error }, 'a private message was lost'));
      return club.unlessDeaf(told);
    }
    const { store } = club.port;
    const letter = { id: club.clock.id(), from: member.nick, text, atMs: club.clock.now() };
    if (!(await keepLetter(store, to.jid, letter))) {
      throw new CommandError(
        `${to.nick} is not here, and too much is kept for them already; it was not sent`,
      );
    }
    this.reply([`${to.nick} ${this.#toState(to)}, and gets it on return`]);
  }

  async history(count: number | undefined): Promise<string[]> {
    const { club } = this.parts;
    const wanted = Math.min(count ?? HISTORY_MESSAGES, HISTORY_LIMIT);
    // Comings and goings are in it too.
    const events = await club.port.history(club.room, 2 * wanted);
    return toHistory(events, club.view, club.clock.now()).slice(-wanted);
  }

  async rename(typed: string): Promise<void> {
    const { club, member } = this.parts;
    const nick = parseNick(typed, club.name);
    if (nick === member.nick) throw new CommandError(`You are called ${nick} already`);
    const other = club.members.byNick(nick);
    if (other && other !== member) {
      throw new CommandError(`The name ${other.nick} is in use; please choose another`);
    }
    const oldName = member.nick;
    club.members.rename(member, nick);
    await club.audience.save(member);
    await club.port.receive({
      kind: 'rename',
      room: club.room,
      native: club.clock.id(),
      at: club.clock.now(),
      who: this.#user,
      oldName,
    });
    club.notify(`${oldName} is now known as ${nick}`, member.jid);
    this.reply([`You are ${nick} now`]);
  }

  async people(): Promise<string[]> {
    const { club, member } = this.parts;
    const members = [...club.members]
      .sort((a, b) => a.nick.localeCompare(b.nick))
      .map((each) => {
        const you = each === member ? ' (you)' : '';
        const admin = club.isAdmin(each.jid) ? ', an administrator' : '';
        return `${each.nick}${you} ${this.#toState(each)}${admin}`;
      });
    const others = await club.port.neighbours(club.room);
    const foreign = others.flatMap(({ room, members: there }) => {
      const { account } = splitRoomRef(room);
      const names = there.slice(0, NEIGHBOUR_LIMIT).map(({ name }) => toForeignName(name, account));
      const more = there.length - names.length;
      return more > 0 ? [...names, `and ${more} more @${account}`] : names;
    });
    const title = members.length === 1 ? '1 member' : `${members.length} members`;
    return [`${title} of ${club.name}`, ...members, ...foreign];
  }

  async whois(nick: string): Promise<string[]> {
    const { club, member } = this.parts;
    const found = club.members.byNick(nick);
    if (!found) return [await this.#whoisForeign(nick)];
    const showsAddress = found === member || club.isAdmin(member.jid);
    const since = toTime(found.sinceMs, club.clock.now());
    return [
      `${found.nick} ${this.#toState(found)}; a member since ${since}` +
        (club.isAdmin(found.jid) ? '; an administrator' : '') +
        (showsAddress ? `; ${found.jid}` : ''),
    ];
  }

  async quiet(minutes: number | undefined): Promise<void> {
    const { club, member } = this.parts;
    const { clock, audience } = club;
    member.quietUntilMs =
      minutes === undefined ? Number.POSITIVE_INFINITY : clock.now() + minutes * MINUTE_MS;
    club.armQuiet(member);
    audience.update(member);
    await audience.save(member);
    const until = minutes === undefined ? 'until you type -unquiet' : toMinutes(minutes);
    this.reply([`No messages for you ${until}; then you get what you missed`]);
  }

  async unquiet(): Promise<void> {
    const { club, member } = this.parts;
    if (!club.audience.isQuiet(member)) throw new CommandError('You get all messages already');
    delete member.quietUntilMs;
    club.armQuiet(member);
    await club.audience.save(member);
    this.reply(['You get messages again']);
    club.audience.update(member);
  }

  protected async speak(text: string, action: boolean, body?: string): Promise<void> {
    const { club, talk, member, written } = this.parts;
    const { message, native, atMs, delayed } = written;
    const report: MessageReport = {
      kind: 'message',
      room: club.room,
      native,
      sender: this.#user,
      body: textBody(text),
      ...(action && { action }),
      ...(atMs !== undefined && { at: atMs }),
      ...(delayed && { delayed }),
    };
    try {
      await talk.say(report, body);
    } catch (error) {
      this.unsaid = error;
      throw error;
    }
    const { jid, nick } = member;
    club.memory.recent.add({ native, sender: jid, nick, origin: message.attr('id') });
  }

  get #user(): User {
    const { jid, nick } = this.parts.member;
    return { id: jid, name: nick };
  }

  protected find(nick: string): Member {
    const found = this.parts.club.members.byNick(nick);
    if (!found) throw new CommandError(`Nobody called ${nick} is in this club`);
    return found;
  }

  #toState(member: Member): string {
    const { audience, attendance } = this.parts.club;
    if (!attendance.isPresent(member.jid)) return 'is offline';
    return audience.isQuiet(member) ? 'wants quiet' : 'is online';
  }

  async #whoisForeign(nick: string): Promise<string> {
    const { club } = this.parts;
    for (const { room, members } of await club.port.neighbours(club.room)) {
      const { account } = splitRoomRef(room);
      const found = members.find(({ name }) => toForeignName(name, account) === nick);
      if (found) return `${nick} is in ${room}, which is linked with this club`;
    }
    throw new CommandError(`Nobody called ${nick} is in this club, or in a room linked with it`);
  }
}

function toMinutes(minutes: number): string {
  return minutes === 1 ? 'for 1 minute' : `for ${minutes} minutes`;
}
