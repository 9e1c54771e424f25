/**
 * Answers that say what went wrong: a page for browsers, JSON for programs, by what the request accepts. What could not
 * even be read as a request is answered in JSON, straight to its socket.
 */
import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES } from './node-http.ts';
import { pageHeaders, serverName } from './standard-headers.ts';

/** What each standard status means to who meets it. @see RFC 9110 section 15, RFC 6585 */
const explanations: Readonly<Record<number, string>> = {
  400: 'The request could not be understood.',
  401: 'A login or a token is needed: send it as "Authorization: Bearer TOKEN".',
  402: 'This would have to be paid for.',
  403: 'This may not be done by whoever asks for it.',
  404: 'There is nothing at this address.',
  405: 'This address does not take that method.',
  406: 'There is no answer in a form that the request accepts.',
  407: 'The proxy in between asks for a login.',
  408: 'The request took too long to arrive.',
  409: 'The request does not fit what is there now.',
  410: 'What was at this address is gone for good.',
  411: 'The request has to say how long it is.',
  412: 'What the request asks to hold does not hold.',
  413: 'The request is larger than what is taken.',
  414: 'The address is longer than what is taken.',
  415: 'The request’s content type is not understood here.',
  416: 'What is asked for lies outside of what is there.',
  417: 'What the request expects of the server cannot be had.',
  421: 'The request was meant for another server, by the host that it names.',
  422: 'The request is well-formed, but what it says cannot be done.',
  423: 'This is locked.',
  424: 'Something that this depends on has failed.',
  425: 'The request came too early to be sure that it is no repetition.',
  426: 'This address takes WebSockets only.',
  428: 'The request has to say which state it is meant for.',
  429: 'Too many requests; try again later.',
  431: 'The request’s headers are larger than what is taken.',
  451: 'This is not shown for legal reasons.',
  500: 'Something went wrong inside; the log tells what.',
  501: 'The server does not know that method.',
  502: 'A server behind this one gave no proper answer.',
  503: 'Not ready; try again later.',
  504: 'A server behind this one did not answer in time.',
  505: 'That version of HTTP is not spoken here.',
  507: 'There is no room left to keep this.',
  508: 'The request went round in a circle.',
  511: 'The network in between asks for a login.',
};

/** What is said of an error, in JSON as in words. */
interface ErrorBody {
  code: number;
  message: string;
  explanation: string;
}

const style =
  ':root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:15vh auto;max-width:34rem;padding:0 1rem}code{background:#8883;border-radius:.25em;padding:.1em .35em}';
const styleHash = createHash('sha256').update(style).digest('base64');
/** A page of ours that is nothing but words: this style, and nothing else at all. */
const pagePolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Answers with a status, in the form that the request accepts. `explanation` is plain text for people. */
export function sendError(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  explanation?: string,
): FastifyReply {
  const body = toErrorBody(status, explanation);
  const vary = [reply.getHeader('vary') ?? [], 'accept'].flat().join(', ');
  void reply.code(status).header('cache-control', 'no-store').header('vary', vary);
  // A stream that was to be sent may have said how long it is.
  void reply.removeHeader('content-length');
  if (!wantsHtml(request.headers.accept)) return reply.type('application/json; charset=utf-8').send(body);
  const heading = `${body.code} ${body.message}`;
  return sendPage(reply, heading, `<p>${escapeHtml(body.explanation)}</p>`);
}

/** Answers with a small page of words. `title` is plain text, `html` the rest of the page. */
export function sendPage(reply: FastifyReply, title: string, html: string): FastifyReply {
  const heading = escapeHtml(title);
  return reply
    .type('text/html; charset=utf-8')
    .headers(pageHeaders)
    .header('content-security-policy', pagePolicy).send(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${heading}</title>
<style>${style}</style>
<h1>${heading}</h1>${html}</html>
`);
}

/** Answers on a socket whose request never reached a route (malformed, too slow, a refused upgrade), and closes it. */
export function refuseSocket(
  socket: Duplex,
  status: number,
  options: { explanation?: string; headers?: Readonly<Record<string, string>> } = {},
): void {
  socket.on('error', () => {
    // Whoever is refused may have gone already; without a listener that would end the process.
  });
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(toErrorBody(status, options.explanation));
  const headers = {
    date: new Date().toUTCString(),
    server: serverName,
    connection: 'close',
    'cache-control': 'no-store',
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    ...options.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

function toErrorBody(status: number, explanation = explanations[status] ?? ''): ErrorBody {
  return { code: status, message: STATUS_CODES[status] ?? 'Error', explanation };
}

/** Browsers name text/html; programs name JSON, anything, or nothing. */
function wantsHtml(accept: string | undefined): boolean {
  return accept !== undefined && /\btext\/html\b/i.test(accept);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
