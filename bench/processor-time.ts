/**
 * The processor's time that a process has had, with all of its threads, as the system counts it. Asked from outside: a
 * process that is asked to tell it spends some on the answer, more than on a hundred small requests.
 */
import { readdir, readFile } from 'node:fs/promises';

/**
 * Microseconds. Linux only, which counts them in nanoseconds for each thread; what threads had that have ended is not in it.
 *
 * @see proc_pid_task(5), Documentation/scheduler/sched-stats.rst of the kernel
 */
export async function readProcessorTime(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const timesNs = await Promise.all(
    threads.map(async (thread) => {
      const figures = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8');
      return Number(figures.split(' ')[0]);
    }),
  );
  return timesNs.reduce((sum, timeNs) => sum + timeNs, 0) / 1000;
}
