/** `search`: finds messages by their words; Chinese needs no spaces. */
import type { HubEvent } from '../hub/event.ts';
import type { AccountConfiguration } from '../config/configuration.ts';
import { toError } from '../hub/clock.ts';
import { RequestError } from '../hub/errors.ts';
import { splitRoomRef, toPlainText, toRoomRef, type RoomRef } from '../hub/message.ts';
import { requireAccount } from './accounts.ts';
import { readJournal } from './beside.ts';
import { optionValue, UsageError, type Command, type CommandContext } from './command.ts';
import { formatTime, toTerminalLine } from './print.ts';

const defaultLimit = 20;
const limitBound = 1_000;

export const searchCommand: Command = {
  name: 'search',
  words: 'WORDS…',
  minWords: 1,
  maxWords: 100,
  summary: 'Finds messages that hold all the words, newest first',
  options: {
    room: { value: 'ACCOUNT/ROOM', help: 'only what was said or delivered there' },
    limit: { value: 'N', help: `how many at most; ${defaultLimit} if not said` },
  },
  run: search,
};

async function search(context: CommandContext): Promise<number> {
  const written = optionValue(context.options, 'room');
  if (written !== undefined && !/^[^/]+\/./s.test(written)) {
    throw new UsageError(`--room is ACCOUNT/ROOM, as in house/lobby, not "${written}"`);
  }
  const limit = parseLimit(optionValue(context.options, 'limit'));
  const text = context.words.join(' ');
  const found = await readJournal(context, async (journal, { accounts }) => {
    if (written === undefined) return journal.search({ text, limit });
    const room = resolveRoom(written, accounts);
    const events = await journal.search({
      text,
      limit,
      room: room instanceof Error ? (written as RoomRef) : room,
    });
    // The journal may still hold what was said in a room that is no longer configured; of none it holds nothing.
    if (room instanceof Error && events.length === 0) throw room;
    return events;
  });
  for (const event of found) context.shell.out(`${toLine(event)}\n`);
  if (found.length === 0) context.shell.err('Nothing was found.\n');
  return 0;
}

function parseLimit(text: string | undefined): number {
  const limit = text === undefined ? defaultLimit : Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= limitBound) return limit;
  throw new UsageError(`--limit is a whole number from 1 to ${limitBound}, not "${text}"`);
}

/** The room by its stable id, as links resolve it too; or why today's configuration has no such room. */
function resolveRoom(written: string, accounts: readonly AccountConfiguration[]): RoomRef | RequestError {
  const { account, room } = splitRoomRef(written as RoomRef);
  try {
    const { kind, config } = requireAccount(account, accounts);
    return toRoomRef(account, kind.open(account, config).parseRoom?.(room) ?? room);
  } catch (error) {
    if (error instanceof RequestError) return error;
    return new RequestError('room-unknown', toError(error).message, { cause: error });
  }
}

function toLine(event: HubEvent): string {
  const said =
    event.kind === 'message' ? `${event.sender.name}: ${toPlainText(event.body)}` : `(${event.kind})`;
  return `${formatTime(event.at)}  ${toTerminalLine(event.room)}  ${toTerminalLine(said)}`;
}
