// Certificates for test servers: an authority of our own and what it signs, good or bad in one chosen way, made with the
// openssl program into a temporary folder.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** `expired` ended in 2020; `wrong-host` is for example.com. */
export type CertificateFlaw = 'none' | 'expired' | 'wrong-host';

export interface Certificates {
  /** PEM of the authority. */
  readonly ca: string;
  readonly caPath: string;
  readonly certificatePath: string;
  readonly keyPath: string;
  /** Certificate and key in one file. */
  readonly bundlePath: string;
}

/** Makes an authority and a server certificate for these names in a folder. */
export async function createCertificates(
  folder: string,
  domains: readonly string[],
  flaw: CertificateFlaw = 'none',
): Promise<Certificates> {
  const at = (name: string): string => join(folder, name);
  const names = flaw === 'wrong-host' ? ['example.com'] : domains;
  await writeFile(
    at('openssl.cnf'),
    `[req]
distinguished_name = dn
[dn]
[ca]
default_ca = authority
[authority]
dir = ${folder}
database = ${at('index.txt')}
new_certs_dir = ${folder}
serial = ${at('serial')}
default_md = sha256
policy = policy
unique_subject = no
[policy]
commonName = supplied
[authority_certificate]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[server_certificate]
basicConstraints = CA:FALSE
keyUsage = digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth
subjectAltName = ${names.map((name) => `DNS:${name}`).join(', ')}
`,
  );
  await writeFile(at('index.txt'), '');
  await writeFile(at('serial'), '01\n');
  const config = ['-config', at('openssl.cnf')];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await run('openssl', [
    'req',
    '-x509',
    ...config,
    ...newKey,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-subj',
    '/CN=hutong test authority',
    '-days',
    '30',
    '-extensions',
    'authority_certificate',
  ]);
  await run('openssl', [
    'req',
    '-new',
    ...config,
    ...newKey,
    '-keyout',
    at('server.key'),
    '-out',
    at('server.csr'),
    '-subj',
    `/CN=${names[0]}`,
  ]);
  const validity =
    flaw === 'expired' ? ['-startdate', '20190101000000Z', '-enddate', '20200101000000Z'] : ['-days', '30'];
  await run('openssl', [
    'ca',
    ...config,
    '-batch',
    '-notext',
    '-in',
    at('server.csr'),
    '-out',
    at('server.pem'),
    '-cert',
    at('ca.pem'),
    '-keyfile',
    at('ca.key'),
    '-extensions',
    'server_certificate',
    ...validity,
  ]);
  const certificate = await readFile(at('server.pem'), 'utf8');
  await writeFile(at('bundle.pem'), certificate + (await readFile(at('server.key'), 'utf8')));
  return {
    ca: await readFile(at('ca.pem'), 'utf8'),
    caPath: at('ca.pem'),
    certificatePath: at('server.pem'),
    keyPath: at('server.key'),
    bundlePath: at('bundle.pem'),
  };
}
