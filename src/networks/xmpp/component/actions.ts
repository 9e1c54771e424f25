/**
 * What the account can do: every act of somebody comes from that person's puppet. Where the room does not let it in, the
 * occupant that listens says it, with the name before it.
 */
import { DeliveryError } from '../../../hub/errors.ts';
import type { Actions, Author, OutgoingMessage, Receipt } from '../../../hub/network.ts';
import type { XmlElement } from '../../../wire/xmpp/element.ts';
import { toReactions, toRetraction } from '../../../wire/xmpp/message-acts.ts';
import type { Connection } from '../connection.ts';
import type { DirectChats } from '../direct.ts';
import { explain, notSent } from '../failures.ts';
import { toSafeNick } from '../nick.ts';
import { createLookups } from '../lookups.ts';
import { toEditStanza, toMessageStanza, toStanza } from '../outgoing.ts';
import type { MucRoom } from '../room.ts';
import type { Rooms } from '../rooms.ts';
import { findPeer } from '../peer.ts';
import type { Crowd } from './crowd.ts';
import type { People } from './people.ts';
import { toPuppetLocal } from './puppet-jid.ts';
import { readPuppetRoom, toPuppetRoom } from './puppet-room.ts';
import type { PuppetSends } from './puppet-sends.ts';
import { Puppet } from './puppet.ts';

export interface ActionParts {
  connection: Connection;
  rooms: Rooms;
  crowdOf(this: void, room: string): Crowd;
  direct: DirectChats;
  people: People;
  puppets: PuppetSends;
}

/** Who says something in a room. */
interface Speaker {
  /** Missing: the occupant that listens. */
  puppet?: Puppet;
  /** Stands before what is said for somebody else. */
  prefix: string;
}

const LISTENER: Speaker = { prefix: '' };

