/**
 * Events by HTTP: each is posted, in order, and is told when it was answered. The answer may say what to do at once.
 *
 * @see https://github.com/botuniverse/onebot-11/blob/master/communication/http-post.md
 */
import type { Position } from '../../hub/message.ts';
import { tellInOrder } from '../../hub/tell-in-order.ts';
import { toSignature } from '../../wire/onebot11/authorization.ts';
import type { CalledBot, CallingParts } from './called-bot.ts';
import type { OneBotFaceConfig } from './config.ts';
import { toHeartbeat, toLifecycle } from './meta.ts';
import { toFilter } from './rights.ts';

const timeoutMs = 30_000;
/** The largest answer: a quick reply with a picture by its address is small. */
const answerLimitBytes = 1024 * 1024;

/** Posts until the tail stops. Never rejects. */
export async function postEvents(
  called: CalledBot,
  parts: CallingParts,
  { heartbeatSeconds, replayMinutes }: OneBotFaceConfig,
): Promise<void> {
  const { host, tail, progress, toTelling } = parts;
  const { clock, log } = host;
  const { bot, key } = called;
  const place = URL.parse(called.target.url)?.host;
  const heartbeatMs = heartbeatSeconds * 1000;
  const { json } = toTelling(bot);
  let isGreeted = false;
  const greet = async () => {
    if (!isGreeted) await post(Buffer.from(toLifecycle(host, bot, 'enable')), called, parts);
    isGreeted = true;
  };
  await tellInOrder(
    {
      clock,
      tail,
      progress,
      key,
      filter: toFilter(bot),
      replayMs: () => replayMinutes * 60_000,
      async tell(event) {
        await greet();
        const bytes = await json(event);
        if (bytes) await post(bytes, called, parts);
      },
      async wait(position) {
        await greet();
        if (!(await isQuiet(position, heartbeatMs, parts))) return;
        await post(Buffer.from(toHeartbeat(host, bot, heartbeatMs)), called, parts);
      },
      failed(reason) {
        log.warn({ bot: place, reason }, 'a bot did not take an event; it is tried again');
      },
    },
    tail.signal,
  );
}

/** Waits for something new. True: nothing came in time. */
async function isQuiet(position: Position, limitMs: number, { host, tail }: CallingParts): Promise<boolean> {
  const patience = new AbortController();
  const cancel = host.clock.after(limitMs, () => patience.abort());
  await tail.changed(position, patience.signal);
  cancel();
  return patience.signal.aborted && !tail.signal.aborted;
}

/** Resolves when the bot has taken it, and what it wants done is done. Rejects where it did not answer well. */
async function post(bytes: Buffer, { target, bot }: CalledBot, parts: CallingParts): Promise<void> {
  const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), parts.tail.signal]);
  const response = await fetch(target.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-self-id': String(bot.selfId),
      'user-agent': `OneBot/11 hutong/${parts.host.version}`,
      ...(target.token !== undefined && { authorization: `Bearer ${target.token}` }),
      ...(target.secret !== undefined && { 'x-signature': toSignature(bytes, target.secret) }),
    },
    body: new Uint8Array(bytes),
    redirect: 'manual',
    signal,
  });
  const text = await readAnswer(response);
  if (!response.ok) throw new Error(`it answered with the status ${response.status}`);
  const operation = parseOperation(text);
  if (!operation) return;
  const params = { context: JSON.parse(bytes.toString()) as unknown, operation };
  const answer = await parts.dispatcher.answer({ action: '.handle_quick_operation', params }, bot);
  if (answer.status === 'failed') {
    parts.host.log.warn({ reason: answer.wording }, 'what a bot answered to an event could not be done');
  }
}

async function readAnswer(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > answerLimitBytes) throw new Error(`its answer is larger than ${answerLimitBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

/** Nothing where the answer is empty, or is for people. */
function parseOperation(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isOperation = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isOperation && Object.keys(value).length > 0 ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
