/** Accounts and rooms that a command line names. */
import type { AccountConfiguration } from '../config/configuration.ts';
import { didYouMean } from '../config/nearest.ts';
import { RequestError } from '../hub/errors.ts';
import type { AccountId } from '../hub/message.ts';

/** The account of this name. Throws a `RequestError` that says which there are. */
export function requireAccount(
  id: AccountId,
  accounts: readonly AccountConfiguration[],
): AccountConfiguration {
  const found = accounts.find((account) => account.id === id);
  if (found) return found;
  const ids = accounts.map((account) => account.id);
  throw new RequestError(
    'account-unknown',
    `there is no account "${id}"; the accounts are ${ids.join(', ')}.${didYouMean(id, ids)}`,
  );
}
