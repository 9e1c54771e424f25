/** What `doctor` examines of the machine: Node, the data folder, the disk, ports. */
import { access, constants, mkdtemp, rm, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { formatAddress, type ListenAddress } from '../hub/address.ts';
import { toError } from '../hub/clock.ts';

export interface Finding {
  verdict: 'good' | 'doubtful' | 'bad';
  text: string;
}

/** What hutong runs on: from this release of line 24, or a later line. */
const nodeFloor = [24, 16] as const;
const mebibyte = 1024 * 1024;
/** With less a journal may soon be unable to grow. */
const diskFloorBytes = 64 * mebibyte;
const diskDoubtBytes = 1024 * mebibyte;

export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const current = major > nodeFloor[0] || (major === nodeFloor[0] && minor >= nodeFloor[1]);
  if (current) return { verdict: 'good', text: `Node ${version}` };
  return {
    verdict: 'bad',
    text: `Node ${version} is older than ${nodeFloor.join('.')}: start by "npm start", which fetches a current one`,
  };
}

/** Whether the journal can be written there, and for how long there is room. */
export async function checkDataFolder(folder: string): Promise<Finding[]> {
  const present = await nearestPresent(folder);
  const made = present === folder ? '' : ' (it is made at the first start)';
  try {
    await access(present, constants.R_OK | constants.W_OK | constants.X_OK);
    // Permissions alone do not tell of a read-only disk.
    if (present === folder) await rm(await mkdtemp(join(folder, '.doctor-')), { recursive: true });
  } catch (error) {
    return [
      {
        verdict: 'bad',
        text: `the data folder ${folder} cannot be written${made}: ${toError(error).message}`,
      },
    ];
  }
  const { bavail, bsize } = await statfs(present);
  const freeBytes = bavail * bsize;
  const free = `${Math.round(freeBytes / mebibyte)} MiB are free on its disk`;
  const verdict = freeBytes < diskFloorBytes ? 'bad' : freeBytes < diskDoubtBytes ? 'doubtful' : 'good';
  return [
    { verdict: 'good', text: `the data folder ${folder} can be written${made}` },
    {
      verdict,
      text:
        verdict === 'good' ? free : `${free}: make room, a full disk stops everything that has to be kept`,
    },
  ];
}

async function nearestPresent(folder: string): Promise<string> {
  try {
    await stat(folder);
    return folder;
  } catch {
    // Not there, or out of reach: then the one above decides.
    return dirname(folder) === folder ? folder : nearestPresent(dirname(folder));
  }
}

/** Listens for a moment. */
export async function tryListen(setting: string, address: ListenAddress): Promise<Finding> {
  const shown = `${setting} ${formatAddress(address)}`;
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<Error | undefined>();
  server.once('error', resolve);
  server.listen(address, () => resolve(undefined));
  const error = await promise;
  await new Promise<void>((done) => server.close(() => done()));
  if (!error) return { verdict: 'good', text: `${shown} can be listened on` };
  const code = 'code' in error ? error.code : undefined;
  const why = code === 'EADDRINUSE' ? 'another program has it' : error.message;
  return { verdict: 'bad', text: `${shown} cannot be listened on: ${why}` };
}
