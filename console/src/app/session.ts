/** Who is logged in, and the steps of logging in: password, and a new one in place of the one-time password. */
import { computed, signal } from '@preact/signals';
import { call, sessionLost } from '../api/call.ts';

/** The hub's own words for who is logged in. */
export interface Session {
  name: string;
  /** What the person may do; only an administrator sees more than the rooms. */
  role: string;
  /** The password was given for one use: a new one has to be chosen before anything else. */
  mustChange: boolean;
}

/** `unknown` until the hub was asked the first time. */
export const session = signal<Session | 'unknown' | 'none'>('unknown');

/** May this person change settings, tokens and deliveries? */
export const isAdministrator = computed(
  () => typeof session.value !== 'string' && session.value.role === 'admin',
);

/** Asks the hub who this is. Rejects when it cannot be reached. */
export async function readSession(): Promise<void> {
  const { user } = await call<{ user: Session | null }>('/api/session');
  session.value = user ?? 'none';
  sessionLost.value = false;
}

/** Answers false when name and password are refused. */
export async function logIn(username: string, password: string): Promise<boolean> {
  const { code } = await call<{ code: number }>('/api/login', {
    method: 'POST',
    body: { username, password },
  });
  if (code === 0) await readSession();
  return code === 0;
}

/** Answers false when the present password is refused. */
export async function changePassword(password: string, newPassword: string): Promise<boolean> {
  const { code } = await call<{ code: number }>('/api/password', {
    method: 'POST',
    body: { password, newPassword },
  });
  if (code === 0) await readSession();
  return code === 0;
}

/** Ends the session here and at the hub. */
export async function logOut(): Promise<void> {
  await call('/api/logout', { method: 'POST' });
  session.value = 'none';
}
