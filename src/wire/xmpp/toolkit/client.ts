// A client account with the toolkit.
import type { Connected, StreamEnd, XmppSessionOptions } from '../session-options.ts';
import { XmppSession } from '../session.ts';
import { Toolkit, type ToolkitOptions } from './toolkit.ts';
import type { StreamEvents } from './stream.ts';

/** Everything of a session and of the toolkit. `timeouts.iqMs` is the default of `iqTimeoutMs`. */
export interface ClientOptions extends Omit<XmppSessionOptions, keyof StreamEvents>, ToolkitOptions {}

/**
 * A client: a session with the toolkit.
 *
 * @example
 * ```ts
 * const client = createClient({ jid: 'ann@example.org/desk', password });
 * await client.connect();
 * await client.presence().send();
 * const version = await client.iq.query('jabber:iq:version', { to: 'example.org' }).send({ timeoutMs: 5000 });
 * await client.close();
 * ```
 *
 * @throws XmppError `xmpp-jid-malformed`
 */
export function createClient(options: ClientOptions): Client {
  return new Client(options);
}

/** A client; made by {@link createClient}. It makes one attempt at a time: when to try again is the caller's decision. */
export class Client extends Toolkit<XmppSession> implements AsyncDisposable {
  /** Use {@link createClient}. */
  constructor(options: ClientOptions) {
    const iqTimeoutMs = options.iqTimeoutMs ?? options.timeouts?.iqMs;
    super((events) => new XmppSession({ ...options, ...events }), {
      ...options,
      ...(iqTimeoutMs !== undefined && { iqTimeoutMs }),
    });
  }

  /** As {@link XmppSession.connect}. @throws XmppError */
  connect(signal: AbortSignal = new AbortController().signal): Promise<Connected> {
    return this.stream.connect(signal);
  }

  /** Resolves when the connection that `connect` last made has ended. */
  get ended(): Promise<StreamEnd> {
    return this.stream.ended;
  }

  /** As {@link XmppSession.close}. Never rejects. */
  close(): Promise<void> {
    return this.stream.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
