/** The `media:` of a configuration: what is kept of pictures and files. docs/configuration.md explains each key. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { createAddressList } from '../hub/address.ts';
import { parseDuration } from './duration.ts';
import { parsedText } from './parsed-text.ts';

const bytesPerMegabyte = 1024 * 1024;
const defaultFileMegabytes = 100;
const defaultTotalMegabytes = 10 * 1024;
/** A million: far beyond any disk's file, and exact in bytes. */
const mostMegabytes = 1_000_000;

export interface MediaConfiguration {
  /** The largest file. */
  readonly fileLimitBytes: number;
  /** All files together. */
  readonly totalLimitBytes: number;
  /** How long a file is kept after it was last opened, milliseconds. Missing is for ever. */
  readonly retentionMs?: number;
  /** Addresses, networks and hosts that are not public and may be fetched from all the same. */
  readonly allow: readonly string[];
}

const megabytes = z.int().min(1).max(mostMegabytes);

export const mediaSchema = z.strictObject({
  fileMegabytes: megabytes.default(defaultFileMegabytes),
  totalMegabytes: megabytes.default(defaultTotalMegabytes),
  retention: parsedText(parseDuration).optional(),
  allow: z.array(parsedText(parseReachable)).default([]),
});

export function toMediaConfiguration(settings: z.infer<typeof mediaSchema>): MediaConfiguration {
  const { fileMegabytes, totalMegabytes, retention, allow } = settings;
  return {
    fileLimitBytes: fileMegabytes * bytesPerMegabyte,
    totalLimitBytes: totalMegabytes * bytesPerMegabyte,
    ...(retention === undefined ? {} : { retentionMs: retention }),
    allow,
  };
}

/** As plain data, to be compared; durations as they are written. */
export function toMediaSettings(
  { fileLimitBytes, totalLimitBytes, retentionMs, allow }: MediaConfiguration,
  formatDuration: (durationMs: number) => string,
): Readonly<Record<string, unknown>> {
  return {
    fileMegabytes: fileLimitBytes / bytesPerMegabyte,
    totalMegabytes: totalLimitBytes / bytesPerMegabyte,
    ...(retentionMs === undefined ? {} : { retention: formatDuration(retentionMs) }),
    allow,
  };
}

/** An address or network, or a host that may have a port. */
function parseReachable(text: string): string {
  if (isIP(text) !== 0 || text.includes('/')) {
    createAddressList([text]);
    return text;
  }
  const url = URL.parse(`http://${text}/`);
  const isHost =
    url !== null &&
    !text.includes('*') &&
    [url.hostname, url.host, `${url.host}:80`].includes(text.toLowerCase());
  if (isHost) return text.toLowerCase();
  throw new Error(
    `expected an address, a CIDR or a host, as in "10.1.2.3", "10.1.0.0/16" or "files.example:8080"; found ${JSON.stringify(text)}`,
  );
}
