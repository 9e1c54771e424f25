// Ad-hoc commands: things to do that somebody offers, step by step, with forms. A command is a function that says what
// to show and which function takes the answer.
import { createId } from '../iq.ts';
import type { Jid } from '../jid.ts';
import { NS } from '../namespaces.ts';
import { StanzaErrorReply } from '../stanza-error.ts';
import { Iq } from '../stanza/iq.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { ask, contentOf, type Address, type AskOptions } from './ask.ts';
import { CommandSessions, type CommandAnswer, type CommandStep } from './command-sessions.ts';
import {
  Command,
  CommandNote,
  COMMANDS_NS,
  toCommandCondition,
  type Note,
  type StepAction,
} from './command-stanza.ts';
import { Disco, type EntityItem } from './disco.ts';
import { type DataForm, fillForm, readForm, type FormValue } from './forms.ts';

/** A command that is offered. */
export interface OfferedCommand {
  /** Unique among the commands of an address. */
  readonly node: string;
  /** For people. */
  readonly name: string;
  /** The address that offers it; undefined: every one. */
  readonly jid?: Address;
  /** Who may see and run it. Default: everybody. */
  allows?(from: Jid): boolean;
  /** The first step. */
  readonly run: CommandStep;
}

/** Where somebody else's command stands. */
export interface RunningCommand {
  readonly status: 'executing' | 'completed' | 'canceled';
  readonly form: DataForm | undefined;
  readonly notes: readonly Note[];
  /** What can be done now; empty when it is over. */
  readonly actions: readonly StepAction[];
  /**
   * Goes on, with values for the form. `action`: default is to complete where that is offered and nothing follows,
   * else the next step.
   *
   * @throws XmppError `xmpp-value-invalid` for values that the form does not take; IqError, IqTimeout
   */
  next(values?: Readonly<Record<string, FormValue>>, action?: 'next' | 'complete'): Promise<RunningCommand>;
  /** Goes back a step. @throws IqError, IqTimeout, XmppError */
  prev(): Promise<RunningCommand>;
  /** Ends it. @throws IqError, IqTimeout, XmppError */
  cancel(): Promise<RunningCommand>;
}

