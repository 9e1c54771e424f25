// SCRAM: proves that we know the password without showing it, and makes the server prove the same (RFC 5802; hashes
// by RFC 7677). A client's side of one exchange; it knows nothing of XMPP or sockets, so the RFCs' own vectors test it.
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { XmppError } from './errors.ts';

/** Fewer iterations than this make a stolen exchange cheap to guess from. @see RFC 5802 §5.1, RFC 7677 §4 */
const MIN_ITERATIONS = 4096;
/** More would let a hostile server spend our processor: this many take about half a second. */
export const MAX_ITERATIONS = 1_000_000;

const NONCE_BYTES = 18;

export type ScramHash = 'sha1' | 'sha256' | 'sha512';

/** What binds the login to the TLS channel it runs in. @see RFC 5802 §6 */
export type ChannelBinding =
  /** We could not bind if the server wanted to: gs2 flag `n`. */
  | { readonly kind: 'unsupported' }
  /** We could, but the server does not offer it: flag `y`; a server that does offer it detects the man in the middle. */
  | { readonly kind: 'not-offered' }
  /** Bound: flag `p=type`. */
  | { readonly kind: 'bound'; readonly type: string; readonly data: Buffer };

export interface ScramOptions {
  readonly hash: ScramHash;
  readonly username: string;
  readonly password: string;
  readonly binding: ChannelBinding;
  /** The client's nonce, printable ASCII without a comma. Default: random. */
  readonly nonce?: string;
}

const deriveKey = promisify(pbkdf2);
const KEY_BYTES: Readonly<Record<ScramHash, number>> = { sha1: 20, sha256: 32, sha512: 64 };

/** One login. Use `first`, `final` and `verify` once each, in this order. */
export class ScramClient {
  readonly #options: ScramOptions;
  readonly #nonce: string;
  readonly #gs2: string;
  readonly #firstBare: string;
  #serverSignature: Buffer | undefined;

  constructor(options: ScramOptions) {
    this.#options = options;
    this.#nonce = options.nonce ?? randomBytes(NONCE_BYTES).toString('base64');
    const { binding } = options;
    const flag = binding.kind === 'bound' ? `p=${binding.type}` : binding.kind === 'not-offered' ? 'y' : 'n';
    this.#gs2 = `${flag},,`;
    this.#firstBare = `n=${toSaslName(options.username)},r=${this.#nonce}`;
  }

  /** The client-first-message. */
  first(): string {
    return this.#gs2 + this.#firstBare;
  }

  /**
   * The client-final-message that answers the server's first.
   *
   * @throws XmppError `xmpp-server-unproven` for an answer that SCRAM forbids
   */
  async final(serverFirst: string): Promise<string> {
    const { hash, password, binding } = this.#options;
    const fields = parseFields(serverFirst);
    if (fields.has('m')) throw unproven('it asks for an extension that is not known');
    const nonce = fields.get('r') ?? '';
    if (!nonce.startsWith(this.#nonce) || nonce.length <= this.#nonce.length) {
      throw unproven('its nonce does not continue ours');
    }
    const iterations = /^[1-9][0-9]*$/.test(fields.get('i') ?? '') ? Number(fields.get('i')) : Number.NaN;
    if (!(iterations >= MIN_ITERATIONS && iterations <= MAX_ITERATIONS)) {
      throw unproven(
        `it asks for ${fields.get('i') ?? 'no'} iterations; from ${MIN_ITERATIONS} to ${MAX_ITERATIONS} are accepted`,
      );
    }
    const salt = Buffer.from(fields.get('s') ?? '', 'base64');
    if (salt.length === 0) throw unproven('it sends no salt');

    const salted = await deriveKey(toSaslText(password), salt, iterations, KEY_BYTES[hash], hash);
    const clientKey = hmac(hash, salted, 'Client Key');
    const storedKey = createHash(hash).update(clientKey).digest();
    const bindingData = binding.kind === 'bound' ? binding.data : Buffer.alloc(0);
    const channel = Buffer.concat([Buffer.from(this.#gs2), bindingData]).toString('base64');
    const withoutProof = `c=${channel},r=${nonce}`;
    const authMessage = `${this.#firstBare},${serverFirst},${withoutProof}`;
    const clientSignature = hmac(hash, storedKey, authMessage);
    const proof = Buffer.alloc(clientKey.length);
    for (let i = 0; i < proof.length; i++) proof[i] = clientKey[i]! ^ clientSignature[i]!;
    this.#serverSignature = hmac(hash, hmac(hash, salted, 'Server Key'), authMessage);
    return `${withoutProof},p=${proof.toString('base64')}`;
  }

  /**
   * Checks the server's final message: only a server that knows the password can write it.
   *
   * @throws XmppError `xmpp-server-unproven`
   */
  verify(serverFinal: string): void {
    const signature = Buffer.from(parseFields(serverFinal).get('v') ?? '', 'base64');
    const expected = this.#serverSignature;
    if (expected === undefined) throw unproven('it ends the login before its time');
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
      throw unproven('its signature is wrong');
    }
  }
}

/** Text prepared for SASL: mapped spaces, nothing that is invisible, NFKC. The part of SASLprep that people meet. @see RFC 4013 */
export function toSaslText(text: string): string {
  return text
    .replace(/\p{Zs}|\u200b/gu, ' ')
    .replace(MAPPED_TO_NOTHING, '')
    .normalize('NFKC');
}

// RFC 3454 table B.1.
const MAPPED_TO_NOTHING =
  /\u00ad|\u034f|\u1806|\u180b|\u180c|\u180d|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/gu;

function toSaslName(username: string): string {
  return toSaslText(username).replaceAll('=', '=3D').replaceAll(',', '=2C');
}

function parseFields(message: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const field of message.split(',')) {
    if (field[1] === '=' && !fields.has(field[0]!)) fields.set(field[0]!, field.slice(2));
  }
  return fields;
}

function hmac(hash: ScramHash, key: Buffer, text: string): Buffer {
  return createHmac(hash, key).update(text).digest();
}

function unproven(why: string): XmppError {
  return new XmppError(
    'xmpp-server-unproven',
    `the server did not prove that it knows this account's password: ${why}. Somebody may stand in between; nothing more was sent`,
    { terminal: true },
  );
}
