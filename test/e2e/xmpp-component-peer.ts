/**
 * The account as a component, with people of other networks who speak through it.
 */
import { DeliveryError } from '../../src/hub/errors.ts';
import { textBody } from '../../src/hub/message.ts';
import type { Author, OutgoingMessage, Receipt } from '../../src/hub/network.ts';
import type { XmppServer } from '../servers/xmpp-server.ts';
import { xml } from '../../src/wire/xmpp/element.ts';
import { Bridge, clock, type BridgeOptions, type Peer } from './xmpp-peer.ts';

export const COMPONENT = { domain: 'qq.localhost', secret: 'a secret' } as const;

/** Somebody on another network. */
export function person(name: string, user = name): Author {
  return { name, account: 'qq', user };
}

export class ComponentBridge extends Bridge {
  constructor(server: XmppServer, options: BridgeOptions = {}) {
    super(server, {
      ...options,
      settings: {
        jid: undefined,
        password: undefined,
        tls: undefined,
        component: COMPONENT.domain,
        secret: COMPONENT.secret,
        server: `xmpp://127.0.0.1:${server.componentPort}`,
        ...options.settings,
      },
    });
  }

  /** Somebody says something; with more of what the hub can tell of it. */
  async speak(
    room: string,
    author: Author,
    text: string,
    more: Partial<OutgoingMessage> = {},
  ): Promise<Receipt> {
    const message = { ...this.message(room, author, text), ...more };
    for (;;) {
      const { actions } = await this.online();
      try {
        return await actions.send(message);
      } catch (error) {
        // The room has just put somebody out, and the component has not read it yet: the hub tries again, too.
        if (!(error instanceof DeliveryError) || error.permanent) throw error;
      }
    }
  }

  /** Somebody who was called otherwise has this name now. */
  async rename(room: string, author: Author, oldName: string): Promise<void> {
    const { actions } = await this.online();
    const words = this.message(room, author, `${oldName} is now known as ${author.name}`);
    await actions.rename?.({ ...words, author, oldName });
  }

  message(room: string, author: Author, text: string): OutgoingMessage {
    return { room, token: this.token(), author, body: textBody(text), at: clock.now(), hops: ['hub0001'] };
  }
}

/** Sets options of a room that the peer owns, by the names of its form. */
export async function configure(
  peer: Peer,
  room: string,
  options: Readonly<Record<string, string>>,
): Promise<void> {
  const fields = Object.entries({ FORM_TYPE: 'http://jabber.org/protocol/muc#roomconfig', ...options });
  const form = xml(
    'x',
    { xmlns: 'jabber:x:data', type: 'submit' },
    ...fields.map(([name, value]) => xml('field', { var: name }, xml('value', {}, value))),
  );
  const query = xml('query', { xmlns: 'http://jabber.org/protocol/muc#owner' }, form);
  await peer.session.iq(xml('iq', { to: room, type: 'set' }, query));
}

/** The bare address under which an occupant was last shown to the peer. */
export function addressOf(peer: Peer, room: string, nick: string): string | undefined {
  const presence = peer.stanzas.findLast(
    (stanza) =>
      stanza.name === 'presence' &&
      stanza.attr('from') === `${room}/${nick}` &&
      stanza.attr('type') === undefined,
  );
  const about = presence?.child('x', 'http://jabber.org/protocol/muc#user');
  return about?.child('item')?.attr('jid')?.split('/')[0];
}
