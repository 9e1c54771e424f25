/** What the commands of administrators do. That only they get here is seen to by `findCommand`. */
import { CommandError } from '../../../hub/commands.ts';
import { toJid } from '../../../wire/xmpp/jid.ts';
import type { ClubAdmin } from './commands.ts';
import { toAnnouncement } from './lines.ts';
import { MemberPlace } from './member-place.ts';

export class AdminPlace extends MemberPlace implements ClubAdmin {
  async kick(nick: string, reason: string | undefined): Promise<void> {
    const { club, membership, member } = this.parts;
    if (this.find(nick) === member) throw new CommandError('That is you');
    const kicked = await membership.kick(nick, { how: 'kicked', by: member.nick, reason });
    this.reply([`${kicked.nick} is out; they can come again, unless you -ban them`]);
    club.port.log.info({ jid: kicked.jid, by: member.jid }, 'kicked');
  }

  async ban(who: string, reason: string | undefined): Promise<void> {
    const { club, membership, member } = this.parts;
    const found = club.members.byNick(who) ?? club.members.get(toAddress(who) ?? '');
    const jid = found?.jid ?? toAddress(who);
    if (jid === undefined)
      throw new CommandError(`Nobody called ${who} is in this club; an address works too`);
    if (jid === member.jid) throw new CommandError('That is you');
    if (club.isAdmin(jid)) throw new CommandError('An administrator cannot be banned');
    await club.bans.add({ jid, by: member.nick, ...(found && { nick: found.nick }) });
    if (found) await membership.kick(jid, { how: 'banned', by: member.nick, reason });
    this.reply([`${found?.nick ?? jid} is banned`]);
    club.port.log.info({ jid, by: member.jid }, 'banned');
  }

  async unban(who: string): Promise<void> {
    const { club, member } = this.parts;
    const jid = await club.bans.lift(toAddress(who) ?? who);
    if (jid === undefined) throw new CommandError(`${who} is not banned`);
    this.reply([`${jid} may come again`]);
    club.port.log.info({ jid, by: member.jid }, 'unbanned');
  }

  bans(): string[] {
    const bans = [...this.parts.club.bans].map(
      ({ jid, nick, by }) => `${jid}${nick === undefined ? '' : ` (${nick})`}, by ${by}`,
    );
    return bans.length === 0 ? ['Nobody is banned'] : bans;
  }

  async announce(text: string): Promise<void> {
    const { club, member } = this.parts;
    const body = toAnnouncement(member.nick, text);
    await this.speak(text, false, body);
    for (const each of club.members) {
      if (each === member || !club.audience.isQuiet(each) || !club.attendance.isPresent(each.jid)) continue;
      club.tell(each.jid, body);
    }
  }
}

/** The bare address that somebody typed, if it is one. */
function toAddress(typed: string): string | undefined {
  const jid = toJid(typed);
  return jid && jid.local !== '' ? jid.bare.toString() : undefined;
}
