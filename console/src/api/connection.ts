/** Whether the hub is heard. Each live screen tells its own; the shell shows the worst. */
import { computed, signal, type Signal } from '@preact/signals';

/** `since`: when it was lost, milliseconds since the epoch. `tries`: how often it was tried to come back. */
export type ConnectionState =
  | { phase: 'connecting' }
  | { phase: 'open' }
  | { phase: 'lost'; since: number; tries: number; reason: string };

const open = signal<ReadonlySet<Signal<ConnectionState>>>(new Set());

/** The first connection that is lost now, if any is. */
export const lostConnection = computed(() => {
  for (const connection of open.value) {
    const state = connection.value;
    if (state.phase === 'lost') return state;
  }
  return undefined;
});

/** Counts a connection in until the returned function is called. */
export function trackConnection(state: Signal<ConnectionState>): () => void {
  open.value = new Set([...open.peek(), state]);
  return () => {
    open.value = new Set([...open.peek()].filter((each) => each !== state));
  };
}

const firstDelayMs = 500;
const lastDelayMs = 15_000;

/** How long to wait before the next try, with jitter so that a hub that comes back is not asked by all at once. */
export function toRetryDelayMs(tries: number): number {
  return Math.min(lastDelayMs, firstDelayMs * 2 ** Math.min(tries, 10)) * (0.75 + Math.random() / 2);
}

/** Resolves after `delayMs`, sooner when the browser says that the network is back, or `ended` is aborted. */
export function pause(delayMs: number, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener('online', end);
      ended.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    addEventListener('online', end);
    ended.addEventListener('abort', end);
    if (ended.aborted) end();
  });
}
