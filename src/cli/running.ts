/** Which hub runs on this data: it notes itself in the journal, and the other commands look there. */
import type { Configuration } from '../config/configuration.ts';
import type { Journal } from '../hub/journal.ts';
import type { Composition } from './command.ts';

const runningKey = 'hub/process';

export interface RunningHub {
  pid: number;
  version: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  /** Where its web server listens. */
  http: string;
}

export async function noteRunning(
  journal: Pick<Journal, 'set'>,
  hub: Omit<RunningHub, 'pid'>,
): Promise<void> {
  await journal.set([[runningKey, JSON.stringify({ ...hub, pid: process.pid })]]);
}

export async function noteStopped(journal: Pick<Journal, 'set'>): Promise<void> {
  await journal.set([[runningKey, undefined]]);
}

/** The hub that runs. One that was killed left its note, but not its hold on the folder. */
export async function findRunning(
  { engines }: Pick<Composition, 'engines'>,
  { dataFolder, journal: { engine } }: Configuration,
  journal: Pick<Journal, 'get'>,
): Promise<RunningHub | undefined> {
  const text = await journal.get(runningKey);
  return text !== undefined && engines[engine].isInUse(dataFolder)
    ? (JSON.parse(text) as RunningHub)
    : undefined;
}
