// Message archives: what was said while one was away. Reading one page is mam.ts's; here pages follow each other, and an
// archive's preferences are read and set.
import { readArchive, MAM_NS, type ArchivedMessage, type ArchivePage, type ArchiveQuery } from '../mam.ts';
import { defineStanza } from '../stanza/define.ts';
import { attribute, child, computed } from '../stanza/field.ts';
import { dateTime, oneOf } from '../stanza/codec.ts';
import { Iq } from '../stanza/iq.ts';
import { xml, XmlElement } from '../element.ts';
import { XmppError } from '../errors.ts';
import { toJid, type Jid } from '../jid.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import type { Stanza } from '../stanza/stanza.ts';
import { ask, contentOf, type Address, type AskOptions } from './ask.ts';

const PAGE_MESSAGES = 50;

/** A list of addresses in an element of this name. */
function addresses(name: string) {
  const isList = (node: unknown): node is XmlElement => node instanceof XmlElement && node.is(name, MAM_NS);
  return computed<readonly Jid[]>({
    get: (stanza) =>
      stanza.nodes
        .filter(isList)
        .flatMap((list) => list.elements('jid'))
        .flatMap((each) => toJid(each.text()) ?? []),
    set: (stanza, list) =>
      stanza.editNodes((nodes) => [
        ...nodes.filter((node) => !isList(node)),
        xml(name, { xmlns: MAM_NS }, ...list.map((jid) => xml('jid', {}, String(jid)))),
      ]),
    remove: (stanza: Stanza) => stanza.editNodes((nodes) => nodes.filter((node) => !isList(node))),
  });
}

/** What an archive keeps. @see XEP-0441 §2 */
export const ArchivePreferences = defineStanza({
  name: 'prefs',
  namespace: MAM_NS,
  plugin: 'mam_prefs',
  interfaces: {
    default: attribute(oneOf('always', 'never', 'roster')),
    always: addresses('always'),
    never: addresses('never'),
  },
});

const createBorder = (name: string) =>
  defineStanza({ name, namespace: MAM_NS, interfaces: { id: attribute(), timestamp: attribute(dateTime) } });
const ArchiveStart = createBorder('start');
const ArchiveEnd = createBorder('end');

/** The first and the last message of an archive. @see XEP-0313 §5 */
export const ArchiveMetadata = defineStanza({
  name: 'metadata',
  namespace: MAM_NS,
  plugin: 'mam_metadata',
  interfaces: { start: child(ArchiveStart), end: child(ArchiveEnd) },
});

/** Which messages of an archive are wanted. */
export interface HistoryQuery extends AskOptions {
  /** A room or another archive; undefined is the own account's. */
  readonly archive?: Address;
  /** Only what was said with this address. */
  readonly with?: Address;
  /** Behind this id of the archive, or not older than this, in milliseconds since the epoch. */
  readonly after?: string;
  readonly startMs?: number;
  /** Not younger than this. */
  readonly endMs?: number;
  /** Messages on a page. Default 50. */
  readonly pageSize?: number;
}

/** Message archives. @see XEP-0313 */
export const Mam = definePlugin({
  name: 'xep_0313',
  description: 'Message archives',
  init({ client, registerStanza }) {
    registerStanza(Iq, ArchivePreferences);
    registerStanza(Iq, ArchiveMetadata);

    const page = async (
      {
        archive,
        with: peer,
        pageSize = PAGE_MESSAGES,
        from,
        timeoutMs,
        signal,
        after,
        startMs,
        endMs,
      }: HistoryQuery,
      before?: string,
    ): Promise<ArchivePage> => {
      const owner = archive === undefined ? client.jid?.bare.toString() : String(archive);
      if (owner === undefined)
        throw new XmppError('xmpp-not-connected', 'there is no account to read the archive of');
      const query: ArchiveQuery = {
        max: pageSize,
        ...(after !== undefined && { after }),
        ...(before !== undefined && { before }),
        ...(startMs !== undefined && { startMs }),
        ...(endMs !== undefined && { endMs }),
        ...(peer !== undefined && { with: String(peer) }),
      };
      // The timeout is the toolkit's where none is given, as for every request.
      return readArchive(
        {
          iq: (request, options) =>
            client.stream.iq(from === undefined ? request : request.with({ from: String(from) }), options),
        },
        owner,
        query,
        { timeoutMs: timeoutMs ?? client.iqTimeoutMs, ...(signal !== undefined && { signal }) },
      );
    };

    return {
      /**
       * One page, oldest first. With `before` (an id, or '' for the archive's end) the page before that.
       *
       * @throws IqError (`item-not-found`: the id in `after` is not kept any more), IqTimeout, XmppError
       */
      page: (query: HistoryQuery & { readonly before?: string } = {}): Promise<ArchivePage> =>
        page(query, query.before),
      /** Every message that is wanted, oldest first, page after page. @throws IqError, IqTimeout, XmppError */
      async *read(query: HistoryQuery = {}): AsyncGenerator<ArchivedMessage, void, undefined> {
        let { after } = query;
        for (;;) {
          const { items, complete, last } = await page({ ...query, ...(after !== undefined && { after }) });
          yield* items;
          if (complete || last === undefined || last === after) return;
          after = last;
        }
      },
      /** What the own archive keeps. @throws IqError, IqTimeout, XmppError */
      async preferences(options: AskOptions = {}) {
        const answer = await ask(client, 'get', undefined, ArchivePreferences.create(), options);
        return contentOf(answer, ArchivePreferences);
      },
      /** Sets what the own archive keeps. @throws IqError, IqTimeout, XmppError */
      async setPreferences(
        wanted: { default: 'always' | 'never' | 'roster'; always?: readonly Jid[]; never?: readonly Jid[] },
        options: AskOptions = {},
      ): Promise<void> {
        const prefs = ArchivePreferences.create({ always: [], never: [], ...wanted });
        await ask(client, 'set', undefined, prefs, options);
      },
      /** The ends of an archive, where the server tells them. @throws IqError, IqTimeout, XmppError */
      async metadata(archive?: Address, options: AskOptions = {}) {
        const answer = await ask(client, 'get', archive, ArchiveMetadata.create(), options);
        return contentOf(answer, ArchiveMetadata);
      },
    };
  },
});
