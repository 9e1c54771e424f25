/** What goes over a WebSocket in both directions: calls and their answers; events have a file of their own. */
import { z } from 'zod';
import { words } from './values.ts';

/** A call. `echo` is anything: it comes back as it was. */
export interface CallFrame {
  action: string;
  params: unknown;
  echo?: unknown;
}

const call = z.looseObject({
  action: z.string().min(1),
  params: z.unknown().optional(),
  echo: z.unknown().optional(),
});

/** @throws ZodError where it is no call */
export function parseCall(value: unknown): CallFrame {
  const { action, params, echo } = call.parse(value);
  return { action, params: params ?? {}, ...(echo !== undefined && { echo }) };
}

/** An answer, over WebSocket or HTTP. */
export interface AnswerFrame {
  status: 'ok' | 'async' | 'failed';
  retcode: number;
  data: unknown;
  /** Why it failed, for people; several implementations call it one or the other, or both. */
  message?: string;
  wording?: string;
  echo?: unknown;
}

const answer = z.looseObject({
  status: words,
  retcode: z.coerce.number(),
  data: z.unknown().optional(),
  message: words,
  wording: words,
  msg: words,
  echo: z.unknown().optional(),
});

/** An answer as the client sees it. */
export interface Answer {
  failed: boolean;
  retcode: number;
  data: unknown;
  wording: string;
  echo: unknown;
}

/** @throws ZodError where it is no answer */
export function parseAnswer(value: unknown): Answer {
  const { status, retcode, data, message, wording, msg, echo } = answer.parse(value);
  return {
    failed: status === 'failed' || retcode > 1,
    retcode,
    data,
    wording: wording || message || msg,
    echo,
  };
}
