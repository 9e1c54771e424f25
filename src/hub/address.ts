/** Addresses to listen on, as they are written in hutong.yaml: `127.0.0.1:3010`, `[::1]:3010`, `localhost:0`. */
import { BlockList, isIP } from 'node:net';

export interface ListenAddress {
  host: string;
  /** 0 lets the system choose. */
  port: number;
}

const maxPort = 65_535;

/** Throws an `Error` that says how an address is written. */
export function parseAddress(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  const sixOutside = match?.[1] !== undefined && isIP(match[1]) !== 6;
  if (host === undefined || port > maxPort || sixOutside) {
    const message = `expected a host and a port, as in "127.0.0.1:3010" or "[::1]:3010"; found ${JSON.stringify(text)}`;
    throw new Error(message);
  }
  return { host, port };
}

export function formatAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether only this machine itself can reach what listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** A list of addresses (`10.0.0.5`, `::1`) and CIDRs (`10.0.0.0/8`). Throws an `Error` that says which is neither. */
export function createAddressList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits, ...rest] = entry.split('/');
    const version = isIP(address);
    const family = version === 6 ? 'ipv6' : 'ipv4';
    const longest = version === 6 ? 128 : 32;
    const isPrefix = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest);
    if (version === 0 || rest.length > 0 || !isPrefix) {
      throw new Error(
        `expected an address or a CIDR, as in "127.0.0.1" or "10.0.0.0/8"; found ${JSON.stringify(entry)}`,
      );
    }
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}
