/**
 * Follows the hub's events. The position of the last event that was taken is where a lost connection goes on, so that
 * a screen misses nothing and shows nothing twice; events that the hub no longer has are told as a gap.
 */
import { signal, type ReadonlySignal } from '@preact/signals';
import { CallError, send, toMessage } from './call.ts';
import { pause, toRetryDelayMs, trackConnection, type ConnectionState } from './connection.ts';
import { readSentEvents, type SentEvent } from './server-sent-events.ts';

/** The hub says something at least this often, if only a comment; a stream that is silent for longer is dead. */
const silenceLimitMs = 45_000;

export interface Following {
  readonly state: ReadonlySignal<ConnectionState>;
  /** How far it has come; undefined before the stream said where it is. */
  cursor(): string | undefined;
  stop(): void;
}

export interface FollowOptions {
  /** The stream's address for what comes behind a cursor; undefined is from now on. */
  path: (after: string | undefined) => string;
  /** Where to begin. */
  after?: string;
  onEvent: (event: SentEvent) => void;
}

/** Opens the stream and keeps it open, behind the last place that it told, until it is stopped. */
export function follow({ path, after, onEvent }: FollowOptions): Following {
  const state = signal<ConnectionState>({ phase: 'connecting' });
  const untrack = trackConnection(state);
  const stopping = new AbortController();
  let cursor = after;
  void run();
  return {
    state,
    cursor: () => cursor,
    stop() {
      stopping.abort();
      untrack();
    },
  };

  async function run(): Promise<void> {
    let lostAt = 0;
    for (let tries = 0; !stopping.signal.aborted; tries += 1) {
      let reason = 'the stream ended';
      try {
        await readOnce(() => {
          tries = 0;
          lostAt = 0;
          if (state.peek().phase !== 'open') state.value = { phase: 'open' };
        });
      } catch (error) {
        reason = toMessage(error);
        if (error instanceof CallError) {
          if (error.status === 401 || error.status === 403) return untrack();
          if (isOfAnotherJournal(error)) beginAnew();
        }
      }
      if (stopping.signal.aborted) return;
      if (lostAt === 0) lostAt = Date.now();
      state.value = { phase: 'lost', since: lostAt, tries, reason };
      await pause(toRetryDelayMs(tries), stopping.signal);
    }
  }

  /** What was known is of a journal that is no more: what comes now has a gap before it. */
  function beginAnew(): void {
    cursor = undefined;
    onEvent({ event: 'gap', data: '', id: '' });
  }

  async function readOnce(onAlive: () => void): Promise<void> {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), silenceLimitMs);
    try {
      const ending = AbortSignal.any([stopping.signal, silence.signal]);
      const response = await send(path(cursor), { headers: { accept: 'text/event-stream' }, signal: ending });
      onAlive();
      if (response.body === null) return;
      await readSentEvents(
        response.body,
        (event) => {
          if (event.id !== '') cursor = event.id;
          onEvent(event);
        },
        () => {
          onAlive();
          clearTimeout(timer);
          timer = setTimeout(() => silence.abort(), silenceLimitMs);
        },
      );
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
  }
}

/** The hub's data was put back to an earlier state, or is another's: the cursor means nothing to it. */
function isOfAnotherJournal({ problem }: CallError): boolean {
  return typeof problem['code'] === 'string' && problem['code'].startsWith('cursor-');
}
