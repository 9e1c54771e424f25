/**
 * Watches hutong.yaml. Editors write a file in place, or write another and rename it; containers swap a link to a
 * folder. So what is watched is the folder, what counts is the content, and a slow poll finds what the system does
 * not tell (network file systems). A content counts once two reads one after the other find the same: a file that
 * is still being written is not taken for finished.
 */
import { watch, type FSWatcher } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toError, type Cancel, type Clock } from '../hub/clock.ts';
import type { Log } from '../hub/log.ts';
import { readConfigText } from './source.ts';

/** How long a content has to stay the same. */
const settleMs = 40;
/** How often it is looked at without being told to. */
const pollMs = 1_000;

export interface WatchOptions {
  file: string;
  /** The content that was taken last, by whomever; undefined when there was no file yet. */
  taken(): string | undefined;
  clock: Clock;
  log: Log;
  /** Takes a new content, which `taken` tells from then on; the next is handed in only after it has resolved. Does not reject. */
  onText(text: string): Promise<void>;
}

export interface Watching {
  /** Ends it; a content that is being taken is finished first. */
  close(): Promise<void>;
}

export function watchConfig(options: WatchOptions): Watching {
  const { clock, log, file } = options;
  let seen = options.taken();
  let closed = false;
  let watchers: FSWatcher[] = [];
  let watched = '';
  let cancelTimer: Cancel | undefined;
  let running: Promise<void> | undefined;
  let askedAgain = false;
  /** The next look must not come earlier than planned: it proves that the content stays. */
  let settling = false;

  look();
  return {
    async close() {
      closed = true;
      cancelTimer?.();
      for (const watcher of watchers) watcher.close();
      await running;
    },
  };

  /** Looks now, or once more as soon as the look under way is over. */
  function look(): void {
    if (closed || settling) return;
    if (running) {
      askedAgain = true;
      return;
    }
    cancelTimer?.();
    running = check().then((nextMs) => {
      running = undefined;
      if (closed) return;
      cancelTimer = clock.after(askedAgain ? settleMs : nextMs, () => {
        settling = false;
        look();
      });
      settling ||= askedAgain;
      askedAgain = false;
    });
  }

  /** Answers when to look again. */
  async function check(): Promise<number> {
    await watchFolders();
    const text = await read();
    if (text === undefined) return pollMs;
    if (text !== seen) {
      seen = text;
      settling = true;
      return settleMs;
    }
    if (text === options.taken() || closed) return pollMs;
    await options.onText(text);
    return pollMs;
  }

  async function read(): Promise<string | undefined> {
    try {
      return await readConfigText(file);
    } catch (error) {
      if (seen !== undefined) log.warn({}, `${toError(error).message}; what runs stays as it is`);
      seen = undefined;
      return undefined;
    }
  }

  /** The folder of the file and, where it is a link, that of what it leads to: they change when a link is swapped. */
  async function watchFolders(): Promise<void> {
    const target = await realpath(file).catch(() => file);
    const folders = [...new Set([dirname(file), dirname(target)])];
    if (watched === folders.join('\0')) return;
    for (const watcher of watchers) watcher.close();
    watchers = [];
    watched = folders.join('\0');
    for (const folder of folders) watchFolder(folder);
  }

  function watchFolder(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, look);
      // The poll goes on without it, and the next look tries to watch again.
      watcher.on('error', () => (watched = ''));
      watchers.push(watcher);
    } catch (error) {
      log.debug({ folder, err: error }, 'the folder cannot be watched; it is polled');
      watched = '';
    }
  }
}
