/** The settings of a part of the file that is always there. Each setting that changed is an operation of its own. */
import { useSignal } from '@preact/signals';
import type { WireApplied } from '../../../../src/faces/rest/schemas/configuration.ts';
import type { ConfigurationOperation } from '../../../../src/hub/configuration.ts';
import { Section } from '../../design/page.tsx';
import { ProposalView, useChange } from '../../forms/proposal.tsx';
import { SchemaForm, type Settings } from '../../forms/schema-form.tsx';
import type { Schema } from '../../forms/schema.ts';
import { words } from '../../i18n/words.ts';

export function PartSettings(props: {
  title: string;
  lead?: string;
  /** Where in the file it stands. */
  path: readonly string[];
  written: Settings;
  schema: Schema;
  onApplied: (applied: WireApplied) => Promise<void>;
  /** What else can be done with it, by name. */
  others?: readonly { label: string; operation: ConfigurationOperation }[];
}) {
  const { path, written, others = [] } = props;
  const value = useSignal(written);
  const change = useChange(props.onApplied);
  const operations = toOperations(path, written, value.value);
  return (
    <Section title={props.title}>
      {props.lead !== undefined && <p class="soft lead">{props.lead}</p>}
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void change.check({ operations });
        }}
      >
        <SchemaForm
          schema={props.schema}
          value={value.value}
          path={path.join('.')}
          problems={change.checked.value?.proposal.problems ?? []}
          onChange={(next) => {
            change.forget();
            value.value = next;
          }}
        />
        {change.checked.value === undefined && (
          <div class="row">
            <button class="main" disabled={change.busy.value || operations.length === 0}>
              {words().forms.check}
            </button>
            {others.map(({ label, operation }) => (
              <button
                key={label}
                type="button"
                class="bad"
                onClick={() => void change.check({ operations: [operation] })}
              >
                {label}
              </button>
            ))}
          </div>
        )}
        <ProposalView change={change} />
      </form>
    </Section>
  );
}

function toOperations(path: readonly string[], before: Settings, after: Settings): ConfigurationOperation[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => ({
      do: 'set',
      path: [...path, name],
      ...(after[name] === undefined ? {} : { value: after[name] }),
    }));
}
