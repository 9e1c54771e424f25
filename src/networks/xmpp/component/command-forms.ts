/**
 * The bridge's commands as ad-hoc commands: a form for what has to be said, the difference before it is made, and what
 * came of it.
 *
 * @see XEP-0050
 */
import { CommandError } from '../../../hub/commands.ts';
import { ConfigError } from '../../../hub/errors.ts';
import type { LinkDesk, LinkProposal } from '../../../hub/link-desk.ts';
import type { Jid } from '../../../wire/xmpp/jid.ts';
import type { CommandAnswer, CommandRequest } from '../../../wire/xmpp/plugins/command-sessions.ts';
import type { OfferedCommand } from '../../../wire/xmpp/plugins/commands.ts';
import { DataForm, FormField, FormOption } from '../../../wire/xmpp/plugins/forms.ts';
import type { BridgeCommand } from './bridge-commands.ts';

/** The field for what is not on a list. */
const OTHER = '-other';
/** Choices of one list; who means another types it. */
const CHOICES_LIMIT = 500;

export interface OfferParts {
  desk: LinkDesk;
  /** The component's address. */
  jid: string;
  /** Who may see and run it. */
  allows(this: void, from: Jid): boolean;
  isAdmin(this: void, from: Jid): boolean;
}

/** A bridge command as the component offers it at its address. */
export function toOffered(
  { command, choices = {} }: BridgeCommand,
  { desk, jid, allows, isAdmin }: OfferParts,
): OfferedCommand {
  return {
    node: command.name,
    name: `${command.name} - ${command.help}`,
    jid,
    allows,
    run: command.parameters.length === 0 ? (request) => execute(request, '') : ask,
  };

  async function ask(_: CommandRequest, wrong?: string): Promise<CommandAnswer> {
    return {
      form: await createForm(),
      last: true,
      ...(wrong !== undefined && { notes: [{ type: 'error' as const, text: wrong }] }),
      next: async (request) => {
        const words = command.parameters.map(({ name }) => readValue(request.values, name));
        return execute(request, words.join(' ').trim());
      },
    };
  }

  async function createForm(): Promise<DataForm> {
    const form = DataForm.create({ type: 'form', title: command.name, instructions: command.help });
    for (const { name, optional = false } of command.parameters) {
      const list = choices[name];
      const found = list ? (await list.from(desk)).slice(0, CHOICES_LIMIT) : [];
      if (!list || (found.length === 0 && list.open)) {
        form.append(FormField.create({ var: name, type: 'text-single', label: name, required: !optional }));
        continue;
      }
      const field = FormField.create({
        var: name,
        type: 'list-single',
        label: name,
        required: !optional && !list.open,
      });
      for (const value of optional ? ['', ...found] : found) {
        field.append(FormOption.create({ label: value, value }));
      }
      form.append(field);
      if (list.open) {
        form.append(
          FormField.create({ var: name + OTHER, type: 'text-single', label: `or another ${name}` }),
        );
      }
    }
    return form;
  }

  async function execute(request: CommandRequest, rest: string): Promise<CommandAnswer> {
    const lines: string[] = [];
    let pending: LinkProposal | undefined;
    try {
      await command.run(
        {
          desk,
          isAdmin: isAdmin(request.from),
          reply: (more) => void lines.push(...more),
          async change(proposal) {
            pending = proposal;
          },
        },
        rest,
      );
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (command.parameters.length > 0) return ask(request, error.message);
      return { notes: [{ type: 'error', text: error.message }] };
    }
    return pending ? confirm(pending) : { form: toResult(lines) };
  }
}

/** Shows what would change, and makes it when that is agreed to. */
function confirm(proposal: LinkProposal): CommandAnswer {
  const form = DataForm.create({ type: 'form', title: 'This would change' });
  form.append(FormField.create({ type: 'fixed', values: proposal.difference }));
  return {
    form,
    last: true,
    next: async ({ from }) => {
      try {
        await proposal.apply(from.bare.toString());
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        return { notes: [{ type: 'error', text: error.message }] };
      }
      return { notes: [{ type: 'info', text: `Done: ${proposal.difference.join('; ')}` }] };
    },
  };
}

function readValue(values: ReadonlyMap<string, readonly string[]>, name: string): string {
  const typed = values.get(name + OTHER)?.[0]?.trim() ?? '';
  return typed === '' ? (values.get(name)?.[0]?.trim() ?? '') : typed;
}

function toResult(lines: readonly string[]): DataForm {
  const form = DataForm.create({ type: 'result' });
  form.append(FormField.create({ var: 'result', type: 'text-multi', values: lines }));
  return form;
}
