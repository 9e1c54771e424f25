/**
 * Tries one account for `doctor`: the network's own `run`, with a port that keeps nothing and names no rooms,
 * ended as soon as it is online or cannot be.
 */
import type { AccountConfiguration } from '../config/configuration.ts';
import { sleep, toError, type Clock } from '../hub/clock.ts';
import { noMedia } from '../hub/media.ts';
import type { AccountPort, AccountState, LoginStep } from '../hub/network.ts';
import type { Log } from '../hub/log.ts';
import type { Finding } from './machine-checks.ts';

/** How long an account may take to come online. */
const trialMs = 15_000;
/** How long it may take to end. */
const endMs = 3_000;

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

export async function tryAccount(
  account: AccountConfiguration,
  clock: Clock,
  limitMs = trialMs,
): Promise<Finding> {
  const { id, kind } = account;
  const ending = new AbortController();
  const found = Promise.withResolvers<Finding>();
  let last: AccountState = { phase: 'connecting' };
  const port = createTrialPort(
    (name) => found.resolve({ verdict: 'good', text: `account ${id}: online as ${name}` }),
    (state) => (last = state),
    (step) => found.resolve(toFinding(id, step)),
  );
  const network = kind.open(id, withOwnResource(account.config));
  const run = Promise.try(() => network.run(port, ending.signal));
  const ended = run.then(
    (): Finding => ({ verdict: 'bad', text: `account ${id}: the connection ended before it was online` }),
    (error: unknown): Finding => ({ verdict: 'bad', text: `account ${id}: ${explain(error)}` }),
  );
  const late = sleep(clock, limitMs, ending.signal).then(
    (): Finding => ({
      verdict: 'bad',
      text: `account ${id}: not online within ${limitMs / 1000} s (${last.phase}${last.message === undefined ? '' : `: ${last.message}`})`,
    }),
    // Ended earlier: one of the others has answered.
    (): Promise<Finding> => found.promise,
  );
  const finding = await Promise.race([found.promise, ended, late]);
  found.resolve(finding);
  ending.abort();
  const over = new AbortController();
  // The run's end cuts the wait short; whatever comes first, the finding is known.
  await Promise.race([ended, sleep(clock, endMs, over.signal).catch(() => undefined)]);
  over.abort();
  return finding;
}

/** A hub that runs has the configured resource: the trial must not take its place. */
function withOwnResource(config: unknown): unknown {
  const named = config !== null && typeof config === 'object' && 'resource' in config;
  return named ? { ...config, resource: `${String(config.resource)}-doctor-${process.pid}` } : config;
}

/** A trial begins without what is kept of a login, so that a code is shown to it says that the server answers, and no more. */
function toFinding(id: string, step: LoginStep): Finding {
  if (step.type === 'code') {
    return { verdict: 'doubtful', text: `account ${id}: a person has to log in: ${step.message}` };
  }
  return {
    verdict: 'good',
    text: `account ${id}: its server answers; the hub shows whether somebody has scanned its code`,
  };
}

/** An error with what caused it: "not reachable: connect ECONNREFUSED". */
function explain(error: unknown): string {
  const { message, cause } = toError(error);
  const reason = cause instanceof Error && !message.includes(cause.message) ? ` (${cause.message})` : '';
  return `${message}${reason}`;
}

function createTrialPort(
  onOnline: (name: string) => void,
  onState: (state: AccountState) => void,
  onPrompt: (step: LoginStep) => void,
): AccountPort {
  const values = new Map<string, string>();
  return {
    online: ({ self }) => onOnline(self.id || self.name),
    // Refused, so that nothing is acknowledged upstream: it is the hub's to receive.
    receive: async () => Promise.reject(new Error('a trial receives nothing')),
    returned: async () => {},
    state: onState,
    alive() {},
    prompt(step) {
      if (step) onPrompt(step);
    },
    watchRooms: (watcher) => watcher([]),
    history: async () => [],
    transcript: async () => [],
    neighbours: async () => [],
    media: noMedia,
    store: {
      get: async (key) => values.get(key),
      async set(key, value) {
        if (value === undefined) values.delete(key);
        else values.set(key, value);
      },
      list: async (prefix) => [...values].filter(([key]) => key.startsWith(prefix)),
    },
    // Nobody comes in by the web during a trial.
    http: { serve() {} },
    log: silent,
  };
}
