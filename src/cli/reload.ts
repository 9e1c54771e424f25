/** Takes an edited hutong.yaml while the hub runs: checks it, logs the difference, applies it. */
import type { Logger } from 'pino';
import type { Configuration } from '../config/configuration.ts';
import { difference } from '../config/difference.ts';
import { loadText, type ConfigContext } from '../config/find.ts';
import { toSnapshot, writeApplied } from '../config/snapshot.ts';
import { toError } from '../hub/clock.ts';
import type { Journal } from '../hub/journal.ts';

export interface ReloadOptions {
  /** What runs now. Its data, http and journal stay until the next start, whatever the file says. */
  started: Configuration;
  journal: Pick<Journal, 'set'>;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  context: ConfigContext;
  /** Makes what runs as the configuration says. */
  readonly apply: (configuration: Configuration) => Promise<void>;
}

export interface Reload {
  /** Takes the new text of the file. Never rejects: what cannot be applied is logged, and what runs stays. */
  take(path: string, text: string): Promise<void>;
  /** Writes what runs into the journal, for `check`. */
  noteApplied(): Promise<void>;
}

export function createReload({ started, journal, log, context, apply }: ReloadOptions): Reload {
  let running = started;
  return { take, noteApplied: () => writeApplied(journal, running) };

  async function take(path: string, text: string): Promise<void> {
    try {
      const edited = loadText(path, text, context);
      const before = toSnapshot(running);
      const changes = difference(before, toSnapshot(edited, before.salt));
      if (changes.length === 0) return log.info({}, 'the configuration was edited; nothing changes by it');
      const next = keepWhatNeedsRestart(edited);
      await apply(next);
      running = next;
      for (const { text: change, needsRestart } of changes) {
        if (needsRestart) log.warn({}, `configuration: ${change}; this takes a restart`);
        else log.info({}, `configuration: ${change}`);
      }
      await writeApplied(journal, running);
    } catch (error) {
      tellRefusal(toError(error).message.split('\n'));
    }
  }

  /** Each mistake is a line of the log by itself. */
  function tellRefusal(mistakes: readonly string[]): void {
    const refused = 'the edited configuration is not applied, what runs stays as it is';
    if (mistakes.length === 1) return log.error({}, `${refused}: ${mistakes[0]}`);
    log.error({}, `${refused}; ${mistakes.length} things are wrong:`);
    for (const mistake of mistakes) log.error({}, mistake);
  }

  function keepWhatNeedsRestart(edited: Configuration): Configuration {
    const { data, http, journal: engine } = started.settings;
    return {
      ...edited,
      dataFolder: started.dataFolder,
      http: started.http,
      journal: started.journal,
      settings: { ...edited.settings, data, http, journal: engine },
    };
  }
}
