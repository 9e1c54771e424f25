/** Answering what people ask of the accounts: somebody does it, or the account's settings say that the hub does. */
import type { Clock } from './clock.ts';
import { RequestError } from './errors.ts';
import type { AnswerEvent, Ask, RequestEvent } from './event.ts';
import type { Posted, ProgramAnswer, RequestStatus } from './face.ts';
import type { DeliveryId } from './journal.ts';
import type { Log } from './log.ts';
import { splitRoomRef, type AccountId, type EventId } from './message.ts';
import type { Session } from './network.ts';
import type { Requests } from './requests.ts';

export interface RequestDeskParts {
  readonly requests: Requests;
  readonly clock: Clock;
  readonly log: Log;
  /** That of an account that is online. @throws RequestError `account-unknown` */
  session(account: AccountId): Session | undefined;
  /** What the hub accepts by itself for an account. */
  accepts(account: AccountId): readonly Ask[];
  drop(delivery: DeliveryId): Promise<unknown>;
  /** Appends an answer; `again` is the one whose delivery failed before. */
  append(event: AnswerEvent, again: EventId | undefined): Promise<Posted>;
}

/** Who signs what the hub does by itself. */
const hubsName = 'hutong';

export class RequestDesk {
  readonly #parts: RequestDeskParts;

  constructor(parts: RequestDeskParts) {
    this.#parts = parts;
  }

  /** The requests of an account, oldest first. */
  async list(account: AccountId): Promise<RequestStatus[]> {
    const { requests } = this.#parts;
    const found = await Promise.all(requests.of(account).map(({ id }) => requests.status(id)));
    return found.flatMap((status) => status ?? []);
  }

  /** @throws RequestError `request-unknown` */
  async find(id: EventId): Promise<RequestStatus> {
    const status = await this.#parts.requests.status(id);
    if (!status) throw new RequestError('request-unknown', `there is no request ${id}`);
    return status;
  }

  /**
   * Answers a request once; another answer can follow one that the network did not take.
   *
   * @throws RequestError `request-unknown`, `request-answered`, `account-unknown`, `not-supported`
   */
  async answer({ request: id, accepted, reason, by }: ProgramAnswer): Promise<Posted> {
    const { requests, clock } = this.#parts;
    const { request, state, answer: earlier, delivery } = await this.find(id);
    const { account } = splitRoomRef(request.room);
    const wanted = accepted ? 'accepted' : 'refused';
    const isFailed = delivery?.state === 'parked' || delivery?.state === 'dropped';
    if (state === wanted && earlier && !isFailed) {
      return { id: earlier.id, position: earlier.position, duplicate: true };
    }
    if (state !== 'open' && !isFailed) throw alreadyAnswered(id, state);
    const session = this.#parts.session(account);
    if (session && !session.actions.answer) {
      throw new RequestError('not-supported', `${account} cannot answer requests`);
    }
    if (delivery?.state === 'parked') await this.#parts.drop(delivery.id);
    const { ask, request: named, room, from, direct } = request;
    const event: AnswerEvent = {
      kind: 'answer',
      id: clock.id(),
      position: 0,
      room,
      at: clock.now(),
      target: id,
      ask,
      request: named,
      from,
      ...(direct && { direct }),
      answer: wanted,
      postedBy: by,
      ...(reason !== undefined && { reason }),
    };
    const appended = await this.#parts.append(event, earlier?.id);
    const { position, duplicate } = appended;
    const known = requests.get(id)?.answer;
    // Somebody else was faster.
    if (duplicate && known && known.answer !== wanted) throw alreadyAnswered(id, known.answer);
    return { id: appended.id, position, duplicate };
  }

  /** Accepts a request where the account's settings say so. What the journal did not take is tried at the next start. */
  acceptByItself({ id, ask, room }: RequestEvent): void {
    const { requests, log } = this.#parts;
    const { account } = splitRoomRef(room);
    if (!this.#parts.accepts(account).includes(ask) || requests.get(id)?.answer) return;
    this.answer({ request: id, accepted: true, by: hubsName }).catch((error: unknown) => {
      log.warn({ account, request: id, err: error }, 'a request could not be accepted');
    });
  }

  /** The same for all that an account was asked before. */
  acceptAllByItself(account: AccountId): void {
    for (const request of this.#parts.requests.of(account)) this.acceptByItself(request);
  }
}

function alreadyAnswered(id: EventId, how: RequestStatus['state']): RequestError {
  const words = how === 'gone' ? 'cannot be answered any more' : `has been ${how} already`;
  return new RequestError('request-answered', `the request ${id} ${words}`);
}
