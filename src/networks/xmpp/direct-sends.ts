/**
 * What we say to single people. Nobody shows it back, so it counts as sent when the server has it and the recipient's
 * server has had its chance to refuse it: right behind each message goes a ping to the same address. Servers keep the
 * order between two addresses, so the answer to the ping comes behind the refusal, if there is one.
 */
import type { Clock } from '../../hub/clock.ts';
import { DeliveryError } from '../../hub/errors.ts';
import type { Receipt } from '../../hub/network.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import { xml, type XmlElement } from '../../wire/xmpp/element.ts';
import { IqTimeout } from '../../wire/xmpp/errors.ts';
import { toJid, type Jid } from '../../wire/xmpp/jid.ts';
import { NS } from '../../wire/xmpp/namespaces.ts';
import type { Connection } from './connection.ts';
import { Echoes, type OwnTokens } from './echoes.ts';
import { toBounce, toDeliveryError } from './failures.ts';
import { orAborted } from './waiting.ts';

/** How long a refusal is waited for; one that comes later is told, but the message has counted as sent. */
const REFUSAL_WAIT_MS = 5_000;
/** How long an address that did not answer is not asked again, so that its messages do not all wait. */
const SILENT_MS = 10 * 60_000;
/** Addresses that do not answer, and messages of which it is known whom they went to. */
const SILENT_LIMIT = 1000;
const SENT_LIMIT = 10_000;

/** What became of an error that came back. */
export type Bounced =
  | { outcome: 'refused' | 'late'; token: string; room: string; error: DeliveryError }
  /** No message of ours, or not told by anybody who could know. */
  | { outcome: 'unknown' };

/** Where a message goes. */
interface Addressed {
  readonly to: Jid;
  /** The hub's name of the conversation. */
  readonly room: string;
}

/** One try to send. */
interface Try extends Addressed {
  refused: boolean;
}

export interface DirectSendsParts {
  /** The account's bare address. */
  account: Jid;
  clock: Clock;
  tokens: OwnTokens;
  /** Who is not available is not tried again: servers keep messages for those who are away, so it is a block. */
  unavailableLasts?: boolean;
}

export class DirectSends {
  readonly #parts: DirectSendsParts;
  /** The receipt is ours to give: the token itself. */
  readonly #echoes = new Echoes();
  readonly #tries = new Map<string, Try>();
  readonly #sent = new RecentMap<Addressed>(SENT_LIMIT);
  readonly #silentUntilMs = new RecentMap<number>(SILENT_LIMIT);
  readonly #asking = new Map<string, Promise<void>>();
  #handing: Promise<void> | undefined;

  constructor(parts: DirectSendsParts) {
    this.#parts = parts;
  }

  /**
   * Sends a message. Messages go out in the order of the calls.
   *
   * @returns when the server has it and it was not refused soon
   * @throws DeliveryError
   */
  send(token: string, stanza: XmlElement, connection: Connection, room: string): Promise<Receipt> {
    const receipt = this.#echoes.receipt(token);
    if (receipt) return Promise.resolve(receipt);
    const isUnderWay = this.#echoes.awaits(token);
    const outcome = this.#echoes.expect(token);
    if (!isUnderWay) this.#inTurn(token, stanza, connection, room);
    return orAborted(outcome, connection.signal);
  }

  /** What is known of the token's message: how it ends where it is under way, undefined where nothing is known. */
  outcome(token: string): Receipt | Promise<Receipt> | undefined {
    const receipt = this.#echoes.receipt(token);
    if (receipt) return receipt;
    return this.#echoes.awaits(token) ? this.#echoes.expect(token) : undefined;
  }

