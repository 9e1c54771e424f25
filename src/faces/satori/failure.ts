/** Why a request was not done, as a status of HTTP with words. */
import { z } from 'zod';
import { HutongError, MediaError, RequestError } from '../../hub/errors.ts';
import { SatoriError } from '../../wire/satori/errors.ts';

export class Failure extends Error {
  override readonly name = 'Failure';
  readonly statusCode: number;
  readonly retryAfterSeconds: number | undefined;
  constructor(statusCode: number, message: string, retryAfterSeconds?: number) {
    super(message);
    this.statusCode = statusCode;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

const requestStatus: Readonly<Record<string, number>> = {
  'account-unknown': 404,
  'room-unknown': 404,
  'message-unknown': 404,
  'request-unknown': 404,
  'request-answered': 409,
  'person-away': 404,
  'not-allowed': 403,
  'not-supported': 501,
  'media-too-large': 413,
  'media-refused': 403,
  'media-unreachable': 502,
};

/** The answer to what was thrown; undefined where it is a fault of the hub. */
export function toFailure(thrown: unknown): Failure | undefined {
  if (thrown instanceof Failure) return thrown;
  if (thrown instanceof z.ZodError) return new Failure(400, toWords(thrown));
  if (thrown instanceof SatoriError) return new Failure(400, thrown.message);
  if (thrown instanceof RequestError || thrown instanceof MediaError) {
    return new Failure(requestStatus[thrown.code] ?? 500, thrown.message);
  }
  if (thrown instanceof HutongError) return new Failure(503, thrown.message);
  const status = thrown instanceof Error ? (thrown as { statusCode?: number }).statusCode : undefined;
  return status !== undefined && status < 500 ? new Failure(status, (thrown as Error).message) : undefined;
}

function toWords({ issues }: z.ZodError): string {
  const [issue] = issues;
  const path = issue?.path.join('.') ?? '';
  return path === '' ? (issue?.message ?? 'it is not as it has to be') : `"${path}": ${issue?.message}`;
}
