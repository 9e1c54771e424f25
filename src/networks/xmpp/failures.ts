/**
 * What goes wrong on XMPP, in the hub's terms: whether an account is worth trying again, and whether a message
 * certainly did not go out.
 */
import { AccountError, DeliveryError } from '../../hub/errors.ts';
import { toError } from '../../hub/clock.ts';
import { XmppError } from '../../wire/xmpp/errors.ts';
import { readStanzaError, type StanzaErrorDetails } from '../../wire/xmpp/stanza-error.ts';
import type { XmlElement } from '../../wire/xmpp/element.ts';

/** Why a run ended, as the hub has to know it. */
export function toAccountError(thrown: unknown): Error {
  const error = toError(thrown);
  if (!(error instanceof XmppError)) return error;
  const options = { cause: error };
  switch (error.code) {
    case 'xmpp-authentication-failed':
    case 'xmpp-mechanism-unavailable':
    case 'xmpp-server-unproven':
      return new AccountError(
        error.terminal ? 'account-auth' : 'account-unreachable',
        error.message,
        options,
      );
    case 'xmpp-jid-malformed':
    case 'xmpp-tls-required':
      return new AccountError('account-setup', error.message, options);
    case 'xmpp-tls-not-offered':
    case 'xmpp-tls-failed':
      return new AccountError(
        'account-unreachable',
        `${error.message}; for a server on this machine alone, tls: false does without encryption`,
        options,
      );
    case 'xmpp-certificate-refused':
      return new AccountError('account-unreachable', `${error.message}${toRemedy(error.cause)}`, options);
    case 'xmpp-host-not-found':
    case 'xmpp-host-unreachable':
    case 'xmpp-bind-failed':
    case 'xmpp-timeout':
      return new AccountError('account-unreachable', error.message, options);
    default:
      return new AccountError('account-over', error.message, options);
  }
}

/** What OpenSSL calls a certificate that no authority known here has signed. */
const UNKNOWN_AUTHORITY: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** The settings of hutong.yaml that help against a refused certificate. */
function toRemedy(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return UNKNOWN_AUTHORITY.has(code)
    ? ' - tls: { ca: FILE }; or, for a server on this machine alone, tls: false'
    : '';
}

/** What a failed hand-over to the stream means for the message. */
export function toDeliveryError(thrown: unknown): DeliveryError {
  if (thrown instanceof DeliveryError) return thrown;
  const error = toError(thrown);
  if (error instanceof XmppError) {
    if (error.code === 'xmpp-not-connected') return notSent(error.message, error);
    if (error.code === 'xmpp-element-invalid') {
      return new DeliveryError('failed', error.message, { cause: error, permanent: true });
    }
  }
  return new DeliveryError('unknown', error.message, { cause: error });
}

/** It did not go out; a later try may do. */
export function notSent(message: string, cause?: unknown, retryAfterMs?: number): DeliveryError {
  return new DeliveryError('failed', message, {
    ...(cause !== undefined && { cause }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** Conditions under which the same message may be accepted later. */
const PASSING: ReadonlySet<string> = new Set([
  'not-acceptable', // In a room: we are not in it (any more).
  'recipient-unavailable',
  'remote-server-not-found',
  'remote-server-timeout',
  'resource-constraint',
  'internal-server-error',
  'service-unavailable',
]);

/** A message that came back: it certainly did not go out. */
export function toBounce(stanza: XmlElement): { error: DeliveryError; details: StanzaErrorDetails } {
  const details = readStanzaError(stanza);
  const permanent = details.type !== 'wait' && !PASSING.has(details.condition);
  return { error: new DeliveryError('failed', `refused: ${explain(details)}`, { permanent }), details };
}

/** A stanza error in words. */
export function explain({ condition, text }: StanzaErrorDetails): string {
  return text === '' ? condition : `${condition} (${text})`;
}
