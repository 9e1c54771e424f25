// One account's XMPP session: it logs in, lives across several TCP connections so that XEP-0198 can resume it, and
// hands stanzas both ways. It makes one attempt at a time and never retries by itself: when and how often to try
// again is the owner's decision, made in one place for every network.
import type { XmlElement } from './element.ts';
import { Jid } from './jid.ts';
import type { IqHandler, IqRequestOptions } from './iq.ts';
import type { Connected, StreamEnd, XmppSessionOptions } from './session-options.ts';

/**
 * A session. The owner calls `connect`, awaits `ended`, and calls `connect` again for as long as it likes.
 *
 * @see RFC 6120, XEP-0198
 */
export class XmppSession {
  /** @throws XmppError `xmpp-jid-malformed` */
  constructor(_options: XmppSessionOptions) {
    throw new Error('not built yet');
  }

  /** The account's bare address. */
  readonly account: Jid = new Jid('', '', '');

  /** The full address while a stream is open or can be resumed. */
  get jid(): Jid | undefined {
    throw new Error('not built yet');
  }

  /** A stream is open. */
  get connected(): boolean {
    throw new Error('not built yet');
  }

  /** Stanzas sent or waiting that the server has not acknowledged. */
  get unacknowledged(): number {
    throw new Error('not built yet');
  }

  /**
   * Makes one attempt: address, TCP, TLS, login, then resume or bind. Aborting the signal ends the attempt; once
   * connected it has no further effect. Before a resume it waits for the handler that is still at work.
   *
   * @throws XmppError with any code of the way to a stream; `terminal` where retrying cannot help
   */
  connect(_signal: AbortSignal): Promise<Connected> {
    throw new Error('not built yet');
  }

  /** Resolves when the connection that `connect` last made has ended. Never rejects. */
  get ended(): Promise<StreamEnd> {
    throw new Error('not built yet');
  }

  /**
   * Sends a stanza, in order with the others; `id` is the caller's business. Resolves when it has a place in the
   * bounded queue, at once or when there is room. While a resumable session is away it is kept and sent after the
   * resume.
   *
   * @throws XmppError `xmpp-not-connected` (not sent), `xmpp-element-invalid`
   */
  send(_stanza: XmlElement): Promise<void> {
    throw new Error('not built yet');
  }

  /**
   * Like `send`, but resolves when the server acknowledged the stanza (at once after `send` where the server has no
   * XEP-0198).
   *
   * @throws XmppError `xmpp-not-connected` (surely not sent), `xmpp-outcome-unknown` (the stream was lost for good
   *   with the stanza under way), `xmpp-element-invalid`
   */
  sendAcked(_stanza: XmlElement): Promise<void> {
    throw new Error('not built yet');
  }

  /**
   * Sends an IQ request and resolves with the result. The id is made here. An answer counts on arrival, before the
   * messages ahead of it went through `onStanza`, so that a handler may await an IQ; see `collect` for results that
   * come as messages before the answer (MAM).
   *
   * @throws IqError, IqTimeout, XmppError `xmpp-not-connected`, `xmpp-outcome-unknown`, `xmpp-closed`
   */
  iq(_request: XmlElement, _options?: IqRequestOptions): Promise<XmlElement> {
    throw new Error('not built yet');
  }

  /**
   * Answers IQ requests of one namespace. Handlers run as requests arrive, beside `onStanza`.
   *
   * @returns takes the handler away
   */
  onIq(_namespace: string, _handler: IqHandler): () => void {
    throw new Error('not built yet');
  }

  /**
   * Ends the session: waits, for a bounded time, until the server acknowledged what was sent, says goodbye and
   * closes. What was never acknowledged rejects as `sendAcked` says. Never rejects.
   */
  close(): Promise<void> {
    throw new Error('not built yet');
  }

  /** Cuts the connection without a goodbye, so that the session can be resumed. */
  drop(): void {
    throw new Error('not built yet');
  }
}
