// Message archives: one page of an archive at a time, as its owner wants it. Results come as messages before the
// answer; they are taken out of the stream here, so that nobody mistakes them for live ones.
import { xml, type XmlElement } from './element.ts';
import { IqError, IqTimeout, XmppError } from './errors.ts';
import type { AskOptions } from './iq.ts';
import { toJid } from './jid.ts';
import { NS } from './namespaces.ts';
import { readDelay, toTimestamp } from './stanza-ids.ts';
import type { XmppSession } from './session.ts';

/** @see XEP-0313 */
export const MAM_NS = 'urn:xmpp:mam:2';
/** @see XEP-0059 */
const RSM_NS = 'http://jabber.org/protocol/rsm';

/** The most results taken for one page, whatever was asked for: an archive that sends more is not believed. */
const PAGE_LIMIT = 1000;

/** What to read of an archive. Without `after` and `before`: from its beginning. */
export interface ArchiveQuery {
  /** Results behind this id. */
  readonly after?: string;
  /** Results before this id, the last ones first in line; '' for the archive's end. */
  readonly before?: string;
  /** Not older than this, milliseconds since the epoch. */
  readonly startMs?: number;
  /** Not younger than this, milliseconds since the epoch. */
  readonly endMs?: number;
  /** Only what was said with this address. */
  readonly with?: string;
  /** At most so many results; the archive may give fewer. */
  readonly max: number;
}

export interface ArchivedMessage {
  /** The archive's id of it: for a room the message's stanza-id. */
  readonly id: string;
  /** When it was archived, milliseconds since the epoch; undefined where the archive does not say. */
  readonly atMs: number | undefined;
  readonly message: XmlElement;
}

export interface ArchivePage {
  /** Oldest first. */
  readonly items: readonly ArchivedMessage[];
  /** There is nothing more in this direction. */
  readonly complete: boolean;
  /** Where the next page starts; undefined for an empty page. */
  readonly last: string | undefined;
}

let queries = 0;

/**
 * Reads one page of the archive of `archive`, a bare JID.
 *
 * @throws IqError (`item-not-found`: the archive does not have the id in `after` or `before` any more), IqTimeout,
 *   XmppError as {@link XmppSession.iq}
 * @see XEP-0313 §4
 */
export async function readArchive(
  session: Pick<XmppSession, 'iq'>,
  archive: string,
  query: ArchiveQuery,
  options: AskOptions,
): Promise<ArchivePage> {
  queries += 1;
  const queryId = `q${queries.toString(36)}`;
  const items: ArchivedMessage[] = [];
  const collect = (message: XmlElement): boolean => {
    const result = message.child('result', MAM_NS);
    const from = message.attr('from');
    // Prosody leaves out who the own account's archive is; nobody but the server can do that.
    const isFromArchive = from === undefined || toJid(from)?.toString() === archive;
    if (result?.attr('queryid') !== queryId || !isFromArchive) return false;
    const item = readResult(result);
    if (item && items.length < PAGE_LIMIT) items.push(item);
    return true;
  };
  const answer = await session.iq(toRequest(archive, queryId, query), { ...options, collect });
  const fin = answer.child('fin', MAM_NS);
  if (!fin) throw new XmppError('xmpp-protocol-violation', `${archive} answered without the end of the page`);
  const last = fin.child('set', RSM_NS)?.childText('last') ?? items.at(-1)?.id;
  return { items, complete: fin.attr('complete') === 'true' || last === undefined, last };
}

/**
 * Whether the own account's archive keeps every message; undefined where the server does not tell.
 *
 * @throws XmppError as {@link XmppSession.iq}
 * @see XEP-0441
 */
export async function queryKeepsAll(
  session: Pick<XmppSession, 'iq'>,
  options: AskOptions,
): Promise<boolean | undefined> {
  try {
    const answer = await session.iq(xml('iq', { type: 'get' }, xml('prefs', { xmlns: MAM_NS })), options);
    const prefs = answer.child('prefs', MAM_NS);
    const kept = prefs?.attr('default');
    return kept === undefined ? undefined : kept === 'always' && !prefs?.child('never')?.elements().length;
  } catch (error) {
    if (error instanceof IqError || error instanceof IqTimeout) return undefined;
    throw error;
  }
}

function toRequest(archive: string, queryId: string, query: ArchiveQuery): XmlElement {
  const filters = [
    toField('with', query.with),
    toField('start', query.startMs === undefined ? undefined : toTimestamp(query.startMs)),
    toField('end', query.endMs === undefined ? undefined : toTimestamp(query.endMs)),
  ].filter((field) => field !== undefined);
  const formType = xml('field', { var: 'FORM_TYPE', type: 'hidden' }, xml('value', {}, MAM_NS));
  const form =
    filters.length === 0 ? undefined : xml('x', { xmlns: NS.dataForm, type: 'submit' }, formType, ...filters);
  const page = xml(
    'set',
    { xmlns: RSM_NS },
    xml('max', {}, String(query.max)),
    query.after === undefined ? undefined : xml('after', {}, query.after),
    query.before === undefined ? undefined : xml('before', {}, query.before),
  );
  return xml(
    'iq',
    { to: archive, type: 'set' },
    xml('query', { xmlns: MAM_NS, queryid: queryId }, form, page),
  );
}

function toField(name: string, value: string | undefined): XmlElement | undefined {
  return value === undefined ? undefined : xml('field', { var: name }, xml('value', {}, value));
}

function readResult(result: XmlElement): ArchivedMessage | undefined {
  const id = result.attr('id');
  const forwarded = result.child('forwarded', NS.forward);
  const message = forwarded?.child('message', NS.client);
  if (!id || !forwarded || !message) return undefined;
  return { id, atMs: readDelay(forwarded)?.atMs, message };
}
