/** A part of a benchmark in a process of its own, which answers one request at a time. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface Child extends AsyncDisposable {
  readonly pid: number;
  /** Rejects when the process ends instead of answering. One request at a time. */
  ask<T>(request: object): Promise<T>;
}

/** @param file beside this one */
export function startChild(file: string): Child {
  const child: ChildProcess = fork(new URL(file, import.meta.url));
  const exited = once(child, 'exit');
  const early = exited.then(([code]) => {
    throw new Error(`${file} ended early, with ${String(code)}`);
  });
  // Its end after the last answer is expected.
  early.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    async ask<T>(request: object) {
      const answered = once(child, 'message');
      child.send(request);
      const [answer] = await Promise.race([answered, early]);
      return answer as T;
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
    },
  };
}
