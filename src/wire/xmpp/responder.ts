// Answers what peers ask of a session: by what the program sees first, by the handlers of the table, or with a refusal.
// Whatever goes wrong with one answer, the peer is told or waits in vain; the stream goes on.
import type { Answering } from './answering.ts';
import type { XmlElement } from './element.ts';
import { toErrorReply, type IqTable } from './iq.ts';
import type { LogFunction } from './log.ts';
import type { XmppSessionOptions } from './session-options.ts';

export interface ResponderOptions {
  /** What the program wants done with requests. */
  readonly program: Pick<XmppSessionOptions, 'onRequest' | 'unhandledIq'>;
  readonly iqs: Pick<IqTable, 'answer'>;
  readonly log: LogFunction;
  /** Answers come from the address that was asked: a component has many. */
  readonly manyAddresses: boolean;
  readonly send: (answer: XmlElement) => Promise<void>;
}

export class Responder implements Answering {
  readonly #options: ResponderOptions;

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  /** Answers a request. Never rejects. */
  async answer(request: XmlElement): Promise<void> {
    if (await this.#isTaken(request)) return;
    const { iqs, program } = this.#options;
    const unhandled = program.unhandledIq ?? 'feature-not-implemented';
    await this.#send(request, await iqs.answer(request, unhandled));
  }

  /** Tells the peer to ask again later. Never rejects. */
  async refuse(request: XmlElement): Promise<void> {
    this.#options.log('warn', 'iq-refused', {
      from: request.attr('from'),
      why: 'too many requests are being answered',
    });
    await this.#send(
      request,
      toErrorReply(request, { condition: 'resource-constraint', type: 'wait', text: '' }),
    );
  }

  async #isTaken(request: XmlElement): Promise<boolean> {
    const { program, log } = this.#options;
    try {
      return (await program.onRequest?.(request)) ?? false;
    } catch (error) {
      log('error', 'iq-handler-failed', { error });
      return false;
    }
  }

  async #send(request: XmlElement, answer: XmlElement): Promise<void> {
    const { manyAddresses, send, log } = this.#options;
    try {
      await send(manyAddresses ? answer.with({ from: request.attr('to') }) : answer);
    } catch (error) {
      // The stream went away meanwhile, and with it whoever waits for this answer will see a timeout.
      log('debug', 'iq-answer-not-sent', { error });
    }
  }
}
