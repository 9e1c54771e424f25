/** Files put in place whole: a crash leaves the old one or the new one, never half of one. */
import { randomBytes } from 'node:crypto';
import { chmod, chown, open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Of a file that did not exist: a configuration holds passwords. */
const newFileMode = 0o600;
const permissionBits = 0o7777;
const writeBits = 0o222;

/**
 * Replaces a file's content, or makes the file: written beside it, synced to disk, renamed over it. A link stays a link,
 * what it leads to is replaced; mode and owner stay. `mode` is for a new file. Rejects as the system says.
 */
export async function writeFileWhole(path: string, text: string, mode = newFileMode): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const before = await stat(target).catch(() => undefined);
  if (before) await requireWritable(target, before.mode);
  const beside = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(beside, 'wx', newFileMode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    if (before) {
      await chown(beside, before.uid, before.gid).catch(() => {
        // Only root may give files away; the file then is its writer's, as an editor would leave it.
      });
    }
    await chmod(beside, before ? before.mode & permissionBits : mode);
    await rename(beside, target);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await syncFolder(dirname(target));
}

/** Who may not write a file must not replace it either, though its folder would allow that; root is told by its mode. */
async function requireWritable(path: string, mode: number): Promise<void> {
  if ((mode & writeBits) === 0) throw new Error(`${path} is read-only`);
  await (await open(path, 'r+')).close();
}

/** Makes the new name durable. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch {
    // Not every file system syncs folders; after a crash the old content is there, and whole.
  } finally {
    await handle?.close();
  }
}
