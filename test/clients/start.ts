/** Runs a program of a client folder, as whoever wrote it for that library would. */
import { join } from 'node:path';
import { ServerProcess } from '../servers/server-process.ts';
import { clientsFolder, type ClientFolder } from './installed.ts';

export interface ClientProcess extends AsyncDisposable {
  /** What it printed, the last of it. */
  readonly output: string;
}

/**
 * Starts it and waits until it has printed `ready`. Rejects with its output where it does not get there.
 *
 * @param program a file of the folder
 * @param env added to that of the tests
 */
export async function startClient(
  folder: ClientFolder,
  program: string,
  env: Readonly<Record<string, string>>,
  ready = 'ready',
): Promise<ClientProcess> {
  const cwd = join(clientsFolder, folder);
  const client = await ServerProcess.start({
    command: process.execPath,
    args: [program],
    cwd,
    env,
    ports: [],
    readyOutput: ready,
  });
  return {
    get output() {
      return client.output;
    },
    [Symbol.asyncDispose]: () => client.stop(),
  };
}
