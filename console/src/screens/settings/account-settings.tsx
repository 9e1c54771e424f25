/** The settings of one account; here it is removed, too. */
import { useSignal } from '@preact/signals';
import type { WireApplied } from '../../../../src/faces/rest/schemas/configuration.ts';
import { Section } from '../../design/page.tsx';
import { ProposalView, useChange } from '../../forms/proposal.tsx';
import { SchemaForm, type Settings } from '../../forms/schema-form.tsx';
import { findVariant, type Schema } from '../../forms/schema.ts';
import { words } from '../../i18n/words.ts';

export function AccountSettings(props: {
  account: string;
  written: Settings;
  /** Missing for a network that this hub does not know. */
  schema: Schema | undefined;
  onApplied: (applied: WireApplied) => Promise<void>;
}) {
  const text = words().settings;
  const { account, written } = props;
  const value = useSignal(written);
  const change = useChange(props.onApplied);
  const path = `accounts.${account}`;
  const variants = props.schema?.anyOf ?? props.schema?.oneOf ?? [];
  const schema =
    props.schema?.properties === undefined
      ? (variants[Math.max(0, findVariant(variants, written))] ?? props.schema)
      : props.schema;

  return (
    <Section title={account}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void change.check({ operations: [{ do: 'replace-account', account, settings: value.value }] });
        }}
      >
        {schema === undefined ? (
          <p class="soft">{text.unknownNetwork}</p>
        ) : (
          <SchemaForm
            schema={schema}
            without={['network']}
            value={value.value}
            path={path}
            problems={change.checked.value?.proposal.problems ?? []}
            onChange={(next) => {
              change.forget();
              value.value = next;
            }}
          />
        )}
        {change.checked.value === undefined && (
          <div class="row">
            <button class="main" disabled={change.busy.value || value.value === written}>
              {words().forms.check}
            </button>
            <button
              type="button"
              class="bad"
              onClick={() => void change.check({ operations: [{ do: 'remove-account', account }] })}
            >
              {text.remove}
            </button>
          </div>
        )}
        <ProposalView change={change} />
      </form>
    </Section>
  );
}
