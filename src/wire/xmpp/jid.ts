// JIDs: local@domain/resource. The preparation is a light one: NFKC and lower case for local and domain, NFC for
// the resource. Full PRECIS tables would catch more, but the server has them and has the last word; what matters
// here is that two spellings of one address compare equal and that no address breaks out of its place.
import { XmppError } from './errors.ts';

/** The most bytes of UTF-8 each part of a JID may have. @see RFC 7622 §3.1 */
const JID_PART_LIMIT_BYTES = 1023;

// RFC 7622 §3.3.1 forbids these in a local part; spaces and control characters are forbidden in local and domain.
const FORBIDDEN_IN_LOCAL = /["&'/:<>@\s\p{Cc}\p{Cs}]/u;
const FORBIDDEN_IN_DOMAIN = /["&'/<>@\s\p{Cc}\p{Cs}]/u;
const FORBIDDEN_IN_RESOURCE = /[\p{Cc}\p{Cs}]/u;

/** An address. Parts are prepared; `local` and `resource` are '' where the address has none. */
export class Jid {
  readonly local: string;
  readonly domain: string;
  readonly resource: string;

  /** Use {@link parseJid} or {@link createJid}; this constructor trusts its parts. */
  constructor(local: string, domain: string, resource: string) {
    this.local = local;
    this.domain = domain;
    this.resource = resource;
  }

  /** The address without its resource. */
  get bare(): Jid {
    return this.resource === '' ? this : new Jid(this.local, this.domain, '');
  }

  /**
   * The same address with another resource.
   *
   * @throws XmppError `xmpp-jid-malformed`
   */
  withResource(resource: string): Jid {
    return createJid(this.local, this.domain, resource);
  }

  equals(other: Jid): boolean {
    return this.local === other.local && this.domain === other.domain && this.resource === other.resource;
  }

  toString(): string {
    const bare = this.local === '' ? this.domain : `${this.local}@${this.domain}`;
    return this.resource === '' ? bare : `${bare}/${this.resource}`;
  }
}

/**
 * Reads an address from text.
 *
 * @throws XmppError `xmpp-jid-malformed`
 * @see RFC 7622 §3.2
 */
export function parseJid(text: string): Jid {
  // The resource is cut off first: it may contain '@' and further '/'.
  const slash = text.indexOf('/');
  const bare = slash === -1 ? text : text.slice(0, slash);
  const at = bare.indexOf('@');
  if (at === 0) throw malformed(text, 'nothing stands before the "@"');
  if (slash === text.length - 1 && slash !== -1) throw malformed(text, 'nothing follows the "/"');
  return createJid(
    at === -1 ? '' : bare.slice(0, at),
    at === -1 ? bare : bare.slice(at + 1),
    slash === -1 ? '' : text.slice(slash + 1),
  );
}

/** Like {@link parseJid}, but undefined for what is no address (or no text at all). */
export function toJid(text: string | undefined): Jid | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return parseJid(text);
  } catch {
    // Foreign text that is no address: the caller asked to be told so by undefined.
    return undefined;
  }
}

/**
 * Builds an address from its parts; '' leaves local or resource out.
 *
 * @throws XmppError `xmpp-jid-malformed`
 */
export function createJid(local: string, domain: string, resource = ''): Jid {
  const text = `${local === '' ? '' : `${local}@`}${domain}${resource === '' ? '' : `/${resource}`}`;
  const preparedLocal = local.normalize('NFKC').toLowerCase();
  const preparedDomain = domain.normalize('NFKC').toLowerCase().replace(/\.$/, '');
  const preparedResource = resource.normalize('NFC');
  if (preparedDomain === '') throw malformed(text, 'the domain is missing');
  if (FORBIDDEN_IN_LOCAL.test(preparedLocal)) {
    throw malformed(text, 'the part before the "@" has a character that is not allowed there');
  }
  if (FORBIDDEN_IN_DOMAIN.test(preparedDomain)) {
    throw malformed(text, 'the domain has a character that is not allowed there');
  }
  if (FORBIDDEN_IN_RESOURCE.test(preparedResource)) {
    throw malformed(text, 'the resource has a control character');
  }
  for (const part of [preparedLocal, preparedDomain, preparedResource]) {
    if (Buffer.byteLength(part) > JID_PART_LIMIT_BYTES) {
      throw malformed(text, `a part is longer than ${JID_PART_LIMIT_BYTES} bytes`);
    }
  }
  return new Jid(preparedLocal, preparedDomain, preparedResource);
}

const QUOTED_LIMIT_CHARACTERS = 80;

function malformed(text: string, why: string): XmppError {
  const shown = JSON.stringify(text.slice(0, QUOTED_LIMIT_CHARACTERS));
  return new XmppError('xmpp-jid-malformed', `${shown} is not an XMPP address: ${why}`);
}
