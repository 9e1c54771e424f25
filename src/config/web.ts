/** The `http:` of a configuration: the web server. docs/configuration.md explains each key. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { createAddressList, formatAddress, parseAddress, type ListenAddress } from '../hub/address.ts';
import { fileSetting } from '../hub/settings.ts';
import { parsedText } from './parsed-text.ts';

const defaultListen = '127.0.0.1:3010';
const defaultConnections = 4_096;
const mostConnections = 1_000_000;
const defaultRequestsPerMinute = 6_000;
const mostRequestsPerMinute = 1_000_000;

export interface WebConfiguration {
  readonly listen: ListenAddress;
  /** The address by which browsers reach the hub; no slash at its end. */
  readonly url?: string;
  /** A folder of one's own in place of the console; absolute. */
  readonly root?: string;
  /** The Content-Security-Policy of what is in `root`. */
  readonly contentSecurityPolicy?: string;
  /** PEM files; absolute. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Addresses and CIDRs of trusted proxies. */
  readonly proxy: readonly string[];
  /** Connections at once. */
  readonly connections: number;
  /** Requests of one token in a minute. */
  readonly requestsPerMinute: number;
}

export const webSchema = z.strictObject({
  listen: parsedText(parseAddress).prefault(defaultListen),
  url: parsedText(parseUrl).optional(),
  root: fileSetting().optional(),
  contentSecurityPolicy: parsedText(parseHeader).optional(),
  tls: z.strictObject({ cert: fileSetting(), key: fileSetting() }).optional(),
  proxy: z.array(parsedText(parseProxy)).default([]),
  connections: z.int().min(1).max(mostConnections).default(defaultConnections),
  requestsPerMinute: z.int().min(1).max(mostRequestsPerMinute).default(defaultRequestsPerMinute),
});

/** File names that are relative count from `folder`. */
export function toWebConfiguration(settings: z.infer<typeof webSchema>, folder: string): WebConfiguration {
  const { listen, url, root, contentSecurityPolicy, tls, proxy, connections, requestsPerMinute } = settings;
  return {
    listen,
    proxy,
    connections,
    requestsPerMinute,
    ...(url === undefined ? {} : { url }),
    ...(root === undefined ? {} : { root: resolve(folder, root) }),
    ...(contentSecurityPolicy === undefined ? {} : { contentSecurityPolicy }),
    ...(tls === undefined ? {} : { tls: { cert: resolve(folder, tls.cert), key: resolve(folder, tls.key) } }),
  };
}

/** As plain data, to be compared. */
export function toWebSettings({ listen, ...rest }: WebConfiguration): Readonly<Record<string, unknown>> {
  return { listen: formatAddress(listen), ...rest };
}

function parseUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new Error(
      `expected the address by which browsers reach this hub, as in "https://chat.example.org"; found ${JSON.stringify(text)}`,
    );
  }
  return url.href.replace(/\/$/, '');
}

function parseProxy(text: string): string {
  createAddressList([text]);
  return text;
}

function parseHeader(text: string): string {
  if (text === '' || /[^\x20-\x7e]/.test(text)) {
    throw new Error('expected the value of a header: one line, ASCII');
  }
  return text;
}
