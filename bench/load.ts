/** Starts the load clients (`line-load.ts`) in a process of their own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { LoadPlan, LoadResult } from './line-load.ts';

/** `signal` ends the clients early; then it rejects. */
export async function runLoad(plan: LoadPlan, signal?: AbortSignal): Promise<LoadResult> {
  const child = fork(new URL('./line-load.ts', import.meta.url));
  const kill = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', kill);
  try {
    child.send(plan);
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the clients ended early, with ${String(code)}`);
    });
    // Their end after the result is expected.
    ended.catch(() => undefined);
    const [result] = (await Promise.race([once(child, 'message'), ended])) as [LoadResult];
    return result;
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}
