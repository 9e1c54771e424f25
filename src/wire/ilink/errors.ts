// Every way in which Tencent's bot server or its file store can fail, each with a code.

export const ILINK_ERROR_CODES = [
  /** The server cannot be reached. Nothing was done. */
  'ilink-unreachable',
  /** What came cannot be read as what the API promises. */
  'ilink-malformed',
  /** It did not answer in time, failed, or the connection broke: what was asked for may have been done. */
  'ilink-unanswered',
  /** It refused what was asked for; see `ret` and `status`. Nothing was done. */
  'ilink-refused',
  /** The login is over: the token is stale (errcode -14). Only a new scan helps. */
  'ilink-stale',
  /** A file cannot be had from the file store, or not be put there. */
  'ilink-file-failed',
] as const;

export type IlinkErrorCode = (typeof ILINK_ERROR_CODES)[number];

export class IlinkError extends Error {
  readonly code: IlinkErrorCode;
  /** Of HTTP, where it was answered with an error status. */
  readonly status: number | undefined;
  /** What the server gave as the reason, where it gave one: `ret` or `errcode`, never 0. */
  readonly ret: number | undefined;
  constructor(
    code: IlinkErrorCode,
    message: string,
    options?: ErrorOptions & { status?: number; ret?: number },
  ) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.status = options?.status;
    this.ret = options?.ret;
  }
}
