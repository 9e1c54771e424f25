// Says in plain words what is wrong with a server's certificate, because "UNABLE_TO_VERIFY_LEAF_SIGNATURE" helps nobody
// who has to repair it.
import type { PeerCertificate } from 'node:tls';
import { XmppError } from './errors.ts';

interface TlsFailure extends Error {
  readonly code?: string;
  readonly cert?: PeerCertificate;
}

/**
 * The error for a TLS handshake that failed.
 *
 * @param domain the name the certificate had to be for
 * @param certificate what the server showed, where it got that far
 */
export function toTlsError(error: TlsFailure, domain: string, certificate?: PeerCertificate): XmppError {
  const why = explain(error, domain, error.cert ?? certificate);
  if (why !== undefined) {
    return new XmppError('xmpp-certificate-refused', `the certificate for ${domain} is refused: ${why}`, {
      cause: error,
    });
  }
  if (error.code === 'ECONNRESET') {
    return new XmppError('xmpp-tls-failed', `the server broke off the TLS handshake for ${domain}`, {
      cause: error,
    });
  }
  return new XmppError('xmpp-tls-failed', `TLS with the server of ${domain} failed: ${error.message}`, {
    cause: error,
  });
}

function explain(
  error: TlsFailure,
  domain: string,
  certificate: PeerCertificate | undefined,
): string | undefined {
  switch (error.code) {
    case 'CERT_HAS_EXPIRED':
      return `it expired${certificate?.valid_to ? ` on ${certificate.valid_to}` : ''}`;
    case 'CERT_NOT_YET_VALID':
      return `it is not valid yet${certificate?.valid_from ? `, only from ${certificate.valid_from}` : ''} (is this machine's clock right?)`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'it is self-signed. If that is meant so, name its file as the CA of this account';
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `it is from an authority that is not known here${toIssuer(certificate)}. If it is your own, name its file as the CA of this account`;
    case 'CERT_SIGNATURE_FAILURE':
      return 'its signature is wrong';
    case 'CERT_REVOKED':
      return 'it was revoked';
    case 'INVALID_CA':
    case 'PATH_LENGTH_EXCEEDED':
    case 'INVALID_PURPOSE':
    case 'CERT_UNTRUSTED':
    case 'CERT_REJECTED':
    case 'CERT_CHAIN_TOO_LONG':
      return error.message;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `it is for ${toNames(certificate)}, not for ${domain}`;
    default:
      return undefined;
  }
}

function toIssuer(certificate: PeerCertificate | undefined): string {
  const issuer = certificate?.issuer?.CN ?? certificate?.issuer?.O;
  return issuer === undefined ? '' : ` (${String(issuer)})`;
}

function toNames(certificate: PeerCertificate | undefined): string {
  const alternatives = certificate?.subjectaltname?.replaceAll(/(?:DNS|IP Address):/g, '');
  const common = certificate?.subject?.CN;
  return alternatives ?? (common === undefined ? 'no name at all' : String(common));
}
