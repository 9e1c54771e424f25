/** The controls of a form, one for each kind of setting. A secret that is kept shows as such and cannot be read. */
import { useSignal } from '@preact/signals';
import type { FieldControl } from '../design/field.tsx';
import { words } from '../i18n/words.ts';
import type { Control, Schema } from './schema.ts';

/** In place of a secret in what the hub tells; handed back, it means the one that is there. */
const secretMask = '(not shown)';

interface InputProps {
  control: Control;
  field: FieldControl;
  schema: Schema;
  value: unknown;
  onChange: (value: unknown) => void;
}

/** The control of one setting; `undefined` is told when it is left to its default. */
export function Input({ control, field, schema, value, onChange }: InputProps) {
  switch (control.kind) {
    case 'text':
      return control.secret ? (
        <Secret field={field} value={value} onChange={onChange} />
      ) : (
        <input
          {...field}
          value={toText(value)}
          placeholder={toPlaceholder(schema)}
          spellcheck={false}
          autocapitalize="off"
          onInput={(event) => onChange(orNothing(event.currentTarget.value))}
        />
      );
    case 'number':
      return (
        <input
          {...field}
          type="number"
          step={control.integer ? 1 : 'any'}
          value={toText(value)}
          placeholder={toPlaceholder(schema)}
          onInput={(event) => {
            const written = event.currentTarget.valueAsNumber;
            onChange(Number.isNaN(written) ? undefined : written);
          }}
        />
      );
    case 'flag':
      return (
        <input
          {...field}
          type="checkbox"
          checked={(value ?? schema.default) === true}
          onChange={(event) => {
            const { checked } = event.currentTarget;
            onChange(checked === (schema.default ?? false) ? undefined : checked);
          }}
        />
      );
    case 'choice':
      return (
        <select
          {...field}
          value={toText(value)}
          onChange={(event) => {
            const text = event.currentTarget.value;
            onChange(control.choices.find((choice) => String(choice) === text));
          }}
        >
          <option value="">
            {schema.default === undefined
              ? words().forms.notSet
              : words().forms.usual(toText(schema.default))}
          </option>
          {control.choices.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </select>
      );
    case 'lines':
      return <Lines field={field} value={value} onChange={onChange} />;
    case 'json':
    case 'some':
    case 'group':
    case 'groups':
    case 'variants':
      return <Json field={field} value={value} onChange={onChange} />;
  }
}

function Secret({ field, value, onChange }: Pick<InputProps, 'field' | 'value' | 'onChange'>) {
  const isKept = value === secretMask;
  return (
    <div class="row">
      <span class="grow">
        <input
          {...field}
          type="password"
          autocomplete="new-password"
          value={isKept ? '' : toText(value)}
          placeholder={isKept ? words().forms.secretKept : ''}
          onInput={(event) => {
            const written = event.currentTarget.value;
            onChange(written === '' ? (isKept ? secretMask : undefined) : written);
          }}
        />
      </span>
    </div>
  );
}

/** A list of texts, one a line. */
function Lines({ field, value, onChange }: Pick<InputProps, 'field' | 'value' | 'onChange'>) {
  const list = Array.isArray(value) ? value : value === undefined ? [] : [value];
  const written = useSignal(list.map(toText).join('\n'));
  return (
    <textarea
      {...field}
      rows={Math.min(8, Math.max(2, list.length + 1))}
      value={written.value}
      spellcheck={false}
      onInput={(event) => {
        written.value = event.currentTarget.value;
        const lines = written.value
          .split('\n')
          .map((line) => line.trim())
          .filter((line) => line !== '');
        onChange(lines.length === 0 ? undefined : lines);
      }}
    />
  );
}

/** What has no form of its own. Half-written JSON is not handed on. */
function Json({ field, value, onChange }: Pick<InputProps, 'field' | 'value' | 'onChange'>) {
  const written = useSignal(value === undefined ? '' : JSON.stringify(value, undefined, 2));
  const wrong = useSignal(false);
  return (
    <>
      <textarea
        {...field}
        class="mono"
        rows={Math.min(12, Math.max(2, written.value.split('\n').length))}
        value={written.value}
        spellcheck={false}
        onInput={(event) => {
          written.value = event.currentTarget.value;
          const parsed = parseJson(written.value);
          wrong.value = parsed === 'wrong';
          if (parsed !== 'wrong') onChange(parsed.value);
        }}
      />
      {wrong.value && <span class="error">{words().forms.noJson}</span>}
    </>
  );
}

function parseJson(text: string): { value: unknown } | 'wrong' {
  if (text.trim() === '') return { value: undefined };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return 'wrong';
  }
}

/** Whether a control can show a value: a file may hold what its schema does not foresee. */
export function fits(control: Control, value: unknown): boolean {
  switch (control.kind) {
    case 'text':
    case 'choice':
      return typeof value === 'string' || typeof value === 'number';
    case 'number':
      return typeof value === 'number';
    case 'flag':
      return typeof value === 'boolean';
    case 'lines':
      return (
        typeof value === 'string' || (Array.isArray(value) && value.every((each) => typeof each === 'string'))
      );
    case 'some':
      return Array.isArray(value) && value.every((each) => control.choices.includes(each as string));
    case 'group':
      return isMapping(value);
    case 'groups':
      return Array.isArray(value) && value.every(isMapping);
    case 'variants':
    case 'json':
      return true;
  }
}

function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the schema says of a setting, in the language of the page where that is known. */
export function toDescription({ description }: Schema): string | undefined {
  return description === undefined ? undefined : (words().settingHints[description] ?? description);
}

/** What stands below a control. */
export function toHint(schema: Schema, control: Control): string | undefined {
  const text = words().forms;
  const parts = [
    toDescription(schema) ?? '',
    control.kind === 'lines' ? text.lines : '',
    control.kind === 'json' ? text.json : '',
  ];
  const hint = parts.filter((part) => part !== '').join(' ');
  return hint === '' ? undefined : hint;
}

function toPlaceholder(schema: Schema): string {
  const [example] = schema.examples ?? [];
  return toText(schema.default ?? example);
}

function toText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function orNothing(text: string): string | undefined {
  return text === '' ? undefined : text;
}
