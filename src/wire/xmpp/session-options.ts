// What an XMPP session is told and what it tells back: the shapes of session.ts, with their units and defaults.
import type { DiscoInfo } from './disco.ts';
import type { XmlElement } from './element.ts';
import type { StepOptions } from './establish.ts';
import type { XmppError } from './errors.ts';
import type { Handled } from './inbound.ts';
import type { UnhandledIq } from './iq.ts';
import type { Jid } from './jid.ts';
import type { LogFunction } from './log.ts';
import { DEPTH_LIMIT, STANZA_LIMIT_BYTES } from './parse.ts';
import type { Transport } from './transport.ts';

/** Where to connect and how that connection is encrypted. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  /** `none` is refused unless the host is this machine, or `trusted`. */
  readonly security: 'starttls' | 'tls' | 'none';
  /** The way to the host is safe without TLS: a tunnel, a network of one's own. */
  readonly trusted?: boolean;
}

/** Bounds of a session; every one has a default. */
export interface SessionLimits {
  /** Largest stanza taken from the server. Default 10 MiB. */
  readonly stanzaBytes: number;
  /**
   * Largest stanza sent, in bytes, where the server does not announce what it takes (XEP-0478). Default 256 KiB, which
   * is what Prosody and ejabberd take from clients.
   */
  readonly sentStanzaBytes: number;
  /** Deepest nesting of elements taken from the server. Default 128. */
  readonly depth: number;
  /** Stanzas sent (or waiting to be) that the server has not acknowledged; more make `send` wait. Default 1000. */
  readonly unacknowledgedStanzas: number;
  /** The same in bytes of XML. Default 4 MiB. */
  readonly unacknowledgedBytes: number;
  /** Stanzas received and not yet handled; more stop reading from the socket. Default 1000. */
  readonly unhandledStanzas: number;
  /** The same in bytes of XML. Default 8 MiB. */
  readonly unhandledBytes: number;
}

/** Times of a session; every one has a default. */
export interface SessionTimeouts {
  /** Each step of connecting: DNS, TCP, TLS, every answer of the server. Default 20 s. */
  readonly stepMs: number;
  /** IQ requests that do not say otherwise. Default 120 s. */
  readonly iqMs: number;
  /** Silence after which the server is asked for a sign of life. Default 60 s. */
  readonly idleMs: number;
  /** How long that sign may take before the connection is given up. Default 20 s. */
  readonly aliveMs: number;
  /** How long `close` waits for acknowledgements and the server's goodbye. Default 3 s. */
  readonly closeMs: number;
}

export interface XmppSessionOptions {
  /** The account's address; a resource in it is used where `resource` is not given. */
  readonly jid: string;
  readonly password: string;
  /** Asked for at bind; the server may give another. Without one the server chooses. */
  readonly resource?: string;
  /** Without one: SRV of the domain, then the domain's port 5222 with STARTTLS. */
  readonly server?: ServerAddress;
  /** PEM certificates to believe in instead of the well-known authorities. */
  readonly ca?: string;
  /** What is told to who asks with disco#info. Default: a client of type `bot`; ping and disco#info. */
  readonly disco?: DiscoInfo;
  readonly limits?: Partial<SessionLimits>;
  readonly timeouts?: Partial<SessionTimeouts>;
  /** The answer to an IQ request that nobody handles. Default `feature-not-implemented`, `cancel`. */
  readonly unhandledIq?: UnhandledIq;
  /**
   * Sees IQ requests on arrival, before the handlers of `onIq`. Resolves with true where it has answered or will;
   * otherwise those handlers are asked. A rejection counts as false.
   */
  onRequest?(this: void, request: XmlElement): Promise<boolean>;
  /** The session is over and cannot be resumed: what belongs to it will not come any more. */
  onLost?(this: void, reason: XmppError): void;
  /**
   * Takes messages, presences, and IQ answers nobody waits for; one at a time, in the order of the stream. The
   * server is told that a stanza arrived only after this resolved. Where it answers `{ kept }`, the next stanza is
   * taken at once, and the server is told after `kept` resolved, and that of all before it. A rejection of either
   * ends the connection with `xmpp-handler-failed`; that stanza is not acknowledged nor what is behind it, so that
   * the server sends them again when the session is resumed: then those which were taken without an error are
   * passed over.
   */
  onStanza(this: void, stanza: XmlElement): Handled | Promise<Handled>;
  /** Something was heard from the server: the connection lives. */
  onActivity?(this: void): void;
  /**
   * Reading stopped, because too much waits for `onStanza`, or goes on. While it does not, nothing comes from the server,
   * acknowledgements neither: a handler that waits for one then would wait for ever.
   */
  onReading?(this: void, isReading: boolean): void;
  readonly log?: LogFunction;
  /**
   * Opens a component's stream instead of logging in as a client; see `createComponent`. Then `jid` is the address that
   * stanzas without a `from` get, there is nothing to resume, and a stanza counts as acknowledged when it is written.
   */
  readonly establish?: (this: void, steps: StepOptions) => Promise<Transport>;
}

/** How a connection came to be. */
export interface Connected {
  /** The old session goes on: rooms are still joined, nothing was lost. Otherwise everything starts anew. */
  readonly resumed: boolean;
  /** The full address the server gave. */
  readonly jid: Jid;
}

/** Why a connection ended. */
export interface StreamEnd {
  /** `xmpp-closed` where `close` or `drop` ended it. */
  readonly reason: XmppError;
  /** The next `connect` will try to resume. */
  readonly resumable: boolean;
}

export const DEFAULT_LIMITS: SessionLimits = {
  stanzaBytes: STANZA_LIMIT_BYTES,
  sentStanzaBytes: 256 * 1024,
  depth: DEPTH_LIMIT,
  unacknowledgedStanzas: 1000,
  unacknowledgedBytes: 4 * 1024 * 1024,
  unhandledStanzas: 1000,
  unhandledBytes: 8 * 1024 * 1024,
};

export const DEFAULT_TIMEOUTS: SessionTimeouts = {
  stepMs: 20_000,
  iqMs: 120_000,
  idleMs: 60_000,
  aliveMs: 20_000,
  closeMs: 3_000,
};
