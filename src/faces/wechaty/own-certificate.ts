/**
 * The certificate that the hub makes for itself. Wechaty's clients trust one authority that is built into them, whose
 * example key is public, or the one certificate that they are given: this one, which `/wechaty/certificate.pem` shows. They
 * check it for the name that stands before the last `_` of their token: `insecure`, the only name that nobody needs to own.
 *
 * @see RFC 5280
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { Journal } from '../../hub/journal.ts';
import {
  bitString,
  boolean,
  generalizedTime,
  integer,
  octetString,
  oid,
  sequence,
  set,
  tagged,
  utf8String,
} from './der.ts';

export interface Pair {
  /** PEM. */
  cert: string;
  /** PEM. */
  key: string;
}

/** What stands before the last `_` of tokens that the hub makes for Wechaty. */
const ownName = 'insecure';

const journalKey = 'wechaty/certificate';
const dayMs = 24 * 60 * 60_000;
/** Bots keep a copy of it, so it is not renewed. */
const validDays = 20 * 365;
const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  basicConstraints: '2.5.29.19',
  subjectAltName: '2.5.29.17',
} as const;
/** Context-specific tags: of a name in `subjectAltName`, of the version and of the extensions. */
const DNS_NAME = 0x82;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const VERSION_3 = 2;

/** The one that is kept in the journal; made at the first call. */
export async function findOwnCertificate(
  journal: Pick<Journal, 'get' | 'set'>,
  nowMs: number,
): Promise<Pair> {
  const kept = await journal.get(journalKey);
  if (kept !== undefined) return JSON.parse(kept) as Pair;
  const made = createCertificate([ownName, 'localhost'], nowMs);
  await journal.set([[journalKey, JSON.stringify(made)]]);
  return made;
}

/** Signs itself. @param names the first is its subject, all are what it stands for */
export function createCertificate(names: readonly string[], nowMs: number): Pair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const subject = sequence(set(sequence(oid(OID.commonName), utf8String(names[0]!))));
  const content = sequence(
    tagged(VERSION, integer(Buffer.from([VERSION_3]))),
    integer(createSerial()),
    algorithm,
    subject,
    sequence(generalizedTime(nowMs - dayMs), generalizedTime(nowMs + validDays * dayMs)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(
      EXTENSIONS,
      sequence(
        sequence(oid(OID.basicConstraints), boolean(true), octetString(sequence(boolean(true)))),
        sequence(
          oid(OID.subjectAltName),
          octetString(sequence(...names.map((name) => tagged(DNS_NAME, Buffer.from(name))))),
        ),
      ),
    ),
  );
  const der = sequence(content, algorithm, bitString(sign('sha256', content, privateKey)));
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${toLines(der.toString('base64'))}-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}

/** Random, positive, and without a zero at its beginning. */
function createSerial(): Buffer {
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  return serial;
}

function toLines(base64: string): string {
  return base64.replace(/.{1,64}/g, '$&\n');
}
