/** A new token: a name, what it may do, and for which account. */
import { useSignal } from '@preact/signals';
import type { WireCreatedToken } from '../../../../src/faces/rest/schemas/token.ts';
import { toMessage } from '../../api/call.ts';
import { createToken, type TokenRequest } from '../../api/hub.ts';
import { Dialog } from '../../design/dialog.tsx';
import { Field } from '../../design/field.tsx';
import { words } from '../../i18n/words.ts';

type Scope = TokenRequest['scopes'][number];

const all: readonly Scope[] = ['read', 'send', 'admin'];

export function CreateToken(props: {
  accounts: readonly string[];
  onCreated: (token: WireCreatedToken) => void;
  onClose: () => void;
}) {
  const text = words().bots;
  const name = useSignal('');
  const scopes = useSignal<readonly Scope[]>(['read', 'send']);
  const account = useSignal('');
  const error = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    busy.value = true;
    try {
      const only = account.value === '' ? {} : { account: account.value };
      props.onCreated(await createToken({ name: name.value.trim(), scopes: [...scopes.value], ...only }));
    } catch (failure) {
      error.value = toMessage(failure);
    } finally {
      busy.value = false;
    }
  }

  return (
    <Dialog title={text.create} onClose={props.onClose}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <Field label={text.columns.name} hint={text.nameHint} error={error.value}>
          {(control) => (
            <input
              {...control}
              required
              maxlength={64}
              value={name.value}
              onInput={(event) => (name.value = event.currentTarget.value)}
            />
          )}
        </Field>
        <fieldset class="stack tight">
          <legend class="small">{text.columns.scopes}</legend>
          {all.map((scope) => (
            <Field key={scope} inline label={text.scopes[scope]} hint={text.scopeHints[scope]}>
              {(control) => (
                <input
                  {...control}
                  type="checkbox"
                  checked={scopes.value.includes(scope)}
                  onChange={(event) => {
                    const { checked } = event.currentTarget;
                    scopes.value = all.filter((each) =>
                      each === scope ? checked : scopes.value.includes(each),
                    );
                  }}
                />
              )}
            </Field>
          ))}
        </fieldset>
        <Field label={text.only} hint={text.onlyHint}>
          {(control) => (
            <select
              {...control}
              value={account.value}
              onChange={(event) => (account.value = event.currentTarget.value)}
            >
              <option value="">{text.all}</option>
              {props.accounts.map((id) => (
                <option key={id} value={id}>
                  {id}
                </option>
              ))}
            </select>
          )}
        </Field>
        <div class="row end">
          <button type="button" onClick={props.onClose}>
            {words().common.cancel}
          </button>
          <button class="main" disabled={busy.value || scopes.value.length === 0}>
            {text.create}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