/** Ad-hoc commands. Its settings bound who is in the middle of one, and for how long. @see XEP-0050 */
export const Commands = definePlugin({
  name: 'xep_0050',
  description: 'Ad-hoc commands',
  dependencies: [Disco],
  defaults: { sessions: 1000, sessionMs: 10 * 60_000 },
  init({ client, config, on, plugin, registerStanza, addFeature, onEnd }) {
    registerStanza(Iq, Command);
    addFeature(COMMANDS_NS);
    const disco = plugin(Disco);
    const sessions = new CommandSessions(config.sessions, config.sessionMs);
    const offered = new Map<string, OfferedCommand>();
    onEnd(() => sessions.endAll());

    const find = (node: string | undefined, to: Jid | undefined): OfferedCommand | undefined =>
      offered.get(keyOf(node, to)) ??
      offered.get(keyOf(node, to?.bare)) ??
      offered.get(keyOf(node, undefined));
    onEnd(
      disco.setInfo({ node: COMMANDS_NS }, () => ({
        identities: [{ category: 'automation', type: 'command-list' }],
        features: [COMMANDS_NS],
      })),
    );
    onEnd(
      disco.setItems({ node: COMMANDS_NS }, ({ from, to }) => {
        const seen = [...offered.values()].filter(
          (each) => find(each.node, to) === each && from !== undefined && each.allows?.(from) !== false,
        );
        return seen.map(({ node, name }) => ({ jid: to ?? client.jid ?? '', node, name }));
      }),
    );

    on('iq@type=set/command', async (iq) => {
      const { from, to } = iq;
      const request = iq.sub(Command);
      const command = find(request.node, to);
      if (command === undefined) throw new StanzaErrorReply('item-not-found');
      if (from === undefined || command.allows?.(from) === false)
        throw new StanzaErrorReply('forbidden', 'auth');
      const { node } = command;
      const { sessionid } = request;
      const session = sessionid === undefined ? undefined : sessions.find(sessionid, from.toString(), node);
      if (sessionid !== undefined && session === undefined) {
        throw new StanzaErrorReply('not-allowed', 'cancel', '', toCommandCondition('session-expired'));
      }
      const action = request.action ?? 'execute';
      if (session === undefined && action !== 'execute') {
        throw new StanzaErrorReply('bad-request', 'modify', '', toCommandCondition('bad-action'));
      }
      if (action === 'cancel' && session !== undefined) {
        sessions.end(session.id);
        return Command.create({ node, sessionid: session.id, status: 'canceled' });
      }
      if (action === 'prev' && session !== undefined) {
        const shown = session.shown.slice(0, -1);
        const before = shown.at(-1);
        if (before === undefined) {
          throw new StanzaErrorReply('bad-request', 'modify', '', toCommandCondition('bad-action'));
        }
        sessions.keep({ ...session, shown }, session.id);
        return toAnswer(node, session.id, before, shown.length > 1);
      }
      const form = request.forms[0];
      if (form !== undefined && form.type !== 'submit') {
        throw new StanzaErrorReply('bad-request', 'modify', '', toCommandCondition('bad-payload'));
      }
      const step = session === undefined ? command.run : session.shown.at(-1)?.next;
      if (step === undefined)
        throw new StanzaErrorReply('bad-request', 'modify', '', toCommandCondition('bad-action'));
      const answer = await step({ from, to, form, values: form === undefined ? new Map() : readForm(form) });
      const id = session?.id ?? createId();
      const shown = [...(session?.shown ?? []), answer];
      if (answer.next === undefined) sessions.end(id);
      else if (sessions.keep({ from: from.toString(), node, shown }, id) === undefined) {
        throw new StanzaErrorReply('resource-constraint', 'wait', 'too many commands are under way');
      }
      return toAnswer(node, id, answer, shown.length > 1);
    });

    const run = async (to: Address, request: Command, options: AskOptions): Promise<RunningCommand> => {
      const answer = contentOf(await ask(client, 'set', to, request, options), Command);
      const { node, sessionid, status = 'completed' } = answer;
      const form = answer.forms[0];
      const isOver = status !== 'executing';
      const actions = isOver ? [] : (answer.actions ?? ['complete']);
      const go = (action: Command['action'], filled?: DataForm): Promise<RunningCommand> => {
        const next = Command.create({ node: node ?? request.node, sessionid, action });
        if (filled !== undefined) next.append(filled);
        return run(to, next, options);
      };
      return {
        status,
        form,
        notes: answer.notes.map((note) => ({ type: note.type ?? 'info', text: note.text ?? '' })),
        actions,
        next: async (values = {}, action = actions.includes('next') ? 'next' : 'complete') =>
          go(action, form === undefined ? undefined : fillForm(form, values)),
        prev: () => go('prev'),
        cancel: () => go('cancel'),
      };
    };

    return {
      /** Offers a command, in place of one with the same node and address. @returns takes it away */
      offer(command: OfferedCommand): () => void {
        const key = keyOf(command.node, command.jid);
        offered.set(key, command);
        const removeInfo = disco.setInfo({ node: command.node, jid: command.jid }, () => ({
          identities: [{ category: 'automation', type: 'command-node', name: command.name }],
          features: [COMMANDS_NS, NS.dataForm],
        }));
        return () => {
          removeInfo();
          if (offered.get(key) === command) offered.delete(key);
        };
      },
      /** The commands that somebody offers us. @throws IqError, IqTimeout, XmppError */
      async list(to: Address, options: AskOptions = {}): Promise<readonly EntityItem[]> {
        return Array.fromAsync(disco.items(to, { ...options, node: COMMANDS_NS }));
      },
      /** Begins somebody's command. @throws IqError (`item-not-found`, `forbidden`), IqTimeout, XmppError */
      run: (to: Address, node: string, options: AskOptions = {}): Promise<RunningCommand> =>
        run(to, Command.create({ node, action: 'execute' }), options),
    };
  },
});

function keyOf(node: string | undefined, jid: Address | undefined): string {
  return `${jid === undefined ? '' : String(jid)}\n${node ?? ''}`;
}

function toAnswer(node: string, sessionid: string, answer: CommandAnswer, canGoBack: boolean): Command {
  const isOver = answer.next === undefined;
  const command = Command.create({ node, sessionid, status: isOver ? 'completed' : 'executing' });
  if (!isOver) {
    const forward: StepAction = answer.last === true ? 'complete' : 'next';
    command.actions = canGoBack ? ['prev', forward] : [forward];
  }
  for (const { type, text } of answer.notes ?? []) command.append(CommandNote.create({ type, text }));
  if (answer.form !== undefined) command.append(answer.form.clone());
  return command;
}
