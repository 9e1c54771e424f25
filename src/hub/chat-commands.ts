/**
 * The commands for chatting, for every door. A door implements `Visitor` and `Participant` and gets all of them; a
 * place of one room only implements `Talker`. Adding a command is adding one definition here to one of the lists.
 */
import { CommandError, defineCommand, type Command, type Place } from './commands.ts';

/** Somebody who has no name yet: in the login room. */
export interface Visitor extends Place {
  /** Takes a name and enters the first room. Throws a `CommandError` if the name cannot be had. */
  login(nick: string): void;
  leave(): void;
}

/** Somebody who talks with others, in whatever sort of room. Throws and rejects with `CommandError`s. */
export interface Talker extends Place {
  /** Resolves when what was said is durable and shown; `action` is `/me`. */
  say(text: string, action: boolean): Promise<void>;
  /** Tells somebody who belongs here something that nobody else sees. */
  whisper(nick: string, text: string): Promise<void> | void;
  /** The last things said in this room, oldest first, as lines to show; the place's usual number without `count`. */
  history(count: number | undefined): Promise<string[]>;
  rename(nick: string): Promise<void> | void;
}

/** Somebody in one of several chat rooms. */
export interface Participant extends Talker {
  /** Who is in this room, then who is in the rooms linked with it; harmless, as they are shown. */
  peopleHere(): Promise<string[]>;
  /** Who is logged in at all, then who is in the rooms linked with any room. */
  people(): Promise<string[]>;
  rooms(): { name: string; people: number; here: boolean }[];
  join(room: string): void;
  leave(): void;
  /** From now on somebody's private messages are refused; of `all`, everybody's. */
  block(nick: string): Promise<void> | void;
  /** Takes it back. */
  unblock(nick: string): void;
}

const nick = { name: 'NICK', takes: 'word' } as const;
const text = { name: 'TEXT', takes: 'text' } as const;

const logout = defineCommand<Place & { leave(): void }, readonly []>({
  name: 'logout',
  aliases: ['quit', 'exit'],
  parameters: [],
  help: 'closes the line',
  run: (here) => here.leave(),
});

/** What can be typed before login. */
export const visitorCommands: readonly Command<Visitor>[] = [
  defineCommand({
    name: 'login',
    // All the rest, so that a name with a space in it is refused as a whole.
    parameters: [{ name: 'NICK', takes: 'text' }],
    help: 'enters with a name of your choice',
    whenMissing: 'Please enter a name, as in - login NICK',
    run: (here: Visitor, name) => here.login(name),
  }),
  logout,
];

const say = defineCommand({
  name: 'say',
  parameters: [text],
  help: 'says it to everyone in the room',
  pipelined: true,
  run: (here: Talker, words) => here.say(words, false),
});

const me = defineCommand({
  name: 'me',
  aliases: ['/me'],
  parameters: [text],
  help: 'shows what you do, as in - me waves',
  pipelined: true,
  run: (here: Talker, words) => here.say(words, true),
});

const msg = defineCommand({
  name: 'msg',
  parameters: [nick, text],
  help: 'tells one person something that nobody else sees',
  run: (here: Talker, to, words) => here.whisper(to, words),
});

const history = defineCommand({
  name: 'history',
  parameters: [{ name: 'N', takes: 'count', optional: true }],
  help: 'shows the last things said in this room',
  run: async (here: Talker, count) => {
    const lines = await here.history(count);
    if (lines.length === 0) throw new CommandError('Nothing was said here yet');
    here.reply(lines);
  },
});

const rename = defineCommand({
  name: 'nick',
  parameters: [{ name: 'NICK', takes: 'text' }],
  help: 'changes your name',
  run: (here: Talker, name) => here.rename(name),
});

/** What can be typed wherever people talk. */
export const talkCommands: readonly Command<Talker>[] = [say, me, msg, history, rename];

/** What can be typed in a chat room. */
export const participantCommands: readonly Command<Participant>[] = [
  say,
  me,
  msg,
  defineCommand({
    name: 'look',
    parameters: [],
    help: 'lists who is in this room',
    run: async (here: Participant) => here.reply(await here.peopleHere()),
  }),
  defineCommand({
    name: 'who',
    parameters: [],
    help: 'lists who is logged in',
    run: async (here: Participant) => here.reply(await here.people()),
  }),
  defineCommand({
    name: 'rooms',
    parameters: [],
    help: 'lists the rooms',
    run: (here: Participant) => here.reply(here.rooms().map(toRoomLine)),
  }),
  defineCommand({
    name: 'join',
    parameters: [{ name: 'ROOM', takes: 'word' }],
    help: 'goes to another room',
    run: (here: Participant, room) => here.join(room),
  }),
  defineCommand({
    name: 'block',
    parameters: [nick],
    help: 'refuses private messages of one person, or of all',
    run: (here: Participant, name) => here.block(name),
  }),
  defineCommand({
    name: 'unblock',
    parameters: [nick],
    help: 'takes them again',
    run: (here: Participant, name) => here.unblock(name),
  }),
  history,
  rename,
  logout,
];

function toRoomLine(room: ReturnType<Participant['rooms']>[number]): string {
  const people = room.people === 1 ? '1 person' : `${room.people} people`;
  return `${room.name} (${people})${room.here ? ' - you are here' : ''}`;
}
