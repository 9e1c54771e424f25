/** Why a call was not done, as a status of gRPC with words. */
import { HutongError, MediaError, RequestError } from '../../hub/errors.ts';
import { grpc } from './protobuf.ts';

type StatusName = keyof typeof grpc.status;

/** The message is for authors of bots, and holds no secret. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly status: StatusName;
  constructor(status: StatusName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

const statusOf: Readonly<Record<string, StatusName>> = {
  'account-unknown': 'NOT_FOUND',
  'room-unknown': 'NOT_FOUND',
  'message-unknown': 'NOT_FOUND',
  'request-unknown': 'NOT_FOUND',
  'person-away': 'NOT_FOUND',
  'request-answered': 'FAILED_PRECONDITION',
  'not-allowed': 'PERMISSION_DENIED',
  'not-supported': 'UNIMPLEMENTED',
  'media-too-large': 'RESOURCE_EXHAUSTED',
  'media-refused': 'PERMISSION_DENIED',
};

/** What gRPC takes as an error. */
export interface WireError {
  code: number;
  details: string;
}

/** The answer to what was thrown; undefined where it is a fault of the hub. */
export function toWireError(thrown: unknown): WireError | undefined {
  const failure = toFailure(thrown);
  return failure && { code: grpc.status[failure.status], details: failure.message };
}

function toFailure(thrown: unknown): Failure | undefined {
  if (thrown instanceof Failure) return thrown;
  if (thrown instanceof RequestError || thrown instanceof MediaError) {
    return new Failure(statusOf[thrown.code] ?? 'INTERNAL', thrown.message);
  }
  return thrown instanceof HutongError ? new Failure('UNAVAILABLE', thrown.message) : undefined;
}
