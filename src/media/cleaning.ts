/** Which files go when there are too many: those that nobody has used for the longest time. */
import type { KeptFile } from './folder.ts';

export interface CleaningLimits {
  /** All files together. */
  totalLimitBytes: number;
  /** How long a file is kept after it was last of use, milliseconds; missing is for ever. */
  retentionMs?: number;
}

/**
 * The files to remove, in this order, so that what is left is within the limits.
 *
 * @param inUse ids of files that messages on their way refer to; they stay, even if that is too much
 * @param now milliseconds since the epoch
 */
export function toRemove(
  files: readonly KeptFile[],
  inUse: ReadonlySet<string>,
  limits: CleaningLimits,
  now: number,
): KeptFile[] {
  const usedBefore = limits.retentionMs === undefined ? -Infinity : now - limits.retentionMs;
  let leftBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const removed: KeptFile[] = [];
  for (const file of files.toSorted((a, b) => a.usedAt - b.usedAt)) {
    if (file.usedAt >= usedBefore && leftBytes <= limits.totalLimitBytes) break;
    if (inUse.has(file.id)) continue;
    leftBytes -= file.sizeBytes;
    removed.push(file);
  }
  return removed;
}
