/** What `doctor` and `start` have to say of the web server's settings. */
import { X509Certificate } from 'node:crypto';
import type { Configuration } from '../config/configuration.ts';
import { formatAddress, isLoopback } from '../hub/address.ts';
import { toError } from '../hub/clock.ts';
import { readCertificate, type CertificateFiles } from '../http/certificate.ts';
import type { Finding } from './machine-checks.ts';

const dayMs = 86_400_000;
/** A certificate that ends sooner should have been renewed. */
const renewalDays = 14;

/** Why what people type into the web server may be read on its way; undefined where it may not, or nobody can tell. */
export function explainPlaintext({
  listen,
  tls,
  proxy,
}: Pick<Configuration['http'], 'listen' | 'tls' | 'proxy'>): string | undefined {
  if (tls !== undefined || proxy.length > 0 || isLoopback(listen.host)) return undefined;
  return `http.listen ${formatAddress(listen)} takes other machines without TLS, so that passwords can be read on their way: set http.tls, or put a proxy with TLS before it and name it in http.proxy`;
}

/** Whether the certificate and its key fit, and for how long yet. */
export async function checkCertificate(files: CertificateFiles, now: number): Promise<Finding> {
  try {
    const { cert } = await readCertificate(files);
    const { validFrom, validTo, subjectAltName, subject } = new X509Certificate(cert);
    const shown = `http.tls ${files.cert}, for ${subjectAltName ?? subject}`;
    if (Date.parse(validFrom) > now)
      return { verdict: 'bad', text: `${shown}: is not valid before ${validFrom}` };
    const days = Math.floor((Date.parse(validTo) - now) / dayMs);
    if (days < 0) return { verdict: 'bad', text: `${shown}: has expired, ${validTo}` };
    const text = `${shown}: valid until ${validTo}`;
    return { verdict: days < renewalDays ? 'doubtful' : 'good', text };
  } catch (error) {
    return { verdict: 'bad', text: toError(error).message };
  }
}
