/**
 * The headers that every answer has: who answers, and what keeps a browser from doing with it what it is not meant for.
 * They are few, since every answer of the REST face carries them; pages have more.
 */

/** What the Server header says. */
export const serverName = 'hutong';

/** Answers that are no pages: whatever a browser took them for, nothing of it would run, load or be framed. */
const nothing = "default-src 'none'; frame-ancestors 'none'";

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

export const policyName = 'content-security-policy';

/** Routes of files set it too, so as to be safe behind any server. */
export const sniffingName = 'x-content-type-options';

const always = ['server', serverName, sniffingName, 'nosniff'];
const policy = [policyName, nothing];
const overTls = ['strict-transport-security', strictTransport];

const plain = { withPolicy: [...always, ...policy], without: always };
const secured = { withPolicy: [...plain.withPolicy, ...overTls], without: [...always, ...overTls] };

/** For pages, beside their Content-Security-Policy: what they tell others when they lead there, and who may reach in. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

/**
 * For every answer, each name followed by its value.
 *
 * @param withPolicy unless the answer has one of its own, as pages have, or none
 */
export function standardHeaders(secure: boolean, withPolicy: boolean): readonly string[] {
  const headers = secure ? secured : plain;
  return withPolicy ? headers.withPolicy : headers.without;
}