/** The actions of one run. They fail once it is over. */
export function createComponentActions(parts: ActionParts): Actions {
  const { connection, rooms, crowdOf, direct, people, puppets } = parts;
  const lookups = createLookups(connection, rooms, direct);
  return {
    ...lookups,

    send: (message) =>
      deliver(message.room, message.token, message.author, {
        hops: message.hops,
        inRoom: (room, { prefix }) => {
          const answered = message.replyTo && room.memory.recent.byNative(message.replyTo.native);
          const to = answered && `${message.room}/${answered.nick}`;
          return toMessageStanza(withPrefix(message, prefix), 'groupchat', to);
        },
        direct: (prefix) => toMessageStanza(withPrefix(message, prefix), 'chat', undefined),
      }),

    edit: (edit) =>
      deliver(edit.room, edit.token, edit.author, {
        target: edit.target,
        hops: edit.hops,
        inRoom: (room, { prefix }) => {
          const origin = room.memory.recent.byNative(edit.target)?.origin;
          if (origin === undefined) {
            throw new DeliveryError('failed', 'the message is too old to be changed here', {
              permanent: true,
            });
          }
          return toEditStanza(withPrefix(edit, prefix), 'groupchat', origin);
        },
        direct: (prefix) => toEditStanza(withPrefix(edit, prefix), 'chat', edit.target),
      }),

    async recall({ room, token, target, author }) {
      await deliver(room, token, author, {
        target,
        inRoom: () => toStanza(room, 'groupchat', token, ...toRetraction(target)),
        direct: () => toStanza(room, 'chat', token, ...toRetraction(target)),
      });
    },

    async react({ room: name, token, target, emoji, added, author }) {
      const by = `${author.account}/${author.user}`;
      await deliver(name, token, author, {
        inRoom: (room, { puppet }) => {
          // Each occupant has reactions of its own; those that the listening one shows are everybody's together.
          const whose = puppet ? `${puppet.jid}\n${target}` : target;
          const emojis = room.shown.change(whose, by, { emoji, added });
          return toStanza(name, 'groupchat', token, ...toReactions({ id: target, emojis }));
        },
        direct: () =>
          toStanza(name, 'chat', token, ...toReactions({ id: target, emojis: added ? [emoji] : [] })),
      });
    },

    rename: (renaming) =>
      deliver(renaming.room, renaming.token, undefined, {
        inRoom: async (room, _, deadlineMs) => {
          await note(renaming.author);
          const renamed = await crowdOf(room.jid).rename(renaming, connection, deadlineMs);
          return renamed ? undefined : toMessageStanza(renaming, 'groupchat', undefined);
        },
        direct: () => toMessageStanza(renaming, 'chat', undefined),
      }),

    direct: (user, author) => toPuppetRoom({ local: toPuppetLocal(author), peer: findPeer(rooms, user) }),

    async find(sought) {
      const { room, token, since } = sought;
      if (readPuppetRoom(room)) return direct.find(token, since, connection);
      return crowdOf(room).hasRenamed(token) ? {} : lookups.find(sought);
    },
  };

  async function deliver(
    name: string,
    token: string,
    author: Author | undefined,
    act: {
      /** The message that is acted on, by whoever said it. */
      target?: string;
      hops?: readonly string[];
      inRoom(
        room: MucRoom,
        speaker: Speaker,
        deadlineMs: number,
      ): XmlElement | Promise<XmlElement | undefined>;
      direct(prefix: string): XmlElement;
    },
  ): Promise<Receipt> {
    const conversation = readPuppetRoom(name);
    if (conversation) {
      // The conversation says whose it is; the network may have called its person by another id this time.
      const isSame = author && toPuppetLocal(author) === conversation.local;
      return puppets.send(name, conversation, token, isSame ? author : undefined, act.direct(''));
    }
    // Known rooms are reached in the same turn, so that sends of a room keep the order of their calls.
    const room = rooms.get(name) ?? (await rooms.reach(name));
    if (!room) return direct.send(token, act.direct(author ? toPrefix(author) : ''), connection, name);
    let puppet: Puppet | undefined;
    try {
      return await room.sends.send(token, async (_, deadlineMs) => {
        const speaker = await findSpeaker(room, author, act, deadlineMs);
        puppet = speaker.puppet;
        if (puppet) puppet.pending += 1;
        const stanza = await act.inRoom(room, speaker, deadlineMs);
        return puppet ? stanza?.with({ from: puppet.jid }) : stanza;
      });
    } finally {
      if (puppet) puppet.pending -= 1;
    }
  }

  /** Resolves when it is durable whom the author's puppet stands for. */
  async function note(author: Author): Promise<void> {
    await people.note(author)?.catch((error: unknown) => {
      throw notSent('whom a puppet stands for could not be kept', error);
    });
  }

  async function findSpeaker(
    room: MucRoom,
    author: Author | undefined,
    { target, hops }: { target?: string; hops?: readonly string[] },
    deadlineMs: number,
  ): Promise<Speaker> {
    if (!author) return LISTENER;
    // Who was not let in when it was said has had it said by the one that listens, who alone may change it now.
    const said = target === undefined ? undefined : room.memory.recent.byNative(target);
    if (said && room.isListener(said)) return { prefix: toPrefix(author) };
    await note(author);
    // What is done to an earlier message comes with the picture of then.
    const { avatar, ...who } = author;
    const asNow = target === undefined && avatar ? { ...who, avatar } : who;
    const brought = await crowdOf(room.jid).bring(asNow, connection, deadlineMs, hops);
    if (brought instanceof Puppet) return { puppet: brought, prefix: '' };
    if (brought.condition === 'forbidden') {
      const message = `${author.name} is banned from the room: ${explain(brought)}`;
      throw new DeliveryError('failed', message, { permanent: true });
    }
    connection.port.log.info(
      { room: room.jid, why: brought.condition },
      'a puppet is not let in; the listening occupant speaks for it',
    );
    return { prefix: toPrefix(author) };
  }
}

/** The name of who says it, so that it ends nowhere but where it should. */
function toPrefix({ name }: Author): string {
  return `<${toSafeNick(name) || '?'}> `;
}

function withPrefix<Message extends OutgoingMessage>(message: Message, prefix: string): Message {
  if (prefix === '') return message;
  const { action, ...rest } = message;
  const text = action ? `* ${prefix}` : prefix;
  return { ...(rest as Message), body: [{ type: 'text', text }, ...message.body] };
}
