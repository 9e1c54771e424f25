/** How accounts do, in the JSON that programs read. */
import type { AccountStatus } from '../../hub/face.ts';
import type { LoginStep } from '../../hub/network.ts';
import type { WireAccount, WireLoginStep } from './schemas/account.ts';
import { toTime, toWireUser } from './wire-body.ts';

/** @param mayLogin whether the caller may see what logs the account in */
export function toWireAccount(status: AccountStatus, mayLogin: boolean): WireAccount {
  const { id, kind, state, since, heardAt, self, capabilities, limits, prompt, waiting } = status;
  return {
    id,
    network: kind,
    phase: state.phase,
    ...(state.message !== undefined && { message: state.message }),
    since: toTime(since),
    ...(heardAt !== undefined && { heardAt: toTime(heardAt) }),
    ...(self && { self: toWireUser(self) }),
    capabilities: [...capabilities],
    ...(limits && {
      limits: {
        textBytes: limits.textBytes,
        ...(limits.sendsPerSecond !== undefined && { sendsPerSecond: limits.sendsPerSecond }),
        ...(limits.editWindowMs !== undefined && { editWindowMs: limits.editWindowMs }),
        ...(limits.recallWindowMs !== undefined && { recallWindowMs: limits.recallWindowMs }),
      },
    }),
    login: mayLogin ? toWireLoginStep(id, prompt) : { type: 'none' },
    waiting,
  };
}

export function toWireLoginStep(account: string, step: LoginStep | undefined): WireLoginStep {
  switch (step?.type) {
    case undefined:
      return { type: 'none' };
    case 'qr': {
      const { data, expiresAt } = step;
      return {
        type: 'qr',
        data,
        picture: `/v1/accounts/${account}/login/qr.svg`,
        ...(expiresAt !== undefined && { expiresAt: toTime(expiresAt) }),
      };
    }
    case 'code': {
      const { message, choices } = step;
      return { type: 'code', message, ...(choices && { choices: [...choices] }) };
    }
  }
}
