// The store that files go by: the message has only where a file is, and its key. Bytes pass as streams both ways.
import { Readable } from 'node:stream';
import type { HttpClient } from '../http/client.ts';
import { IlinkError } from './errors.ts';
import { decrypt, encrypt, toCipherBytes } from './file-cipher.ts';
import type { StoredFile } from './messages.ts';

const WORDS_LIMIT = 200;
/** The longest silence of the store. */
const SILENCE_MS = 30_000;

export interface FileStoreOptions {
  http: HttpClient;
  /** Where the store is, for what comes without a whole address. */
  url: string;
}

export interface TransferOptions {
  deadlineMs: number;
  signal: AbortSignal;
}

/**
 * The bytes of a file that came.
 *
 * @param key undefined: it is not encrypted
 * @throws IlinkError; while they are read, what `HttpResponse.body` and `decrypt` throw
 */
export async function download(
  { http, url }: FileStoreOptions,
  file: StoredFile,
  key: Uint8Array | undefined,
  { limitBytes, deadlineMs, signal }: TransferOptions & { limitBytes: number },
): Promise<AsyncIterable<Uint8Array>> {
  const address = file.full_url || toDownloadAddress(url, file.encrypt_query_param);
  const response = await asked(
    http.request(address, {
      limitBytes: toCipherBytes(limitBytes),
      deadlineMs,
      silenceMs: SILENCE_MS,
      signal,
    }),
    signal,
  );
  if (response.status === 200) return key ? decrypt(response.body, key) : response.body;
  response.leave();
  throw new IlinkError('ilink-file-failed', `the file store answered ${response.status}`, {
    status: response.status,
  });
}

/**
 * Puts a file into the store.
 *
 * @param to as `getuploadurl` answered
 * @returns what opens it again
 * @throws IlinkError
 */
export async function upload(
  { http, url }: FileStoreOptions,
  to: { upload_full_url?: string | null | undefined; upload_param?: string | null | undefined },
  { name, sizeBytes, key, content }: UploadedFile,
  { deadlineMs, signal }: TransferOptions,
): Promise<string> {
  const address = to.upload_full_url?.trim() || toUploadAddress(url, to.upload_param, name);
  const response = await asked(
    http.request(address, {
      method: 'POST',
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': String(toCipherBytes(sizeBytes)),
      },
      body: Readable.from(encrypt(content, key), { objectMode: false }),
      deadlineMs,
      silenceMs: SILENCE_MS,
      redirects: 0,
      signal,
    }),
    signal,
  );
  const opened = response.header('x-encrypted-param');
  const words = response.header('x-error-message') ?? '';
  response.leave();
  if (response.status === 200 && opened) return opened;
  throw new IlinkError(
    'ilink-file-failed',
    `the file store answered ${response.status} ${words.slice(0, WORDS_LIMIT)}`.trim(),
    { status: response.status },
  );
}

export interface UploadedFile {
  /** Any that is unique. */
  name: string;
  sizeBytes: number;
  key: Uint8Array;
  /** Not encrypted. */
  content: AsyncIterable<Uint8Array>;
}

async function asked<Answer>(asking: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  try {
    return await asking;
  } catch (cause) {
    signal.throwIfAborted();
    throw new IlinkError('ilink-file-failed', 'the file store does not answer', { cause });
  }
}

function toDownloadAddress(url: string, param: string | null | undefined): string {
  if (!param) throw new IlinkError('ilink-malformed', 'a file came without its address');
  return `${url}/download?${new URLSearchParams({ encrypted_query_param: param }).toString()}`;
}

function toUploadAddress(url: string, param: string | null | undefined, name: string): string {
  if (!param) throw new IlinkError('ilink-malformed', 'the server told no place for a file');
  return `${url}/upload?${new URLSearchParams({ encrypted_query_param: param, filekey: name }).toString()}`;
}
