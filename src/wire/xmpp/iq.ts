// Requests and answers. An answer counts only when it has the right id and comes from whoever was asked: ids alone can
// be guessed or leaked, and a forged answer to a roster or MAM request is how clients were robbed (CVE-2015-8688 and
// its kind). Everything that is asked ends: with an answer, an error, a timeout, or the loss of the stream.
import { randomBytes } from 'node:crypto';
import { xml, type XmlElement } from './element.ts';
import { IqError, IqTimeout, XmppError } from './errors.ts';
import { toJid, type Jid } from './jid.ts';
import {
  readStanzaError,
  StanzaErrorReply,
  toErrorElement,
  type StanzaErrorCondition,
  type StanzaErrorDetails,
  type StanzaErrorType,
} from './stanza-error.ts';
import type { LogFunction } from './log.ts';

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

/** How long somebody who asks waits for the answer. */
export interface AskOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Answers a request: with the payload of the result, undefined for an empty one. Throwing a {@link StanzaErrorReply}
 * answers with that error, an IqTimeout with `remote-server-timeout`, anything else, IqErrors included, with
 * `undefined-condition`.
 */
export type IqHandler = (request: XmlElement) => XmlElement | undefined | Promise<XmlElement | undefined>;

/** The answer to a request that nobody handles: a condition (`cancel`), or the error in full. */
export type UnhandledIq =
  | StanzaErrorCondition
  | { readonly condition: StanzaErrorCondition; readonly type?: StanzaErrorType; readonly text?: string };

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
  /** By id: one entry, unless the caller chose the same id for requests to several peers. */
  readonly #pending = new Map<string, readonly Pending[]>();
  #size = 0;
  readonly #collecting = new Set<Pending>();
  readonly #handlers = new Map<string, IqHandler>();
  readonly #log: LogFunction;

  constructor(log: LogFunction) {
    this.#log = log;
  }

  /** Requests without an answer yet. */
  get size(): number {
    return this.#size;
  }

  /**
   * Registers a request and resolves with its answer. `send` puts it on the way; where that fails, so does the request.
   * An id that the caller chose is kept; otherwise one is made here.
   */
  request(
    unsent: XmlElement,
    timeoutMs: number,
    options: IqRequestOptions,
    send: (request: XmlElement) => Promise<void>,
  ): Promise<XmlElement> {
    return new Promise((resolve, reject) => {
      const given = unsent.attr('id') ?? '';
      const id = given === '' ? createId() : given;
      const request = given === '' ? unsent.with({ id }) : unsent;
      const peer = toJid(request.attr('to'));
      if (this.#find(id, (other) => isSamePeer(other.peer, peer)) !== undefined) {
        const to = request.attr('to') ?? 'the server';
        throw new XmppError(
          'xmpp-id-in-use',
          `not sent: a request with the id "${id}" is under way to ${to}`,
        );
      }
      const { signal, collect } = options;
      const fail = (error: Error): void => {
        if (this.#take(id, entry)) reject(error);
      };
      const timer = setTimeout(() => fail(new IqTimeout(request, timeoutMs)), timeoutMs);
      const abort = (): void =>
        fail(new XmppError('xmpp-closed', 'the request was called off', { cause: signal?.reason }));
      const entry: Pending = {
        request,
        peer,
        collect,
        resolve,
        reject,
        release: () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', abort);
        },
      };
      this.#pending.set(id, [...(this.#pending.get(id) ?? []), entry]);
      this.#size++;
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
    const type = answer.attr('type');
    const first = this.#pending.get(id)?.[0];
    if (first === undefined || (type !== 'result' && type !== 'error')) return false;
    const from = answer.attr('from');
    const pending = this.#find(id, ({ peer }) => isFromPeer(from, peer, own));
    if (pending === undefined) {
      this.#log('warn', 'iq-answer-from-stranger', { from, asked: first.peer?.toString() });
      return false;
    }
    this.#take(id, pending);
    if (type === 'error') pending.reject(new IqError(readStanzaError(answer), answer));
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
    for (const [id, entries] of this.#pending) {
      for (const entry of entries) {
        if (this.#take(id, entry)) entry.reject(error);
      }
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
  async answer(request: XmlElement, unhandled: UnhandledIq): Promise<XmlElement> {
    const payload = request.elements()[0];
    try {
      if (payload === undefined) throw new StanzaErrorReply('bad-request', 'modify');
      const handler = this.#handlers.get(payload.ns);
      if (handler === undefined) {
        const { condition, type, text } =
          typeof unhandled === 'string' ? { condition: unhandled } : unhandled;
        throw new StanzaErrorReply(condition, type, text);
      }
      const result = await handler(request);
      return reply(request, 'result', result);
    } catch (error) {
      const known = toAnswerError(error);
      if (known === undefined) this.#log('error', 'iq-handler-failed', { namespace: payload?.ns, error });
      return toErrorReply(request, known ?? UNKNOWN_FAILURE);
    }
  }

  #find(id: string, fits: (pending: Pending) => boolean): Pending | undefined {
    return this.#pending.get(id)?.find(fits);
  }

  #take(id: string, entry: Pending): boolean {
    const entries = this.#pending.get(id);
    if (entries === undefined || !entries.includes(entry)) return false;
    if (entries.length === 1) this.#pending.delete(id);
    else
      this.#pending.set(
        id,
        entries.filter((other) => other !== entry),
      );
    this.#size--;
    this.#collecting.delete(entry);
    entry.release();
    return true;
  }
}

/** The answer to a request whose handler failed in a way that says nothing to the peer. */
export const UNKNOWN_FAILURE: StanzaErrorDetails = {
  condition: 'undefined-condition',
  type: 'cancel',
  text: '',
};

/**
 * The error that answers a request whose handler threw this; undefined where it was no error meant for the peer. An
 * IqError of somebody else is not passed on: what a third party said is not the asking peer's business.
 */
export function toAnswerError(error: unknown): StanzaErrorReply['details'] | undefined {
  if (error instanceof StanzaErrorReply) return error.details;
  if (error instanceof IqError) return UNKNOWN_FAILURE;
  if (error instanceof IqTimeout) return { condition: 'remote-server-timeout', type: 'wait', text: '' };
  return undefined;
}

/** The error that answers a request. */
export function toErrorReply(request: XmlElement, details: StanzaErrorDetails): XmlElement {
  return reply(request, 'error', toErrorElement(details));
}

function isSamePeer(one: Jid | undefined, other: Jid | undefined): boolean {
  return one === undefined || other === undefined ? one === other : one.equals(other);
}

/**
 * Whether an answer comes from whoever was asked: the peer, its account or its server; or from our own account or
 * server, which answer for a peer that cannot be reached, and write no `from` at all.
 *
 * @param peer who was asked; undefined for the own account
 */
export function isFromPeer(from: string | undefined, peer: Jid | undefined, own: Jid): boolean {
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
