/**
 * The certificate of the web server, from two PEM files, and the watch over them: whoever renews certificates replaces
 * the files, and new connections get the new one while those that are open stay.
 */
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createSecureContext, type SecureContext } from 'node:tls';
import { toError, type Cancel, type Clock } from '../hub/clock.ts';
import { ListenError } from '../hub/errors.ts';
import type { Log } from '../hub/log.ts';

/** The two are read again so often. Reading, not watching, is what finds swapped links of mounted folders, too. */
const rereadEveryMs = 10_000;

export interface CertificateFiles {
  /** PEM, the server's own certificate first, then those of the authorities in between. */
  cert: string;
  /** PEM, not encrypted. */
  key: string;
}

export interface Certificate {
  cert: string;
  key: string;
}

/** Reads both. Rejects with a `ListenError` that names the file and what is wrong with it. */
export async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  // One after the other: of two that are missing, it is always the first that is named.
  const cert = await readPem(files.cert, 'http.tls.cert');
  const key = await readPem(files.key, 'http.tls.key');
  checkPair({ cert, key }, files);
  return { cert, key };
}

export interface CertificateWatch {
  files: CertificateFiles;
  /** What the server has now. */
  certificate: Certificate;
  server: Server;
  clock: Clock;
  log: Log;
  rereadMs?: number;
}

/** Gives the server each new pair that is good. A pair that is not, as while it is being replaced, is told once. */
export function watchCertificate(watch: CertificateWatch): Cancel {
  const { files, server, clock, log, rereadMs = rereadEveryMs } = watch;
  let { certificate } = watch;
  let told = '';
  let stopped = false;
  let cancel = clock.after(rereadMs, look);
  return () => {
    stopped = true;
    cancel();
  };

  function look(): void {
    void take().finally(() => {
      if (!stopped) cancel = clock.after(rereadMs, look);
    });
  }

  async function take(): Promise<void> {
    try {
      const next = await readCertificate(files);
      told = '';
      if (next.cert === certificate.cert && next.key === certificate.key) return;
      (server as Server & SecureContextHolder).setSecureContext(next);
      certificate = next;
      log.info({}, `the certificate of ${files.cert} is in use from now on`);
    } catch (error) {
      const { message } = toError(error);
      if (message !== told) log.warn({}, `${message}; the certificate in use stays`);
      told = message;
    }
  }
}

interface SecureContextHolder {
  setSecureContext(options: Certificate): void;
}

async function readPem(file: string, setting: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new ListenError(`${file} (${setting}) cannot be read: ${toError(cause).message}`, { cause });
  }
}

function checkPair(pair: Certificate, files: CertificateFiles): SecureContext {
  try {
    return createSecureContext(pair);
  } catch (cause) {
    throw new ListenError(
      `${files.cert} and ${files.key} (http.tls) are no certificate with its key: ${toError(cause).message}`,
      { cause },
    );
  }
}
