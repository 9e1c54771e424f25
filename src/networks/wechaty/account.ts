/**
 * One run of an account: what has to be installed first, then a session of the puppet. It also judges a kept login: where a
 * puppet with one neither logs in nor shows a code, several times, it is tried without.
 */
import { sleep, toError, type Clock } from '../../hub/clock.ts';
import type { AccountPort } from '../../hub/network.ts';
import type { WechatyConfig } from './config.ts';
import {
  installDriver,
  isInstalled,
  prepareAccount,
  prepareDriver,
  restoreSession,
  setSessionAside,
} from './driver-folder.ts';
import { runSession } from './session.ts';

/** After so many starts in a row without login or code, the next one is made without what was kept. */
const DOUBTFUL_STARTS = 2;
/** Without a network no login works, a kept one no less than others. */
const NETWORK_TROUBLE =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|socket hang up)\b/;
/** How often it is looked whether somebody has installed what is missing. */
const LOOK_EVERY_MS = 2000;

export interface AccountParts {
  id: string;
  config: WechatyConfig;
  clock: Clock;
  /** Another program in the place of the installed driver. */
  main: string | undefined;
  /** Kept from run to run. */
  starts: { unproved: number };
  port: AccountPort;
  signal: AbortSignal;
}

export async function runAccount(parts: AccountParts): Promise<void> {
  const { id, config, main, starts, port, signal } = parts;
  signal.throwIfAborted();
  const { folder } = port;
  if (folder === undefined) return waitForEver(port, signal);
  if (main === undefined && !isInstalled(folder, config.puppet)) await untilInstalled(parts, folder);
  const program = main ?? (await prepareDriver(folder));
  const accountFolder = await prepareAccount(folder, id);
  const isDoubtful = starts.unproved >= DOUBTFUL_STARTS;
  const isWithout = isDoubtful && (await setSessionAside(accountFolder));
  if (isWithout) port.log.warn({}, 'the kept login leads nowhere: the puppet is started without it');
  starts.unproved = isDoubtful ? 0 : starts.unproved + 1;
  let isProved = false;
  try {
    signal.throwIfAborted();
    await runSession({
      ...parts,
      main: program,
      folder: accountFolder,
      onProved() {
        starts.unproved = 0;
        isProved = true;
      },
    });
  } catch (error) {
    if (!isProved && NETWORK_TROUBLE.test(toError(error).message)) starts.unproved = 0;
    throw error;
  } finally {
    // It was not the login's fault.
    if (isWithout && !isProved) await restoreSession(accountFolder);
  }
}

/** A trial of an account (`doctor`): a second puppet beside the hub's would log the first one out. */
async function waitForEver(port: AccountPort, signal: AbortSignal): Promise<void> {
  port.prompt({
    type: 'code',
    message: 'a puppet is not tried beside the hub’s: the hub shows whether it is logged in',
    answer() {
      // Nobody sees this in a hub.
    },
  });
  await new Promise<void>((_, reject) => {
    const end = () => reject(toError(signal.reason));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

/** A step of the login: somebody has to agree to the installation, here or on the command line. */
async function untilInstalled({ config, clock, port, signal }: AccountParts, folder: string): Promise<void> {
  const { puppet } = config;
  port.log.warn(
    { puppet },
    'the puppet is not installed: run “npm run hutong -- driver install wechaty”, or type “install” in the console',
  );
  let failure = '';
  while (!isInstalled(folder, puppet)) {
    const agreed = Promise.withResolvers<void>();
    const message =
      `The puppet ${puppet} is not installed. Type “install” to have npm install it now, or run: ` +
      `npm run hutong -- driver install wechaty ${puppet}`;
    port.state({ phase: 'login', message: `${failure}the puppet ${puppet} is not installed` });
    port.prompt({
      type: 'code',
      message: failure + message,
      choices: ['install'],
      answer(code) {
        if (/^\W*install\W*$/i.test(code)) agreed.resolve();
      },
    });
    const looking = new AbortController();
    const both = AbortSignal.any([signal, looking.signal]);
    const elsewhere = (async () => {
      while (!isInstalled(folder, puppet)) await sleep(clock, LOOK_EVERY_MS, both);
    })();
    try {
      await Promise.race([agreed.promise, elsewhere]);
    } finally {
      looking.abort(new Error('somebody has agreed'));
      elsewhere.catch(() => {
        // It is not looked for any more.
      });
    }
    if (isInstalled(folder, puppet)) break;
    failure = await install({ puppet, folder, clock, port, signal });
  }
  port.prompt(undefined);
}

interface Installing {
  puppet: string;
  folder: string;
  clock: Clock;
  port: AccountPort;
  signal: AbortSignal;
}

/** Answers what went wrong, in words that others can follow; empty where nothing did. */
async function install({ puppet, folder, clock, port, signal }: Installing): Promise<string> {
  port.prompt(undefined);
  port.state({ phase: 'login', message: `npm installs ${puppet}` });
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  const telling = (async () => {
    for (;;) {
      await sleep(clock, LOOK_EVERY_MS, both);
      port.alive();
    }
  })();
  telling.catch(() => {
    // It is over.
  });
  try {
    const say = (line: string) => port.log.info({ npm: line.slice(0, 500) }, 'npm installs a puppet');
    await installDriver({ dataFolder: folder, puppets: [puppet], say, signal });
    return '';
  } catch (error) {
    signal.throwIfAborted();
    port.log.warn({ err: toError(error) }, 'a puppet could not be installed');
    return `${toError(error).message}. `;
  } finally {
    over.abort(new Error('it is over'));
  }
}
