/**
 * A form made from a schema. Its value is what would stand in the file: a setting left empty is left out, so that the
 * hub's default holds. A secret that is there already shows as such, cannot be read, and stays unless written anew.
 */
import { useSignal } from '@preact/signals';
import { Field } from '../design/field.tsx';
import { words } from '../i18n/words.ts';
import { problemAt, type FieldProblem } from './problems.ts';
import { findVariant, toControl, toLabel, type Schema } from './schema.ts';
import { fits, Input, toDescription, toHint } from './setting-input.tsx';
import './schema-form.css';

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
  /** Within another form: what is not set stays folded. */
  nested?: boolean;
}

export function SchemaForm({
  schema,
  value,
  onChange,
  path,
  problems,
  without = [],
  first: wanted = [],
  nested = false,
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
        <details open={shownFirst.length === 0 && !nested}>
          <summary>
            {shownFirst.length === 0
              ? words().forms.all(shownRest.length)
              : words().forms.more(shownRest.length)}
          </summary>
          <div class="stack">{fields(shownRest)}</div>
        </details>
      )}
    </div>
  );
}

/** A setting by its name in the language of the page, and by its key, since people edit the file, too. */
function SettingName({ name }: { name: string }) {
  const own = words().settingNames[name];
  if (own === undefined) return <>{toLabel(name)}</>;
  return (
    <>
      {own} <code class="key">{name}</code>
    </>
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
        <legend>
          <SettingName name={props.name} />
        </legend>
        <Description schema={schema} />
        <SchemaForm
          nested
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
  if (!isOther && control.kind === 'groups') return <Groups {...props} item={control.schema} />;
  if (!isOther && control.kind === 'some') return <Some {...props} choices={control.choices} />;
  return (
    <Field
      label={<SettingName name={props.name} />}
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

/** Any number of the same settings, each in a frame of its own. */
function Groups(props: Omit<SettingProps, 'required'> & { item: Schema }) {
  const text = words().forms;
  const { item, path, problems, onChange } = props;
  const list = (props.value ?? []) as readonly Settings[];
  const put = (next: readonly Settings[]) => onChange(next.length === 0 ? undefined : next);
  const label = words().settingNames[props.name] ?? toLabel(props.name);
  return (
    <fieldset class="group">
      <legend>
        <SettingName name={props.name} />
      </legend>
      <Description schema={props.schema} />
      {list.map((each, index) => (
        <fieldset key={`${index} of ${list.length}`} class="group">
          <legend class="small">{text.numbered(label, index + 1)}</legend>
          <SchemaForm
            schema={item}
            value={each}
            path={`${path}[${index}]`}
            problems={problems}
            onChange={(next) => put(list.with(index, next))}
          />
          <div>
            <button type="button" onClick={() => put(list.toSpliced(index, 1))}>
              {text.removeOne(index + 1)}
            </button>
          </div>
        </fieldset>
      ))}
      <div>
        <button type="button" onClick={() => put([...list, {}])}>
          {text.addOne}
        </button>
      </div>
      <GroupError message={problemAt(problems, path)} />
    </fieldset>
  );
}

/** Any of a few, each with a box to tick. */
function Some(props: Omit<SettingProps, 'required'> & { choices: readonly (string | number)[] }) {
  const { choices, onChange } = props;
  const chosen = (props.value ?? props.schema.default ?? []) as readonly (string | number)[];
  return (
    <fieldset class="group">
      <legend>
        <SettingName name={props.name} />
      </legend>
      <Description schema={props.schema} />
      <div class="row">
        {choices.map((choice) => (
          <label key={choice} class="row">
            <input
              type="checkbox"
              checked={chosen.includes(choice)}
              onChange={(event) => {
                const { checked } = event.currentTarget;
                const next = choices.filter((each) => (each === choice ? checked : chosen.includes(each)));
                onChange(next.length === 0 ? undefined : next);
              }}
            />
            {choice}
          </label>
        ))}
      </div>
      <GroupError message={problemAt(props.problems, props.path)} />
    </fieldset>
  );
}

function Description({ schema }: { schema: Schema }) {
  const text = toDescription(schema);
  return text === undefined ? null : <p class="hint">{text}</p>;
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
      <legend>
        <SettingName name={props.name} />
      </legend>
      <Field
        label={words().forms.variant}
        hint={toDescription(props.schema)}
        error={problemAt(problems, path)}
      >
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
  if (control.kind === 'groups') {
    return (
      <Groups
        name={toVariantName(variant)}
        schema={variant}
        item={control.schema}
        {...{ value: Array.isArray(value) ? value : undefined, onChange }}
        path={props.path}
        problems={props.problems}
      />
    );
  }
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
