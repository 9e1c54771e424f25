/** Brings the calls of all bots to the hub that is there; while there is none, they wait. */
import type { ClientHttp2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { Call } from './call.ts';

/** Calls at once, of all bots. */
const callLimit = 10_000;

export class Exchange {
  readonly #calls = new Set<Call>();
  readonly #waiting = new Set<Call>();
  #hub: ClientHttp2Session | undefined;

  /** A bot calls. */
  take(bot: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    bot.on('error', () => {
      // It is closed then.
    });
    const call = new Call(bot, headers, { onLost: (lost, session) => this.#place(lost, session) });
    if (this.#calls.size >= callLimit) return call.refuse(`there are ${callLimit} calls at once already`);
    this.#calls.add(call);
    bot.once('close', () => {
      this.#calls.delete(call);
      this.#waiting.delete(call);
    });
    this.#place(call);
  }

  /** From now on calls go to this hub, those that wait first. */
  connect(hub: ClientHttp2Session): void {
    this.#hub?.destroy();
    this.#hub = hub;
    // A hub that stops takes no more; it says so before it goes.
    for (const event of ['goaway', 'close']) {
      hub.once(event, () => {
        if (this.#hub === hub) this.#hub = undefined;
      });
    }
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const call of waiting) this.#place(call);
  }

  /** Ends all calls. */
  refuseAll(details: string): void {
    this.#hub?.destroy();
    this.#hub = undefined;
    for (const call of this.#calls) call.refuse(details);
  }

  /** @param lost by which the call was not done */
  #place(call: Call, lost?: ClientHttp2Session): void {
    const hub = this.#hub;
    if (!hub || hub === lost || hub.closed) return void this.#waiting.add(call);
    try {
      call.make(hub);
    } catch {
      // It has headers that may not be sent on.
      call.refuse('this is no call of gRPC');
    }
  }
}
