/**
 * A bot's stream of events: it is told how the account does, then what has happened since it was here, then what happens. What
 * it has not read yet stays in the journal, not in memory.
 */
import { sleep, toError } from '../../hub/clock.ts';
import type { Position } from '../../hub/message.ts';
import type { HubAccess } from '../../hub/face.ts';
import type { BotProgress } from '../../hub/bot-progress.ts';
import type { Tail } from '../../hub/tail.ts';
import type { Acknowledgements } from './acknowledgements.ts';
import { statusOf, type Visitor, type WritingCall } from './door.ts';
import type { Events } from './events.ts';
import { Failure } from './failure.ts';
import type { WechatyHost } from './host.ts';
import type { People } from './people.ts';
import { createMessage, EVENT_TYPE, markEvent, SCAN_STATUS_WAITING } from './protobuf.ts';
import { toMark } from './told.ts';

export interface BotStreamOptions {
  host: Pick<WechatyHost, 'clock' | 'log'> & { hub: Pick<HubAccess, 'accounts'> };
  people: People;
  tail: Tail;
  progress: BotProgress;
  events: Events;
  acknowledgements: Acknowledgements;
  heartbeatMs: number;
  /** Rejects with a `Failure` where the bot may not be here any more. */
  readonly admit: () => Promise<Visitor>;
}

const pageLimit = 200;
/** How often it is looked how the account does, and whether the token stands. */
const lookMs = 1_000;
const admitEveryMs = 15_000;
/** How long an account may take to be there: a hub that starts listens before it has its accounts. */
const settleMs = 10_000;

export class BotStream {
  readonly visitor: Visitor;
  readonly #call: WritingCall;
  readonly #options: BotStreamOptions;
  readonly #over = new AbortController();
  /** Resolved with the first login: before it clients do not know who they are, and fail at any message. */
  readonly #loggedIn = Promise.withResolvers<void>();
  /** The user that the bot believes to be. */
  #loggedInAs: string | undefined;
  /** Everything up to here was told; undefined before it is known where the bot goes on. */
  #toldTo: Position | undefined;
  #shownCode: string | undefined;
  #wasAccountThere = false;

  constructor(call: WritingCall, visitor: Visitor, options: BotStreamOptions) {
    this.#call = call;
    this.visitor = visitor;
    this.#options = options;
    const end = () => this.#over.abort(new Error('the bot has gone'));
    for (const event of ['cancelled', 'close', 'error', 'finish']) call.on(event, end);
    if (call.cancelled) end();
  }

