/** SQLite's errors as the journal's. */
import { JournalError } from '../../hub/errors.ts';
import { toError } from '../../hub/clock.ts';

export type JournalErrorCode = ConstructorParameters<typeof JournalError>[0];

/** SQLite's primary result codes. @see https://sqlite.org/rescode.html */
const busy = 5;
const permission = 3;
const readOnly = 8;
const corrupt = 11;
const full = 13;
const cannotOpen = 14;
const authorization = 23;
const notADatabase = 26;
/** SQLITE_IOERR_SHMSIZE: the index of the write-ahead log cannot grow, which is the disk being full. */
const cannotGrowIndex = 4874;
const primaryCodeMask = 0xff;

/** What the operating system says, where a folder or file is made without SQLite. */
const systemCodes: Readonly<Record<string, JournalErrorCode>> = {
  EACCES: 'journal-unwritable',
  EPERM: 'journal-unwritable',
  EROFS: 'journal-unwritable',
  ENOTDIR: 'journal-unwritable',
  // A folder that cannot be made on a read-only file system.
  ENOENT: 'journal-unwritable',
  EEXIST: 'journal-unwritable',
  ENOSPC: 'journal-full',
  EDQUOT: 'journal-full',
};

/** What is left of an error when it goes to another thread. */
export interface Failure {
  code: JournalErrorCode;
  message: string;
}

/** What SQLite or the file system threw, in a form that other threads can be told. */
export function toFailure(thrown: unknown, file: string): Failure {
  // A JournalError takes no other codes.
  const { code, message } = toJournalError(thrown, file);
  return { code: code as JournalErrorCode, message };
}

/** Wraps what SQLite or the file system threw; `file` is named in the message. A JournalError stays as it is. */
export function toJournalError(thrown: unknown, file: string): JournalError {
  if (thrown instanceof JournalError) return thrown;
  const cause = toError(thrown);
  const code = codeOf(cause);
  const why = explainSystem(cause) ?? explanations[code];
  return new JournalError(code, `${file}: ${why} (${cause.message})`, { cause });
}

const explanations: Readonly<Record<JournalErrorCode, string>> = {
  'journal-locked': 'another hub runs on the same data',
  'journal-full': 'the disk is full; free some space, and what waits is written',
  'journal-unwritable': 'it may not be written; make the folder and the files in it writable for this user',
  'journal-corrupt': 'the file is damaged or no journal of hutong; put a backup in its place or move it away',
  'journal-newer': 'it was written by a newer version of hutong',
  'journal-closed': 'the journal is closed',
  'journal-failed': 'the journal could not do what it was asked',
};

/** A read-only disk, which Node reports as a missing folder where several have to be made. */
function explainSystem(error: Error): string | undefined {
  if (!('code' in error && 'syscall' in error)) return undefined;
  if (error.code === 'EROFS') return 'the disk is read-only';
  const unmade = error.code === 'ENOENT' && error.syscall === 'mkdir';
  return unmade ? 'its folder cannot be made; is the disk read-only?' : undefined;
}

function codeOf(error: Error): JournalErrorCode {
  if ('errcode' in error && typeof error.errcode === 'number') return codeOfSqlite(error.errcode);
  const system = 'code' in error && typeof error.code === 'string' ? systemCodes[error.code] : undefined;
  return system ?? 'journal-failed';
}

function codeOfSqlite(code: number): JournalErrorCode {
  if (code === cannotGrowIndex) return 'journal-full';
  switch (code & primaryCodeMask) {
    case full:
      return 'journal-full';
    case readOnly:
    case cannotOpen:
    case permission:
    case authorization:
      return 'journal-unwritable';
    case corrupt:
    case notADatabase:
      return 'journal-corrupt';
    default:
      return 'journal-failed';
  }
}

/** Whether SQLite says that another connection holds what this one needs. */
export function isBusy(thrown: unknown): boolean {
  return (
    thrown instanceof Error &&
    'errcode' in thrown &&
    typeof thrown.errcode === 'number' &&
    (thrown.errcode & primaryCodeMask) === busy
  );
}
