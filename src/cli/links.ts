/** `links`: which rooms are joined, and what waits or is stuck on the way to them. */
import type { DeliveryState } from '../hub/journal.ts';
import type { Link, LinkDirection } from '../hub/links.ts';
import type { RoomRef } from '../hub/message.ts';
import { locateWithoutSecrets, withJournalIfThere } from './beside.ts';
import type { Command, CommandContext, JournalBeside } from './command.ts';
import { toTerminalLine } from './print.ts';

export const linksCommand: Command = {
  name: 'links',
  summary: 'Lists the links, with what waits or is stuck on the way to their rooms',
  run: listLinks,
};

const arrows: Readonly<Record<LinkDirection, string>> = { both: '↔', 'from-first': '→', 'to-first': '←' };
/** More than this are told as "1000+". */
const countLimit = 1_000;

async function listLinks(context: CommandContext): Promise<number> {
  const { configuration } = await locateWithoutSecrets(context);
  if (configuration.links.length === 0)
    context.shell.err('There are no links; hutong.example.yaml shows one.\n');
  await withJournalIfThere(context, configuration, async (journal) => {
    for (const link of configuration.links) context.shell.out(await describe(link, journal));
  });
  return 0;
}

async function describe(link: Link, journal: JournalBeside | undefined): Promise<string> {
  const [first, ...others] = link.rooms;
  const lines = [
    `${toTerminalLine(link.name)}: ${[first, arrows[link.direction], others.join(', ')].join(' ')}\n`,
  ];
  for (const room of journal ? link.rooms : []) {
    const waiting = await count(journal!, room, ['pending', 'sending']);
    const stuck = await count(journal!, room, ['parked', 'unknown']);
    if (waiting !== '0' || stuck !== '0')
      lines.push(`  ${room}: ${waiting} waiting, ${stuck} parked or unknown\n`);
  }
  return lines.join('');
}

async function count(
  journal: JournalBeside,
  lane: RoomRef,
  states: readonly DeliveryState[],
): Promise<string> {
  const found = await journal.deliveries({ states, lane }, 0, countLimit);
  return found.length === countLimit ? `${countLimit}+` : String(found.length);
}
