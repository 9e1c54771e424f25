// The stanza of ad-hoc commands, for both who offers and who runs them.
import { XmlElement, xml } from '../element.ts';
import { oneOf } from '../stanza/codec.ts';
import { defineStanza } from '../stanza/define.ts';
import type { StanzaOf } from '../stanza/definition.ts';
import { attribute, children, computed, ownText } from '../stanza/field.ts';
import { DataForm } from './forms.ts';

/** @see XEP-0050 */
export const COMMANDS_NS = 'http://jabber.org/protocol/commands';

const ACTIONS = ['prev', 'next', 'complete'] as const;

/** A step that can be taken from here. */
export type StepAction = (typeof ACTIONS)[number];

export const CommandNote = defineStanza({
  name: 'note',
  namespace: COMMANDS_NS,
  plugin: 'command_note',
  interfaces: { type: attribute(oneOf('info', 'warn', 'error')), text: ownText() },
});

const isActions = (node: unknown): node is XmlElement =>
  node instanceof XmlElement && node.is('actions', COMMANDS_NS);

/** A request or an answer of a command. @see XEP-0050 §3 */
export const Command = defineStanza({
  name: 'command',
  namespace: COMMANDS_NS,
  interfaces: {
    node: attribute(),
    sessionid: attribute(),
    action: attribute(oneOf('execute', 'cancel', ...ACTIONS)),
    status: attribute(oneOf('executing', 'completed', 'canceled')),
    /** What can be done next; undefined where the answer does not say. */
    actions: computed<readonly StepAction[] | undefined>({
      get(stanza) {
        const actions = stanza.nodes.find(isActions);
        return actions && ACTIONS.filter((action) => actions.child(action) !== undefined);
      },
      set: (stanza, actions) =>
        stanza.editNodes((nodes) => [
          xml(
            'actions',
            { xmlns: COMMANDS_NS, execute: actions.at(-1) },
            ...actions.map((action) => xml(action)),
          ),
          ...nodes.filter((node) => !isActions(node)),
        ]),
      remove: (stanza) => stanza.editNodes((nodes) => nodes.filter((node) => !isActions(node))),
    }),
    notes: children(CommandNote),
    forms: children(DataForm),
  },
});
export type Command = StanzaOf<typeof Command>;

/** Something said to the person. */
export interface Note {
  readonly type: 'info' | 'warn' | 'error';
  readonly text: string;
}

/** The error that says more than its condition. @see XEP-0050 §4.5 */
export function toCommandCondition(
  name: 'bad-action' | 'bad-sessionid' | 'session-expired' | 'bad-payload' | 'malformed-action',
): XmlElement {
  return xml(name, { xmlns: COMMANDS_NS });
}
