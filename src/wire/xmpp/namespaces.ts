// The namespaces of the XMPP stream layer, and of what several extensions build on, in one place.

/** Namespaces by the document that defines them. */
export const NS = {
  /** @see RFC 6120 §4.8.2 */
  client: 'jabber:client',
  /** @see XEP-0114 §3 */
  component: 'jabber:component:accept',
  /** @see RFC 6120 §4.8.1 */
  stream: 'http://etherx.jabber.org/streams',
  /** @see RFC 6120 §4.9.3 */
  streamError: 'urn:ietf:params:xml:ns:xmpp-streams',
  /** @see RFC 6120 §8.3.3 */
  stanzaError: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  /** @see RFC 6120 §5.4 */
  startTls: 'urn:ietf:params:xml:ns:xmpp-tls',
  /** @see RFC 6120 §6.4 */
  sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
  /** @see XEP-0440 */
  saslChannelBinding: 'urn:xmpp:sasl-cb:0',
  /** @see RFC 6120 §7.4 */
  bind: 'urn:ietf:params:xml:ns:xmpp-bind',
  /** @see XEP-0198 */
  streamManagement: 'urn:xmpp:sm:3',
  /** @see XEP-0478 */
  streamLimits: 'urn:xmpp:stream-limits:0',
  /** @see XEP-0199 */
  ping: 'urn:xmpp:ping',
  /** @see XEP-0030 */
  discoInfo: 'http://jabber.org/protocol/disco#info',
  discoItems: 'http://jabber.org/protocol/disco#items',
  /** @see XEP-0004 */
  dataForm: 'jabber:x:data',
  /** @see XEP-0297 */
  forward: 'urn:xmpp:forward:0',
  /** @see https://www.w3.org/TR/xml-names/#xmlReserved */
  xml: 'http://www.w3.org/XML/1998/namespace',
} as const;

/** The port a server listens on for STARTTLS when DNS names none. @see RFC 6120 §3.2.2 */
export const DEFAULT_CLIENT_PORT = 5222;
