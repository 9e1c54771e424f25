/**
 * Where the gate's socket is: in the data folder, or, where its path would be too long for the system, in a folder of the
 * user's own among the temporary files, which is named after the data folder.
 */
import { createHash } from 'node:crypto';
import { lstat, mkdir, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** macOS has room for 104 bytes, Linux for 108. */
const pathLimitBytes = 100;

/** Makes the socket's folder, too. Rejects where that is not possible. */
export async function findSocketPath(dataFolder: string): Promise<string> {
  const real = await realpath(dataFolder);
  const near = join(real, 'wechaty');
  const path = toSocket(near);
  if (Buffer.byteLength(path) <= pathLimitBytes) {
    await mkdir(near, { recursive: true, mode: 0o700 });
    return path;
  }
  const name = createHash('sha256').update(real).digest('hex').slice(0, 16);
  const away = join(tmpdir(), `hutong-${name}`);
  await mkdir(away, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const { uid, mode } = await lstat(away);
  // Everybody may make folders there.
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0) throw new Error(`${away} is somebody else’s`);
  return toSocket(away);
}

function toSocket(folder: string): string {
  return join(folder, 'gate.sock');
}
