// An external component: a domain of its own on a server, whose every address is ours. It is the same session as a
// client's, with another way to its stream: no accounts, no resumption, no stream management. A connection that died is
// noticed by pings, and what was under way then is unknown.
import { createHash } from 'node:crypto';
import { openSocket } from './connect.ts';
import { xml } from './element.ts';
import { AuthenticationError, StreamError, XmppError } from './errors.ts';
import type { StepOptions } from './establish.ts';
import { parseJid } from './jid.ts';
import { NS } from './namespaces.ts';
import { DEPTH_LIMIT, STANZA_LIMIT_BYTES, type ParserLimits } from './parse.ts';
import { XmppSession } from './session.ts';
import type { ServerAddress, XmppSessionOptions } from './session-options.ts';
import type { SkipStanza } from './skip.ts';
import { Transport, unexpected } from './transport.ts';

/** The largest stanza that Prosody takes from a component by default. */
const SENT_STANZA_BYTES = 512 * 1024;

export interface ComponentOptions extends Omit<
  XmppSessionOptions,
  'jid' | 'password' | 'resource' | 'server' | 'establish'
> {
  /** The component's domain, as the server's configuration has it. */
  readonly domain: string;
  readonly secret: string;
  /** The server's port for components. `starttls` is not to be had there. */
  readonly server: ServerAddress;
  /** The address of stanzas that name no other. Default: the domain. */
  readonly jid?: string;
  /** Stanzas that are dropped before they are parsed; see {@link SkipStanza}. */
  readonly skip?: SkipStanza;
}

/**
 * A component's session; it is used like a client's. Every stanza may be sent from any address of the domain.
 *
 * @throws XmppError `xmpp-jid-malformed`
 * @example
 * const bridge = createComponent({ domain: 'qq.example.org', secret, server, onStanza });
 * await bridge.connect(signal);
 * await bridge.send(xml('message', { from: 'ann@qq.example.org', to: 'bea@example.org' }, xml('body', {}, 'hello')));
 * @see XEP-0114
 */
export function createComponent(options: ComponentOptions): XmppSession {
  const { domain, secret, server, jid = domain, skip, ...session } = options;
  const name = parseJid(domain).toString();
  const limits: Partial<ParserLimits> = {
    stanzaBytes: options.limits?.stanzaBytes ?? STANZA_LIMIT_BYTES,
    depth: options.limits?.depth ?? DEPTH_LIMIT,
  };
  return new XmppSession({
    ...session,
    jid: parseJid(jid).toString(),
    password: '',
    limits: { sentStanzaBytes: SENT_STANZA_BYTES, ...options.limits },
    establish: (steps) =>
      openComponentStream(server, { ...steps, domain: name, secret, ca: options.ca, limits, skip }),
  });
}

interface ComponentLogin extends StepOptions {
  readonly domain: string;
  readonly secret: string;
  readonly ca: string | undefined;
  readonly limits: Partial<ParserLimits>;
  readonly skip: SkipStanza | undefined;
}

/** Connects and proves to know the secret. @throws XmppError */
async function openComponentStream(address: ServerAddress, login: ComponentLogin): Promise<Transport> {
  const { domain, secret, limits, skip, stepMs, signal } = login;
  const dialect = { contentNs: NS.component, ...(skip && { skip }) };
  const transport = new Transport(await openSocket(address, login), limits, dialect);
  try {
    const header = await transport.openComponent(domain, stepMs, signal);
    const proof = createHash('sha1')
      .update(`${header.attr('id') ?? ''}${secret}`)
      .digest('hex');
    transport.writeElement(xml('handshake', {}, proof));
    const answer = await transport.next(stepMs, 'the server answering the handshake', signal);
    if (!answer.is('handshake', NS.client)) throw unexpected(answer, 'the answer to the handshake');
    return transport;
  } catch (error) {
    const reason = explain(error, domain);
    transport.destroy(reason);
    throw reason;
  }
}

function explain(error: unknown, domain: string): XmppError {
  if (!(error instanceof XmppError)) {
    return new XmppError('xmpp-closed', `opening the stream of ${domain} failed`, { cause: error });
  }
  if (!(error instanceof StreamError)) return error;
  const said = error.text === '' ? error.condition : `${error.condition}: ${error.text}`;
  switch (error.condition) {
    case 'not-authorized':
      return new AuthenticationError(
        error.condition,
        `the server refused the component ${domain}: the secret is wrong (${said})`,
      );
    case 'conflict':
      return new XmppError(
        'xmpp-conflict',
        `the server refused the component ${domain}: another connection has this name (${said})`,
        { cause: error },
      );
    case 'host-unknown':
      return new XmppError(
        'xmpp-bind-failed',
        `the server has no component ${domain} in its configuration (${said})`,
        { cause: error },
      );
    default:
      return error;
  }
}
