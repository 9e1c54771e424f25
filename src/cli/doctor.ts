/** `doctor`: tries what the hub needs, one thing after the other, and says in plain words what is wrong. */
import type { Configuration } from '../config/configuration.ts';
import { formatAddress, parseAddress } from '../hub/address.ts';
import { toError } from '../hub/clock.ts';
import { ConfigError, JournalError } from '../hub/errors.ts';
import { tryAccount } from './account-trial.ts';
import { locate, withJournalIfThere } from './beside.ts';
import type { Command, CommandContext } from './command.ts';
import { checkDataFolder, checkNode, tryListen, type Finding } from './machine-checks.ts';
import { toTerminalText } from './print.ts';
import { findRunning, type RunningHub } from './running.ts';
import { checkCertificate, explainPlaintext } from './web-checks.ts';

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'Tries every account and listener and says what is wrong',
  details: `Accounts are really logged in to, for a moment and without entering rooms. What a running hub has open is
left alone. The exit code is 1 if anything is wrong.`,
  run: examine,
};

const marks: Readonly<Record<Finding['verdict'], string>> = {
  good: 'ok   ',
  doubtful: 'look ',
  bad: 'WRONG',
};

async function examine(context: CommandContext): Promise<number> {
  let wrong = 0;
  const tell = (finding: Finding): void => {
    if (finding.verdict === 'bad') wrong += 1;
    const [first, ...more] = toTerminalText(finding.text).split('\n');
    context.shell.out(
      `${[`${marks[finding.verdict]}  ${first}`, ...more.map((line) => `       ${line}`)].join('\n')}\n`,
    );
  };
  tell(checkNode());
  const configuration = await locateOrTell(context, tell);
  if (configuration) {
    const running = await findHub(context, configuration, tell);
    for (const finding of await checkDataFolder(configuration.dataFolder)) tell(finding);
    const { listen } = configuration.http;
    tell(
      running?.http === formatAddress(listen)
        ? held('http.listen', running.http, running)
        : await tryListen('http.listen', listen),
    );
    for (const finding of await checkWeb(configuration, context.composition.clock.now())) tell(finding);
    for (const [kind, listens] of configuration.faceListeners) {
      for (const finding of await checkFace(kind, listens, running)) tell(finding);
    }
    // All at once, since one that does not answer takes its time; told in the file's order.
    const trials = configuration.accounts.map((account) => checkAccount(context, account, running));
    for (const trial of trials) tell(await trial);
  }
  context.shell.out(
    wrong === 0 ? 'Nothing is wrong.\n' : `${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong.\n`,
  );
  return wrong === 0 ? 0 : 1;
}

async function locateOrTell(context: CommandContext, tell: (finding: Finding) => void) {
  try {
    const { configuration } = await locate(context);
    const { file } = configuration;
    tell({
      verdict: 'good',
      text: file === undefined ? 'no hutong.yaml: the house alone is examined' : `${file} is right`,
    });
    return configuration;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    tell({ verdict: 'bad', text: `the configuration:\n${error.message}` });
    return undefined;
  }
}

/** The hub that runs on this data; says what it finds. */
async function findHub(
  context: CommandContext,
  configuration: Configuration,
  tell: (finding: Finding) => void,
): Promise<RunningHub | undefined> {
  try {
    return await withJournalIfThere(context, configuration, async (journal) => {
      if (!journal) {
        tell({ verdict: 'good', text: 'no journal yet: the first start makes it' });
        return undefined;
      }
      const running = await findRunning(context.composition, configuration, journal);
      const position = await journal.head();
      const text = running
        ? `hutong ${running.version} runs (process ${running.pid})`
        : 'no hub runs on this data';
      tell({ verdict: 'good', text: `the journal opens, its last position is ${position}; ${text}` });
      return running;
    });
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    tell({ verdict: 'bad', text: error.message });
    return undefined;
  }
}

async function checkWeb({ http }: Configuration, now: number): Promise<Finding[]> {
  const plaintext = explainPlaintext(http);
  return [
    ...(plaintext === undefined ? [] : [{ verdict: 'doubtful' as const, text: plaintext }]),
    ...(http.tls ? [await checkCertificate(http.tls, now)] : []),
  ];
}

function held(setting: string, address: string, { pid }: RunningHub): Finding {
  return { verdict: 'good', text: `${setting} ${address} is in use by the running hub (process ${pid})` };
}

/** Where a face listens beside the web server. */
async function checkFace(
  kind: string,
  listens: ReadonlyMap<string, string>,
  running: RunningHub | undefined,
): Promise<Finding[]> {
  if (running) {
    const what = [...listens].map(([setting, address]) => `${setting} ${address}`).join(', ');
    const text = `face ${kind}: left alone, /readyz of the running hub (process ${running.pid}) tells whether it has ${what}`;
    return [{ verdict: 'good', text }];
  }
  return Promise.all([...listens].map(([setting, address]) => tryListen(setting, parseAddress(address))));
}

async function checkAccount(
  context: CommandContext,
  account: Configuration['accounts'][number],
  running: RunningHub | undefined,
): Promise<Finding> {
  const listens = [...account.listens].map(([setting, address]) => `${setting} ${address}`);
  if (running && listens.length > 0) {
    return {
      verdict: 'good',
      text: `account ${account.id}: left alone, the running hub (process ${running.pid}) has ${listens.join(', ')}`,
    };
  }
  try {
    return await tryAccount(account, context.composition.clock);
  } catch (error) {
    return { verdict: 'bad', text: `account ${account.id}: ${toError(error).message}` };
  }
}
