// Stanza errors: reading the <error/> of a stanza and writing one. Apart from iq.ts because messages and
// presences carry the same element.
import { type XmlElement, xml } from './element.ts';
import { NS } from './namespaces.ts';

/** The defined conditions of RFC 6120 §8.3.3, and `policy-violation`, which older documents have. */
export const STANZA_ERROR_CONDITIONS = [
  'bad-request',
  'conflict',
  'feature-not-implemented',
  'forbidden',
  'gone',
  'internal-server-error',
  'item-not-found',
  'jid-malformed',
  'not-acceptable',
  'not-allowed',
  'not-authorized',
  'payment-required',
  'policy-violation',
  'recipient-unavailable',
  'redirect',
  'registration-required',
  'remote-server-not-found',
  'remote-server-timeout',
  'resource-constraint',
  'service-unavailable',
  'subscription-required',
  'undefined-condition',
  'unexpected-request',
] as const;

export type StanzaErrorCondition = (typeof STANZA_ERROR_CONDITIONS)[number];

/** What the sender should do about it. @see RFC 6120 §8.3.2 */
export const STANZA_ERROR_TYPES = ['auth', 'cancel', 'continue', 'modify', 'wait'] as const;

export type StanzaErrorType = (typeof STANZA_ERROR_TYPES)[number];

/** An error as it stands in a stanza; `text` is '' where there is none. */
export interface StanzaErrorDetails {
  readonly condition: StanzaErrorCondition;
  readonly type: StanzaErrorType;
  readonly text: string;
}

const CONDITIONS: ReadonlySet<string> = new Set(STANZA_ERROR_CONDITIONS);
const TYPES: ReadonlySet<string> = new Set(STANZA_ERROR_TYPES);

/**
 * Reads the error of a stanza of type `error`. What is missing or unknown becomes `undefined-condition`, `cancel`
 * and '': a peer's sloppy error is still an error.
 */
export function readStanzaError(stanza: XmlElement): StanzaErrorDetails {
  const error = stanza.child('error');
  const condition = error
    ?.elements()
    .find((child) => child.ns === NS.stanzaError && CONDITIONS.has(child.name))?.name;
  const type = error?.attr('type');
  return {
    condition: (condition as StanzaErrorCondition | undefined) ?? 'undefined-condition',
    type: type !== undefined && TYPES.has(type) ? (type as StanzaErrorType) : 'cancel',
    text: error?.childText('text', NS.stanzaError) ?? '',
  };
}

/** The <error/> element for an answer. `application` is the application's own condition. @see RFC 6120 §8.3.4 */
export function toErrorElement(error: {
  condition: StanzaErrorCondition;
  type: StanzaErrorType;
  text?: string;
  application?: XmlElement | undefined;
}): XmlElement {
  return xml(
    'error',
    { type: error.type },
    xml(error.condition, { xmlns: NS.stanzaError }),
    error.text === undefined || error.text === ''
      ? undefined
      : xml('text', { xmlns: NS.stanzaError }, error.text),
    error.application,
  );
}

/**
 * Thrown by a handler to answer with this stanza error.
 *
 * @example throw new StanzaErrorReply('not-acceptable', 'modify', 'too short', xml('too-short', { xmlns: 'urn:example' }));
 */
export class StanzaErrorReply extends Error {
  readonly details: StanzaErrorDetails & { readonly application?: XmlElement | undefined };

  constructor(
    condition: StanzaErrorCondition,
    type: StanzaErrorType = 'cancel',
    text = '',
    application?: XmlElement,
  ) {
    super(text === '' ? condition : text);
    this.name = 'StanzaErrorReply';
    this.details = { condition, type, text, application };
  }
}
