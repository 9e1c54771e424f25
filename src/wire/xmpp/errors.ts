// Every way the stream layer can fail, each with a code and a sentence that whoever runs the hub understands.
// They are in one file so that the documentation can be checked against it.
import type { StanzaErrorCondition, StanzaErrorType } from './stanza-error.ts';
import type { XmlElement } from './element.ts';

/** The codes, in the order in which things go wrong on the way to a working stream. */
export const XMPP_ERROR_CODES = [
  /** The text is no JID. */
  'xmpp-jid-malformed',
  /** DNS knows no such host. */
  'xmpp-host-not-found',
  /** Nothing could be reached at host and port: refused, no route, network down. */
  'xmpp-host-unreachable',
  /** The server does not offer STARTTLS, and encryption was asked for. */
  'xmpp-tls-not-offered',
  /** Encryption was switched off for a host that is not this machine. */
  'xmpp-tls-required',
  /** The TLS handshake failed for another reason than the certificate. */
  'xmpp-tls-failed',
  /** The server's certificate is not to be believed; the message says why. */
  'xmpp-certificate-refused',
  /** The server refused user or password. Terminal, unless the condition is `temporary-auth-failure`. */
  'xmpp-authentication-failed',
  /** No way to log in that both sides have, or only one that would show the password. Terminal. */
  'xmpp-mechanism-unavailable',
  /** The server could not prove that it knows the password, or asked for what SCRAM forbids. Terminal. */
  'xmpp-server-unproven',
  /** The server refused to bind the session to a resource. */
  'xmpp-bind-failed',
  /** A step took longer than its limit. */
  'xmpp-timeout',
  /** The connection broke. */
  'xmpp-connection-lost',
  /** The server ended the stream in order. */
  'xmpp-stream-closed',
  /** The server ended the stream with an error. */
  'xmpp-stream-error',
  /** Another session took this one's place. */
  'xmpp-conflict',
  /** What the server sent is no XML that XMPP allows, or is over a limit. */
  'xmpp-xml-refused',
  /** What the server sent is XML, but not what the protocol has at this place. */
  'xmpp-protocol-violation',
  /** The application's `onStanza` rejected. */
  'xmpp-handler-failed',
  /** The caller closed or aborted. */
  'xmpp-closed',
  /** There is no stream, and none that could be resumed: nothing was sent. */
  'xmpp-not-connected',
  /** It was sent, but the stream was lost before the server acknowledged it. */
  'xmpp-outcome-unknown',
  /** A stanza larger than the server takes: sending it would end the stream. It was not sent. */
  'xmpp-stanza-too-large',
  /** An element that cannot be written as XML: a bad name. */
  'xmpp-element-invalid',
  /** The peer answered an IQ with an error. */
  'xmpp-iq-error',
  /** The peer did not answer an IQ in time. */
  'xmpp-iq-timeout',
  /** An IQ with this id is already under way to the same peer. */
  'xmpp-id-in-use',
  /** A value that this part of a stanza cannot hold, such as an unknown type or condition. */
  'xmpp-value-invalid',
  /** A declaration of a stanza that contradicts itself or another one. */
  'xmpp-definition-invalid',
  /** A stanza path, XPath or XML mask that cannot be read. */
  'xmpp-matcher-invalid',
  /** A plugin of this name was never registered. */
  'xmpp-plugin-unknown',
  /** Plugins that depend on each other in a circle. */
  'xmpp-plugin-cycle',
  /** A file could not be put to where the server gave it a place. */
  'xmpp-upload-failed',
] as const;

export type XmppErrorCode = (typeof XMPP_ERROR_CODES)[number];

/** Any failure of the stream layer. The message is written for whoever runs the hub. */
export class XmppError extends Error {
  readonly code: XmppErrorCode;
  /** Trying again cannot help until somebody changes the configuration. */
  readonly terminal: boolean;

  constructor(code: XmppErrorCode, message: string, options: { cause?: unknown; terminal?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.terminal = options.terminal ?? false;
  }
}

/** The server refused the login. `condition` is the SASL condition. @see RFC 6120 §6.5 */
export class AuthenticationError extends XmppError {
  readonly condition: string;

  constructor(condition: string, message: string) {
    super('xmpp-authentication-failed', message, { terminal: condition !== 'temporary-auth-failure' });
    this.condition = condition;
  }
}

/** The server ended the stream with this condition and text. @see RFC 6120 §4.9.3 */
export class StreamError extends XmppError {
  readonly condition: string;
  readonly text: string;

  constructor(condition: string, text: string) {
    const said = text === '' ? '' : `: ${text}`;
    if (condition === 'conflict') {
      super('xmpp-conflict', `another session took this one's place${said}`);
    } else {
      super('xmpp-stream-error', `the server ended the stream with ${condition}${said}`);
    }
    this.condition = condition;
    this.text = text;
  }
}

/** What was received may not be read on; `condition` is the stream error to answer with. @see RFC 6120 §4.9.3 */
export class XmlRefusedError extends XmppError {
  readonly condition: 'not-well-formed' | 'restricted-xml' | 'policy-violation' | 'unsupported-encoding';

  constructor(condition: XmlRefusedError['condition'], message: string, cause?: unknown) {
    super('xmpp-xml-refused', message, { cause });
    this.condition = condition;
  }
}

/** The peer answered an IQ with an error. @see RFC 6120 §8.3 */
export class IqError extends XmppError {
  readonly condition: StanzaErrorCondition;
  readonly type: StanzaErrorType;
  readonly text: string;
  readonly stanza: XmlElement;

  constructor(
    error: { condition: StanzaErrorCondition; type: StanzaErrorType; text: string },
    stanza: XmlElement,
  ) {
    const from = stanza.attr('from') ?? 'the server';
    super(
      'xmpp-iq-error',
      `${from} answered with ${error.condition}${error.text === '' ? '' : `: ${error.text}`}`,
    );
    this.condition = error.condition;
    this.type = error.type;
    this.text = error.text;
    this.stanza = stanza;
  }
}

/** The peer did not answer an IQ in time. `stanza` is the request. */
export class IqTimeout extends XmppError {
  readonly stanza: XmlElement;
  readonly timeoutMs: number;

  constructor(stanza: XmlElement, timeoutMs: number) {
    super('xmpp-iq-timeout', `${stanza.attr('to') ?? 'the server'} did not answer within ${timeoutMs} ms`);
    this.stanza = stanza;
    this.timeoutMs = timeoutMs;
  }
}
