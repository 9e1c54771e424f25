/** What members can type behind a `-` or `$`: what all who talk can, and what only a club has. */
import { talkCommands, type Talker } from '../../../hub/chat-commands.ts';
import { CommandSet, defineCommand, type Command } from '../../../hub/commands.ts';

/** A member. Rejects with `CommandError`s. */
export interface ClubMember extends Talker {
  /** Who is a member, and whether they are there; then who is in the linked rooms. */
  people(): Promise<string[]>;
  whois(nick: string): Promise<string[]>;
  /** No messages for so many minutes; without a number until `unquiet`. */
  quiet(minutes: number | undefined): Promise<void>;
  unquiet(): Promise<void>;
}

/** A member whom the configuration names as an administrator. `who` is a nick or a JID. */
export interface ClubAdmin extends ClubMember {
  kick(nick: string, reason: string | undefined): Promise<void>;
  ban(who: string, reason: string | undefined): Promise<void>;
  unban(who: string): Promise<void>;
  bans(): string[];
  announce(text: string): Promise<void>;
}

const nick = { name: 'NICK', takes: 'word' } as const;
const who = { name: 'NICK|ADDRESS', takes: 'word' } as const;
const text = { name: 'TEXT', takes: 'text' } as const;
const reason = { name: 'REASON', takes: 'text', optional: true } as const;

const memberCommands: readonly Command<ClubMember>[] = [
  ...talkCommands,
  defineCommand({
    name: 'who',
    aliases: ['look', 'members'],
    parameters: [],
    help: 'lists the members, and who is in the linked rooms',
    run: async (here: ClubMember) => here.reply(await here.people()),
  }),
  defineCommand({
    name: 'whois',
    parameters: [nick],
    help: 'tells more about somebody',
    run: async (here: ClubMember, name) => here.reply(await here.whois(name)),
  }),
  defineCommand({
    name: 'quiet',
    parameters: [{ name: 'MINUTES', takes: 'count', optional: true }],
    help: 'sends you no messages, for some minutes or until unquiet',
    run: (here: ClubMember, minutes) => here.quiet(minutes),
  }),
  defineCommand({
    name: 'unquiet',
    parameters: [],
    help: 'sends you messages again, and what you missed',
    run: (here: ClubMember) => here.unquiet(),
  }),
];

const adminCommands: readonly Command<ClubAdmin>[] = [
  defineCommand({
    name: 'kick',
    parameters: [nick, reason],
    help: 'takes somebody out of the club; they may come again',
    run: (here: ClubAdmin, name, why) => here.kick(name, why),
  }),
  defineCommand({
    name: 'ban',
    parameters: [who, reason],
    help: 'takes somebody out of the club for good',
    run: (here: ClubAdmin, whom, why) => here.ban(whom, why),
  }),
  defineCommand({
    name: 'unban',
    parameters: [who],
    help: 'lets somebody come again who was banned',
    run: (here: ClubAdmin, whom) => here.unban(whom),
  }),
  defineCommand({
    name: 'bans',
    parameters: [],
    help: 'lists who is banned',
    run: (here: ClubAdmin) => here.reply(here.bans()),
  }),
  defineCommand({
    name: 'announce',
    parameters: [text],
    help: 'says it to every member, also to those who want quiet',
    run: (here: ClubAdmin, words) => here.announce(words),
  }),
];

const forMembers = new CommandSet<ClubMember>(memberCommands);
const forAdmins = new CommandSet<ClubAdmin>([...memberCommands, ...adminCommands]);

/** A command, found for whoever typed it. */
export type FoundCommand = { run(here: ClubAdmin): Promise<void> | void } | 'admins-only' | 'unknown';

export function findCommand(word: string, rest: string, isAdmin: boolean): FoundCommand {
  const command = isAdmin ? forAdmins.find(word) : forMembers.find(word);
  if (command?.name === 'help' && rest === '') return { run: (here) => here.reply(toUsage(isAdmin)) };
  if (command) return { run: (here) => command.run(here, rest) };
  return forAdmins.find(word) ? 'admins-only' : 'unknown';
}

/** A line for each command, as it is typed in a club. */
export function toUsage(isAdmin: boolean): string[] {
  return (isAdmin ? forAdmins : forMembers).usage().map((line) => line.replace(/^ {2}/, '  -'));
}

/** The command in what was written: its name and the rest. A dash or a dollar before anything else is none. */
export function readCommand(body: string): { word: string; rest: string } | undefined {
  const typed = /^\s*[-$](\p{L}\S*|\?)\s*([\s\S]*)$/u.exec(body);
  return typed ? { word: typed[1] ?? '', rest: typed[2] ?? '' } : undefined;
}
