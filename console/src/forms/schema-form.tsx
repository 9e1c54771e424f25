/**
 * A form made from a schema. Its value is what would stand in the file: a setting left empty is left out, so that the
 * hub's default holds. A secret that is there already shows as such, cannot be read, and stays unless written anew.
 */
import { useSignal } from '@preact/signals';
import { Field, type FieldControl } from '../design/field.tsx';
import { words } from '../i18n/words.ts';
import { problemAt, type FieldProblem } from './problems.ts';
import { findVariant, toControl, toLabel, type Control, type Schema } from './schema.ts';
import './schema-form.css';

/** In place of a secret in what the hub tells; handed back, it means the one that is there. */
const secretMask = '(not shown)';

export type Settings = Readonly<Record<string, unknown>>;

interface FormProps {
  schema: Schema;
  value: Settings;
  onChange: (value: Settings) => void;
  /** Where in the file this stands, for the hub's complaints. */
  path: string;
  problems: readonly FieldProblem[];
  /** Settings that are told elsewhere. */
  without?: readonly string[];
  /** Optional settings that are shown at once all the same. */
  first?: readonly string[];
}

export function SchemaForm({
  schema,
  value,
  onChange,
  path,
  problems,
  without = [],
  first: wanted = [],
}: FormProps) {
  const entries = Object.entries(schema.properties ?? {}).filter(([name]) => !without.includes(name));
  const required = new Set(schema.required);
  const first = entries.filter(
    ([name]) => required.has(name) || wanted.includes(name) || value[name] !== undefined,
  );
  // What is open stays where it is while one writes in it.
  const order = useSignal<ReadonlySet<string>>(new Set(first.map(([name]) => name)));
  const place = (name: string) => (wanted.includes(name) ? wanted.indexOf(name) : wanted.length);
  const shownFirst = entries
    .filter(([name]) => order.value.has(name))
    .toSorted(([a], [b]) => place(a) - place(b));
  const shownRest = entries.filter(([name]) => !order.value.has(name));
  const fields = (list: readonly [string, Schema][]) =>
    list.map(([name, each]) => (
      <SettingField
        key={name}
        name={name}
        schema={each}
        required={required.has(name)}
        value={value[name]}
        path={path === '' ? name : `${path}.${name}`}
        problems={problems}
        onChange={(next) => onChange(withSetting(value, name, next))}
      />
    ));
  return (
    <div class="stack schema-form">
      {fields(shownFirst)}
      {shownRest.length > 0 && (
        <details open={shownFirst.length === 0}>
          <summary>{words().forms.more(shownRest.length)}</summary>
          <div class="stack">{fields(shownRest)}</div>
        </details>
      )}
    </div>
  );
}

function withSetting(value: Settings, name: string, next: unknown): Settings {
  const { [name]: _, ...rest } = value;
  return next === undefined ? rest : { ...rest, [name]: next };
}

interface SettingProps {
  name: string;
  schema: Schema;
  required: boolean;
  value: unknown;
  path: string;
  problems: readonly FieldProblem[];
  onChange: (value: unknown) => void;
}

function SettingField(props: SettingProps) {
  const { schema, value, path, problems, onChange } = props;
  const control = toControl(schema);
  const isOther = value !== undefined && !fits(control, value);
  if (!isOther && control.kind === 'group') {
    return (
      <fieldset class="group">
        <legend>{toLabel(props.name)}</legend>
        {schema.description !== undefined && <p class="hint">{schema.description}</p>}
        <SchemaForm
          schema={control.schema}
          value={(value ?? {}) as Settings}
          path={path}
          problems={problems}
          onChange={(next) => onChange(Object.keys(next).length === 0 && !props.required ? undefined : next)}
        />
        <GroupError message={problemAt(problems, path)} />
      </fieldset>
    );
  }
  if (!isOther && control.kind === 'variants') return <Variants {...props} variants={control.variants} />;
  return (
    <Field
      label={toLabel(props.name)}
      hint={toHint(schema, control)}
      error={problemAt(problems, path)}
      inline={!isOther && control.kind === 'flag'}
    >
      {(field) => (
        <Input
          control={isOther ? { kind: 'json' } : control}
          field={field}
          value={value}
          {...{ onChange, schema }}
        />
      )}
    </Field>
  );
}

function GroupError({ message }: { message: string | undefined }) {
  return message === undefined ? null : (
    <p class="error" role="alert">
      {message}
    </p>
  );
}

/** Several forms of one setting: on or off, its settings, a list of them. */
function Variants(props: SettingProps & { variants: readonly Schema[] }) {
  const { variants, value, path, problems, onChange } = props;
  const chosen = useSignal(findVariant(variants, value));
  const variant = variants[chosen.value];
  return (
    <fieldset class="group">
      <legend>{toLabel(props.name)}</legend>
      <Field label={words().forms.variant} hint={props.schema.description} error={problemAt(problems, path)}>
        {(field) => (
          <select
            {...field}
            value={String(chosen.value)}
            onChange={(event) => {
              chosen.value = Number(event.currentTarget.value);
              onChange(variants[chosen.value]?.const);
            }}
          >
            <option value="-1">{words().forms.notSet}</option>
            {variants.map((each, index) => (
              <option key={index} value={index}>
                {toVariantName(each)}
              </option>
            ))}
          </select>
        )}
      </Field>
      {variant !== undefined && variant.const === undefined && (
        <VariantBody key={chosen.value} variant={variant} {...{ value, path, problems, onChange }} />
      )}
    </fieldset>
  );
}

function VariantBody(
  props: Pick<SettingProps, 'value' | 'path' | 'problems' | 'onChange'> & { variant: Schema },
) {
  const { variant, value, onChange } = props;
  const control = toControl(variant);
  if (control.kind === 'group') {
    return (
      <SchemaForm
        schema={variant}
        value={(value ?? {}) as Settings}
        path={props.path}
        problems={props.problems}
        onChange={onChange}
      />
    );
  }
  return (
    <Field label={toVariantName(variant)} hint={toHint(variant, control)}>
      {(field) => <Input control={control} field={field} {...{ schema: variant, value, onChange }} />}
    </Field>
  );
}

function toVariantName(variant: Schema): string {
  const text = words().forms;
  if (variant.title !== undefined) return variant.title;
  if (variant.const === false) return text.off;
  if (variant.const === true) return text.on;
  if (variant.type === 'array') return text.several;
  return text.own;
}

interface InputProps {
  control: Control;
  field: FieldControl;
  schema: Schema;
  value: unknown;
  onChange: (value: unknown) => void;
}

function Input({ control, field, schema, value, onChange }: InputProps) {
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
            {schema.default === undefined ? '' : words().forms.usual(toText(schema.default))}
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
    case 'group':
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
function fits(control: Control, value: unknown): boolean {
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
    case 'group':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'variants':
    case 'json':
      return true;
  }
}

function toHint(schema: Schema, control: Control): string | undefined {
  const text = words().forms;
  const parts = [
    schema.description ?? '',
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
