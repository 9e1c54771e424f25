// Every way an HTTP request can fail before there is an answer, or while its body is read. They are in one file so that
// the documentation can be checked against it.

/** The codes. An answer with an error status is an answer, not one of these. */
export const HTTP_ERROR_CODES = [
  /** The address is none that can be asked for: not on http or https, or with a name and password in it. */
  'http-url-invalid',
  /** The address leads to a machine that must not be reached from here. */
  'http-address-refused',
  /** The server cannot be reached, its certificate is refused, or the connection broke. */
  'http-unreachable',
  /** It took longer than its limit. */
  'http-timeout',
  /** The answer leads on to another address more often than is followed, or to none. */
  'http-redirects',
  /** The body is larger than its limit. */
  'http-too-large',
  /** The body is packed in a way that is not known, or cannot be unpacked. */
  'http-encoding',
] as const;

export type HttpErrorCode = (typeof HTTP_ERROR_CODES)[number];

/** A request failed. The message names the server, never the whole address, which may hold a secret. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: HttpErrorCode;

  constructor(code: HttpErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
