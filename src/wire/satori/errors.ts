// Every way in which the other side of Satori can fail, each with a code.

export const SATORI_ERROR_CODES = [
  /** The server cannot be reached, or does not speak Satori. Nothing was done. */
  'satori-unreachable',
  /** It refused the token. */
  'satori-authentication-failed',
  /** What came is no Satori v1. */
  'satori-malformed',
  /** It did not answer in time, or the connection broke: what was asked for may have been done. */
  'satori-unanswered',
  /** It answered with an error; see `status`. */
  'satori-refused',
  /** The WebSocket is over. */
  'satori-closed',
] as const;

export type SatoriErrorCode = (typeof SATORI_ERROR_CODES)[number];

export class SatoriError extends Error {
  readonly code: SatoriErrorCode;
  /** Of HTTP, where it was answered. */
  readonly status: number | undefined;
  /** When to try again, milliseconds from now, where the server said so. */
  readonly retryAfterMs: number | undefined;
  constructor(
    code: SatoriErrorCode,
    message: string,
    options?: ErrorOptions & { status?: number; retryAfterMs?: number },
  ) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.status = options?.status;
    this.retryAfterMs = options?.retryAfterMs;
  }
}
