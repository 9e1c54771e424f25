// Channel binding: what of a TLS connection both ends know and nobody in between can copy.
import { createHash, X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** The types we can bind with, strongest first. */
const PREFERENCE = ['tls-exporter', 'tls-unique', 'tls-server-end-point'] as const;
type BindingType = (typeof PREFERENCE)[number];

const EXPORTER_LABEL = 'EXPORTER-Channel-Binding';
const EXPORTER_BYTES = 32;

/**
 * Chooses a type and takes its data from the connection; undefined where no type is sure to work.
 *
 * @param offered the types the server announced (XEP-0440). Where it announced none, only TLS 1.2 leaves no doubt:
 *   there everybody means `tls-unique`. In TLS 1.3 it should be `tls-exporter` (RFC 9266), but ejabberd 23 offers -PLUS
 *   there, announces nothing, and refuses it; guessing would cost the login.
 */
export function takeChannelBinding(
  socket: TLSSocket,
  offered: readonly string[] | undefined,
): { type: string; data: Buffer } | undefined {
  const usual: readonly string[] = socket.getProtocol() === 'TLSv1.3' ? [] : ['tls-unique'];
  for (const type of PREFERENCE) {
    if (!(offered ?? usual).includes(type)) continue;
    const data = toBindingData(socket, type);
    if (data !== undefined) return { type, data };
  }
  return undefined;
}

function toBindingData(socket: TLSSocket, type: BindingType): Buffer | undefined {
  const isTls13 = socket.getProtocol() === 'TLSv1.3';
  switch (type) {
    case 'tls-exporter':
      // Unsafe in TLS 1.2 without the extended master secret, which node cannot tell us about (RFC 9266 §3).
      return isTls13
        ? socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0))
        : undefined;
    case 'tls-unique':
      // Not defined for TLS 1.3. The first Finished message is ours, as sessions are never resumed here; that also
      // rules out the attack on it that the extended master secret is against.
      return isTls13 ? undefined : socket.getFinished();
    case 'tls-server-end-point':
      return toEndPointHash(socket);
  }
}

/** @see RFC 5929 §4.1: the hash of the certificate's own signature, SHA-256 in place of MD5 and SHA-1 */
function toEndPointHash(socket: TLSSocket): Buffer | undefined {
  const { raw } = socket.getPeerCertificate();
  if (raw === undefined) return undefined;
  const algorithm = new X509Certificate(raw).signatureAlgorithm?.toLowerCase() ?? '';
  const [, bits] = /sha-?(1|224|256|384|512)/.exec(algorithm) ?? [];
  // Ed25519 and RSA-PSS name no single hash: no binding of this type is defined for them.
  if (bits === undefined || algorithm.includes('pss')) return undefined;
  return createHash(bits === '1' ? 'sha256' : `sha${bits}`)
    .update(raw)
    .digest();
}
