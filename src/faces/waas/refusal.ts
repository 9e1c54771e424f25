/** What the old clients are told when something cannot be done: a text, and a status that is nearly always 200. */
import { AccessError } from '../../hub/access.ts';
import { toError } from '../../hub/clock.ts';
import { HutongError } from '../../hub/errors.ts';

/** The texts that clients know, and compare with. */
export const oldTexts = {
  notInitialized: 'Not initialized',
  notLogin: 'Not login',
  noJson: 'Invalid post body, not a JSON',
  noAddressee: 'Invalid name or topic, must have one of them',
  noText: 'Invalid text',
} as const;

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: 200 | 401;

  /** `status`: 401 where the token is refused. */
  constructor(message: string, status: 200 | 401 = 200) {
    super(message);
    this.status = status;
  }
}

/** What a client is told of an error; undefined where it concerns the hub's owner only. */
export function toRefusal(thrown: unknown): Refusal | undefined {
  if (thrown instanceof Refusal) return thrown;
  if (thrown instanceof HutongError || thrown instanceof AccessError) return new Refusal(thrown.message);
  const error: { statusCode?: unknown } & Error = toError(thrown);
  const { statusCode, message } = error;
  const isTheirs = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return isTheirs ? new Refusal(statusCode === 413 ? 'Invalid post body, too large' : message) : undefined;
}
