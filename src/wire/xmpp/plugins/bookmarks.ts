// Rooms that an account wants to remember, shared by all its clients. The own node only, and readable by nobody else.
import { xml } from '../element.ts';
import { toJid } from '../jid.ts';
import { boolean } from '../stanza/codec.ts';
import { defineStanza } from '../stanza/define.ts';
import { attribute, subText } from '../stanza/field.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import type { AskOptions } from './ask.ts';
import { IqError } from '../errors.ts';
import { Listeners } from './listeners.ts';
import { Pep, type PepItem } from './pep.ts';

const BOOKMARKS_NS = 'urn:xmpp:bookmarks:1';

/** A room. What clients put into its <extensions/> is kept. @see XEP-0402 §3 */
export const Conference = defineStanza({
  name: 'conference',
  namespace: BOOKMARKS_NS,
  interfaces: {
    name: attribute(),
    autojoin: attribute(boolean, { default: false }),
    nick: subText(),
    password: subText(),
  },
});

/** A room as it is remembered. */
export interface Bookmark {
  readonly room: string;
  readonly name: string | undefined;
  /** Join it when online. */
  readonly autojoin: boolean;
  readonly nick: string | undefined;
  readonly password: string | undefined;
}

/** What became of the bookmarks. */
export interface BookmarkChange {
  readonly changed: readonly Bookmark[];
  /** Rooms that are not remembered any more. */
  readonly removed: readonly string[];
  /** None is remembered any more. */
  readonly cleared: boolean;
}

/** @see XEP-0402 §4.3 */
const SETTINGS = {
  persist_items: true,
  max_items: 'max',
  send_last_published_item: 'never',
  access_model: 'whitelist',
};

function readBookmarks(items: readonly PepItem[]): Bookmark[] {
  return items.flatMap(({ id, payload }) => {
    const room = toJid(id);
    if (room === undefined || payload?.is('conference', BOOKMARKS_NS) !== true) return [];
    const { name, autojoin, nick, password } = Conference.wrap(payload);
    return [{ room: room.bare.toString(), name, autojoin, nick, password }];
  });
}

/** Bookmarks. @see XEP-0402 */
export const Bookmarks = definePlugin({
  name: 'xep_0402',
  description: 'Bookmarks',
  dependencies: [Pep],
  init({ client, log, plugin, onEnd }) {
    const pep = plugin(Pep);
    const changes = new Listeners<BookmarkChange>(log);
    onEnd(
      pep.onEvent(BOOKMARKS_NS, async ({ from, items, retracted, purged }) => {
        // Contacts have bookmarks too, but no say in ours.
        if (client.jid === undefined || !from.equals(client.jid.bare)) {
          log('warn', 'bookmarks-refused', { from: from.toString() });
          return;
        }
        await changes.tell({ changed: readBookmarks(items), removed: retracted, cleared: purged });
      }),
    );
    const list = async (options: AskOptions = {}): Promise<readonly Bookmark[]> => {
      try {
        return readBookmarks(await pep.items(undefined, BOOKMARKS_NS, options));
      } catch (error) {
        // Nobody has remembered a room yet, so there is no node.
        if (error instanceof IqError && error.condition === 'item-not-found') return [];
        throw error;
      }
    };
    return {
      /** Hears of changes by any client of the account. @returns ends that */
      onChange: changes.add,
      /** All rooms. @throws IqError, IqTimeout, XmppError */
      list,
      /** Remembers a room; what other clients keep beside it stays. @throws IqError, IqTimeout, XmppError */
      async set(
        room: string,
        { name, autojoin = false, nick, password }: Partial<Omit<Bookmark, 'room'>>,
        options: AskOptions = {},
      ): Promise<void> {
        let before: PepItem | undefined;
        try {
          [before] = await pep.items(undefined, BOOKMARKS_NS, { ...options, ids: [room] });
        } catch (error) {
          if (!(error instanceof IqError) || error.condition !== 'item-not-found') throw error;
        }
        const kept = before?.payload?.is('conference', BOOKMARKS_NS) === true ? before.payload : undefined;
        const conference = Conference.wrap(kept ?? xml('conference', { xmlns: BOOKMARKS_NS }));
        conference.assign({ name, autojoin, nick, password });
        await pep.publish(BOOKMARKS_NS, conference, { ...options, id: room, settings: SETTINGS });
      },
      /** Forgets a room. @throws IqError (`item-not-found`), IqTimeout, XmppError */
      remove: (room: string, options: AskOptions = {}): Promise<void> =>
        pep.retract(BOOKMARKS_NS, room, options),
    };
  },
});
