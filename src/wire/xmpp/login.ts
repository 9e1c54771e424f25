// From a socket to a stream that is logged in: STARTTLS, SASL, and the fresh stream after each.
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { takeChannelBinding } from './channel-binding.ts';
import { openSocket, secureSocket, type SocketOptions } from './connect.ts';
import { xml, type XmlElement } from './element.ts';
import { AuthenticationError, XmppError } from './errors.ts';
import { NS } from './namespaces.ts';
import type { ParserLimits } from './parse.ts';
import { chooseMechanism, type SaslExchange } from './sasl.ts';
import type { LogFunction } from './log.ts';
import type { ServerAddress } from './session-options.ts';
import { Transport, unexpected } from './transport.ts';

export interface LoginOptions extends SocketOptions {
  readonly username: string;
  readonly password: string;
  readonly limits: Partial<ParserLimits>;
  readonly log: LogFunction;
}

/** More rounds of challenges than any mechanism here has. */
const CHALLENGES_LIMIT = 8;

/**
 * Connects to one server and logs in.
 *
 * @returns the stream after the login, with the features the server offers then
 * @throws XmppError
 */
export async function logIn(
  address: ServerAddress,
  options: LoginOptions,
): Promise<{ transport: Transport; features: XmlElement }> {
  let transport = new Transport(await openSocket(address, options), options.limits);
  try {
    let features = await transport.open(options.domain, options.stepMs, options.signal);
    if (address.security === 'starttls') {
      transport = await startTls(transport, features, options);
      features = await transport.open(options.domain, options.stepMs, options.signal);
    } else if (
      features.child('starttls', NS.startTls)?.child('required') !== undefined &&
      address.security === 'none'
    ) {
      throw new XmppError(
        'xmpp-tls-required',
        'the server insists on TLS, which is switched off for this account',
        {
          terminal: true,
        },
      );
    }
    await authenticate(transport, features, options);
    features = await transport.open(options.domain, options.stepMs, options.signal);
    return { transport, features };
  } catch (error) {
    transport.destroy(error instanceof XmppError ? error : new XmppError('xmpp-closed', 'the login failed'));
    throw error;
  }
}

async function startTls(
  transport: Transport,
  features: XmlElement,
  options: LoginOptions,
): Promise<Transport> {
  if (features.child('starttls', NS.startTls) === undefined) {
    throw new XmppError(
      'xmpp-tls-not-offered',
      `the server of ${options.domain} does not offer TLS on this port`,
    );
  }
  transport.writeElement(xml('starttls', { xmlns: NS.startTls }));
  const answer = await transport.next(options.stepMs, 'the server agreeing to TLS', options.signal);
  if (answer.is('failure', NS.startTls)) {
    throw new XmppError('xmpp-tls-failed', `the server of ${options.domain} offers TLS but cannot do it`);
  }
  if (!answer.is('proceed', NS.startTls)) throw unexpected(answer, 'the agreement to TLS');
  return new Transport(await secureSocket(transport.release(), options), options.limits);
}

async function authenticate(
  transport: Transport,
  features: XmlElement,
  options: LoginOptions,
): Promise<void> {
  const { socket } = transport;
  const exchange = chooseMechanism({
    mechanisms:
      features
        .child('mechanisms', NS.sasl)
        ?.elements('mechanism')
        .map((offer) => offer.text().trim()) ?? [],
    username: options.username,
    password: options.password,
    encrypted: socket instanceof TLSSocket,
    binding: toBinding(socket, features),
  });
  transport.writeElement(
    xml('auth', { xmlns: NS.sasl, mechanism: exchange.mechanism }, encode(exchange.first()) || '='),
  );
  await answerChallenges(transport, exchange, options);
  options.log('debug', 'authenticated', {
    mechanism: exchange.mechanism,
    tls: socket instanceof TLSSocket ? socket.getProtocol() : null,
  });
}

async function answerChallenges(
  transport: Transport,
  exchange: SaslExchange,
  options: LoginOptions,
): Promise<void> {
  for (let round = 0; round < CHALLENGES_LIMIT; round++) {
    const answer = await transport.next(options.stepMs, 'the login', options.signal);
    if (answer.is('success', NS.sasl)) return exchange.succeed(decode(answer.text()));
    if (answer.is('failure', NS.sasl)) throw toAuthenticationError(answer, options);
    if (!answer.is('challenge', NS.sasl)) throw unexpected(answer, 'an answer to the login');
    const response = await exchange.respond(decode(answer.text()));
    transport.writeElement(xml('response', { xmlns: NS.sasl }, encode(response)));
  }
  throw new XmppError('xmpp-protocol-violation', 'the login goes round in circles');
}

function toBinding(socket: Socket, features: XmlElement): { type: string; data: Buffer } | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const announced = features
    .child('sasl-channel-binding', NS.saslChannelBinding)
    ?.elements('channel-binding')
    .map((binding) => binding.attr('type') ?? '');
  return takeChannelBinding(socket, announced);
}

const CONDITION_WORDS: Readonly<Record<string, string>> = {
  'not-authorized': 'user or password is wrong',
  'account-disabled': 'the account is disabled',
  'credentials-expired': 'the password has expired',
  'encryption-required': 'it insists on TLS',
  'mechanism-too-weak': 'it wants a stronger way to log in',
  'temporary-auth-failure': 'it cannot check passwords at the moment',
};

function toAuthenticationError(failure: XmlElement, options: LoginOptions): AuthenticationError {
  const condition = failure.elements().find((child) => child.name !== 'text')?.name ?? 'not-authorized';
  const text = failure.childText('text') ?? '';
  const why = CONDITION_WORDS[condition] ?? condition;
  return new AuthenticationError(
    condition,
    `the server refused the login of ${options.username}@${options.domain}: ${why} (${condition}${text === '' ? '' : `: ${text}`})`,
  );
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
