/** Takes a password from a person without showing it, or from another program. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { AccessError } from '../hub/access.ts';
import { UsageError, type Shell } from './command.ts';

const passwordLimitBytes = 64 * 1024;

/** Asks twice on the terminal, echoing nothing. */
export async function askNewPassword(shell: Shell, name: string): Promise<string> {
  if (!shell.stdin.isTTY) {
    throw new UsageError('There is no terminal to ask for the password: use --password-stdin');
  }
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: shell.stdin, output: silent, terminal: true });
  const ask = (question: string): Promise<string> => {
    shell.err(question);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    lines.once('SIGINT', () => reject(new AccessError('no password was given')));
    lines.once('close', () => reject(new AccessError('no password was given')));
    lines.question('', resolve);
    return promise.finally(() => shell.err('\n'));
  };
  try {
    const first = await ask(`Password for ${name}: `);
    if ((await ask('Once more: ')) !== first) throw new AccessError('the two passwords differ');
    return first;
  } finally {
    lines.close();
  }
}

/** The first line of standard input. */
export async function readPassword(shell: Pick<Shell, 'stdin'>): Promise<string> {
  let text = '';
  shell.stdin.setEncoding('utf8');
  for await (const chunk of shell.stdin) {
    text += String(chunk);
    if (text.includes('\n') || text.length > passwordLimitBytes) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? '';
}
