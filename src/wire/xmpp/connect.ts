// Opens the socket of a stream: TCP, and TLS on it, at once or after STARTTLS. The certificate is always checked
// against the domain of the account's address, never against the name that DNS led to: DNS can lie.
import { BlockList, connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls';
import { domainToASCII } from 'node:url';
import { toTlsError } from './certificate.ts';
import { within } from './deadline.ts';
import { XmppError } from './errors.ts';
import type { ServerAddress } from './session-options.ts';

export interface SocketOptions {
  /** The domain of the account's address. */
  readonly domain: string;
  /** PEM; in place of the well-known authorities. */
  readonly ca: string | undefined;
  readonly stepMs: number;
  readonly signal: AbortSignal;
}

/** The protocol named in the handshake of a port that speaks TLS at once. @see XEP-0368 */
const ALPN_CLIENT = 'xmpp-client';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Connects, with TLS where the address says so.
 *
 * @throws XmppError `xmpp-host-not-found`, `xmpp-host-unreachable`, `xmpp-tls-required`, `xmpp-certificate-refused`,
 *   `xmpp-tls-failed`, `xmpp-timeout`, `xmpp-closed`
 */
export async function openSocket(address: ServerAddress, options: SocketOptions): Promise<Socket> {
  const { host, port, security } = address;
  const where = isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
  const socket = connectTcp({ host, port, noDelay: true, keepAlive: true });
  try {
    await within(toConnected(socket, host, where), options.stepMs, `connecting to ${where}`, options.signal);
    if (security === 'none' && address.trusted !== true) requireLoopback(socket, where);
    if (security !== 'tls') return socket;
    return await secureSocket(socket, options, [ALPN_CLIENT]);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/**
 * Puts TLS on an open socket and checks the certificate.
 *
 * @throws XmppError `xmpp-certificate-refused`, `xmpp-tls-failed`, `xmpp-timeout`, `xmpp-closed`
 */
export async function secureSocket(
  socket: Socket,
  options: SocketOptions,
  alpn: readonly string[] = [],
): Promise<TLSSocket> {
  const name = domainToASCII(options.domain) || options.domain;
  const secured = connectTls({
    socket,
    host: name,
    // An address is no server name (RFC 6066 §3); node then checks the certificate against `host`.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(alpn.length === 0 ? {} : { ALPNProtocols: [...alpn] }),
    minVersion: 'TLSv1.2',
  });
  const handshake = new Promise<void>((resolve, reject) => {
    secured.once('secureConnect', resolve);
    secured.once('error', (error) => reject(toTlsError(error, options.domain, toCertificate(secured))));
    secured.once('close', () =>
      reject(
        new XmppError('xmpp-tls-failed', `the server broke off the TLS handshake for ${options.domain}`),
      ),
    );
  });
  try {
    await within(handshake, options.stepMs, `the TLS handshake for ${options.domain}`, options.signal);
    secured.removeAllListeners('close').removeAllListeners('error');
    return secured;
  } catch (error) {
    secured.destroy();
    throw error;
  }
}

function toConnected(socket: Socket, host: string, where: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', (error: NodeJS.ErrnoException) => reject(toConnectError(error, host, where)));
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve();
    });
  });
}

function toConnectError(error: NodeJS.ErrnoException, host: string, where: string): XmppError {
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
      return new XmppError('xmpp-host-not-found', `there is no host ${host} (or DNS is not reachable)`, {
        cause: error,
      });
    case 'ECONNREFUSED':
      return new XmppError('xmpp-host-unreachable', `nothing listens at ${where}: connection refused`, {
        cause: error,
      });
    default:
      return new XmppError(
        'xmpp-host-unreachable',
        `${where} cannot be reached: ${error.code ?? error.message}`,
        {
          cause: error,
        },
      );
  }
}

function requireLoopback(socket: Socket, where: string): void {
  const remote = socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
  const version = isIP(remote);
  if (version !== 0 && LOOPBACK.check(remote, version === 6 ? 'ipv6' : 'ipv4')) return;
  throw new XmppError(
    'xmpp-tls-required',
    `${where} is not this machine: without TLS password and messages would cross the network in the clear`,
    { terminal: true },
  );
}

function toCertificate(socket: TLSSocket): PeerCertificate | undefined {
  const certificate = socket.getPeerCertificate() as PeerCertificate | null;
  return certificate === null || Object.keys(certificate).length === 0 ? undefined : certificate;
}
