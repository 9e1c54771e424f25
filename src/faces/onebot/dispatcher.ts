/** From a call to its answer, whichever way it came. Nothing that is asked for ends more than its own answer. */
import { z } from 'zod';
import { sleep, toError } from '../../hub/clock.ts';
import { HutongError, RequestError } from '../../hub/errors.ts';
import { ACTIONS, isAction, splitAction, type ActionName } from '../../wire/onebot11/actions.ts';
import type { AnswerFrame, CallFrame } from '../../wire/onebot11/frames.ts';
import { RETCODE } from '../../wire/onebot11/retcodes.ts';
import type { Action, Actions, Parts } from './actions/action.ts';
import { ActionFailure } from './failure.ts';
import { requireScope, type Bot } from './rights.ts';

/** Between two actions that are to be rate limited. */
const rateLimitMs = 500;
/** Actions of a bot that wait in line; more are refused. */
const waitingLimit = 1_000;

export class Dispatcher {
  readonly #host: Parts['host'];
  readonly #actions: Actions;
  readonly #closing: AbortSignal;
  /** What is not waited for, bot by bot and manner by manner: when the last one is done, and how many wait. */
  readonly #lines = new Map<string, { last: Promise<void>; waiting: number }>();

  /** @param closing aborted: what waits in line is given up */
  constructor(host: Parts['host'], actions: Actions, closing: AbortSignal) {
    this.#host = host;
    this.#actions = actions;
    this.#closing = closing;
  }

  /** Whether an action has to keep its place among the others of its bot. */
  changesSomething({ action }: CallFrame): boolean {
    const { name } = splitAction(action);
    return isAction(name) && this.#actions[name].scope === 'send';
  }

  /** Never rejects. `echo` comes back as it was. */
  async answer(call: CallFrame, bot: Bot): Promise<AnswerFrame> {
    const answer = await this.#answer(call, bot);
    return 'echo' in call ? { ...answer, echo: call.echo } : answer;
  }

  async #answer(call: CallFrame, bot: Bot): Promise<AnswerFrame> {
    const { name, manner } = splitAction(call.action);
    if (!isAction(name)) return toFailed(RETCODE.unknownAction, `there is no action ${name.slice(0, 100)}`);
    if (manner === undefined) return this.#do(name, call.params, bot);
    const pauseMs = manner === 'async' ? 0 : rateLimitMs;
    if (!this.#queue(name, call.params, bot, pauseMs)) {
      return toFailed(RETCODE.failed, `${waitingLimit} actions of this bot wait already`);
    }
    return { status: 'async', retcode: RETCODE.async, data: null };
  }

  async #do(name: ActionName, given: unknown, bot: Bot): Promise<AnswerFrame> {
    try {
      const action: Action<ActionName> = this.#actions[name];
      requireScope(bot, action.scope);
      const params = ACTIONS[name].params.parse(given);
      const data = await action.run(params, bot);
      return { status: 'ok', retcode: RETCODE.ok, data };
    } catch (error) {
      return this.#toFailure(name, error);
    }
  }

  #toFailure(action: ActionName, error: unknown): AnswerFrame {
    if (error instanceof ActionFailure) return toFailed(error.retcode, error.message);
    if (error instanceof z.ZodError) return toFailed(RETCODE.badParameter, toWords(error));
    if (error instanceof HutongError) {
      if (!(error instanceof RequestError))
        this.#host.log.warn({ action, err: error }, 'an action of a bot failed');
      return toFailed(RETCODE.failed, error.message);
    }
    this.#host.log.error({ action, err: toError(error) }, 'an action of a bot failed');
    return toFailed(RETCODE.failed, 'it failed inside hutong; the log says why');
  }

  /** Does it when the ones before it are done, and so long after. False: too many wait. */
  #queue(name: ActionName, params: unknown, bot: Bot, pauseMs: number): boolean {
    const key = `${pauseMs} ${bot.selfId} ${bot.caller.name}`;
    const line = this.#lines.get(key) ?? { last: Promise.resolve(), waiting: 0 };
    if (line.waiting >= waitingLimit) return false;
    line.waiting += 1;
    this.#lines.set(key, line);
    line.last = line.last
      .then(async () => {
        if (this.#closing.aborted) return;
        await this.#do(name, params, bot);
        if (pauseMs > 0) await sleep(this.#host.clock, pauseMs, this.#closing);
      })
      .catch(() => {
        // The hub stops: what waits in line is not done, as a bot was told that nobody tells it how it ends.
      })
      .then(() => {
        line.waiting -= 1;
        if (line.waiting === 0) this.#lines.delete(key);
      });
    return true;
  }
}

export function toFailed(retcode: number, wording: string): AnswerFrame {
  return { status: 'failed', retcode, data: null, message: wording, wording };
}

function toWords({ issues }: z.ZodError): string {
  const [issue] = issues;
  const path = issue?.path.join('.') ?? '';
  return path === '' ? (issue?.message ?? 'it is not as it has to be') : `"${path}": ${issue?.message}`;
}
