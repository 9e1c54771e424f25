/**
 * Where a request came from and by which address it reached us: the client's own address, the scheme and the host.
 * Proxies tell these in X-Forwarded-* headers, which anybody can send: they count only from the addresses that the
 * configuration trusts. Which pages may act for a logged-in person follows from it, too.
 */
import type { IncomingMessage } from 'node:http';
import { isIP, type BlockList } from 'node:net';
import { isLoopback } from '../hub/address.ts';

export interface OriginOptions {
  /** The addresses of trusted proxies. */
  proxies: BlockList;
  /** The address by which browsers reach the hub, where it is configured; without a slash at the end. */
  url?: string;
}

/** How a request looks from outside. */
export interface Seen {
  /** The client's address. */
  address: string;
  secure: boolean;
  /** As the Host header has it, in small letters; empty when there is none. */
  host: string;
}

export class Origins {
  readonly #proxies: BlockList;
  /** Whether there are trusted proxies. Asked for with every request, and made anew by the list each time it is asked. */
  readonly trustsSome: boolean;
  readonly #url: URL | undefined;

  constructor({ proxies, url }: OriginOptions) {
    this.#proxies = proxies;
    this.trustsSome = proxies.rules.length > 0;
    this.#url = url === undefined ? undefined : new URL(url);
  }

  /** Reads a request's headers, as far as they can be trusted. */
  seen(request: IncomingMessage): Seen {
    const peer = toPlainAddress(request.socket.remoteAddress ?? '');
    const direct: Seen = {
      address: peer,
      secure: 'encrypted' in request.socket,
      host: (request.headers.host ?? '').toLowerCase(),
    };
    if (!this.isProxy(peer)) return direct;
    const scheme = lastOf(request.headers['x-forwarded-proto'])?.toLowerCase();
    return {
      address: this.#clientAddress(peer, request.headers['x-forwarded-for']),
      secure: scheme === undefined ? direct.secure : scheme === 'https',
      host: lastOf(request.headers['x-forwarded-host'])?.toLowerCase() ?? direct.host,
    };
  }

  /** Whether the request's bytes were encrypted on their way here. */
  isSecure(request: IncomingMessage): boolean {
    // Where nobody is trusted nothing has to be read.
    return this.trustsSome ? this.seen(request).secure : 'encrypted' in request.socket;
  }

  isProxy(address: string): boolean {
    if (!this.trustsSome) return false;
    const family = isIP(address);
    return family !== 0 && this.#proxies.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }

  /** Whether the request says that no page of another site made it: its Origin is ours, or it has none. */
  isOwn(request: IncomingMessage): boolean {
    const { origin } = request.headers;
    if (origin === undefined) {
      const site = request.headers['sec-fetch-site'];
      return site === undefined || site === 'same-origin' || site === 'none' || isSafe(request.method);
    }
    if (origin === this.#url?.origin) return true;
    const { secure, host } = this.seen(request);
    return host !== '' && origin.toLowerCase() === `${secure ? 'https' : 'http'}://${host}`;
  }

  /**
   * Whether the request was addressed to this machine by one of its own names. A page of a foreign site that has its
   * name resolved to 127.0.0.1 gives itself away by its Host header.
   */
  isLocalHost(request: IncomingMessage): boolean {
    const { host } = this.seen(request);
    if (this.#url !== undefined && host === this.#url.host) return true;
    const name = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(host);
    return isLoopback(name?.[1] ?? name?.[2] ?? '');
  }

  /**
   * Whether the request comes from this machine under a name that is not this machine's: what a page does that has its
   * own name resolved to 127.0.0.1. To be refused where being on this machine is what opens something.
   */
  isForeignHost(request: IncomingMessage): boolean {
    return isLoopback(this.seen(request).address) && !this.isLocalHost(request);
  }

  /**
   * Whether somebody at this machine asks, by a program or by a page of ours: what may be open without a login. Not
   * where a proxy passed it on that is not trusted, since it could be for anybody.
   */
  isLocal(request: IncomingMessage): boolean {
    const { headers } = request;
    const passedOn = headers['x-forwarded-for'] ?? headers['forwarded'] ?? headers['via'];
    if (passedOn !== undefined && !this.isProxy(toPlainAddress(request.socket.remoteAddress ?? ''))) {
      return false;
    }
    return isLoopback(this.seen(request).address) && this.isLocalHost(request) && this.isOwn(request);
  }

  /** From the nearest proxy outwards: the first address that is no trusted proxy's is the client's. */
  #clientAddress(peer: string, forwarded: string | string[] | undefined): string {
    const hops = String(forwarded ?? '')
      .split(',')
      .map((hop) => toPlainAddress(hop.trim()))
      .filter((hop) => hop !== '');
    let address = peer;
    for (const hop of hops.toReversed()) {
      if (isIP(hop) === 0) break;
      address = hop;
      if (!this.isProxy(hop)) break;
    }
    return address;
  }
}

function isSafe(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/** Several proxies append to a header; the last value is the one that the nearest of them wrote. */
function lastOf(header: string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header).split(',').at(-1)?.trim() || undefined;
}

/** An IPv4 address that came in by an IPv6 socket is the same address. */
function toPlainAddress(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}
