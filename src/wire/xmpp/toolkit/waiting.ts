// Waiting for one stanza, and collecting many: handlers that somebody holds in the hand. They belong to the session.
import { XmppError } from '../errors.ts';
import type { Matcher } from '../matcher/matcher.ts';
import type { Stanza } from '../stanza/stanza.ts';
import type { HandlerTable } from './handlers.ts';

/** How long to wait for a stanza. */
export interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The next stanza that matches. Where it is a request, answering it is the caller's.
 *
 * @throws XmppError `xmpp-timeout`, `xmpp-closed` (aborted or closed), `xmpp-connection-lost`
 */
export function waitFor<S extends Stanza>(
  handlers: HandlerTable,
  matcher: Matcher<S>,
  { timeoutMs, signal }: WaitOptions,
): Promise<S> {
  const { promise, resolve, reject } = Promise.withResolvers<S>();
  const end = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    remove();
  };
  const fail = (error: XmppError): void => {
    end();
    reject(error);
  };
  const abort = (): void =>
    fail(new XmppError('xmpp-closed', 'waiting was called off', { cause: signal?.reason }));
  const remove = handlers.add({
    matcher,
    name: `waiting for ${matcher.description}`,
    once: true,
    takes: true,
    run(stanza) {
      end();
      resolve(stanza as Stanza as S);
    },
    lost: (reason) => fail(toLost(reason)),
  });
  const late = `nothing that matches ${matcher.description} came within ${timeoutMs} ms`;
  const timer = setTimeout(() => fail(new XmppError('xmpp-timeout', late)), timeoutMs);
  if (signal?.aborted === true) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  return promise;
}

/** Stanzas gathered so far; ends with `stop`, with `using`, at its limit, and with the session. */
export interface Collector<S extends Stanza> extends Disposable {
  readonly stanzas: readonly S[];
  /** Ends it. @returns what was collected */
  stop(): readonly S[];
}

/** Gathers every stanza that matches, up to a limit. Where they are requests, answering them is the caller's. */
export function collect<S extends Stanza>(
  handlers: HandlerTable,
  matcher: Matcher<S>,
  limitStanzas: number,
): Collector<S> {
  const stanzas: S[] = [];
  const remove = handlers.add({
    matcher,
    name: `collecting ${matcher.description}`,
    once: false,
    takes: true,
    run(stanza) {
      stanzas.push(stanza as Stanza as S);
      if (stanzas.length >= limitStanzas) remove();
    },
    lost: () => {},
  });
  return {
    stanzas,
    stop() {
      remove();
      return stanzas;
    },
    [Symbol.dispose]: remove,
  };
}

function toLost(reason: XmppError): XmppError {
  if (reason.code === 'xmpp-closed') return reason;
  return new XmppError('xmpp-connection-lost', `nothing came: the stream was lost (${reason.message})`, {
    cause: reason,
  });
}
