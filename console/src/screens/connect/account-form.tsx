/** The account's name and its network's own settings; then what adding it would do. */
import { useSignal } from '@preact/signals';
import { Field } from '../../design/field.tsx';
import { ProposalView, useChange } from '../../forms/proposal.tsx';
import { problemAt } from '../../forms/problems.ts';
import { SchemaForm, type Settings } from '../../forms/schema-form.tsx';
import type { Schema } from '../../forms/schema.ts';
import { words } from '../../i18n/words.ts';

/** What an account of these networks always needs, though its schema leaves it open: there are other kinds of it. */
const askedFirst: Readonly<Record<string, readonly string[]>> = {
  xmpp: ['jid', 'password', 'nick', 'server'],
  house: ['name', 'rooms'],
  onebot: ['url', 'token'],
  satori: ['url', 'token'],
  wechaty: ['puppet', 'token'],
};

export function AccountForm(props: {
  network: string;
  schema: Schema;
  /** Names of accounts that are there. */
  taken: readonly string[];
  onBack: () => void;
  onApplied: (account: string) => void;
}) {
  const text = words().connect;
  const id = useSignal(toFreeName(props.network, props.taken));
  const settings = useSignal<Settings>({});
  const variant = useSignal(0);
  const change = useChange(() => props.onApplied(id.value));
  const variants = props.schema.anyOf ?? props.schema.oneOf ?? [];
  const schema =
    props.schema.properties === undefined ? (variants[variant.value] ?? props.schema) : props.schema;
  const path = `accounts.${id.value}`;
  const problems = change.checked.value?.proposal.problems ?? [];
  const isTaken = props.taken.includes(id.value);

  function check(): Promise<void> {
    return change.check({
      operations: [
        { do: 'add-account', account: id.value, settings: { network: props.network, ...settings.value } },
      ],
    });
  }

  return (
    <form
      class="stack account-form"
      onSubmit={(event) => {
        event.preventDefault();
        void check();
      }}
    >
      <Field
        label={text.name}
        hint={text.nameHint}
        error={isTaken ? text.nameTaken : problemAt(problems, path)}
      >
        {(control) => (
          <input
            {...control}
            required
            pattern="[a-z][a-z0-9\-]*"
            value={id.value}
            spellcheck={false}
            autocapitalize="off"
            onInput={(event) => {
              change.forget();
              id.value = event.currentTarget.value;
            }}
          />
        )}
      </Field>
      {schema !== props.schema && variants.length > 1 && (
        <Field label={text.kind}>
          {(control) => (
            <select
              {...control}
              value={String(variant.value)}
              onChange={(event) => {
                variant.value = Number(event.currentTarget.value);
                settings.value = {};
                change.forget();
              }}
            >
              {variants.map((each, index) => (
                <option key={index} value={index}>
                  {each.title ?? each.description ?? toVariantName(each)}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      {isFreeOfSettings(props.network, schema) && <p class="soft">{text.noSettings}</p>}
      <SchemaForm
        key={variant.value}
        nested={isFreeOfSettings(props.network, schema)}
        schema={schema}
        without={['network']}
        first={askedFirst[props.network] ?? []}
        value={settings.value}
        path={path}
        problems={problems}
        onChange={(value) => {
          change.forget();
          settings.value = value;
        }}
      />
      {change.checked.value === undefined && (
        <div class="row">
          <button class="main" disabled={change.busy.value || isTaken}>
            {words().forms.check}
          </button>
          <button type="button" onClick={props.onBack}>
            {text.back}
          </button>
        </div>
      )}
      <ProposalView change={change} shown={(at) => isShown(schema, path, at)} />
      {problems.length > 0 && (
        <div class="row">
          <button class="main" disabled={change.busy.value}>
            {words().forms.checkAgain}
          </button>
        </div>
      )}
    </form>
  );
}

/** Nothing has to be set, and nothing is worth asking at once: all of it stays folded. */
function isFreeOfSettings(network: string, schema: Schema): boolean {
  const required = (schema.required ?? []).filter((name) => name !== 'network');
  return required.length === 0 && askedFirst[network] === undefined && schema.properties !== undefined;
}

/** Is what is wrong at this path shown at a field of its own? */
function isShown(schema: Schema, path: string, at: string): boolean {
  if (at === path) return true;
  const rest = at.startsWith(`${path}.`) ? at.slice(path.length + 1) : undefined;
  return rest !== undefined && schema.properties?.[rest] !== undefined;
}

/** A variant that has neither title nor description: by the constants that make it one. */
function toVariantName(schema: Schema): string {
  const constants = Object.values(schema.properties ?? {}).flatMap((each) =>
    typeof each.const === 'string' ? [each.const] : [],
  );
  return constants.length > 0 ? constants.join(' ') : (schema.required ?? []).join(', ');
}

function toFreeName(network: string, taken: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? network : `${network}${number}`;
    if (!taken.includes(name)) return name;
  }
}
