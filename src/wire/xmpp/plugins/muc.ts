// Rooms: entering and leaving, who is there, and what owners, administrators and moderators do. The stanzas are muc.ts's;
// here one awaits what a room answers.
import { IqError, XmppError } from '../errors.ts';
import { createId } from '../iq.ts';
import { parseJid, type Jid } from '../jid.ts';
import { createMatcher } from '../matcher/matcher.ts';
import {
  MUC_NS,
  MUC_STATUS,
  MUC_USER_NS,
  pingSelf,
  toInstantRoom,
  toJoin,
  type JoinHistory,
} from '../muc.ts';
import { readStanzaError } from '../stanza-error.ts';
import { Iq } from '../stanza/iq.ts';
import { Message, Presence } from '../stanza/message.ts';
import type { Stanza } from '../stanza/stanza.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { childOf } from './child-of.ts';
import { ask, contentOf, type Address, type AskOptions } from './ask.ts';
import { DataForm, fillForm, Forms, type FormValue } from './forms.ts';
import { Listeners } from './listeners.ts';
import { RoomState, type JoinedRoom, type OccupantEvent } from './muc-occupants.ts';
import {
  AdminItem,
  MucAdmin,
  MucInvite,
  MucJoin,
  MucOwner,
  MucUser,
  type Affiliation,
  type Role,
} from './muc-user.ts';
import { StanzaIds } from './stanza-ids.ts';

/** How a room is entered. */
export interface JoinOptions extends AskOptions {
  readonly password?: string;
  /**
   * What the room shall tell of what was said before: nothing (the default: archives tell it better), so many
   * messages, or what was said since then (milliseconds since the epoch).
   */
  readonly history?: JoinHistory;
}

/** What came of entering a room. */
export interface Joined extends JoinedRoom {
  /** The room did not exist before, and is ours. Where the server locks new rooms, `configure` opens it. */
  readonly created: boolean;
}

/** An account's right in a room. */
export interface AffiliationEntry {
  readonly jid: Jid;
  readonly affiliation: Affiliation;
  readonly nick: string | undefined;
  readonly reason: string | undefined;
}

