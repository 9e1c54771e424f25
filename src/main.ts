/** The composition root: the only file that names every kind. All else is handed what it needs from here. */
import { existsSync, readFileSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Composition } from './cli/command.ts';
import type { NetworkKind } from './hub/network.ts';
import type { WebFace } from './http/face.ts';

// What Node makes of the sources is kept, for this process and the journal's thread: without it each of them holds
// a TypeScript compiler (10 to 20 MiB) and starts half a second later. It must come before the first import, so the
// imports are below. `npm start` has it done before this very file (tools/compile-cache.mjs).
const cacheFolder = fileURLToPath(new URL('../.cache/compiled', import.meta.url));
enableCompileCache(cacheFolder);
process.env['NODE_COMPILE_CACHE'] ??= cacheFolder;

const { runCommandLine } = await import('./cli/cli.ts');
const { createSystemClock } = await import('./hub/clock.ts');
const { createHouseNetwork } = await import('./networks/house/index.ts');
const { createIlinkNetwork } = await import('./networks/ilink/index.ts');
const { createOneBotNetwork } = await import('./networks/onebot/index.ts');
const { createSatoriNetwork } = await import('./networks/satori/index.ts');
const { createWechatyNetwork } = await import('./networks/wechaty/index.ts');
const { wechatyDriver } = await import('./networks/wechaty/driver.ts');
const { createXmppNetwork } = await import('./networks/xmpp/index.ts');
const { createOneBotFace } = await import('./faces/onebot/index.ts');
const { createSatoriFace } = await import('./faces/satori/index.ts');
const { createWaasFace } = await import('./faces/waas/index.ts');
const { createWechatyFace } = await import('./faces/wechaty/index.ts');
const sqlite = await import('./engines/sqlite/sqlite-journal.ts');
const { openSqliteReader } = await import('./engines/sqlite/sqlite-reader.ts');
const { journalPath } = await import('./engines/sqlite/file.ts');
const { tryLock } = await import('./engines/sqlite/lock.ts');
flushCompileCache();

const packageFile = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
const clock = createSystemClock();

const { version } = JSON.parse(packageFile) as { version: string };

const composition: Composition = {
  version,
  clock,
  builtIn: `
accounts:
  house:
    network: house
    name: Hutong
    rooms: [lobby]
    telnet: { listen: "127.0.0.1:5267" }
    web: { guests: true }
`,
  networks: [
    createHouseNetwork({ clock }),
    createXmppNetwork({ clock }),
    createOneBotNetwork({ clock }),
    createSatoriNetwork({ clock }),
    createIlinkNetwork({ clock, version }),
    createWechatyNetwork({ clock }),
  ] as NetworkKind<unknown>[],
  faces: [
    createWaasFace(),
    createOneBotFace({ version }),
    createSatoriFace(),
    createWechatyFace({ version }),
  ] as WebFace<unknown>[],
  drivers: [wechatyDriver],
  async loadRest(parts) {
    const { createRestFace } = await import('./faces/rest/rest.ts');
    return createRestFace(parts);
  },
  engines: {
    sqlite: {
      open: (folder) => sqlite.openSqliteJournal({ folder }),
      openBeside: (folder) => openSqliteReader({ folder }),
      isThere: (folder) => existsSync(journalPath(folder)),
      isInUse(folder) {
        const lock = tryLock(folder);
        lock?.release();
        return lock === undefined;
      },
    },
  },
};

process.stdout.on('error', () => {
  // Who read the output has gone (`| head`): a hub goes on without, a command ends by itself.
});

process.exitCode = await runCommandLine(composition, {
  args: process.argv.slice(2),
  folder: process.cwd(),
  environment: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  stdin: process.stdin,
  isTerminal: process.stdout.isTTY,
});
