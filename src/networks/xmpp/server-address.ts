/**
 * A server's address as it is written in the configuration.
 */
import { isIPv4 } from 'node:net';
import type { ServerAddress } from '../../wire/xmpp/session-options.ts';

/** Ports that are meant where none is written. */
export interface DefaultPorts {
  xmpp: number;
  xmpps: number;
}

/** The address in `xmpp://host:port` or `xmpps://host:port`, or what is wrong with it. */
export function parseServer(text: string, ports: DefaultPorts): ServerAddress | string {
  const expected = 'expected xmpp://host:port or xmpps://host:port';
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'xmpp:' && url.protocol !== 'xmpps:'))
    return `is no server address: ${expected}`;
  const more = url.username || url.password || url.search || url.hash || url.pathname.replace('/', '');
  if (url.hostname === '' || more) return `is no server address: ${expected} and nothing else`;
  const tls = url.protocol === 'xmpps:';
  return {
    host: decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (tls ? ports.xmpps : ports.xmpp) : Number(url.port),
    security: tls ? 'tls' : 'starttls',
  };
}

/** Whether a host is this machine, as far as its name tells. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    (isIPv4(name) && name.startsWith('127.'))
  );
}
