/** What the tests of the whole bridge share: its configuration, and the view of its journal. */
import type { HubEvent } from '../../src/hub/event.ts';
import { toPlainText } from '../../src/hub/message.ts';
import type { JournalReader } from '../../src/engines/sqlite/sqlite-reader.ts';
import type { XmppServer } from '../servers/xmpp-server.ts';
import { PASSWORD } from './bridge-guest.ts';

const JOURNAL_PAGE = 500;
const ASK_EVERY_MS = 25;
const EVENTUALLY_MS = 240_000;

/** What the hubs of these tests have in their environment. */
export const ENVIRONMENT = { XMPP_PASSWORD: PASSWORD };

/** A line of hutong.yaml: an account on a server, right unless it is told what shall be wrong with it. */
export function toAccount(
  name: string,
  { domain, port, caPath }: XmppServer,
  wrong: { password?: string; tls?: string } = {},
): string {
  const { password = '${XMPP_PASSWORD}', tls = `tls: { ca: "${caPath}" }` } = wrong;
  const more = tls === '' ? '' : `, ${tls}`;
  return `  ${name}: { network: xmpp, jid: bridge@${domain}, password: "${password}", nick: hutong, server: "xmpp://127.0.0.1:${port}"${more} }\n`;
}

/** A hutong.yaml with the house, an account on each server, more lines of accounts, and links. Ports are any free ones. */
export function toYaml(
  servers: Readonly<Record<string, XmppServer>>,
  links: readonly (readonly string[])[],
  more = '',
): string {
  const accounts = Object.entries(servers).map(([name, server]) => toAccount(name, server));
  const linked = links.map((rooms, index) => `  - { name: link${index}, rooms: [${rooms.join(', ')}] }\n`);
  return `http: { listen: "127.0.0.1:0" }
accounts:
  house: { network: house, name: Hutong, rooms: [lobby, tea], telnet: { listen: "127.0.0.1:0" } }
${accounts.join('')}${more}links:${links.length === 0 ? ' []' : ''}
${linked.join('')}`;
}

/** What was said in a room, by the journal, in its order. */
export async function journaled(journal: JournalReader, room: `${string}/${string}`): Promise<string[]> {
  const texts: string[] = [];
  for (let after = 0; ;) {
    const page = await journal.read(after, { rooms: [room], kinds: ['message'] }, JOURNAL_PAGE);
    texts.push(...page.events.map(toText));
    if (page.events.length === 0) return texts;
    after = page.next;
  }
}

/** Whether every delivery has gone out. */
export async function isDelivered(journal: JournalReader): Promise<boolean> {
  const open = await journal.deliveries({ states: ['pending', 'sending', 'unknown', 'parked'] }, 0, 1);
  return open.length === 0;
}

/** What has not gone out, for whoever waits for it in vain. */
export async function openDeliveries(journal: JournalReader): Promise<string> {
  const open = await journal.deliveries({ states: ['pending', 'sending', 'unknown', 'parked'] }, 0, 500);
  const first = open.slice(0, 5).map(({ id, lane, state, attempts, reason }) => {
    return `${lane} ${id} ${state}, ${attempts} tries${reason === undefined ? '' : `: ${reason}`}`;
  });
  return [`${open.length} deliveries are open`, ...first].join('\n');
}

/** Waits for something that can only be asked for again and again. Rejects when it does not come. */
export async function eventually(
  what: string | (() => Promise<string>),
  isSo: () => boolean | Promise<boolean>,
  limitMs = EVENTUALLY_MS,
): Promise<void> {
  const deadlineMs = performance.now() + limitMs;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) {
      throw new Error(`not within ${limitMs} ms: ${typeof what === 'string' ? what : await what()}`);
    }
    await delay(ASK_EVERY_MS);
  }
}

/** Says one message after the other, with pauses, until it is stopped. Answers how many were said. */
export async function keepSaying(
  everyMs: number,
  signal: AbortSignal,
  say: (number: number) => void | Promise<void>,
): Promise<number> {
  for (let number = 0; ; number += 1) {
    if (signal.aborted) return number;
    await say(number);
    await delay(everyMs);
  }
}

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function toText(event: HubEvent): string {
  return event.kind === 'message' ? toPlainText(event.body) : '';
}
