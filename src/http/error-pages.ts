/** Answers that say what went wrong: a page for browsers, JSON for programs, by what the request accepts. */
import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';

const explanations: Readonly<Record<number, string>> = {
  400: 'The request could not be understood.',
  401: 'A token is needed: send it as "Authorization: Bearer TOKEN".',
  403: 'This token may not do that.',
  404: 'There is nothing at this address.',
  405: 'This address does not take that method.',
  413: 'The request is larger than what is taken.',
  415: 'The request’s content type is not understood.',
  500: 'Something went wrong inside; the log tells what.',
  503: 'Not ready; try again later.',
};

/** Answers with a status, in the form that the request accepts. */
export function sendError(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  explanation = explanations[status] ?? '',
): FastifyReply {
  const title = STATUS_CODES[status] ?? 'Error';
  void reply.code(status).header('cache-control', 'no-store');
  if (!wantsHtml(request.headers.accept)) {
    return reply.send({ code: status, message: title, explanation });
  }
  return reply.type('text/html; charset=utf-8').send(toPage(status, title, explanation));
}

/** Browsers name text/html; programs name JSON, anything, or nothing. */
function wantsHtml(accept: string | undefined): boolean {
  return accept !== undefined && /\btext\/html\b/i.test(accept);
}

function toPage(status: number, title: string, explanation: string): string {
  const heading = `${status} ${escapeHtml(title)}`;
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${heading}</title>
<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:15vh auto;max-width:34rem;padding:0 1rem}</style>
<h1>${heading}</h1><p>${escapeHtml(explanation)}</p></html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
