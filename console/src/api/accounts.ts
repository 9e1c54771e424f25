/**
 * How the accounts do, as the hub tells it: their states and the steps of their login appear without asking. One stream for
 * all that show them. A connection that was lost begins with all of it again, so nothing has to be resumed; a window that
 * nobody sees holds none, since a browser allows only a few for all its windows.
 */
import { signal, type ReadonlySignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { WireAccount } from '../../../src/faces/rest/schemas/account.ts';
import { follow, type Following } from './follow.ts';
import type { SentEvent } from './server-sent-events.ts';

const accounts = signal<readonly WireAccount[] | undefined>(undefined);
let following: Following | undefined;
let followers = 0;

/** The accounts for as long as the component is there; undefined until the hub has told of them. */
export function useAccounts(): ReadonlySignal<readonly WireAccount[] | undefined> {
  useEffect(() => {
    followers += 1;
    if (followers === 1) {
      document.addEventListener('visibilitychange', openOrClose);
      openOrClose();
    }
    return () => {
      followers -= 1;
      if (followers > 0) return;
      document.removeEventListener('visibilitychange', openOrClose);
      close();
      // Somebody else may have logged in when they are asked for again.
      accounts.value = undefined;
    };
  }, []);
  return accounts;
}

function openOrClose(): void {
  if (document.hidden) close();
  else following ??= follow({ path: () => '/v1/account-states/sse', onEvent: take });
}

function close(): void {
  following?.stop();
  following = undefined;
}

function take({ event, data }: SentEvent): void {
  switch (event) {
    case 'accounts':
      accounts.value = (JSON.parse(data) as { accounts: WireAccount[] }).accounts;
      return;
    case 'account':
      accounts.value = withAccount(accounts.value ?? [], JSON.parse(data) as WireAccount);
      return;
    case 'removed': {
      const { account } = JSON.parse(data) as { account: string };
      accounts.value = accounts.value?.filter(({ id }) => id !== account);
      return;
    }
    default:
  }
}

/** A known one stays in its place. */
function withAccount(known: readonly WireAccount[], account: WireAccount): readonly WireAccount[] {
  return known.some(({ id }) => id === account.id)
    ? known.map((each) => (each.id === account.id ? account : each))
    : [...known, account];
}