  /** Takes an error that came back as a message. */
  bounce(message: XmlElement): Bounced {
    const token = message.attr('id') ?? '';
    const addressed = this.#tries.get(token) ?? this.#sent.get(token);
    if (!addressed || !this.#mayRefuse(message.attr('from'), addressed.to)) return { outcome: 'unknown' };
    const { room } = addressed;
    const bounced = toBounce(message);
    const isLasting = this.#parts.unavailableLasts && bounced.details.condition === 'service-unavailable';
    const error = isLasting
      ? new DeliveryError('failed', bounced.error.message, { permanent: true })
      : bounced.error;
    const tried = this.#tries.get(token);
    if (!tried) {
      this.#echoes.revoke(token);
      return { outcome: 'late', token, room, error };
    }
    tried.refused = true;
    this.#echoes.refuse(token, error);
    return { outcome: 'refused', token, room, error };
  }

  /** What this hub has not said before is said only when the kind of its name is durable, and all else behind it. */
  #inTurn(token: string, stanza: XmlElement, connection: Connection, room: string): void {
    const { tokens } = this.#parts;
    if (tokens.knows(token) && !this.#handing) return this.#hand(token, stanza, connection, room);
    const handing = (this.#handing ?? Promise.resolve())
      .then(() => tokens.learn(token, connection.port.store))
      .then(
        () => this.#hand(token, stanza, connection, room),
        (error: unknown) => void this.#echoes.refuse(token, toDeliveryError(error)),
      )
      .finally(() => {
        if (this.#handing === handing) this.#handing = undefined;
      });
    this.#handing = handing;
  }

  #hand(token: string, stanza: XmlElement, connection: Connection, room: string): void {
    const to = toJid(stanza.attr('to')) ?? this.#parts.account;
    const tried: Try = { to, room, refused: false };
    this.#tries.set(token, tried);
    const acknowledged = connection.stream.sendAcked(stanza);
    Promise.all([acknowledged, this.#whenRefused(to.bare.toString(), stanza.attr('from'), connection)])
      .then(
        () => {
          if (tried.refused) return;
          this.#sent.set(token, { to, room });
          this.#echoes.settle(token, { native: token });
        },
        (error: unknown) => {
          if (!tried.refused) this.#echoes.refuse(token, toDeliveryError(error));
        },
      )
      .finally(() => {
        if (this.#tries.get(token) === tried) this.#tries.delete(token);
      });
  }

  /**
   * Resolves when what was handed to the stream for this address until now has been refused, if it is refused at once.
   * One question for all that is said in one turn. Never rejects.
   */
  #whenRefused(to: string, from: string | undefined, connection: Connection): Promise<void> {
    if ((this.#silentUntilMs.get(to) ?? 0) > this.#parts.clock.monotonicMs()) return Promise.resolve();
    const key = `${from ?? ''}\n${to}`;
    const asking =
      this.#asking.get(key) ??
      Promise.resolve().then(() => {
        this.#asking.delete(key);
        return this.#ask(to, from, connection);
      });
    this.#asking.set(key, asking);
    return asking;
  }

  async #ask(to: string, from: string | undefined, { stream, signal, port }: Connection): Promise<void> {
    const ping = xml('iq', { type: 'get', to, from }, xml('ping', { xmlns: NS.ping }));
    // Taken on arrival: behind other stanzas it would be seen only after the answer.
    const collect = (message: XmlElement) =>
      message.attr('type') === 'error' &&
      this.#tries.has(message.attr('id') ?? '') &&
      this.bounce(message).outcome !== 'unknown';
    try {
      await stream.iq(ping, { timeoutMs: REFUSAL_WAIT_MS, signal, collect });
    } catch (error) {
      // An error is as good an answer. Silence is none, and then the server's acknowledgement has to do.
      if (!(error instanceof IqTimeout)) return;
      port.log.debug({ to }, 'nothing tells whether messages to this address come back');
      this.#silentUntilMs.set(to, this.#parts.clock.monotonicMs() + SILENT_MS);
    }
  }

  /** The recipient's account or server may refuse, or our own, which do so for those that cannot be reached. */
  #mayRefuse(from: string | undefined, recipient: Jid): boolean {
    if (from === undefined || from === '') return true;
    const sender = toJid(from);
    const { account } = this.#parts;
    if (!sender) return false;
    if (sender.local === '' && sender.resource === '') {
      return sender.domain === recipient.domain || sender.domain === account.domain;
    }
    // Others in a room share its bare address; one person's clients are that person.
    if (recipient.resource === '' && sender.bare.equals(recipient)) return true;
    return sender.equals(recipient) || sender.equals(recipient.bare) || sender.bare.equals(account);
  }
}
