// The message and presence stanzas, as far as RFC 6121 has them; extensions are registered in them.
import { NS } from '../namespaces.ts';
import { integer, oneOf } from './codec.ts';
import { createDefinition } from './define.ts';
import type { StanzaDefinition } from './definition.ts';
import { StanzaErrorPart } from './error.ts';
import { attribute, child, langText, subText } from './field.ts';
import { addressed, RootStanza, type Addressed } from './root.ts';

/** What is registered in messages, by plugin name: programs add to it; see {@link registerStanzaPlugin}. */
// oxlint-disable-next-line typescript/no-empty-object-type -- it is there to be added to
export interface MessagePlugins {}

/** What is registered in presences, by plugin name: programs add to it; see {@link registerStanzaPlugin}. */
// oxlint-disable-next-line typescript/no-empty-object-type -- it is there to be added to
export interface PresencePlugins {}

/** A message. @see RFC 6121 §5 */
export interface Message extends RootStanza, Addressed, MessagePlugins {
  /** `normal` where the stanza does not say. */
  type: (typeof MESSAGE_TYPES)[number];
  body: string | undefined;
  subject: string | undefined;
  thread: string | undefined;
  error: StanzaErrorPart;
  /** Resolves when it has its place in the queue of what is sent. @throws XmppError */
  send(): Promise<undefined>;
  /** A message back, of the same type and thread; in a room to all of it. */
  reply(body?: string): Message;
}

/** A presence. @see RFC 6121 §4 */
export interface Presence extends RootStanza, Addressed, PresencePlugins {
  /** Undefined: available. */
  type: (typeof PRESENCE_TYPES)[number] | undefined;
  show: (typeof SHOWS)[number] | undefined;
  status: string | undefined;
  /** From -128 to 127; 0 where the stanza does not say. */
  priority: number | undefined;
  error: StanzaErrorPart;
  /** Resolves when it has its place in the queue of what is sent. @throws XmppError */
  send(): Promise<undefined>;
}

const MESSAGE_TYPES = ['normal', 'chat', 'groupchat', 'headline', 'error'] as const;
const PRESENCE_TYPES = [
  'unavailable',
  'subscribe',
  'subscribed',
  'unsubscribe',
  'unsubscribed',
  'probe',
  'error',
] as const;
const SHOWS = ['away', 'chat', 'dnd', 'xa'] as const;

class SentStanza extends RootStanza {
  async send(): Promise<undefined> {
    await this.sendRoot();
  }
}

class MessageStanza extends SentStanza {
  reply(body?: string): Message {
    const before = this as unknown as Message;
    const reply = Message.create({ type: before.type, thread: before.thread, body });
    (reply as unknown as MessageStanza).answerTo(this);
    if (before.type === 'groupchat') reply.to = before.from?.bare;
    return reply;
  }
}

/** The declaration of {@link Message}. */
export const Message: StanzaDefinition<Message> = createDefinition<Message>(
  {
    name: 'message',
    namespace: NS.client,
    interfaces: {
      ...addressed,
      type: attribute(oneOf(...MESSAGE_TYPES), { default: 'normal' }),
      body: langText(),
      subject: langText(),
      thread: subText(),
      error: child(StanzaErrorPart),
    },
  },
  MessageStanza,
);

/** The declaration of {@link Presence}. */
export const Presence: StanzaDefinition<Presence> = createDefinition<Presence>(
  {
    name: 'presence',
    namespace: NS.client,
    interfaces: {
      ...addressed,
      type: attribute(oneOf(...PRESENCE_TYPES)),
      show: subText(oneOf(...SHOWS)),
      status: langText(),
      priority: subText(integer),
      error: child(StanzaErrorPart),
    },
  },
  SentStanza,
);
