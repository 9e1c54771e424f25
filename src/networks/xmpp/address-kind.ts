/**
 * Whether an address is a room's or somebody's: both look the same.
 */
import { queryDiscoInfo } from '../../wire/xmpp/disco-query.ts';
import { IqError } from '../../wire/xmpp/errors.ts';
import { toJid } from '../../wire/xmpp/jid.ts';
import type { Connection } from './connection.ts';
import { notSent } from './failures.ts';

/** `nothing`: there is no such room at a service that has rooms. */
export type AddressKind = 'room' | 'person' | 'nothing';

const ASK_TIMEOUT_MS = 20_000;

/** Conditions that say nothing about an address, only that its server does not answer now, or not to us. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  'remote-server-not-found',
  'remote-server-timeout',
  'not-allowed',
  'internal-server-error',
  'resource-constraint',
]);

/**
 * Asks what a bare address is, and where it does not tell, what its server is.
 *
 * @throws DeliveryError (not sent) when it cannot be told now
 */
export async function askKind(connection: Connection, jid: string): Promise<AddressKind> {
  const told = await ask(connection, jid);
  if (told instanceof Set) return isConference(told) ? 'room' : 'person';
  const service = await ask(connection, toJid(jid)?.domain ?? jid);
  // People's servers do not tell strangers about them.
  if (!(service instanceof Set) || !isConference(service)) return 'person';
  return told === 'item-not-found' ? 'nothing' : 'room';
}

/** The identities of an entity, or the condition of its refusal. @throws DeliveryError */
async function ask({ stream, signal }: Connection, jid: string): Promise<ReadonlySet<string> | string> {
  try {
    return (await queryDiscoInfo(stream, jid, { timeoutMs: ASK_TIMEOUT_MS, signal })).identities;
  } catch (error) {
    if (!(error instanceof IqError)) throw notSent(`${jid} does not tell what it is`, error);
    if (UNREACHABLE.has(error.condition)) throw notSent(`the server of ${jid} cannot be reached`, error);
    return error.condition;
  }
}

function isConference(identities: ReadonlySet<string>): boolean {
  return [...identities].some((identity) => identity.startsWith('conference/'));
}
