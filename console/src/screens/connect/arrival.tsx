/** An account on its way: its state, what its network asks for, and when it is there a message to prove it. */
import type { WireAccount } from '../../../../src/faces/rest/schemas/account.ts';
import { useAccounts } from '../../api/accounts.ts';
import { toHref } from '../../app/router.ts';
import { Notice } from '../../design/page.tsx';
import { words } from '../../i18n/words.ts';
import { PhaseState } from '../phase.tsx';
import { LoginAnswer } from './login-answer.tsx';
import { QrCode } from './qr-code.tsx';
import { TestMessage } from './test-message.tsx';

export function Arrival({ account }: { account: string }) {
  const text = words().connect;
  const accounts = useAccounts().value;
  if (accounts === undefined) return <p class="soft">{words().common.loading}</p>;
  const known = accounts.find(({ id }) => id === account);
  if (known === undefined) {
    return (
      <Notice mood="warn">
        {text.noAccount(account)}
        <a class="button" href={toHref('connect')}>
          {text.add}
        </a>
      </Notice>
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
        {known.message !== undefined && <p class="small anywhere">{words().hub.said(known.message)}</p>}
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
  const { login } = account;
  if (login.type === 'qr') return <QrCode step={login} />;
  if (login.type === 'code') return <LoginAnswer key={login.message} account={account.id} step={login} />;
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
    case 'waiting':
      return (
        <Notice mood="warn">
          {text.retried}
          <a class="button" href={toHref('settings', { account: account.id })}>
            {text.mend}
          </a>
        </Notice>
      );
    case 'login':
      return <p class="soft">{text.loggingIn}</p>;
    default:
      return <p class="soft">{text.waiting}</p>;
  }
}