  /** Resolves when the bot has gone, or the face stops. Rejects where it has to be sent away. */
  async serve(): Promise<void> {
    const { tail, progress } = this.#options;
    const over = AbortSignal.any([this.#over.signal, tail.signal]);
    // What happens from now on is told, also to a bot that is here for the first time.
    const place = await progress.start(this.visitor.key);
    const { told } = this.visitor;
    // A stream that goes on with this hub: what the bot was told it has asked for, or its calls come again. A journal that
    // was put back to an earlier state is behind it.
    const goesOn = told !== undefined && told.position <= tail.head;
    if (goesOn) this.#loggedInAs = told.self;
    const begin = goesOn ? told.position : place;
    this.#toldTo = begin;
    // Clients wait for it: it says that they have come in.
    this.#beat();
    const watching = this.#watch(over);
    const telling = this.#tell(begin, over);
    try {
      await Promise.race([watching, telling]);
    } finally {
      this.#over.abort();
      await Promise.allSettled([watching, telling]);
    }
  }

  /** Tells something that is not in the journal. */
  emit(type: number, payload: object): boolean {
    if (this.#over.signal.aborted) return true;
    const message = createMessage('EventResponse', { type, payload: JSON.stringify(payload) });
    const [position, self] = [this.#toldTo, this.#loggedInAs];
    if (position !== undefined) markEvent(message, toMark({ position, ...(self !== undefined && { self }) }));
    return this.#call.write(message);
  }

  #beat(): void {
    this.emit(EVENT_TYPE.heartbeat, { data: 'hutong' });
  }

  async #watch(over: AbortSignal): Promise<void> {
    const { host, heartbeatMs, admit } = this.#options;
    const { clock } = host;
    const beganAt = clock.monotonicMs();
    let beatAt = beganAt;
    let admittedAt = beganAt;
    for (;;) {
      if (clock.monotonicMs() - beganAt >= settleMs || this.#isAccountThere()) this.#showAccount();
      try {
        await sleep(clock, Math.min(heartbeatMs, lookMs), over);
      } catch {
        // It is over.
        return;
      }
      const now = clock.monotonicMs();
      if (now - beatAt >= heartbeatMs && !this.#call.writableNeedDrain) {
        this.#beat();
        beatAt = now;
      }
      if (now - admittedAt < admitEveryMs) continue;
      admittedAt = now;
      await admit().catch((error: unknown) => {
        if (error instanceof Failure) throw error;
        // Where the journal cannot tell, what was allowed stays so until it can.
      });
    }
  }

  /** Whether it is there, or was: then it has been removed. */
  #isAccountThere(): boolean {
    const { account } = this.visitor;
    this.#wasAccountThere ||= this.#options.host.hub.accounts().some(({ id }) => id === account);
    return this.#wasAccountThere;
  }

  /** Tells that the account has logged in or out, or that a code is to be scanned, where that is new. */
  #showAccount(): void {
    const { host, people } = this.#options;
    const { state, prompt } = statusOf(host.hub, this.visitor);
    const self = people.selfOf(this.visitor.account);
    // A connection that is lost for a while is none of the bot's business.
    const isOut = state.phase === 'login' || state.phase === 'failed' || state.phase === 'stopped';
    if (this.#loggedInAs !== undefined && (isOut || self?.id !== this.#loggedInAs)) {
      const contactId = this.#loggedInAs;
      this.#loggedInAs = undefined;
      // Clients take a login for a mistake until they have dealt with the logout: it is told at the next look.
      this.emit(EVENT_TYPE.logout, { contactId, data: state.message ?? state.phase });
    } else if (!isOut && self && this.#loggedInAs === undefined) {
      this.#loggedInAs = self.id;
      this.#shownCode = undefined;
      this.emit(EVENT_TYPE.login, { contactId: self.id });
      this.emit(EVENT_TYPE.ready, { data: 'ready' });
    }
    if (this.#loggedInAs !== undefined) this.#loggedIn.resolve();
    if (prompt?.type === 'qr' && prompt.data !== this.#shownCode) {
      this.#shownCode = prompt.data;
      this.emit(EVENT_TYPE.scan, { qrcode: prompt.data, status: SCAN_STATUS_WAITING });
    }
  }

  async #tell(begin: Position, over: AbortSignal): Promise<void> {
    const { tail, events, acknowledgements, host } = this.#options;
    if (over.aborted) return;
    over.addEventListener('abort', () => this.#loggedIn.resolve(), { once: true });
    await this.#loggedIn.promise;
    let position = begin;
    while (!over.aborted) {
      const page = await tail.read(position, {}, pageLimit);
      for (const event of page.events) {
        const wire = await events.toWire(event, this.visitor);
        for (const [index, { type, payload, message }] of wire.entries()) {
          await acknowledgements.room(over);
          if (over.aborted) return;
          if (message !== undefined) acknowledgements.tell(message, event.position);
          // Of an event in parts all are told again where the last one was not.
          if (index === wire.length - 1) this.#toldTo = event.position;
          if (!this.emit(type, payload)) await drained(this.#call, over);
        }
        position = event.position;
        if (wire.length > 0) acknowledgements.toldTo(position);
      }
      position = page.next;
      this.#toldTo = position;
      acknowledgements.toldTo(position);
      await tail.changed(position, over);
    }
    host.log.debug(
      { bot: this.visitor.caller.name, reason: toError(over.reason).message },
      'a Wechaty bot goes',
    );
  }
}

/** Resolves, too, when it is over. */
async function drained(call: WritingCall, over: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const go = () => resolve();
  call.once('drain', go);
  over.addEventListener('abort', go, { once: true });
  if (over.aborted) go();
  await promise;
  call.off('drain', go);
  over.removeEventListener('abort', go);
}
