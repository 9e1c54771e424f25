/** `deliveries`: what did not arrive, and why. */
import type { Delivery } from '../hub/journal.ts';
import { toPlainText } from '../hub/message.ts';
import { requireAccount } from './accounts.ts';
import { readJournal } from './beside.ts';
import type { Command, CommandContext } from './command.ts';
import { formatTime, toTerminalLine } from './print.ts';

const limit = 1_000;
/** As much of a message as is shown. */
const excerptLength = 60;

export const deliveriesCommand: Command = {
  name: 'deliveries',
  summary: 'Lists deliveries that are parked, or whose outcome is unknown, with the reason',
  options: { account: { value: 'ACCOUNT', help: 'only those to this account' } },
  run: listDeliveries,
};

async function listDeliveries(context: CommandContext): Promise<number> {
  const account = context.options.get('account')?.[0];
  const found = await readJournal(context, async (journal, { accounts }) => {
    const filter = { states: ['parked', 'unknown'] as const, ...(account === undefined ? {} : { account }) };
    const deliveries = await journal.deliveries(filter, 0, limit);
    // One that was removed may still have some: those of any other name are a slip.
    if (account !== undefined && deliveries.length === 0) requireAccount(account, accounts);
    return deliveries;
  });
  for (const delivery of found) context.shell.out(`${toLine(delivery)}\n`);
  if (found.length === 0) context.shell.err('None is parked or unknown.\n');
  if (found.length === limit) context.shell.err(`There may be more: only the first ${limit} are shown.\n`);
  return 0;
}

function toLine({ id, lane, state, reason, changedAt, event }: Delivery): string {
  const text =
    event.kind === 'message' || event.kind === 'edit' ? toPlainText(event.body) : `(${event.kind})`;
  const excerpt = text.length > excerptLength ? `${text.slice(0, excerptLength)}…` : text;
  const why = reason === undefined ? '' : ` (${reason})`;
  return toTerminalLine(`${id}  ${formatTime(changedAt)}  ${lane}  ${state}${why}: ${excerpt}`);
}
