/** A way in for programs: switched on with its settings, changed, switched off. */
import { useSignal } from '@preact/signals';
import type { WireApplied } from '../../../../src/faces/rest/schemas/configuration.ts';
import { Section } from '../../design/page.tsx';
import { ProposalView, useChange } from '../../forms/proposal.tsx';
import { SchemaForm, type Settings } from '../../forms/schema-form.tsx';
import type { Schema } from '../../forms/schema.ts';
import { words } from '../../i18n/words.ts';
import { PartSettings } from './part-settings.tsx';

interface FaceProps {
  kind: string;
  /** Missing while it is off. */
  written: Settings | undefined;
  schema: Schema;
  onApplied: (applied: WireApplied) => Promise<void>;
}

export function FaceSettings({ kind, written, schema, onApplied }: FaceProps) {
  const text = words().settings;
  const path = ['faces', kind];
  const lead = toKnown(kind)?.lead;
  return written === undefined ? (
    <FaceOff kind={kind} schema={schema} onApplied={onApplied} />
  ) : (
    <PartSettings
      title={toFaceName(kind)}
      {...(lead !== undefined && { lead })}
      path={path}
      written={written}
      schema={schema}
      onApplied={onApplied}
      others={[{ label: text.switchOff, operation: { do: 'set', path } }]}
    />
  );
}

function FaceOff({ kind, schema, onApplied }: Omit<FaceProps, 'written'>) {
  const value = useSignal<Settings>({});
  const change = useChange(onApplied);
  const lead = toKnown(kind)?.lead;
  return (
    <Section title={toFaceName(kind)}>
      {lead !== undefined && <p class="soft lead">{lead}</p>}
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void change.check({ operations: [{ do: 'set', path: ['faces', kind], value: value.value }] });
        }}
      >
        <p>{words().settings.faceIsOff}</p>
        <SchemaForm
          nested
          schema={schema}
          value={value.value}
          path={`faces.${kind}`}
          problems={change.checked.value?.proposal.problems ?? []}
          onChange={(next) => {
            change.forget();
            value.value = next;
          }}
        />
        {change.checked.value === undefined && (
          <div>
            <button class="main" disabled={change.busy.value}>
              {words().forms.check}
            </button>
          </div>
        )}
        <ProposalView change={change} />
      </form>
    </Section>
  );
}

/** What people call it; a newer hub may have others. */
export function toFaceName(kind: string): string {
  return toKnown(kind)?.name ?? kind;
}

function toKnown(kind: string): { name: string; lead: string } | undefined {
  const known: Readonly<Record<string, { name: string; lead: string } | undefined>> =
    words().settings.faceNames;
  return known[kind];
}
