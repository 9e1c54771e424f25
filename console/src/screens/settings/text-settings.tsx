/** The file itself, comments and all. Secrets are not in it; where one stands, its place is kept. */
import { useSignal } from '@preact/signals';
import type { WireApplied } from '../../../../src/faces/rest/schemas/configuration.ts';
import { Field } from '../../design/field.tsx';
import { Notice, Section } from '../../design/page.tsx';
import { ProposalView, useChange } from '../../forms/proposal.tsx';
import { words } from '../../i18n/words.ts';

export function TextSettings(props: {
  /** Missing when the file is no YAML: what is secret in it cannot be told then. */
  text: string | undefined;
  onApplied: (applied: WireApplied) => Promise<void>;
}) {
  const text = words().settings;
  const written = useSignal(props.text ?? '');
  const change = useChange(props.onApplied);
  if (props.text === undefined) return <Notice mood="bad">{text.noYaml}</Notice>;
  return (
    <Section title={text.file}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void change.check({ text: written.value });
        }}
      >
        <Field label={text.textLabel} hint={text.textHint}>
          {(control) => (
            <textarea
              {...control}
              class="mono yaml"
              rows={Math.min(40, Math.max(12, written.value.split('\n').length + 1))}
              value={written.value}
              spellcheck={false}
              onInput={(event) => {
                change.forget();
                written.value = event.currentTarget.value;
              }}
            />
          )}
        </Field>
        {change.checked.value === undefined && (
          <div class="row">
            <button class="main" disabled={change.busy.value || written.value === props.text}>
              {words().forms.check}
            </button>
          </div>
        )}
        <ProposalView change={change} />
      </form>
    </Section>
  );
}
