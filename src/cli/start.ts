/**
 * `start`: the hub itself. Opened in this order, and closed in the other: the journal (refused when another hub
 * has it), the media store, the hub, the web server, the watch on hutong.yaml. Accounts connect when the web server is
 * there, which some of them are reached by.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultFileName } from '../config/find.ts';
import type { Configuration } from '../config/configuration.ts';
import { toHubPlan } from '../config/configuration.ts';
import { ConfigurationFile } from '../config/configuration-file.ts';
import { secretsOf } from '../config/secrets.ts';
import { watchConfig } from '../config/watch.ts';
import { Access } from '../hub/access.ts';
import { formatAddress } from '../hub/address.ts';
import { FreshValues } from '../hub/fresh-values.ts';
import { Hub } from '../hub/hub.ts';
import { AppendTimes } from '../http/append-times.ts';
import { mediaRoutes } from '../media/routes.ts';
import { locate, toConfigContext } from './beside.ts';
import { optionValue, UsageError, type Command, type CommandContext } from './command.ts';
import { faceRoutes } from './faces.ts';
import { keepShapeOfQueued } from './kept-shapes.ts';
import { createLog } from './log.ts';
import { logLevels, type LogLevel } from './log-levels.ts';
import { listenersSettled, notListening, notReady } from './ready.ts';
import { openMedia } from './media.ts';
import { createReload } from './reload.ts';
import { MountedRest } from './rest.ts';
import { noteRunning, noteStopped } from './running.ts';
import { untilStopped } from './signals.ts';
import { releaseStartupMemory } from './startup-memory.ts';
import { openWeb } from './web.ts';
import { explainPlaintext } from './web-checks.ts';
import { toWelcome } from './welcome.ts';

export const startCommand: Command = {
  name: 'start',
  summary: 'Runs the hub until it is told to stop (Ctrl+C, SIGTERM)',
  details: `Without a configuration the house runs alone. The file is watched: an edit is checked and applied while
the hub runs; one that is wrong changes nothing and is told in the log.`,
  options: {
    'log-level': { value: 'LEVEL', help: `${logLevels.join(', ')}; info if not said` },
    'log-json': { help: 'JSON lines on a terminal too' },
  },
  run: start,
};

async function start(context: CommandContext): Promise<number> {
  const { composition, shell, options } = context;
  const { clock, version } = composition;
  const located = await locate(context);
  const { configuration } = located;
  const readable = shell.isTerminal && !options.has('log-json');
  const { log, hide } = createLog({
    level: parseLevel(optionValue(options, 'log-level')),
    readable,
    coloured: !shell.environment['NO_COLOR'],
    write: (line) => shell.out(line),
  });
  hide(secretsOf(configuration));

  await using closing = new AsyncDisposableStack();
  await mkdir(configuration.dataFolder, { recursive: true, mode: 0o700 }).catch(() => {
    // The engine says what is wrong with the folder, in its own words, when it opens it.
  });
  const journal = await composition.engines[configuration.journal.engine].open(configuration.dataFolder);
  closing.defer(() => journal.close());

  const media = await openMedia({ configuration, journal, clock, log, address: () => web.address });
  closing.use(media);

  let current: Configuration = configuration;
  const reload = createReload({
    started: configuration,
    journal,
    log,
    async apply(next) {
      hide([...secretsOf(current), ...secretsOf(next)]);
      await hub.apply(toHubPlan(next));
      current = next;
    },
  });
  const file = new ConfigurationFile({
    path: located.path ?? join(shell.folder, defaultFileName),
    text: located.path === undefined ? undefined : located.text,
    context: toConfigContext(context),
    runtime: reload,
  });

  const { retentionMs } = configuration.journal;
  const appendTimes = new AppendTimes();
  const rest = new MountedRest(clock);
  const hub = new Hub({
    journal,
    clock,
    log,
    media,
    folder: configuration.dataFolder,
    configuration: file,
    settings: retentionMs === undefined ? {} : { retentionMs },
    onAppended: (tookMs) => appendTimes.observe(tookMs),
    onSent: (lane, event) => rest.sent(lane, event),
  });
  await hub.start();
  closing.defer(() => hub.stop());

  const source = { version, accounts: () => hub.accounts(), counts: () => hub.counters, appendTimes };
  const values = new FreshValues(journal, clock);
  const access = new Access(values);
  const shutFaces = new Set<string>();
  const web = await openWeb({
    configuration: configuration.http,
    hub,
    journal,
    values,
    access,
    clock,
    log,
    metrics: source,
    notReady: async () =>
      notReady(current, { accounts: hub.accounts(), shutFaces, appendFailure: await hub.appendFailure() }),
    more: (authentication, origins) => [
      mediaRoutes(media),
      ...faceRoutes(composition.faces, {
        hub,
        folder: configuration.dataFolder,
        clock,
        log,
        journal,
        media,
        authentication,
        origins,
        http: configuration.http,
        current: () => current,
        shut: shutFaces,
      }),
      rest.routes(composition.loadRest, {
        hub,
        hubId: hub.id,
        version,
        clock,
        log,
        journal,
        access,
        media,
        configuration: file,
        authentication,
        settings: configuration.http,
      }),
    ],
  });
  closing.defer(() => web.close());
  const plaintext = explainPlaintext(configuration.http);
  if (plaintext !== undefined) log.warn({}, plaintext);

  const stopped = untilStopped(log);
  await hub.apply(toHubPlan(configuration));
  await reload.noteApplied();
  const http = formatAddress(web.address);
  await noteRunning(journal, { version, startedAt: clock.now(), http });
  closing.defer(() => noteStopped(journal));
  const watching = watchConfig({
    file: file.path,
    taken: () => file.seen,
    clock,
    log,
    onText: (edited) => file.take(edited),
  });
  closing.defer(() => watching.close());

  await listenersSettled(configuration, () => hub.accounts(), clock);
  const closed = notListening(configuration, hub.accounts());
  const firstLogin = await access.firstLogin(clock.now());
  const welcome = toWelcome(configuration, { version, http, closed, firstLogin });
  if (readable) shell.out(`\n${welcome.join('\n')}\n\n`);
  else for (const line of welcome) if (line !== '') log.info({}, line.trim());
  keepShapeOfQueued();
  releaseStartupMemory();

  log.info({}, `stopping: ${await stopped}`);
  return 0;
}

function parseLevel(text: string | undefined): LogLevel {
  const level = logLevels.find((each) => each === (text ?? 'info'));
  if (level === undefined) throw new UsageError(`"${text}" is no log level: one of ${logLevels.join(', ')}`);
  return level;
}
