/**
 * What can be asked of a component and done with it, defined once: its people type it in a chat, or fill it into a form.
 */
import { CommandError, CommandSet, defineCommand, type Command, type Place } from '../../../hub/commands.ts';
import { RequestError } from '../../../hub/errors.ts';
import type { LinkDesk, LinkProposal } from '../../../hub/link-desk.ts';
import { splitRoomRef, toRoomRef } from '../../../hub/message.ts';
import type { Neighbourhood } from '../../../hub/network.ts';
import { toTerminalLine } from '../../../wire/telnet/terminal-text.ts';
import { parseRoomName } from '../room-name.ts';

/** Names shown of one room; the rest is counted. */
const NAMES_LIMIT = 200;
/** Lines of one answer. */
const LINES_LIMIT = 500;

/** Where the commands work. */
export interface BridgePlace extends Place {
  readonly desk: LinkDesk;
  /** Who asks may know how things are set up, addresses included. */
  readonly isAdmin: boolean;
  /** Makes a change, or shows first what it would do. Rejects with a `CommandError`. */
  change(proposal: LinkProposal): Promise<void>;
}

/** A command as it is offered. */
export interface BridgeCommand {
  readonly command: Command<BridgePlace>;
  readonly isForAdmins: boolean;
  /** What can be chosen for a parameter, by its name. */
  readonly choices?: Readonly<Record<string, Choices>>;
}

export interface Choices {
  /** Something else can be meant, too. */
  readonly open: boolean;
  from(desk: LinkDesk): Promise<readonly string[]> | readonly string[];
}

const room = { name: 'ROOM', takes: 'word' } as const;
const ownRooms: Choices = { open: false, from: listOwnRooms };

export const bridgeCommands: readonly BridgeCommand[] = [
  {
    isForAdmins: false,
    command: defineCommand({
      name: 'rooms',
      parameters: [],
      help: 'lists the linked rooms',
      run: (here: BridgePlace) => {
        const links = here.desk.links();
        if (links.length === 0) return here.reply(['No room is linked yet.']);
        here.reply(
          links
            .map(({ name, rooms }) => `${toTerminalLine(name)}: ${rooms.map(describeRoom).join(' - ')}`)
            .slice(0, LINES_LIMIT),
        );
      },
    }),
  },
  {
    isForAdmins: false,
    choices: { ROOM: ownRooms },
    command: defineCommand({
      name: 'who',
      parameters: [{ ...room, optional: true }],
      help: 'lists who is in the linked rooms, or in those linked with one room',
      run: (here: BridgePlace, name) => {
        const { desk } = here;
        const wanted = name === undefined ? undefined : toRoomRef(desk.account, toRoom(name));
        const links = desk
          .links()
          .filter(({ rooms }) => wanted === undefined || rooms.some((each) => each.room === wanted));
        if (links.length === 0) throw new CommandError(`${name ?? 'No room'} is not linked.`);
        const places = new Map(links.flatMap(({ rooms }) => rooms.map((each) => [each.room, each])));
        here.reply([...places.values()].map(listPeople).slice(0, LINES_LIMIT));
      },
    }),
  },
  {
    isForAdmins: false,
    command: defineCommand({
      name: 'state',
      aliases: ['accounts'],
      parameters: [],
      help: 'tells how the accounts of the bridge do',
      run: (here: BridgePlace) =>
        here.reply(
          here.desk.accounts().map(({ id, kind, state, waiting }) => {
            const queue = waiting === 0 ? '' : `, ${waiting} waiting`;
            const why =
              here.isAdmin && state.message !== undefined ? ` - ${toTerminalLine(state.message)}` : '';
            return `${id} (${kind}): ${state.phase}${queue}${why}`;
          }),
        ),
    }),
  },
  {
    isForAdmins: true,
    choices: {
      TARGET: {
        open: true,
        from: async (desk) => [...(await desk.rooms()), ...desk.links().map(({ name }) => name)],
      },
    },
    command: defineCommand({
      name: 'link',
      parameters: [room, { name: 'TARGET', takes: 'text' }],
      help: 'links ROOM (room@chat-service) with TARGET: ACCOUNT/ROOM of another account, or the name of a link',
      run: async (here: BridgePlace, name, target) =>
        here.change(await propose(() => here.desk.join(toRoom(name), target))),
    }),
  },
  {
    isForAdmins: true,
    choices: {
      ROOM: ownRooms,
      LINK: { open: false, from: (desk) => desk.links().map(({ name }) => name) },
    },
    command: defineCommand({
      name: 'unlink',
      parameters: [room, { name: 'LINK', takes: 'text', optional: true }],
      help: 'takes ROOM out of the link that it is in',
      run: async (here: BridgePlace, name, link) =>
        here.change(await propose(() => here.desk.part(toRoom(name), link))),
    }),
  },
];

/** The linked rooms of the account itself, as people on XMPP know them. */
export function listOwnRooms(desk: LinkDesk): string[] {
  const refs = desk.links().flatMap(({ rooms }) => rooms.map((each) => splitRoomRef(each.room)));
  return [...new Set(refs.flatMap((ref) => (ref.account === desk.account ? ref.room : [])))];
}

/** What somebody may type. */
export function toCommandSet(isAdmin: boolean): CommandSet<BridgePlace> {
  return new CommandSet(
    bridgeCommands.filter(({ isForAdmins }) => isAdmin || !isForAdmins).map(({ command }) => command),
  );
}

/** A change that can be made. What cannot be is told in words. */
async function propose(ask: () => Promise<LinkProposal>): Promise<LinkProposal> {
  let proposal: LinkProposal;
  try {
    proposal = await ask();
  } catch (error) {
    if (error instanceof RequestError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
  if (proposal.problems.length > 0) throw new CommandError(proposal.problems.join('\n'));
  if (proposal.difference.length === 0) throw new CommandError('Nothing would change by that.');
  return proposal;
}

function toRoom(name: string): string {
  try {
    return parseRoomName(name);
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function describeRoom({ room: ref, online, members }: Neighbourhood): string {
  if (!online) return `${toTerminalLine(ref)} (not connected)`;
  return `${toTerminalLine(ref)} (${members.length === 1 ? '1 person' : `${members.length} people`})`;
}

function listPeople({ room: ref, online, members }: Neighbourhood): string {
  if (!online) return `${toTerminalLine(ref)}: not connected`;
  const names = members.slice(0, NAMES_LIMIT).map(({ name }) => toTerminalLine(name));
  const more = members.length - names.length;
  return `${toTerminalLine(ref)}: ${names.length === 0 ? 'nobody' : names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
