/** What a screen shows of the hub: asked for when the screen opens, again on demand, and the last answer kept. */
import { useSignal, type ReadonlySignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { toMessage } from './call.ts';

export interface Resource<T> {
  /** The last answer; undefined before the first. */
  readonly value: ReadonlySignal<T | undefined>;
  /** Why the last try failed. The old answer is still there. */
  readonly error: ReadonlySignal<string | undefined>;
  reload(): Promise<void>;
  /** Puts what is known already in the answer's place. */
  set(value: T): void;
}

/**
 * Asks once, again whenever `key` changes, and every `everyMs` while the page is visible.
 *
 * @param ask gets a signal that is aborted when the answer is no longer wanted
 */
export function useResource<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  key = '',
  everyMs?: number,
): Resource<T> {
  const value = useSignal<T | undefined>(undefined);
  const error = useSignal<string | undefined>(undefined);
  const latest = useRef(ask);
  latest.current = ask;
  const current = useRef<AbortController>(undefined);

  async function reload(): Promise<void> {
    current.current?.abort();
    const asking = new AbortController();
    current.current = asking;
    try {
      const answer = await latest.current(asking.signal);
      if (asking.signal.aborted) return;
      value.value = answer;
      error.value = undefined;
    } catch (failure) {
      if (!asking.signal.aborted) error.value = toMessage(failure);
    }
  }

  useEffect(() => {
    value.value = undefined;
    void reload();
    const timer =
      everyMs === undefined
        ? undefined
        : setInterval(() => {
            if (!document.hidden) void reload();
          }, everyMs);
    return () => {
      clearInterval(timer);
      current.current?.abort();
    };
  }, [key]);

  return { value, error, reload, set: (known) => (value.value = known) };
}
