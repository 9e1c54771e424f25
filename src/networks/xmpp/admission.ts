/**
 * What a room says before it lets us in: what it can do, or why not.
 */
import { queryDiscoInfo } from '../../wire/xmpp/disco-query.ts';
import { IqError } from '../../wire/xmpp/errors.ts';
import { MAM_NS } from '../../wire/xmpp/mam.ts';
import type { StanzaErrorDetails } from '../../wire/xmpp/stanza-error.ts';
import { OCCUPANT_ID_NS, STABLE_ID, STANZA_ID_NS } from '../../wire/xmpp/stanza-ids.ts';
import type { XmppStream } from './connection.ts';
import { explain } from './failures.ts';

export interface RoomFeatures {
  /** False where there is no such room yet: what else is said here is not to be relied on. */
  exists: boolean;
  /** What is said can be read again. */
  archived: boolean;
  /** Every message gets an id from the room. */
  stanzaIds: boolean;
  /** It shows and keeps every message with the id that its sender gave it. */
  stableIds: boolean;
  /** Every occupant gets one that outlives nicks and visits. */
  occupantIds: boolean;
}

/** What a room that says nothing about itself answers. */
const SILENT: ReadonlySet<string> = new Set([
  'feature-not-implemented',
  'forbidden',
  'item-not-found',
  'not-allowed',
  'service-unavailable',
]);

/** Asks a room what it can do. A room that does not tell can nothing. @throws NotAdmitted */
export async function discoverRoom(
  stream: Pick<XmppStream, 'iq'>,
  jid: string,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<RoomFeatures> {
  try {
    const { features } = await queryDiscoInfo(stream, jid, options);
    const archived = features.has(MAM_NS);
    const stanzaIds = archived || features.has(STANZA_ID_NS);
    const stableIds = features.has(STABLE_ID);
    return { exists: true, archived, stanzaIds, stableIds, occupantIds: features.has(OCCUPANT_ID_NS) };
  } catch (error) {
    options.signal.throwIfAborted();
    // The join will show what is wrong, if anything is.
    if (!(error instanceof IqError && SILENT.has(error.condition))) throw new NotAdmitted(error);
    const exists = error.condition !== 'item-not-found';
    return { exists, archived: false, stanzaIds: false, stableIds: false, occupantIds: false };
  }
}

/** The room did not let us in; the message says why in plain words. */
export class NotAdmitted extends Error {
  /** It will hardly be different in a moment. */
  readonly lasting: boolean;

  /** @param why a stanza error as the room sent it, or what was thrown on the way */
  constructor(why: unknown) {
    if (isDetails(why)) {
      super(`${WORDS[why.condition] ?? 'refused'}: ${explain(why)}`);
      this.lasting = why.type !== 'wait';
    } else {
      super(why instanceof Error ? why.message : String(why), { cause: why });
      this.lasting = false;
    }
    this.name = 'NotAdmitted';
  }
}

/** What the conditions mean when one wants to enter a room. @see XEP-0045 §7.2 */
const WORDS: Readonly<Partial<Record<StanzaErrorDetails['condition'], string>>> = {
  'not-authorized': 'the room needs a password',
  forbidden: 'banned from the room',
  'item-not-found': 'there is no such room',
  'not-allowed': 'the server does not let us make this room',
  'not-acceptable': 'the room wants the registered nick',
  'registration-required': 'only members may enter the room',
  conflict: 'all nicks tried are taken',
  'service-unavailable': 'the room is full',
  'remote-server-not-found': 'there is no such chat service',
  'remote-server-timeout': 'the chat service does not answer',
};

function isDetails(why: unknown): why is StanzaErrorDetails {
  return typeof why === 'object' && why !== null && !(why instanceof Error) && 'condition' in why;
}
