// What the toolkit needs of a stream and tells it, however the stream was made: a client's session is one, a
// component's is one, a test's loopback is one.
import type { XmlElement } from '../element.ts';
import type { XmppError } from '../errors.ts';
import type { IqHandler, IqRequestOptions } from '../iq.ts';
import type { Jid } from '../jid.ts';

/** A stream of stanzas. */
export interface Stream {
  /** The own address while there is a session. */
  readonly jid: Jid | undefined;
  /** Sends, in order; resolves when the stanza has its place in the queue. @throws XmppError */
  send(stanza: XmlElement): Promise<void>;
  /** Sends an IQ request and resolves with the result. @throws IqError, IqTimeout, XmppError */
  iq(request: XmlElement, options?: IqRequestOptions): Promise<XmlElement>;
  /** Answers the requests of a namespace that no handler of the toolkit answered. */
  onIq(namespace: string, handler: IqHandler): () => void;
}

/** Where a stream hands over what happens; the toolkit provides it. */
export interface StreamEvents {
  /** Every stanza but requests, and answers that somebody waited for. Never rejects for what a handler did. */
  onStanza(this: void, stanza: XmlElement): Promise<void>;
  /** Every request, on arrival. False: nobody answers it here. Never rejects. */
  onRequest(this: void, request: XmlElement): Promise<boolean>;
  /** The session is over: what belongs to it will not come. */
  onLost(this: void, reason: XmppError): void;
}
