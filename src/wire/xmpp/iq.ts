// Requests and answers. An answer counts only when it has the right id and comes from whoever was asked: ids alone can
// be guessed or leaked, and a forged answer to a roster or MAM request is how clients were robbed (CVE-2015-8688 and
// its kind). Everything that is asked ends: with an answer, an error, a timeout, or the loss of the stream.
import { randomBytes } from 'node:crypto';
import { xml, type XmlElement } from './element.ts';
import { IqError, IqTimeout, XmppError } from './errors.ts';
import { toJid, type Jid } from './jid.ts';
import { readStanzaError, StanzaErrorReply, toErrorElement } from './stanza-error.ts';
import type { LogFunction } from './session-options.ts';

export interface IqRequestOptions {
  /** How long to wait for the answer, from the call on. Default: the session's `iqMs`. */
  readonly timeoutMs?: number;
  /**
   * Looks at every message on arrival while the request is open; those it returns true for are taken: they do not
   * reach `onStanza` and count as handled. For results that come before the answer, as in MAM.
   */
  readonly collect?: (message: XmlElement) => boolean;
  readonly signal?: AbortSignal;
}

/**
 * Answers a request: with the payload of the result, undefined for an empty one. Throwing a {@link StanzaErrorReply}
 * answers with that error, an IqError with the same condition, an IqTimeout with `remote-server-timeout`, anything
 * else with `undefined-condition`.
 */
export type IqHandler = (request: XmlElement) => XmlElement | undefined | Promise<XmlElement | undefined>;

const ID_BYTES = 12;

/** A new stanza id that nobody can guess. */
export function createId(): string {
  return randomBytes(ID_BYTES).toString('base64url');
}

interface Pending {
  readonly request: XmlElement;
  readonly peer: Jid | undefined;
  readonly collect: ((message: XmlElement) => boolean) | undefined;
  readonly resolve: (answer: XmlElement) => void;
  readonly reject: (error: Error) => void;
  readonly release: () => void;
}

/** The requests under way and the handlers of requests that come in. */
export class IqTable {
  readonly #pending = new Map<string, Pending>();
  readonly #collecting = new Set<Pending>();
  readonly #handlers = new Map<string, IqHandler>();
  readonly #log: LogFunction;

  constructor(log: LogFunction) {
    this.#log = log;
  }

  /** Requests without an answer yet. */
  get size(): number {
    return this.#pending.size;
  }

  /**
   * Registers a request and resolves with its answer. `send` puts it on the way; where that fails, so does the request.
   */
  request(
    unsent: XmlElement,
    timeoutMs: number,
    options: IqRequestOptions,
    send: (request: XmlElement) => Promise<void>,
  ): Promise<XmlElement> {
    return new Promise((resolve, reject) => {
      const id = createId();
      const request = unsent.with({ id });
      const { signal, collect } = options;
      const fail = (error: Error): void => {
        if (this.#take(id)) reject(error);
      };
      const timer = setTimeout(() => fail(new IqTimeout(request, timeoutMs)), timeoutMs);
      const abort = (): void =>
        fail(new XmppError('xmpp-closed', 'the request was called off', { cause: signal?.reason }));
      const entry: Pending = {
        request,
        peer: toJid(request.attr('to')),
        collect,
        resolve,
        reject,
        release: () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', abort);
        },
      };
      this.#pending.set(id, entry);
      if (collect !== undefined) this.#collecting.add(entry);
      if (signal?.aborted) {
        abort();
        return;
      }
      signal?.addEventListener('abort', abort, { once: true });
      send(request).catch((error: unknown) =>
        fail(error instanceof Error ? error : new Error(String(error))),
      );
    });
  }

  /** Gives an answer to whoever asked. False where nobody did, or not this sender. */
  settle(answer: XmlElement, own: Jid): boolean {
    const id = answer.attr('id') ?? '';
    const pending = this.#pending.get(id);
    if (pending === undefined) return false;
    if (!isFromPeer(answer.attr('from'), pending.peer, own)) {
      this.#log('warn', 'iq-answer-from-stranger', {
        from: answer.attr('from'),
        asked: pending.peer?.toString(),
      });
      return false;
    }
    this.#take(id);
    if (answer.attr('type') === 'error') pending.reject(new IqError(readStanzaError(answer), answer));
    else pending.resolve(answer);
    return true;
  }

  /** Offers a message to the open requests that collect; true where one took it. */
  collect(message: XmlElement): boolean {
    for (const { collect } of this.#collecting) {
      if (collect?.(message) === true) return true;
    }
    return false;
  }

  /** The stream is lost for good: no answer will come. */
  rejectAll(error: XmppError): void {
    const pending = [...this.#pending.keys()];
    for (const id of pending) {
      const entry = this.#pending.get(id);
      if (this.#take(id)) entry?.reject(error);
    }
  }

  /** Answers requests of a namespace, in place of whoever did before. */
  handle(namespace: string, handler: IqHandler): () => void {
    this.#handlers.set(namespace, handler);
    return () => {
      if (this.#handlers.get(namespace) === handler) this.#handlers.delete(namespace);
    };
  }

  /** Makes the answer to a request. Never rejects. */
  async answer(
    request: XmlElement,
    unhandled: 'feature-not-implemented' | 'service-unavailable',
  ): Promise<XmlElement> {
    const payload = request.elements()[0];
    try {
      if (payload === undefined) throw new StanzaErrorReply('bad-request', 'modify');
      const handler = this.#handlers.get(payload.ns);
      if (handler === undefined) throw new StanzaErrorReply(unhandled, 'cancel');
      const result = await handler(request);
      return reply(request, 'result', result);
    } catch (error) {
      return reply(request, 'error', toErrorElement(this.#toDetails(error, payload)));
    }
  }

  #toDetails(error: unknown, payload: XmlElement | undefined): StanzaErrorReply['details'] {
    if (error instanceof StanzaErrorReply) return error.details;
    if (error instanceof IqError) return { condition: error.condition, type: error.type, text: error.text };
    if (error instanceof IqTimeout) return { condition: 'remote-server-timeout', type: 'wait', text: '' };
    this.#log('error', 'iq-handler-failed', { namespace: payload?.ns, error });
    return { condition: 'undefined-condition', type: 'cancel', text: '' };
  }

  #take(id: string): boolean {
    const pending = this.#pending.get(id);
    if (pending === undefined) return false;
    this.#pending.delete(id);
    this.#collecting.delete(pending);
    pending.release();
    return true;
  }
}

/**
 * Whether an answer comes from whoever was asked: the peer, its account or its server; or from our own account or
 * server, which answer for a peer that cannot be reached, and write no `from` at all.
 */
function isFromPeer(from: string | undefined, peer: Jid | undefined, own: Jid): boolean {
  if (from === undefined || from === '') return true;
  const sender = toJid(from);
  if (sender === undefined) return false;
  if (isSelfOrAbove(sender, own.bare)) return true;
  return peer === undefined ? sender.equals(own) : isSelfOrAbove(sender, peer);
}

function isSelfOrAbove(sender: Jid, jid: Jid): boolean {
  if (sender.domain !== jid.domain) return false;
  if (sender.resource !== '' && sender.resource !== jid.resource) return false;
  return sender.local === jid.local || (sender.local === '' && sender.resource === '');
}

function reply(request: XmlElement, type: 'result' | 'error', payload: XmlElement | undefined): XmlElement {
  return xml('iq', { type, id: request.attr('id'), to: request.attr('from') }, payload);
}
