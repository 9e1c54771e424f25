/** `user add`, `user list`, `user remove`: people who log in to the web server. */
import { Access } from '../hub/access.ts';
import { readJournal, withJournal } from './beside.ts';
import type { Command, CommandContext } from './command.ts';
import { askNewPassword, readPassword } from './password.ts';
import { formatTime } from './print.ts';

export const userCommands: readonly Command[] = [
  {
    name: 'user add',
    words: 'NAME',
    minWords: 1,
    summary: 'Adds a user, or gives one a new password (and with --admin all rights)',
    options: {
      admin: { help: 'may change everything; without it: may read and speak' },
      'password-stdin': { help: 'take the password from standard input, one line, instead of asking' },
    },
    run: addUser,
  },
  { name: 'user list', summary: 'Lists the users', run: listUsers },
  { name: 'user remove', words: 'NAME', minWords: 1, summary: 'Removes a user', run: removeUser },
];

async function addUser(context: CommandContext): Promise<number> {
  const { shell, composition, options } = context;
  const name = context.words[0]!;
  const password = options.has('password-stdin')
    ? await readPassword(shell)
    : await askNewPassword(shell, name);
  await withJournal(context, (journal) =>
    new Access(journal).setUser(
      { name, createdAt: composition.clock.now(), ...(options.has('admin') && { role: 'admin' as const }) },
      password,
    ),
  );
  shell.out(`The user "${name}" can log in.\n`);
  return 0;
}

async function listUsers(context: CommandContext): Promise<number> {
  const users = await readJournal(context, (journal) => new Access(journal).users());
  if (users.length === 0) context.shell.err('There are no users.\n');
  for (const user of users) context.shell.out(`${user.name}\t${user.role}\t${formatTime(user.createdAt)}\n`);
  return 0;
}

async function removeUser(context: CommandContext): Promise<number> {
  await readJournal(context, (journal) => new Access(journal).removeUser(context.words[0]!));
  context.shell.out(`The user "${context.words[0]}" is removed.\n`);
  return 0;
}
