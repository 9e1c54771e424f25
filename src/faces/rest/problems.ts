/**
 * Refusals and failures as programs read them: one form for all, with a code that stays.
 *
 * @see RFC 9457 (problem details for HTTP APIs)
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { AccessError } from '../../hub/access.ts';
import { toError } from '../../hub/clock.ts';
import { HutongError, type ErrorCode } from '../../hub/errors.ts';
import type { Log } from '../../hub/log.ts';
import { STATUS_CODES } from '../../http/node-http.ts';
import type { WireProblem } from './schemas/problem.ts';

/** The codes that only this face has, each with its HTTP status. docs/errors.md explains them; a test compares. */
export const restErrorStatuses = {
  'caller-unknown': 401,
  'scope-missing': 403,
  'path-unknown': 404,
  'method-unknown': 405,
  'consumer-unknown': 404,
  'request-invalid': 400,
  'body-type': 415,
  'body-too-large': 413,
  'cursor-invalid': 400,
  'cursor-foreign': 409,
  'cursor-ahead': 409,
  'login-step-other': 409,
  'key-reused': 422,
  'media-unknown': 422,
  'rate-limited': 429,
  'too-many': 429,
  'upgrade-required': 426,
  internal: 500,
} as const;

export type RestErrorCode = keyof typeof restErrorStatuses;

/** A request that this face refuses. */
export class RestError extends Error {
  override readonly name = 'RestError';
  readonly code: RestErrorCode;

  constructor(code: RestErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The hub's own codes that are the request's fault, or pass; all others are 500. */
const hubStatuses: Partial<Record<ErrorCode, number>> = {
  'account-unknown': 404,
  'account-over': 503,
  'account-unreachable': 503,
  'room-unknown': 404,
  'message-unknown': 404,
  'request-unknown': 404,
  'request-answered': 409,
  'not-allowed': 403,
  'not-supported': 409,
  'delivery-failed': 502,
  'delivery-unknown': 502,
  'config-invalid': 422,
  'config-changed': 409,
  'config-unreadable': 409,
  'config-unwritable': 503,
  'journal-full': 503,
  'journal-unwritable': 503,
  'journal-closed': 503,
  'journal-failed': 503,
  'media-too-large': 413,
  'media-refused': 422,
  'media-unreachable': 502,
  'media-failed': 503,
};

type Mistakes = WireProblem['errors'];

function createProblem(status: number, code: string, detail: string, errors?: Mistakes): WireProblem {
  return {
    type: `urn:hutong:problem:${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    detail,
    ...(errors && { errors }),
  };
}

/** What went wrong, without what concerns only the hub's owner. */
export function toProblem(thrown: unknown): WireProblem {
  const error = toError(thrown);
  if (error instanceof RestError)
    return createProblem(restErrorStatuses[error.code], error.code, error.message);
  if (error instanceof AccessError) return createProblem(422, error.code, error.message);
  if (error instanceof HutongError) {
    const status = hubStatuses[error.code];
    if (status !== undefined) return createProblem(status, error.code, error.message, toMistakes(error));
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const mistakes = error.validation.map(({ instancePath, message }) => ({
      path: instancePath,
      detail: message ?? 'is not as expected',
    }));
    const place = error.validationContext ?? 'request';
    return createProblem(
      400,
      'request-invalid',
      `the ${placeWords[place] ?? place} is not as expected`,
      mistakes,
    );
  }
  const { statusCode: status = 500 } = error as Partial<FastifyError>;
  if (status === 413) return createProblem(413, 'body-too-large', error.message);
  if (status === 415) return createProblem(415, 'body-type', bodyTypeWords);
  if (status >= 400 && status < 500) return createProblem(status, 'request-invalid', error.message);
  return createProblem(500, 'internal', 'something went wrong inside; the log tells what');
}

const bodyTypeWords =
  'the body has a content type that this address does not take; send Content-Type: application/json';

const placeWords: Readonly<Record<string, string>> = {
  querystring: 'query',
  params: 'path',
  headers: 'header',
};

/** A configuration is refused with all of its mistakes. */
function toMistakes(error: HutongError): Mistakes {
  if (!('problems' in error) || !Array.isArray(error.problems)) return undefined;
  const problems = error.problems as readonly { path: string; message: string }[];
  // What concerns the file as a whole is the detail.
  const placed = problems.filter(({ path }) => path !== '');
  return placed.length === 0 ? undefined : placed.map(({ path, message }) => ({ path, detail: message }));
}

function sendProblem(reply: FastifyReply, problem: WireProblem): FastifyReply {
  return reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problem);
}

/** Answers every error of the face's routes; what is the hub's own fault goes to the log. */
export function createErrorHandler(log: Log) {
  return (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const problem = toProblem(thrown);
    if (problem.status >= 500) {
      const told = { err: toError(thrown), method: request.method, path: request.routeOptions.url };
      const { destroyed, complete } = request.raw;
      // Whoever went away in the middle of an upload is no failure of the hub, and nobody reads the answer.
      if (destroyed && !complete) log.debug(told, 'a client of the REST face broke off its request');
      else log.error(told, 'a request of the REST face failed');
    }
    return sendProblem(reply, problem);
  };
}
