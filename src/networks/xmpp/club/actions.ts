/** What the hub can do in the club: show there what was said elsewhere. */
import { DeliveryError } from '../../../hub/errors.ts';
import { toPlainText } from '../../../hub/message.ts';
import type { Actions, Author, Carried, Limits, OutgoingMessage, Receipt } from '../../../hub/network.ts';
import { toCorrection } from '../../../wire/xmpp/message-acts.ts';
import { toDeliveryError } from '../failures.ts';
import { toHops } from '../hops.ts';
import type { Shown } from './audience.ts';
import type { Club } from './club.ts';
import { toOutgoingKey } from './ledger.ts';
import { toForeignName, toNotice, toSaid, toWord } from './lines.ts';
import { RecentMap } from '../../../hub/recent-map.ts';
import { toAnswer, toReacted, toRecalled } from './showing.ts';

/** Bytes of UTF-8: escaped at worst it is five times as long, and then still fits what servers take from a client. */
const TEXT_BYTES = 40_000;
/** The stream keeps their order; more would only wait in it. */
const SENDS_UNDER_WAY = 64;
const SEND_TIMEOUT_MS = 30_000;
/** So many sends are known again when they are tried or asked for once more. */
const RECEIPTS_LIMIT = 20_000;

export const clubLimits: Omit<Limits, 'aliveMs'> = {
  textBytes: TEXT_BYTES,
  sendsUnderWay: SENDS_UNDER_WAY,
  sendTimeoutMs: SEND_TIMEOUT_MS,
};

export const clubCarries: readonly Carried[] = ['author', 'reply', 'action'];

/** What was sent, over all runs. */
export class Sent {
  readonly receipts = new RecentMap<Receipt>(RECEIPTS_LIMIT);
  readonly underWay = new Map<string, Promise<Receipt>>();
  /** Who has it from an earlier process, by token. */
  readonly had = new RecentMap<ReadonlySet<string>>(RECEIPTS_LIMIT);
}

/** Whom the messages with an id were sent to, by an earlier process; undefined where that cannot be told. */
export type FindRecipients = (id: string, sinceMs: number) => Promise<ReadonlySet<string> | undefined>;

/** The actions of one run. What they show is with the server for all who are there when they resolve. */
export function createClubActions(club: Club, sent: Sent, recipients: FindRecipients): Actions {
  const once = (room: string, token: string, make: () => Shown): Promise<Receipt> => {
    if (room !== club.room) {
      const message = `the club has no room ${room}, only ${club.room}`;
      return Promise.reject(new DeliveryError('failed', message, { permanent: true }));
    }
    const receipt = sent.receipts.get(token);
    if (receipt) return Promise.resolve(receipt);
    const known = sent.underWay.get(token);
    if (known) return known;
    const had = sent.had.get(token);
    const showing = show(token, { ...make(), ...(had && { had }) }).finally(() =>
      sent.underWay.delete(token),
    );
    sent.underWay.set(token, showing);
    return showing;
  };
  const show = async (token: string, shown: Shown): Promise<Receipt> => {
    try {
      await club.audience.show(shown);
    } catch (error) {
      throw toDeliveryError(error);
    }
    const receipt = { native: token };
    sent.receipts.set(token, receipt);
    return receipt;
  };

  return {
    send: (message) => once(message.room, message.token, () => toShown(club, message)),
    edit: (edit) =>
      once(edit.room, edit.token, () => {
        const said = toShown(club, { ...edit, token: edit.target });
        return {
          id: edit.token,
          body: said.body,
          more: [toCorrection(edit.target), ...toHopMark(edit)],
        };
      }),
    async recall({ room, target, token }) {
      await once(room, token, () => toRecalled(club, target, undefined));
    },
    async react({ room, target, token, emoji, added, author }) {
      await once(room, token, () => {
        const name = toAuthorName(club, author);
        return { id: token, body: toNotice(toReacted(club, name, target, emoji, added)) };
      });
    },
    rename: async ({ room, token, author, oldName: foreign }) => {
      const oldName = toForeignName(foreign, author.account);
      const name = toAuthorName(club, author);
      if (oldName === name) return {};
      return once(room, token, () => ({ id: token, body: toNotice(`${oldName} is now known as ${name}`) }));
    },
    /** What was sent in part is completed by sending it again, which reaches only those who lack it. */
    async find({ token, since }) {
      const receipt = sent.receipts.get(token) ?? sent.underWay.get(token);
      if (receipt) return receipt;
      if (club.ledger.entry(token)) return 'absent';
      const had = await recipients(token, since);
      if (!had) return 'unsure';
      sent.had.set(token, had);
      return 'absent';
    },
    rooms: async () => [{ room: club.room, name: club.name }],
    members: (room) =>
      room === club.room
        ? Array.from(club.members)
            .filter(({ jid }) => club.attendance.isPresent(jid))
            .map(({ jid, nick }) => ({ id: jid, name: nick }))
        : [],
  };
}

function toShown(club: Club, message: OutgoingMessage): Shown {
  const { token, body, author, action = false, replyTo } = message;
  const name = toAuthorName(club, author);
  const text = toPlainText(body);
  const answer = toAnswer(club, replyTo);
  club.quote(token, { name, text });
  const more = [...answer.more, ...toHopMark(message)];
  return { id: token, key: toOutgoingKey(message), body: answer.quote + toSaid(name, text, action), more };
}

function toHopMark({ hops }: OutgoingMessage) {
  const mark = toHops(hops);
  return mark ? [mark] : [];
}

/** Somebody of another network; without an author the club itself, whose name no member can have. */
function toAuthorName(club: Club, author: Author | undefined): string {
  return author ? toForeignName(author.name, author.account) : toWord(club.name);
}
