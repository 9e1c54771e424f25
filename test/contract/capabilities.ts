/**
 * The table of docs/capabilities.md, made from what each network's session proves that it can do. The network
 * contract checks it, and writes it anew when UPDATE_DOCS is set.
 */
import { readFile, writeFile } from 'node:fs/promises';
import type { Session } from '../../src/hub/network.ts';

const page = new URL('../../docs/capabilities.md', import.meta.url);

/** One network's line of the table. */
export function toCapabilityRow(network: string, { actions, carries, limits }: Session): string {
  const cells = [
    mark(actions.edit !== undefined),
    mark(actions.recall !== undefined),
    mark(actions.react !== undefined),
    mark(actions.rename !== undefined),
    mark(actions.find !== undefined),
    mark(actions.members !== undefined),
    mark(actions.direct !== undefined),
    mark(actions.answer !== undefined),
    mark(carries.includes('author')),
    mark(carries.includes('reply')),
    mark(carries.includes('action')),
    mark(carries.includes('image')),
    mark(carries.includes('forward')),
    mark(carries.includes('place')),
    limits.textBytes.toLocaleString('en'),
    String(limits.sendsUnderWay),
  ];
  return `| ${[network, ...cells].join(' | ')} |`;
}

function mark(has: boolean): string {
  return has ? 'yes' : '–';
}

/** The network's line as the page has it, after it has been brought up to date if that is asked for. */
export async function documentedRow(network: string, row: string): Promise<string | undefined> {
  const text = await readFile(page, 'utf8');
  const known = text.split('\n').find((line) => line.startsWith(`| ${network} |`));
  if (process.env['UPDATE_DOCS'] === undefined || known === row) return known;
  const updated = known === undefined ? `${text.trimEnd()}\n${row}\n` : text.replace(known, () => row);
  await writeFile(page, updated);
  return row;
}
