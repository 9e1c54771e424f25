/** Makes what runs as an edited configuration says, and logs what changes by it. */
import type { Configuration } from '../config/configuration.ts';
import type { Runtime } from '../config/configuration-file.ts';
import { difference } from '../config/difference.ts';
import { toSnapshot, writeApplied } from '../config/snapshot.ts';
import type { ConfigurationDifference } from '../hub/configuration.ts';
import type { Journal } from '../hub/journal.ts';
import type { Log } from '../hub/log.ts';

export interface ReloadOptions {
  /** What runs now. Its data, http and journal stay until the next start, whatever the file says. */
  started: Configuration;
  journal: Pick<Journal, 'set'>;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** Makes what runs as the configuration says. */
  readonly apply: (configuration: Configuration) => Promise<void>;
}

export interface Reload extends Runtime {
  /** Writes what runs into the journal, for `check`. */
  noteApplied(): Promise<void>;
}

export function createReload({ started, journal, log, apply }: ReloadOptions): Reload {
  let running = started;
  let snapshot = toSnapshot(running);
  return {
    difference: compare,
    noteApplied: () => writeApplied(journal, running),
    async apply(edited, by) {
      const changes = compare(edited);
      if (changes.length === 0) return log.info({}, 'the configuration was edited; nothing changes by it');
      const next = keepWhatNeedsRestart(edited);
      await apply(next);
      running = next;
      snapshot = toSnapshot(running, snapshot.salt);
      const from = by === undefined ? 'configuration' : `configuration (by ${by})`;
      for (const { text: change, needsRestart } of changes) {
        if (needsRestart) log.warn({}, `${from}: ${change}; this takes a restart`);
        else log.info({}, `${from}: ${change}`);
      }
      await writeApplied(journal, running);
    },
    refuse(error) {
      tellRefusal(error.message.split('\n'));
    },
  };

  function compare(edited: Configuration): ConfigurationDifference[] {
    return difference(snapshot, toSnapshot(edited, snapshot.salt));
  }

  /** Each mistake is a line of the log by itself. */
  function tellRefusal(mistakes: readonly string[]): void {
    const refused = 'the edited configuration is not applied, what runs stays as it is';
    if (mistakes.length === 1) return log.error({}, `${refused}: ${mistakes[0]}`);
    log.error({}, `${refused}; ${mistakes.length} things are wrong:`);
    for (const mistake of mistakes) log.error({}, mistake);
  }

  function keepWhatNeedsRestart(edited: Configuration): Configuration {
    const { data, http, journal: engine, media } = started.settings;
    return {
      ...edited,
      dataFolder: started.dataFolder,
      http: started.http,
      journal: started.journal,
      media: started.media,
      settings: { ...edited.settings, data, http, journal: engine, media },
    };
  }
}
