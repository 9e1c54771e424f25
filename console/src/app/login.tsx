/** The page before everything else: name and password, and the new password that follows a one-time one. */
import { useSignal } from '@preact/signals';
import { CallError, toMessage } from '../api/call.ts';
import { Field } from '../design/field.tsx';
import { Mark } from '../design/mark.tsx';
import { Preferences } from './preferences-menu.tsx';
import { words } from '../i18n/words.ts';
import { guestHref } from './router.ts';
import { changePassword, logIn } from './session.ts';
import './login.css';

/** Short of this the hub refuses a password too. */
const shortestPassword = 8;

/** The first administrator's name, which the hub prints with the one-time password. */
const usualName = 'admin';

export function Login({ renewing }: { renewing: boolean }) {
  const given = useSignal('');
  return (
    <main class="login">
      <div class="login-card">
        <div class="login-mark">
          <Mark size={40} />
          <span>hutong</span>
        </div>
        {renewing ? (
          <NewPassword given={given.value} />
        ) : (
          <Password onGiven={(password) => (given.value = password)} />
        )}
      </div>
      <aside class="login-foot">
        {!renewing && <a href={guestHref}>{words().room.guest}</a>}
        <Preferences />
      </aside>
    </main>
  );
}

function Password({ onGiven }: { onGiven: (password: string) => void }) {
  const text = words().login;
  const error = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const password = toText(form.get('password'));
    busy.value = true;
    error.value = undefined;
    onGiven(password);
    try {
      if (!(await logIn(toText(form.get('username')), password))) error.value = text.refused;
    } catch (failure) {
      error.value =
        failure instanceof CallError && failure.status === 429 ? text.tooOften : toMessage(failure);
    } finally {
      busy.value = false;
    }
  }

  return (
    <form class="stack" onSubmit={(event) => void submit(event)}>
      <h1>{text.title}</h1>
      <Field label={text.name}>
        {(control) => (
          <input
            {...control}
            name="username"
            autocomplete="username"
            autocapitalize="off"
            spellcheck={false}
            defaultValue={usualName}
            required
          />
        )}
      </Field>
      <Field label={text.password} hint={text.passwordHint} error={error.value}>
        {(control) => (
          <input
            {...control}
            name="password"
            type="password"
            autocomplete="current-password"
            required
            autofocus
          />
        )}
      </Field>
      <button class="main" disabled={busy.value}>
        {text.enter}
      </button>
    </form>
  );
}

function NewPassword({ given }: { given: string }) {
  const text = words().login;
  const error = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const fresh = toText(form.get('fresh'));
    if (fresh !== toText(form.get('again'))) {
      error.value = text.differ;
      return;
    }
    busy.value = true;
    error.value = undefined;
    try {
      const current = given === '' ? toText(form.get('current')) : given;
      if (!(await changePassword(current, fresh))) error.value = text.oneTimeRefused;
    } catch (failure) {
      error.value = toMessage(failure);
    } finally {
      busy.value = false;
    }
  }

  return (
    <form class="stack" onSubmit={(event) => void submit(event)}>
      <div>
        <h1>{text.newTitle}</h1>
        <p class="soft">{text.newLead}</p>
      </div>
      {given === '' && (
        <Field label={text.oneTime}>
          {(control) => (
            <input {...control} name="current" type="password" autocomplete="current-password" required />
          )}
        </Field>
      )}
      <Field label={text.fresh} hint={text.freshHint(shortestPassword)}>
        {(control) => (
          <input
            {...control}
            name="fresh"
            type="password"
            autocomplete="new-password"
            minlength={shortestPassword}
            required
            autofocus
          />
        )}
      </Field>
      <Field label={text.again} error={error.value}>
        {(control) => (
          <input {...control} name="again" type="password" autocomplete="new-password" required />
        )}
      </Field>
      <button class="main" disabled={busy.value}>
        {text.keep}
      </button>
    </form>
  );
}

function toText(value: FormDataEntryValue | null): string {
  return typeof value === 'string' ? value : '';
}
