/**
 * How a client's session is made from an account's settings, and how a run that used it ends: the same for the client
 * in rooms and for the club.
 */
import { readFile } from 'node:fs/promises';
import { toError, type Clock } from '../../hub/clock.ts';
import { AccountError, HutongError } from '../../hub/errors.ts';
import type { AccountPort, AccountStore } from '../../hub/network.ts';
import type { XmlElement } from '../../wire/xmpp/element.ts';
import type { Handled } from '../../wire/xmpp/inbound.ts';
import { parseJid } from '../../wire/xmpp/jid.ts';
import { XmppSession } from '../../wire/xmpp/session.ts';
import type { XmppConfig } from './config.ts';

/**
 * How much may wait for the server's acknowledgement: about what a server that takes 10 kB/s, a common limit, takes
 * in the time that a send has.
 */
const UNACKNOWLEDGED_BYTES = 256 * 1024;
/** How long the server may take to answer the session's own sign of life, and how many such silences make up `aliveMs`. */
export const ALIVE_ANSWER_MS = 20_000;
const SILENCES = 2;
/** How long the account keeps away when another client has taken its place. */
export const CONFLICT_PAUSE_MS = 2 * 60_000;
export const CONFLICT_MESSAGE = 'another client has taken this one’s place; give each its own resource';
const RESOURCE_KEY = 'resource';

export interface ClientSessionNeeds {
  config: XmppConfig;
  clock: Clock;
  store: AccountStore;
  /** The port of the run that now is. */
  port(): AccountPort | undefined;
  onStanza(stanza: XmlElement): Handled | Promise<Handled>;
  /** See the session's. */
  onReading?(this: void, isReading: boolean): void;
}

/** @throws AccountError when a file of the settings cannot be read */
export async function createClientSession(needs: ClientSessionNeeds): Promise<XmppSession> {
  const { jid, password, server, caFile, keepaliveMs } = needs.config;
  const { onReading } = needs;
  const ca = caFile === undefined ? undefined : await readCa(caFile);
  const resource = needs.config.resource ?? (parseJid(jid).resource || (await ownResource(needs)));
  return new XmppSession({
    jid,
    password,
    resource,
    ...(server && { server }),
    ...(ca !== undefined && { ca }),
    limits: { unacknowledgedBytes: UNACKNOWLEDGED_BYTES },
    timeouts: { idleMs: keepaliveMs, aliveMs: ALIVE_ANSWER_MS },
    onStanza: (stanza) => needs.onStanza(stanza),
    onActivity: () => needs.port()?.alive(),
    ...(onReading && { onReading }),
    log: (level, event, fields) => needs.port()?.log[level](fields, event),
  });
}

/** The silence after which a connection with this keepalive is not believed any more, milliseconds. */
export function toAliveMs(keepaliveMs: number): number {
  return SILENCES * (keepaliveMs + ALIVE_ANSWER_MS);
}

/**
 * Ends the run's connection: with a goodbye if it is ended on purpose; one that is silent or broken may be resumed.
 */
export async function endConnection(session: XmppSession, signal: AbortSignal): Promise<void> {
  if (signal.aborted && !isSilence(signal.reason)) await session.close();
  else if (session.connected) {
    session.drop();
    await session.ended;
  }
}

/** Rejects as soon as the signal is aborted, with its reason. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(toError(signal.reason));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
  });
}

/**
 * Always the same resource for this account of this hub: when it is bound anew the server ends the old session at
 * once, so that nothing the hub sent before it was killed can still arrive after the archive was searched for it.
 */
async function ownResource({ clock, store }: ClientSessionNeeds): Promise<string> {
  const known = await store.get(RESOURCE_KEY);
  if (known !== undefined) return known;
  // The whole of the id: its end alone is the same for all accounts of this process.
  const made = `hutong-${clock.id()}`;
  await store.set(RESOURCE_KEY, made);
  return made;
}

/** The certificates of `tls: { ca }`. @throws AccountError when the file cannot be read */
export async function readCa(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new AccountError('account-setup', `tls.ca: ${file} cannot be read: ${toError(error).message}`, {
      cause: error,
    });
  }
}

/** Whether a run was ended because nothing was heard, not on purpose. */
export function isSilence(reason: unknown): boolean {
  return reason instanceof HutongError && reason.code === 'account-silent';
}
