/** `search`: finds messages by their words; Chinese needs no spaces. */
import type { HubEvent } from '../hub/event.ts';
import type { Configuration } from '../config/configuration.ts';
import { didYouMean } from '../config/nearest.ts';
import { splitRoomRef, toPlainText, toRoomRef, type RoomRef } from '../hub/message.ts';
import { withJournal } from './beside.ts';
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
  const limit = parseLimit(optionValue(context.options, 'limit'));
  const found = await withJournal(context, (journal, configuration) =>
    journal.search({
      text: context.words.join(' '),
      limit,
      ...(written === undefined ? {} : { room: resolveRoom(written, configuration) }),
    }),
  );
  for (const event of found) context.shell.out(`${toLine(event)}\n`);
  if (found.length === 0) context.shell.err('Nothing was found.\n');
  return 0;
}

function parseLimit(text: string | undefined): number {
  const limit = text === undefined ? defaultLimit : Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= limitBound) return limit;
  throw new UsageError(`--limit is a whole number from 1 to ${limitBound}, not "${text}"`);
}

/** The room by its stable id, as links resolve it too. */
function resolveRoom(written: string, configuration: Configuration): RoomRef {
  const { account, room } = splitRoomRef(written as RoomRef);
  const configured = configuration.accounts.find(({ id }) => id === account);
  if (!written.includes('/') || !configured) {
    const ids = configuration.accounts.map(({ id }) => id);
    throw new UsageError(
      `--room is ACCOUNT/ROOM, with an account of the configuration, not "${written}".${didYouMean(account, ids)}`,
    );
  }
  try {
    const network = configured.kind.open(account, configured.config);
    return toRoomRef(account, network.parseRoom?.(room) ?? room);
  } catch {
    // Not a room of today's configuration, but the journal may still hold what was said there.
    return written as RoomRef;
  }
}

function toLine(event: HubEvent): string {
  const said =
    event.kind === 'message' ? `${event.sender.name}: ${toPlainText(event.body)}` : `(${event.kind})`;
  return `${formatTime(event.at)}  ${toTerminalLine(event.room)}  ${toTerminalLine(said)}`;
}
