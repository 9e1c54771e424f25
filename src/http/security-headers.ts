/** The headers that keep a browser from doing with our answers what they are not meant for. */

/** Answers that are no pages: whatever a browser took them for, nothing of it would run, load or be framed. */
const nothing = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What the console may load: its own scripts, styles and pictures, and connections to where it came from. */
export const consolePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** A year. @see RFC 6797 */
const strictTransport = 'max-age=31536000';

const always = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy': nothing,
};

const overTls = { ...always, 'strict-transport-security': strictTransport };

/** For every answer; a route that serves pages has a Content-Security-Policy of its own. */
export function securityHeaders(secure: boolean): Readonly<Record<string, string>> {
  return secure ? overTls : always;
}
