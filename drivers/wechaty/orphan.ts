/**
 * Ends this process when the hub is gone, even if the puppet keeps the event loop for itself: then the end of the pipe is
 * never seen, and a forgotten process would stay logged in until somebody finds it; the next one waits for its end (lock.ts).
 */
import { Worker } from 'node:worker_threads';

const LOOK_EVERY_MS = 2000;

/** Ends this process, and what the puppet has started, a browser perhaps: it is in the same group (driver-process.ts). */
export function endGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    // Not every system has groups.
    process.kill(process.pid, 'SIGKILL');
  }
}

const watch = `
  ${endGroup.toString()}
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) endGroup();
  }, ${LOOK_EVERY_MS});
`;

export function endWithParent(): void {
  new Worker(watch, { eval: true }).unref();
}
