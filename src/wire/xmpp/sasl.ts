// Chooses how to log in: the strongest mechanism that both sides have, and PLAIN only where the line is encrypted.
import { XmppError } from './errors.ts';
import { ScramClient, toSaslText, type ChannelBinding, type ScramHash } from './scram.ts';

/** One login in progress: what to send first, what to answer, how to check the end. Texts are decoded. */
export interface SaslExchange {
  readonly mechanism: string;
  /** The initial response. */
  first(): string;
  /** @throws XmppError `xmpp-server-unproven` */
  respond(challenge: string): Promise<string>;
  /**
   * Checks what came with the success.
   *
   * @throws XmppError `xmpp-server-unproven`
   */
  succeed(additional: string): void;
}

export interface SaslSituation {
  /** What the server offers. */
  readonly mechanisms: readonly string[];
  readonly username: string;
  readonly password: string;
  /** The line is encrypted and the server's certificate was checked. */
  readonly encrypted: boolean;
  /** Undefined where the connection can be bound in no way that the server knows. */
  readonly binding: { readonly type: string; readonly data: Buffer } | undefined;
}

const SCRAM_HASHES: readonly (readonly [name: string, hash: ScramHash])[] = [
  ['SCRAM-SHA-512', 'sha512'],
  ['SCRAM-SHA-256', 'sha256'],
  ['SCRAM-SHA-1', 'sha1'],
];

/**
 * Chooses a mechanism. Any that binds the channel goes before any that does not; then the stronger hash.
 *
 * @throws XmppError `xmpp-mechanism-unavailable`
 */
export function chooseMechanism(situation: SaslSituation): SaslExchange {
  const { mechanisms, username, password, binding } = situation;
  const offered = new Set(mechanisms);
  if (binding !== undefined) {
    for (const [name, hash] of SCRAM_HASHES) {
      const mechanism = `${name}-PLUS`;
      if (!offered.has(mechanism)) continue;
      return scramExchange(mechanism, { hash, username, password, binding: { kind: 'bound', ...binding } });
    }
  }
  const plusOffered = SCRAM_HASHES.some(([name]) => offered.has(`${name}-PLUS`));
  // 'y' would be a lie, and the server would end the login, where it offers binding in a way we cannot do.
  const unbound: ChannelBinding = {
    kind: situation.encrypted && !plusOffered ? 'not-offered' : 'unsupported',
  };
  for (const [name, hash] of SCRAM_HASHES) {
    if (offered.has(name)) return scramExchange(name, { hash, username, password, binding: unbound });
  }
  if (offered.has('PLAIN') && situation.encrypted) return plainExchange(username, password);
  throw new XmppError('xmpp-mechanism-unavailable', toUnavailableMessage(mechanisms), { terminal: true });
}

function toUnavailableMessage(mechanisms: readonly string[]): string {
  if (mechanisms.includes('PLAIN')) {
    return 'the server only offers to log in with PLAIN, which would show the password, because this connection is not encrypted';
  }
  const offered = mechanisms.length === 0 ? 'none' : mechanisms.join(', ');
  return `the server offers no way to log in that is known here (it offers: ${offered}; known: SCRAM-SHA-1, -256, -512, PLAIN)`;
}

function scramExchange(
  mechanism: string,
  options: ConstructorParameters<typeof ScramClient>[0],
): SaslExchange {
  const client = new ScramClient(options);
  let verified = false;
  return {
    mechanism,
    first: () => client.first(),
    async respond(challenge) {
      // A server may send its signature as a last challenge and leave the success empty.
      if (challenge.startsWith('v=')) {
        client.verify(challenge);
        verified = true;
        return '';
      }
      return client.final(challenge);
    },
    succeed(additional) {
      if (!verified) client.verify(additional);
    },
  };
}

/** @see RFC 4616 */
function plainExchange(username: string, password: string): SaslExchange {
  return {
    mechanism: 'PLAIN',
    first: () => `\0${toSaslText(username)}\0${toSaslText(password)}`,
    async respond() {
      throw new XmppError(
        'xmpp-protocol-violation',
        'the server sent a challenge, which PLAIN does not have',
      );
    },
    succeed() {
      // PLAIN proves nothing of the server; its certificate did.
    },
  };
}
