// stub
import type { XmlElement } from './element.ts';

export interface IqRequestOptions {
  /** How long to wait for the answer. Default: the session's `iqMs`. */
  readonly timeoutMs?: number;
  /**
   * Looks at every message on arrival while the request is open; those it returns true for are taken (they do not
   * reach `onStanza` and count as handled). For results that come before the answer, as in MAM.
   */
  readonly collect?: (message: XmlElement) => boolean;
  readonly signal?: AbortSignal;
}

/**
 * Answers a request: with the payload of the result (undefined for an empty one). Throwing a {@link StanzaErrorReply}
 * answers with that error, an IqTimeout with `remote-server-timeout`, anything else with `undefined-condition`.
 */
export type IqHandler = (request: XmlElement) => XmlElement | undefined | Promise<XmlElement | undefined>;
