// Which machines may be reached on behalf of strangers. Whoever can make a program fetch an address could otherwise read
// what only the program can reach: its own machine, its network, the provider's metadata service. What counts is the
// address that is connected to, so it is judged when a name has been looked up, for that very connection: a name that
// answers with another address the next time gains nothing.
import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, isIPv4, type LookupFunction } from 'node:net';
import { HttpError } from './errors.ts';

/** @see IANA IPv4 Special-Purpose Address Registry */
const NOT_PUBLIC_4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // A provider's own services for its virtual machines (Azure), though the address looks public.
  '168.63.129.16/32',
];
/** Only these are given out for the public Internet. @see RFC 4291 §2.4 */
const PUBLIC_6 = '2000::/3';
/** Of those, what leads somewhere else: Teredo and other protocols, examples, 6to4. @see IANA IPv6 Special-Purpose Address Registry */
const NOT_PUBLIC_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];
/** An IPv4 address stands in the last 32 bits. @see RFC 4291 §2.5.5.2, RFC 6052 §2.1 */
const MAPPED = '::ffff:0:0/96';
const NAT64 = '64:ff9b::/96';

const notPublic4 = toBlockList(NOT_PUBLIC_4);
const public6 = toBlockList([PUBLIC_6]);
const notPublic6 = toBlockList(NOT_PUBLIC_6);
const embedding = toBlockList([MAPPED, NAT64]);

/** Exceptions, and how names are looked up. */
export interface AddressGuardOptions {
  /**
   * What may be reached all the same: addresses (`10.1.2.3`), networks (`10.1.0.0/16`), names (`files.example`), the
   * first and the last also with a port (`127.0.0.1:8080`, `[::1]:8080`).
   */
  readonly allow?: readonly string[];
  /** Default: the system's. */
  readonly lookup?: Lookup;
}

/** As `dns.lookup` with `all`. */
export type Lookup = (
  hostname: string,
  options: { all: true },
  callback: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

/** Whether an address is one that anybody on the Internet could reach. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !notPublic4.check(address, 'ipv4');
  if (isIP(address) !== 6 || address.includes('%')) return false;
  if (embedding.check(address, 'ipv6')) return isPublicAddress(toEmbedded(address));
  return public6.check(address, 'ipv6') && !notPublic6.check(address, 'ipv6');
}

export class AddressGuard {
  readonly #networks = new BlockList();
  readonly #hosts = new Set<string>();
  readonly #lookup: Lookup;

  /** @throws Error that says which entry of `allow` is none */
  constructor({ allow = [], lookup = systemLookup }: AddressGuardOptions = {}) {
    this.#lookup = lookup;
    for (const entry of allow) this.#allow(entry);
  }

  /** Whether the host of an address is an exception by its own name, whatever it stands for. */
  isExempt({ hostname, host }: URL): boolean {
    return this.#hosts.has(hostname) || this.#hosts.has(host);
  }

  /** @throws HttpError `http-address-refused` for an address written as figures, which nothing looks up */
  check(url: URL): void {
    const address = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(address) === 0 || this.isExempt(url) || this.#isAllowed(address)) return;
    throw refused(url.hostname);
  }

  /** For `net.connect`: finds only addresses that may be reached, and fails where there is none. */
  readonly lookup: LookupFunction = (hostname, options, callback) =>
    this.#find((address) => this.#isAllowed(address), hostname, options, callback);

  /** For `net.connect` to exempt hosts: finds any address. */
  readonly lookupExempt: LookupFunction = (hostname, options, callback) =>
    this.#find(() => true, hostname, options, callback);

  #find(
    isAllowed: (address: string) => boolean,
    ...[hostname, options, callback]: Parameters<LookupFunction>
  ): void {
    this.#lookup(hostname, { ...options, all: true }, (error, found) => {
      const allowed = error ? [] : found.filter(({ address }) => isAllowed(address));
      const [first] = allowed;
      if (first === undefined) callback(error ?? refused(hostname), '', 0);
      else if (options.all === true) callback(null, [...allowed]);
      else callback(null, first.address, first.family);
    });
  }

  #isAllowed(address: string): boolean {
    if (isPublicAddress(address)) return true;
    return !address.includes('%') && this.#networks.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
  }

  #allow(entry: string): void {
    if (isIP(entry) !== 0) {
      this.#networks.addAddress(entry, isIPv4(entry) ? 'ipv4' : 'ipv6');
      return;
    }
    if (entry.includes('/')) {
      addSubnet(this.#networks, entry);
      return;
    }
    const url = URL.parse(`http://${entry}/`);
    // The address is written out again as it was read: anything else than a host and a port would show.
    if (
      url === null ||
      entry.includes('*') ||
      ![url.hostname, url.host, `${url.host}:80`].includes(entry.toLowerCase())
    ) {
      throw noEntry(entry);
    }
    this.#hosts.add(entry.toLowerCase().replace(/:80$/, ''));
  }
}

function toBlockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) addSubnet(list, network);
  return list;
}

function addSubnet(list: BlockList, network: string): void {
  const [address = '', bits = ''] = network.split('/', 2);
  const family = isIP(address);
  if (family === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) {
    throw noEntry(network);
  }
  list.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
}

function noEntry(entry: string): Error {
  return new Error(
    `expected an address, a network or a host, as in "10.1.2.3", "10.1.0.0/16", "[::1]:8080" or "files.example"; found ${JSON.stringify(entry)}`,
  );
}

/** The IPv4 address in the last 32 bits. */
function toEmbedded(address: string): string {
  const dotted = /[\d.]+$/.exec(address)?.[0] ?? '';
  if (isIPv4(dotted)) return dotted;
  // A URL writes an IPv6 address in its shortest form, as hexadecimal groups.
  const groups = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const tail = (groups.at(-1) ?? '').split(':').filter(Boolean);
  const [high = '0', low = '0'] = tail.length >= 2 ? tail.slice(-2) : ['0', tail[0] ?? '0'];
  const value = Number.parseInt(high, 16) * 0x1_0000 + Number.parseInt(low, 16);
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');
}

function refused(host: string): HttpError {
  return new HttpError('http-address-refused', `${host} is no address on the public Internet`);
}
