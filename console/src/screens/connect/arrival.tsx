/** An account on its way: its state, what its network asks for, and when it is there a message to prove it. */
import { useSignal } from '@preact/signals';
import type { WireAccount } from '../../../../src/faces/rest/schemas/account.ts';
import { toMessage } from '../../api/call.ts';
import { answerLogin, readAccount } from '../../api/hub.ts';
import { useResource } from '../../api/resource.ts';
import { toHref } from '../../app/router.ts';
import { Field } from '../../design/field.tsx';
import { Notice } from '../../design/page.tsx';
import { words } from '../../i18n/words.ts';
import { PhaseState } from '../phase.tsx';
import { QrCode } from './qr-code.tsx';
import { TestMessage } from './test-message.tsx';

/** QR codes change every few seconds, and somebody stands there with a telephone. */
const refreshMs = 1000;

export function Arrival({ account }: { account: string }) {
  const text = words().connect;
  const { value, error } = useResource((signal) => readAccount(account, signal), account, refreshMs);
  const known = value.value;
  if (known === undefined) {
    return error.value === undefined ? (
      <p class="soft">{words().common.loading}</p>
    ) : (
      <Notice mood="bad">{error.value}</Notice>
    );
  }
  return (
    <div class="stack account-form">
      <div class="panel stack tight" aria-live="polite">
        <p class="row">
          <strong>{known.id}</strong>
          <span class="badge">{known.network}</span>
          <PhaseState phase={known.phase} />
        </p>
        {known.message !== undefined && <p class="small anywhere">{known.message}</p>}
        {known.self !== undefined && (
          <p class="small soft anywhere">{text.self(known.self.name, known.self.id)}</p>
        )}
      </div>
      <Step account={known} />
    </div>
  );
}

function Step({ account }: { account: WireAccount }) {
  const text = words().connect;
  if (account.login.type === 'qr') return <QrCode step={account.login} />;
  if (account.login.type === 'code') return <Code account={account.id} message={account.login.message} />;
  switch (account.phase) {
    case 'online':
      return <TestMessage account={account} />;
    case 'failed':
    case 'stopped':
      return (
        <Notice mood="bad">
          {text.failed}
          <a class="button" href={toHref('settings', { account: account.id })}>
            {text.mend}
          </a>
        </Notice>
      );
    default:
      return <p class="soft">{text.waiting}</p>;
  }
}

function Code({ account, message }: { account: string; message: string }) {
  const text = words().connect;
  const code = useSignal('');
  const error = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    busy.value = true;
    try {
      await answerLogin(account, code.value.trim());
      code.value = '';
      error.value = undefined;
    } catch (failure) {
      error.value = toMessage(failure);
    } finally {
      busy.value = false;
    }
  }

  return (
    <form class="panel stack" onSubmit={(event) => void submit(event)}>
      <Field label={text.code} hint={message} error={error.value}>
        {(control) => (
          <input
            {...control}
            autocomplete="one-time-code"
            required
            value={code.value}
            onInput={(event) => (code.value = event.currentTarget.value)}
          />
        )}
      </Field>
      <div class="row">
        <button class="main" disabled={busy.value}>
          {text.sendCode}
        </button>
      </div>
    </form>
  );
}
