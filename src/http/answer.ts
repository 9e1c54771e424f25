/**
 * What every answer of the web server is written with, whoever gives it: Fastify, a network with routes of its own, or a
 * handler that writes by itself. The headers that all have are added where the head is written, so that no answer goes
 * without them, and in the form that costs Node least: a flat list, which it neither copies nor looks up.
 */
import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http';
import { ServerResponse } from './node-http.ts';
import { policyName, sniffingName, standardHeaders } from './standard-headers.ts';

/** Whether the headers of connections that are encrypted belong to the answer of a request. */
type IsSecure = (request: IncomingMessage) => boolean;

/** As Fastify writes it. With `nosniff` no browser makes a document of it, which is all that a policy is about. */
const json = 'application/json; charset=utf-8';

/**
 * The class of a server's answers. Each has the standard headers; a Content-Security-Policy of its own, its name in small
 * letters, takes the place of the standard one, and JSON has none.
 *
 * @param isSecure missing where no connection is encrypted
 */
export function createAnswerClass(isSecure?: IsSecure): typeof ServerResponse<IncomingMessage> {
  return class Answer extends ServerResponse<IncomingMessage> {
    // Known from the beginning: a request that was given up has no socket any more.
    readonly #isSecure = isSecure !== undefined && isSecure(this.req);

    override writeHead(
      status: number,
      reason?: string | OutgoingHttpHeaders | OutgoingHttpHeader[],
      headers?: OutgoingHttpHeaders | OutgoingHttpHeader[],
    ): this {
      const given = (typeof reason === 'string' ? headers : (headers ?? reason)) ?? {};
      const [flat, needsNone] = Array.isArray(given)
        ? [[...given], given.includes(policyName)]
        : [toFlat(given), given['content-type'] === json || given[policyName] !== undefined];
      flat.push(...standardHeaders(this.#isSecure, !needsNone && !this.hasHeader(policyName)));
      return typeof reason === 'string'
        ? super.writeHead(status, reason, flat)
        : super.writeHead(status, flat);
    }
  };
}

/** What follows as a standard header is left out: it would be there twice. */
function toFlat(headers: OutgoingHttpHeaders): OutgoingHttpHeader[] {
  const flat: OutgoingHttpHeader[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && name !== sniffingName) flat.push(name, value);
  }
  return flat;
}
