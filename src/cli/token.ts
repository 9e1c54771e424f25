/** `token create`, `token list`, `token revoke`: what programs come in with. */
import { Access, allows, scopes, type Scope } from '../hub/access.ts';
import type { TokenForm } from '../hub/token-text.ts';
import { didYouMean } from '../config/nearest.ts';
import type { RoomRef } from '../hub/message.ts';
import { readJournal, withJournal } from './beside.ts';
import { optionValue, UsageError, type Command, type CommandContext } from './command.ts';
import { formatTime } from './print.ts';

export const tokenCommands: readonly Command[] = [
  {
    name: 'token create',
    words: 'NAME --scope=SCOPE | --face=wechaty',
    minWords: 1,
    summary: 'Makes a token for a program and prints it, once',
    details: `Only a hash of it is kept. A program sends it as "Authorization: Bearer TOKEN".
Scopes: read (what is said, how accounts do), send (speak, edit, recall), admin (all).
--face=wechaty makes one as bots of Wechaty need it, for read and send where no scope is said.`,
    options: {
      face: { value: 'FACE', help: 'the form that this face needs: wechaty' },
      scope: { value: 'SCOPE', multiple: true, help: `one of ${scopes.join(', ')}; may be repeated` },
      account: { value: 'ACCOUNT', help: 'the only account it may use' },
      room: { value: 'ACCOUNT/ROOM', multiple: true, help: 'the only room it may use; may be repeated' },
    },
    run: createToken,
  },
  { name: 'token list', summary: 'Lists the tokens', run: listTokens },
  { name: 'token revoke', words: 'NAME', minWords: 1, summary: 'Ends a token at once', run: revokeToken },
];

async function createToken(context: CommandContext): Promise<number> {
  const { options, shell, words, composition } = context;
  const name = words[0]!;
  const wanted = [...new Set((options.get('scope') ?? []).flatMap((value) => value.split(',')))];
  const form = parseForm(optionValue(options, 'face'));
  if (wanted.length === 0 && form === 'wechaty') wanted.push('read', 'send');
  if (wanted.length === 0) throw new UsageError(`--scope is missing: one of ${scopes.join(', ')}`);
  for (const scope of wanted) {
    if (!isScope(scope))
      throw new UsageError(`"${scope}" is no scope.${didYouMean(scope, scopes)} Known: ${scopes.join(', ')}`);
  }
  const account = optionValue(options, 'account');
  const text = await withJournal(context, (journal, configuration) => {
    const ids = configuration.accounts.map(({ id }) => id);
    if (account !== undefined && !ids.includes(account)) {
      throw new UsageError(`There is no account "${account}".${didYouMean(account, ids)}`);
    }
    const rooms = (options.get('room') ?? []).map((room) => parseRoom(room, ids));
    const token = {
      name,
      scopes: wanted.filter(isScope),
      createdAt: composition.clock.now(),
      ...(account === undefined ? {} : { account }),
      ...(rooms.length === 0 ? {} : { rooms }),
    };
    return new Access(journal).createToken(token, form);
  });
  shell.out(`${text}\n`);
  shell.err(`This is the token "${name}". It is not shown again.\n`);
  return 0;
}

function parseForm(face: string | undefined): TokenForm {
  if (face === undefined) return 'hutong';
  if (face === 'wechaty') return face;
  throw new UsageError(`"${face}" needs no tokens of its own: leave --face out. Only wechaty does`);
}

/** A room as links name it. Whether the network knows it is not looked at: a token may come before its room. */
function parseRoom(text: string, ids: readonly string[]): RoomRef {
  const account = text.split('/', 1)[0]!;
  if (!text.slice(account.length + 1)) {
    throw new UsageError(`"${text}" is no room: expected ACCOUNT/ROOM, as in house/lobby`);
  }
  if (!ids.includes(account)) {
    throw new UsageError(`There is no account "${account}".${didYouMean(account, ids)}`);
  }
  return text as RoomRef;
}

function isScope(text: string): text is Scope {
  return (scopes as readonly string[]).includes(text);
}

async function listTokens(context: CommandContext): Promise<number> {
  const tokens = await readJournal(context, (journal) => new Access(journal).tokens());
  if (tokens.length === 0) context.shell.err('There are no tokens.\n');
  for (const token of tokens) {
    const rights = scopes.filter((scope) => allows(token, scope)).join(',');
    const where = token.rooms?.join(',') ?? token.account ?? 'all accounts';
    const used = token.usedAt === undefined ? 'never used' : `used ${formatTime(token.usedAt)}`;
    context.shell.out(`${token.name}\t${rights}\t${where}\t${formatTime(token.createdAt)}\t${used}\n`);
  }
  return 0;
}

async function revokeToken(context: CommandContext): Promise<number> {
  await readJournal(context, (journal) => new Access(journal).revokeToken(context.words[0]!));
  context.shell.out(`The token "${context.words[0]}" is revoked.\n`);
  return 0;
}