/** Multi-user chat. @see XEP-0045, XEP-0410 */
export const Muc = definePlugin({
  name: 'xep_0045',
  description: 'Multi-user chat',
  dependencies: [Forms, StanzaIds],
  init({ client, log, on, plugin, registerStanza, addFeature, onEnd }) {
    registerStanza(Presence, MucUser);
    registerStanza(Message, MucUser);
    registerStanza(Presence, MucJoin);
    registerStanza(Iq, MucAdmin);
    registerStanza(Iq, MucOwner);
    addFeature(MUC_NS);
    const ids = plugin(StanzaIds);
    const occupants = new Listeners<OccupantEvent>(log);
    const rooms = new Map<string, RoomState>();
    onEnd(() => rooms.clear());

    /** A component has many addresses that may be in one room. */
    const keyOf = (room: string, own: string | undefined): string =>
      client.needsFrom ? `${room}\n${own ?? ''}` : room;

    const isRoomPresence = (stanza: Stanza): boolean =>
      Presence.is(stanza) && rooms.has(keyOf(stanza.from?.bare.toString() ?? '', stanza.attr('to')));
    on(createMatcher<Presence>('a presence of a room', isRoomPresence), async (presence) => {
      const key = keyOf(presence.from?.bare.toString() ?? '', presence.attr('to'));
      const event = rooms.get(key)?.take(presence);
      if (event === undefined) return;
      if (event.isSelf && event.kind === 'left') rooms.delete(key);
      await occupants.tell(event);
    });

    const change = async (room: Address, item: Stanza, options?: AskOptions): Promise<void> => {
      const query = MucAdmin.create();
      query.append(item);
      await ask(client, 'set', room, query, options);
    };
    const configForm = async (room: Address, options?: AskOptions): Promise<DataForm> => {
      const owner = contentOf(await ask(client, 'get', room, MucOwner.create(), options), MucOwner);
      const form = owner.findSub(DataForm);
      if (form === undefined) {
        throw new XmppError(
          'xmpp-protocol-violation',
          `${String(room)} answered without a form of its settings`,
        );
      }
      return form;
    };

    return {
      /** Hears of who comes, goes and changes in the rooms that we are in. @returns ends that */
      onOccupant: occupants.add,
      /**
       * A room that we (or this address of a component) are in, as far as we were told; undefined where we are not.
       * After a session that was not resumed rooms have to be joined again: until then this is what was.
       */
      room: (room: Address, from?: Address): JoinedRoom | undefined =>
        rooms.get(keyOf(String(room), from && String(from))),
      /**
       * Enters a room; resolves when the room says that we are in, behind the presences of those who are there. The
       * room may have changed the nick: use the one that is returned.
       *
       * @throws IqError with the room's condition: `conflict` (the nick is taken), `not-authorized` (a password is
       *   wanted), `registration-required` (members only), `forbidden` (banned)…; XmppError `xmpp-timeout`
       */
      async join(room: string, nick: string, options: JoinOptions = {}): Promise<Joined> {
        const { from, timeoutMs, signal, password, history = 'none' } = options;
        const address = parseJid(room).bare;
        const id = createId();
        const wanted = address.withResource(nick).resource;
        const presence = Presence.wrap(toJoin(address.toString(), wanted, id, history, password)).via(client);
        presence.from = from;
        const key = keyOf(address.toString(), from === undefined ? undefined : String(from));
        const before = rooms.get(key);
        const state = new RoomState(address.toString(), nick);
        rooms.set(key, state);
        const isAnswer = (stanza: Stanza): boolean => {
          if (!Presence.is(stanza) || stanza.from?.bare.equals(address) !== true) return false;
          if (client.needsFrom && from !== undefined && stanza.to?.equals(toAddress(from)) !== true)
            return false;
          if (stanza.type === 'error') return stanza.id === id || stanza.id === undefined;
          return stanza.type === undefined && hasStatus(stanza, MUC_STATUS.self);
        };
        const called = new AbortController();
        const answer = client.waitFor(createMatcher<Presence>(`the answer of ${room}`, isAnswer), {
          ...(timeoutMs !== undefined && { timeoutMs }),
          signal: AbortSignal.any([called.signal, ...(signal === undefined ? [] : [signal])]),
        });
        try {
          const [self] = await Promise.all([answer, sendOr(presence, called)]);
          if (self.type === 'error') throw new IqError(readStanzaError(self.xml), self.xml);
          await learn(address, options);
          return Object.assign(state, { created: hasStatus(self, MUC_STATUS.roomCreated) });
        } catch (error) {
          if (rooms.get(key) === state) {
            if (before === undefined) rooms.delete(key);
            else rooms.set(key, before);
          }
          throw error;
        }
      },
      /** Leaves a room, with a last word. Resolves when it is on the way. @throws XmppError */
      async leave(room: string, status?: string, { from }: Pick<AskOptions, 'from'> = {}): Promise<void> {
        const key = keyOf(parseJid(room).bare.toString(), from === undefined ? undefined : String(from));
        const nick = rooms.get(key)?.nick;
        if (nick === undefined) return;
        const presence = client.presence(
          { type: 'unavailable', status },
          parseJid(room).bare.withResource(nick),
        );
        presence.from = from;
        await presence.send();
      },
      /** Asks a room whether we are in it: `unknown` proves nothing. @see XEP-0410 */
      async pingSelf(
        room: string,
        { from, timeoutMs, signal }: AskOptions = {},
      ): Promise<'joined' | 'gone' | 'unknown'> {
        const own = from === undefined ? undefined : String(from);
        const nick = rooms.get(keyOf(room, own))?.nick;
        if (nick === undefined) return 'gone';
        const stream: Parameters<typeof pingSelf>[0] = {
          iq: (request, wait) =>
            client.stream.iq(own === undefined ? request : request.with({ from: own }), wait),
        };
        const wait = { timeoutMs: timeoutMs ?? client.iqTimeoutMs, ...(signal !== undefined && { signal }) };
        return pingSelf(stream, room, nick, wait);
      },
      /** Asks for another nick; the room tells when one has it. @throws XmppError */
      async changeNick(room: string, nick: string, { from }: Pick<AskOptions, 'from'> = {}): Promise<void> {
        const presence = client.presence({}, parseJid(room).bare.withResource(nick));
        presence.from = from;
        await presence.send();
      },
      /** Sets what a room is about; '' for nothing. @throws XmppError */
      async setSubject(
        room: Address,
        subject: string,
        { from }: Pick<AskOptions, 'from'> = {},
      ): Promise<void> {
        const message = client.message({ type: 'groupchat' }, room);
        message.from = from;
        message.setChildText({ path: ['subject'] }, subject);
        await message.send();
      },
      /** Has a room invite somebody. @see XEP-0045 §7.8.2 @throws XmppError */
      async invite(
        room: Address,
        jid: Address,
        reason?: string,
        { from }: Pick<AskOptions, 'from'> = {},
      ): Promise<void> {
        const message = client.message({ type: 'normal' }, room);
        message.from = from;
        const invite = MucInvite.create({ reason });
        invite.setAttr('to', String(jid));
        message.sub(MucUser).append(invite);
        await message.send();
      },
      /** The accounts with an affiliation. @throws IqError (`forbidden`), IqTimeout, XmppError */
      async affiliations(
        room: Address,
        affiliation: Affiliation,
        options?: AskOptions,
      ): Promise<readonly AffiliationEntry[]> {
        const query = MucAdmin.create();
        query.append(AdminItem.create({ affiliation }));
        const answer = contentOf(await ask(client, 'get', room, query, options), MucAdmin);
        return answer.items.flatMap((item) =>
          item.jid === undefined || item.affiliation !== affiliation
            ? []
            : [{ jid: item.jid, affiliation, nick: item.nick, reason: item.reason }],
        );
      },
      /** Gives an account an affiliation: `outcast` bans it, `none` takes all away. @throws IqError, IqTimeout, XmppError */
      setAffiliation(
        room: Address,
        jid: Address,
        affiliation: Affiliation,
        { reason, nick, ...options }: AskOptions & { readonly reason?: string; readonly nick?: string } = {},
      ): Promise<void> {
        return change(
          room,
          AdminItem.create({ jid: toAddress(jid).bare, affiliation, reason, nick }),
          options,
        );
      },
      /** Gives an occupant a role: `visitor` mutes it. @throws IqError, IqTimeout, XmppError */
      setRole(
        room: Address,
        nick: string,
        role: Role,
        { reason, ...options }: AskOptions & { readonly reason?: string } = {},
      ): Promise<void> {
        return change(room, AdminItem.create({ nick, role, reason }), options);
      },
      /** Removes an occupant from a room. @throws IqError, IqTimeout, XmppError */
      kick(
        room: Address,
        nick: string,
        { reason, ...options }: AskOptions & { readonly reason?: string } = {},
      ): Promise<void> {
        return change(room, AdminItem.create({ nick, role: 'none', reason }), options);
      },
      /** The form with a room's settings, for its owners. @throws IqError, IqTimeout, XmppError */
      configForm,
      /**
       * Changes settings of a room; what is not named stays. Without any, a room that was just created gets the
       * server's own.
       *
       * @throws XmppError `xmpp-value-invalid` for a setting that the room does not have; IqError, IqTimeout
       */
      async configure(room: Address, values: Readonly<Record<string, FormValue>> = {}, options?: AskOptions) {
        if (Object.keys(values).length === 0) {
          const [content] = toInstantRoom(String(room)).elements();
          if (content !== undefined) await ask(client, 'set', room, content, options);
          return;
        }
        const owner = MucOwner.create();
        owner.append(fillForm(await configForm(room, options), values));
        await ask(client, 'set', room, owner, options);
      },
      /** Ends a room for everybody in it. @throws IqError, IqTimeout, XmppError */
      async destroy(
        room: Address,
        {
          reason,
          alternative,
          ...options
        }: AskOptions & { readonly reason?: string; readonly alternative?: Address } = {},
      ): Promise<void> {
        const owner = MucOwner.create();
        owner.destroy.assign({ reason, jid: alternative === undefined ? undefined : toAddress(alternative) });
        await ask(client, 'set', room, owner, options);
      },
    };

    /** Whether the room's ids can be believed; a room that does not say is not. */
    async function learn(room: Jid, { from, timeoutMs, signal }: AskOptions): Promise<void> {
      try {
        await ids.learn(room, {
          from,
          ...(timeoutMs !== undefined && { timeoutMs }),
          ...(signal !== undefined && { signal }),
        });
      } catch (error) {
        // We are in all the same; ids of a room that does not answer are not believed.
        log('info', 'room-info-unavailable', { room: room.toString(), error });
      }
    }
  },
});

/** Sends; where that fails, ends the waiting for what would have come of it. */
async function sendOr(presence: Presence, called: AbortController): Promise<void> {
  try {
    await presence.send();
  } catch (error) {
    called.abort();
    throw error;
  }
}

function hasStatus(presence: Presence, code: number): boolean {
  const about = childOf(presence, 'x', MUC_USER_NS);
  return about?.elements('status').some((status) => status.attr('code') === String(code)) === true;
}

function toAddress(address: Address): Jid {
  return typeof address === 'string' ? parseJid(address) : address;
}
