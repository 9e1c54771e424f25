/**
 * Ends this process when the hub is gone, even if the puppet keeps the event loop for itself: then the end of the pipe is
 * never seen, and a forgotten process would stay logged in beside the next one.
 */
import { Worker } from 'node:worker_threads';

const LOOK_EVERY_MS = 2000;

const watch = `
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  }, ${LOOK_EVERY_MS});
`;

export function endWithParent(): void {
  new Worker(watch, { eval: true }).unref();
}
